"""The sockets of the proxy: they take connections, refuse them for a while, and write answers whole or in part."""

from __future__ import annotations

import http.client
import select
import socket
import sys
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import monotonic

from tests.servers.odata.wire import Answer, Request

Answering = Callable[[Request, Callable[[], bool]], Answer]
"""Answers a request; the second argument tells whether the client has given up."""


class _Handler(BaseHTTPRequestHandler):
    """Reads one request after the other from a connection and writes what the gate answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    doors: Doors

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def finish(self) -> None:
        super().finish()
        self.doors.hang_up()
        self.doors.forget(self.connection)

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self._body())
        self.doors.busy.add(self.connection)
        try:
            self._say(self.doors.answer(request, self._gone), headers)
        finally:
            self.doors.busy.discard(self.connection)

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
    """The sockets of a proxy. `answer` says what a request is told; `hang_up` ends what a thread has open; `broken`
    takes what goes wrong here; `visits` is what the other host was told.

    Refusing is done by ending to listen while the port stays bound: a connection is then refused at once, and nobody
    else can take the port.
    """

    def __init__(self, answer: Answering, hang_up: Callable[[], None], broken: list[str]) -> None:
        self.answer, self.hang_up = answer, hang_up
        handler = type("Handler", (_Handler,), {"doors": self})
        self.visits: list[dict[str, str]] = []
        self._http = _Quiet(handler, broken)
        self._other = _Quiet(type("Elsewhere", (_Elsewhere,), {"visits": self.visits}), broken)
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
