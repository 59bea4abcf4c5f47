"""Sends requests to one service: logs in, waits its turn, tries again where that is safe, and reads bounded answers.

What is tried again: a request that never left; one that the server throttled (429), which it did not carry out; and,
where the caller says that it may be repeated, one that got no answer, or 500, 502, 503 or 504. What must not be
repeated and has no answer raises `Unanswered`: the writing side reads the rows back.
"""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from logging import INFO
from urllib.parse import urljoin, urlsplit

import httpx

from crosswalk.connectors.odata.faults import Answer, Unanswered, broken, retry_after, told
from crosswalk.connectors.odata.gate import Clock, Gate
from crosswalk.connectors.odata.login import Login
from crosswalk.connectors.odata.settings import Settings
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.logs import event

HEADERS = {
    "Accept": "application/json;IEEE754Compatible=true",
    "Accept-Encoding": "gzip",
    "OData-Version": "4.0",
    "OData-MaxVersion": "4.0",
    "User-Agent": "crosswalk",
}
_PASSING = frozenset({500, 502, 503, 504})
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_KEPT = 3.0
"""Seconds that an idle connection is kept: some servers close theirs after five, in the middle of a new request."""


class _Passing(Exception):
    """A try failed, and the next may not."""

    def __init__(self, reason: str, answer: Answer | None = None, *, left: bool = True) -> None:
        super().__init__(reason)
        self.answer, self.left = answer, left


