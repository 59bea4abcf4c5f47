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
import select
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread, local
from time import monotonic, sleep
from urllib.parse import urlsplit

from tests.servers.odata import batches, scripted
from tests.servers.odata.cap import Server
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
        self.doors = Doors(self)
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
        limited = self.throttle.enter(batches.operations(request))
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


class _Handler(BaseHTTPRequestHandler):
    """Reads one request after the other from a connection and writes what the gate answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    gate: Gate

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def finish(self) -> None:
        super().finish()
        self.gate.hang_up()
        self.gate.doors.forget(self.connection)

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self._body())
        self.gate.doors.busy.add(self.connection)
        try:
            self._say(self.gate.answer(request, self._gone), headers)
        finally:
            self.gate.doors.busy.discard(self.connection)

    def _say(self, answer: Answer, headers: dict[str, str]) -> None:
        if answer.ending == "silent" or not answer.status:
            self.close_connection = True
            return
        head = [f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, '')}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        head += [f"content-length: {len(answer.body)}"] if answer.status not in (204, 304) else []
        head += [f"x-test-proxy: {', '.join(answer.altered)}"] if answer.altered else []
        head += ["connection: close"] if answer.ending == "close" else []
        body = answer.body[: len(answer.body) // 2] if answer.ending == "cut" else answer.body
        self.close_connection = answer.ending != "keep" or headers.get("connection", "").lower() == "close"
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", "0")))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _gone(self) -> bool:
        """Tell whether the client has closed the connection, which an answer that never comes waits for."""
        readable, _, _ = select.select([self.connection], [], [], 0.02)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def log_message(self, format: str, *args: object) -> None:
        """The gate keeps the log."""


class _Elsewhere(BaseHTTPRequestHandler):
    """Another host, to which a redirect leads: it notes what it is told."""

    visits: list[dict[str, str]]

    def _serve(self) -> None:
        self.visits.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST = do_PATCH = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """The visits are the log."""


def _free_port() -> int:
    """Find a port. Linux keeps a port for a socket that has ended to listen only if the port was asked for by number."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Quiet(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, handler: type[BaseHTTPRequestHandler], broken: list[str]) -> None:
        super().__init__(("127.0.0.1", _free_port()), handler)
        self.broken = broken

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is what is played here; anything else is a slip of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            self.broken.append(traceback.format_exc())


class Doors:
    """The sockets of a gate. Refusing is done by ending to listen while the port stays bound: a connection is then
    refused at once, and nobody else can take the port.
    """

    def __init__(self, gate: Gate) -> None:
        handler = type("Handler", (_Handler,), {"gate": gate})
        self.visits: list[dict[str, str]] = []
        self._http = _Quiet(handler, gate.broken)
        self._other = _Quiet(type("Elsewhere", (_Elsewhere,), {"visits": self.visits}), gate.broken)
        self.port = int(self._http.server_address[1])
        self.elsewhere = f"http://localhost:{self._other.server_address[1]}/elsewhere"
        self._ended, self._closed_until = Event(), 0.0
        self._open, self.busy = set[socket.socket](), set[socket.socket]()
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()

    def refuse(self, seconds: float) -> None:
        """Refuse new connections for a while, and close those that wait for a request."""
        self._closed_until = monotonic() + seconds
        self._http.socket.shutdown(socket.SHUT_RD)
        for connection in list(self._open - self.busy):
            self._open.discard(connection)
            _close(connection)

    def forget(self, connection: socket.socket) -> None:
        self._open.discard(connection)

    def close(self) -> None:
        self._ended.set()
        self._wake()
        self._thread.join(timeout=5)
        for connection in list(self._open):
            _close(connection)
        self._http.server_close()
        self._other.server_close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            if self._closed_until:
                self._ended.wait(max(0.0, self._closed_until - monotonic()))
                self._closed_until = 0.0
                self._http.socket.listen(64)
            readable, _, _ = select.select([self._http.socket, self._other.socket], [], [], 0.5)
            for door in (self._http, self._other):
                if door.socket in readable and not self._closed_until:
                    self._let_in(door)

    def _let_in(self, door: _Quiet) -> None:
        try:
            connection, client = door.get_request()
        except OSError:
            return
        self._open.add(connection)
        door.process_request(connection, client)

    def _wake(self) -> None:
        """Let the thread that waits for connections look up."""
        with socket.socket() as knock:
            knock.settimeout(1.0)
            knock.connect_ex(self._other.server_address)


def _close(connection: socket.socket) -> None:
    """End a connection; its thread then reads the end and closes the socket."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def start(server: Server) -> Gate:
    """Start a proxy in front of a server. It ends with `stop` or at the end of a ``with``."""
    return Gate(server)
