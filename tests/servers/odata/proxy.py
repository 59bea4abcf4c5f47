"""Stands between a client and the OData server and does what CAP leaves out: throttling, tokens, change tracking, and
network faults by script.

    with proxy.start(server) as gate:
        gate.script(Fault("lost", at=2, method="POST"))
        ...  # a client that talks to gate.url
        assert [seen.status for seen in gate.log if seen.request.method == "POST"] == [200, None, 200]

A result that rests on what the proxy does says so: the answer has the header ``x-test-proxy`` with what was done to it,
the log has it in `Seen.altered`, and the test has the mark ``proxy``.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, local
from time import monotonic, sleep
from urllib.parse import urlsplit

from tests.servers.odata import batches, scripted
from tests.servers.odata.cap import Server
from tests.servers.odata.doors import Doors
from tests.servers.odata.faults import Fault
from tests.servers.odata.limits import Throttle, Tokens
from tests.servers.odata.tracking import Tracking
from tests.servers.odata.wire import Answer, Request, absolute, refusal

IDLE_LIMIT = 3.0
"""Node closes a connection that was idle for five seconds: one that was idle for longer than this is not used again."""

_OWN_HEADERS = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "x-test-proxy"}


@dataclass(slots=True)
class Seen:
    """One request that reached the proxy and what became of it; `status` is None where nothing was said.

    `sent` are the times it went on to the server. Times are seconds of a monotonic clock.
    """

    number: int
    request: Request
    at: float
    status: int | None = None
    altered: tuple[str, ...] = ()
    sent: int = 0
    ended: float = 0.0


@dataclass(slots=True)
class Gate:
    """A running proxy. `url` is the address of the service behind it, without a final slash.

    `broken` lists what went wrong in the proxy itself: nothing, in a test that shows something. Set `throttle`, `tokens` or `absolute_links` at any time. `hook` is called with each request before it goes on.
    """

    server: Server
    throttle: Throttle = field(default_factory=Throttle)
    tokens: Tokens | None = None
    absolute_links: bool = False
    hook: Callable[[Request], None] | None = None
    log: list[Seen] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    tracking: Tracking = field(init=False)
    faults: scripted.Script = field(init=False)
    doors: Doors = field(init=False)

    def __post_init__(self) -> None:
        self.tracking = Tracking(self.server)
        self.doors = Doors(self.answer, self.hang_up, self.broken)
        self.faults = scripted.Script(elsewhere=self.doors.elsewhere)
        self._wires, self._lock = local(), Lock()

    _wires: local = field(init=False)
    _lock: Lock = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.doors.port}{self.server.service.path}"

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def script(self, *faults: Fault) -> None:
        """Let requests from now on meet these faults, in place of those that were set before."""
        self.faults.set(faults)
        if self.faults.refuses_next():
            self.doors.refuse(self.faults.refusal_seconds())

    def seen(self, method: str = "", path: str = "") -> list[Seen]:
        """List the requests of the log that fit, as `Fault` counts them."""
        wanted = Fault("status", method=method, path=path)
        return [one for one in list(self.log) if wanted.fits(one.request)]

    def settle(self, seconds: float = 10.0) -> None:
        """Wait until nothing is under way: a client that gave up does not know when its request has been worked off."""
        end = monotonic() + seconds
        while any(not one.ended for one in list(self.log)) and monotonic() < end:
            sleep(0.005)

    def stop(self) -> None:
        self.doors.close()

    def answer(self, request: Request, gone: Callable[[], bool]) -> Answer:
        """Say what the client is to be told. `gone` tells whether the client has given up."""
        with self._lock:
            seen = Seen(len(self.log) + 1, request, monotonic())
            self.log.append(seen)
        try:
            answer = self._linked(request, self._checked(request, seen, gone))
        except (OSError, http.client.HTTPException) as broken:
            self.broken.append(f"{request.method} {request.target}: {broken!r}")
            answer = refusal(502, "proxy", "The server behind the proxy did not answer.").marked("broken")
        seen.status = answer.status if answer.ending in ("keep", "close") else None
        seen.altered, seen.ended = answer.altered, monotonic()
        return answer

    def _checked(self, request: Request, seen: Seen, gone: Callable[[], bool]) -> Answer:
        if self.tokens is not None:
            refused = self.tokens.check(request.headers.get("authorization", ""))
            if refused is not None:
                return refused.marked("tokens")
        limited = self.throttle.enter(1 if self.throttle.operations is None else batches.operations(request))
        if limited is not None:
            return limited.marked("throttle", headers={**limited.headers, **self.throttle.headers()})
        try:
            answer = self.faults.answer(request, lambda one: self._served(one, seen), gone)
        finally:
            self.throttle.leave()
        if self.faults.refuses_next():
            self.doors.refuse(self.faults.refusal_seconds())
            answer = answer.marked("refused", ending="close") if answer.ending == "keep" else answer
        extra = self.throttle.headers()
        return answer.marked("throttle", headers={**answer.headers, **extra}) if extra else answer

    def _served(self, request: Request, seen: Seen) -> Answer:
        if self.hook is not None:
            self.hook(request)
        if self.tracking.concerns(request):
            return self.tracking.answer(request, lambda one: self._forward(one, seen))
        return self._forward(request, seen)

    def _linked(self, request: Request, answer: Answer) -> Answer:
        """Make the links of a page absolute, as Dataverse writes them; CAP writes them relative."""
        if not self.absolute_links or request.method != "GET":
            return answer
        body = absolute(answer.body, f"{self.url}/")
        return answer if body is answer.body else answer.marked("links", body=body)

    def _forward(self, request: Request, seen: Seen) -> Answer:
        """Send a request on and give the answer of the server as it is."""
        seen.sent += 1
        wire = self._wire()
        headers = {name: value for name, value in request.headers.items() if name not in _OWN_HEADERS}
        headers |= {"host": wire.host, "accept-encoding": "identity"}
        try:
            wire.request(request.method, request.target, body=request.body or None, headers=headers)
            response = wire.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            raise
        self._wires.used = monotonic()
        kept = {name.lower(): value for name, value in response.getheaders() if name.lower() not in _OWN_HEADERS}
        return Answer(response.status, kept, body)

    def _wire(self) -> http.client.HTTPConnection:
        wire: http.client.HTTPConnection | None = getattr(self._wires, "open", None)
        if wire is not None and monotonic() - self._wires.used <= IDLE_LIMIT:
            return wire
        self.hang_up()
        place = urlsplit(self.server.url)
        self._wires.open = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
        self._wires.used = monotonic()
        return self._wires.open

    def hang_up(self) -> None:
        """Close the connection that this thread has to the server, if it has one."""
        wire: http.client.HTTPConnection | None = getattr(self._wires, "open", None)
        if wire is not None:
            wire.close()
            self._wires.open = None


def start(server: Server) -> Gate:
    """Start a proxy in front of a server. It ends with `stop` or at the end of a ``with``."""
    return Gate(server)
