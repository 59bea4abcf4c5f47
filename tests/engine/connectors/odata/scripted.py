"""A server on loopback that answers as a script says, faults of the network included, and a clock that never waits.

What is shown with it is shown of the client only: shapes are recorded from public pages, not from a service.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from threading import Lock, Thread
from time import sleep
from urllib.parse import unquote

from crosswalk.connectors.odata.gate import Clock
from crosswalk.connectors.odata.system import ODataSystem, open_with
from crosswalk.contracts import Place
from crosswalk.errors import Span
from crosswalk.model import Connection


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `cut` sends half of it and closes; `drop` closes without any; `late` waits first, in seconds."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    drop: bool = False
    late: float = 0.0

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body or {"value": []})).encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came. Names of headers are in lower case; `path` is as sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def plain(self) -> str:
        return unquote(self.path)


Script = Callable[[Asked], Reply]


class Scripted:
    """A running server. `script` may be changed at any time; `asked` lists what came, in order."""

    def __init__(self, script: Script, secure: SSLContext | None = None) -> None:
        self.script, self.asked, self.lock = script, list[Asked](), Lock()
        self.opened: list[ODataSystem] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.scheme = "https" if secure else "http"
        if secure:
            self.server.socket = secure.wrap_socket(self.server.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}/api"

    def system(self, clock: Clock | None = None, overlap: int = 300, **settings: object) -> ODataSystem:
        """Open the server as a system; it is closed with the server."""
        self.opened.append(system(self.url, clock, overlap, **settings))
        return self.opened[-1]

    def reply(self, asked: Asked) -> Reply:
        with self.lock:
            self.asked.append(asked)
        return self.script(asked)


def _handler(scripted: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = scripted.reply(Asked(self.command, self.path, headers, self.rfile.read(length)))
            sleep(reply.late)
            if reply.drop:
                self.close()
                return
            self.send_response_only(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content[: len(reply.content) // 2] if reply.cut else reply.content)
            if reply.cut:
                self.close()

        def close(self) -> None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815  names of the library

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def running(script: Script, secure: SSLContext | None = None) -> Iterator[Scripted]:
    scripted = Scripted(script, secure)
    Thread(target=scripted.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield scripted
    finally:
        for opened in scripted.opened:
            opened.close()
        scripted.server.shutdown()
        scripted.server.server_close()


def one_after_the_other(*replies: Reply) -> Script:
    """Give the replies in turn, the last one for ever."""
    waiting = list(replies)
    return lambda asked: waiting.pop(0) if len(waiting) > 1 else waiting[0]


class StillClock:
    """A clock that goes on only when somebody sleeps; `slept` lists for how long."""

    def __init__(self, start: float = 1_795_766_400.0) -> None:
        self.time, self.slept, self.lock = start, list[float](), Lock()

    def now(self) -> float:
        return self.time

    def passed(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.slept.append(seconds)
            self.time += seconds


def system(url: str, clock: Clock | None = None, overlap: int = 300, **settings: object) -> ODataSystem:
    """Open a system at this address."""
    connection = Connection("shop", "odata", {"url": url, **settings}, Span("crosswalk.yaml", 4, 3))
    return open_with(connection, Place(Path(), overlap, lambda text: text), clock or StillClock())