@dataclass(slots=True)
class Session:
    """Requests to the service of one connection, from any thread."""

    settings: Settings
    client: httpx.Client
    clock: Clock
    login: Login | None
    gate: Gate
    jitter: random.Random = field(default_factory=random.Random)

    def send(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        idempotent: bool = True,
        json: bool = False,
        wrong: Callable[[Answer], str | None] | None = None,
    ) -> Answer:
        """Send one request and give the answer, whatever its status below 500 but 429 and a second 401.

        `address` is a path below the service root, or an absolute address on the same host; it is sent as it is, so
        that its parts must be quoted. `json` says that a good answer without JSON is none: it counts as broken;
        `wrong` may look closer at a good one, and say what is broken about it.
        `SystemFailure` after the last try; `Unanswered` where the request is not `idempotent` and may have had effect.
        """
        url = self.url(address)
        sent = {**HEADERS, **(headers or {})}
        tries, waited = 0, 0.0
        while True:
            try:
                answer = self._once(self.client.build_request(method, url, headers=sent, content=content))
                return self._checked(answer, wrong or (broken if json else None))
            except _Passing as failed:
                wait = self._throttled(failed, waited, idempotent=idempotent)
                waited += wait or 0.0
                if wait is None:
                    tries += 1
                    self._give_up_or_wait(failed, tries, idempotent=idempotent)

    def url(self, address: str) -> str:
        """Make an address absolute; `SystemFailure` where it leads to another host."""
        whole = urljoin(f"{self.settings.url}/", address)
        if not self.within(whole):
            message = f"{self.settings.system}: the server points to another host, {urlsplit(whole).netloc}"
            raise SystemFailure(message, code="SYSTEM_ANSWER", remedy="check the url of the connection")
        return whole

    def within(self, address: str) -> bool:
        """Tell whether an address leads to the host of this service."""
        return _origin(urljoin(f"{self.settings.url}/", address)) == _origin(self.settings.url)

    def _once(self, request: httpx.Request) -> Answer:
        """Send a request, and a second time with a new token where the first was refused."""
        token = self.login.header() if self.login else None
        answer = self._exchange(request, token)
        if answer.status == 401 and self.login:
            answer = self._exchange(request, self.login.header(refused=token))
        if answer.status == 401:
            message = f"{self.settings.system} refuses the login: {told(answer)}"
            remedy = "check that the application is a user of this system, and what stands below 'auth'"
            raise UsageError(message, code="LOGIN_REFUSED", remedy=remedy)
        return answer

    def _exchange(self, request: httpx.Request, token: str | None) -> Answer:
        if token:
            request.headers["Authorization"] = token
        with self.gate.passage():
            try:
                response = self.client.send(request, stream=True, follow_redirects=False)
                try:
                    return self._whole(response)
                finally:
                    response.close()
            except _NEVER_LEFT as error:
                raise _Passing(_plain(error), left=False) from None
            except httpx.HTTPError as error:
                raise _Passing(_plain(error)) from None

    def _whole(self, response: httpx.Response) -> Answer:
        """Read an answer to its end, and no further than is allowed."""
        parts, size, most = [], 0, self.settings.limits.answer
        for part in response.iter_bytes():
            size += len(part)
            if size > most:
                message = f"{self.settings.system}: an answer is larger than {most // 2**20} MB"
                remedy = "lower 'page_size', or raise 'answer' below 'limits'"
                raise SystemFailure(message, code="SYSTEM_ANSWER", remedy=remedy)
            parts.append(part)
        headers = {name.lower(): value for name, value in response.headers.items()}
        try:
            return Answer(response.status_code, headers, b"".join(parts).decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise _Passing("the answer is not UTF-8") from None

    def _checked(self, answer: Answer, wrong: Callable[[Answer], str | None] | None) -> Answer:
        if answer.status == 429 or answer.status in _PASSING:
            raise _Passing(told(answer), answer)
        if 300 <= answer.status < 400 and answer.status != 304:
            self._refuse_redirect(answer)
        if wrong and answer.fine and (reason := wrong(answer)):
            raise _Passing(reason, answer)
        self.gate.went_well(self._stated(answer))
        return answer

    def _refuse_redirect(self, answer: Answer) -> None:
        where = urlsplit(urljoin(f"{self.settings.url}/", answer.headers.get("location", ""))).netloc
        message = f"{self.settings.system}: the server sends us elsewhere, to {where}: not followed"
        raise SystemFailure(message, code="SYSTEM_ANSWER", remedy="check the url of the connection")

    def _stated(self, answer: Answer) -> int | None:
        header = self.settings.dialect.parallel
        given = answer.headers.get(header, "") if header else ""
        return max(1, int(given)) if given.isdecimal() else None

    def _throttled(self, failed: _Passing, waited: float, *, idempotent: bool) -> float | None:
        """Close the gate where the server asks for it; give the seconds, or None where it does not."""
        answer = failed.answer
        if answer is None or answer.status not in {429, 503}:
            return None
        wait = retry_after(answer.headers, self.clock.now())
        if wait is None and answer.status == 429:
            wait = self._backoff(1 + int(waited > 0))
        if wait is None:
            return None
        event(INFO, "throttled", system=self.settings.system, seconds=round(wait, 1), status=answer.status)
        self.gate.close_for(wait)
        if answer.status == 503 and not idempotent:
            raise Unanswered(str(failed), answer) from None
        if waited + wait > self.settings.limits.patience:
            message = f"{self.settings.system} throttles: it asks to wait another {wait:.0f} seconds"
            raise SystemFailure(message, code="SYSTEM_THROTTLED", remedy=self._again("later")) from None
        return max(wait, 0.001)

    def _give_up_or_wait(self, failed: _Passing, tries: int, *, idempotent: bool) -> None:
        if failed.left and not idempotent:
            raise Unanswered(str(failed), failed.answer) from None
        if tries >= self.settings.limits.tries:
            code = "SYSTEM_UNREACHABLE" if failed.answer is None else "SYSTEM_ANSWER"
            message = f"{self.settings.system} failed {tries} times, at last with: {failed}"
            raise SystemFailure(message, code=code, remedy=self._again("when it is back")) from None
        event(INFO, "tried again", system=self.settings.system, tries=tries, reason=str(failed))
        self.clock.sleep(self._backoff(tries))

    def _again(self, when: str) -> str:
        return f"run the same command again {when}: it goes on where it stopped"

    def _backoff(self, tries: int) -> float:
        """Seconds before the next try: doubled each time, and spread so that clients do not come back as one."""
        return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (tries - 1)) * self.jitter.uniform(0.5, 1.0)

    def close(self) -> None:
        self.client.close()


def _trusted(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.ca_file:
        context.load_verify_locations(settings.ca_file)
    return context


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _plain(error: httpx.HTTPError) -> str:
    """Say what happened to a request without what it held."""
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return f"it cannot be reached ({error})"
        case httpx.TimeoutException():
            return "it did not answer in time"
        case httpx.RemoteProtocolError() | httpx.ReadError() | httpx.WriteError():
            return "the connection was cut"
        case httpx.DecodingError():
            return "the answer is not what its encoding says"
        case _:
            return f"the request failed ({type(error).__name__})"


def open_client(settings: Settings) -> httpx.Client:
    """Open the client. TLS is always verified; without it, only this machine is spoken to. Cookies are not kept: one
    would tie all threads to one server.
    """
    most, secure = settings.limits.concurrency, settings.url.startswith("https:")
    return httpx.Client(
        verify=_trusted(settings) if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        trust_env=secure,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(settings.limits.timeout, connect=min(30, settings.limits.timeout)),
        limits=httpx.Limits(max_connections=most + 1, keepalive_expiry=_KEPT),
    )
