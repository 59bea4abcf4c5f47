"""A small OData server in this process, on loopback, that fails where a test tells it to.

It is no judge of the protocol (that is the real server's part): it holds one table in memory, so that a test can look at
what took effect, and plays faults by the number of the writing request.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

Json = Any
Said = tuple[int, dict[str, str], Json]
KEY = "id"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request: `effect` is how many of its operations take effect (None: all), `status` what
    is answered (None: the connection is cut), `hang` how many seconds pass before that, `text` is sent in place of JSON.
    """

    status: int | None = None
    effect: int | None = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: float = 0.0
    text: str | None = None
    kind: str = "application/json"
    truthful: bool = False


@dataclass
class Store:
    """The table ``things``. `refuse` gives the answer to every write of a row; `stops` leaves out what comes after an
    error in a batch; `formats` are the formats of batches that are taken; `largest` the operations in one request.
    """

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    refuse: dict[str, Said] = field(default_factory=dict)
    throttle: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[int, Fault] = field(default_factory=dict)
    formats: tuple[str, ...] = ("json", "multipart")
    stops: bool = False
    largest: int = 1000
    seen: list[tuple[str, str]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def operate(self, verb: str, url: str, headers: Mapping[str, str], body: Json) -> Said:
        path = urlsplit(url).path
        if match := re.search(r"\.(\w+)Multiple$", path):
            return self._multiple(match[1], body["Targets"])
        found = re.search(r"things(?:\((.*)\))?$", path)
        assert found, url
        key = unquote(found[1] or str(body[KEY])).strip("'")
        if waits := self.throttle.get(key):
            return 429, {"Retry-After": waits.pop()}, {"error": {"code": "slow", "message": "slow down"}}
        if key in self.refuse and verb != "GET":
            return self.refuse[key]
        return self._row(verb, key, headers, body, exists=found[1] is None)

    def _row(self, verb: str, key: str, headers: Mapping[str, str], body: Json, *, exists: bool) -> Said:
        match, there = headers.get("if-match"), key in self.rows
        if (verb in {"GET", "DELETE"} and not there) or (match == "*" and not there):
            return error(404, "gone", f"no row {key}")
        if match not in {None, "*", self._etag(key)}:
            return error(412, "changed", "the row was changed")
        if verb == "GET":
            return 200, {}, {"@odata.etag": self._etag(key), **self.rows[key]}
        if verb == "DELETE":
            del self.rows[key]
            return 204, {}, None
        if exists and there:
            return error(409, "twice", f"row {key} exists")
        self.made[key] = self.made.get(key, 0) + (not there)
        self.versions[key] = self.versions.get(key, 0) + 1
        self.rows[key] = self.rows.get(key, {KEY: key}) | body
        return 200 if there else 201, {}, {"@odata.etag": self._etag(key), **self.rows[key]}

    def _etag(self, key: str) -> str:
        return f'W/"{self.versions.get(key, 0)}"'

    def _multiple(self, name: str, targets: list[Any]) -> Said:
        verb, match = (
            ("PATCH", {"if-match": "*"}) if name == "Update" else ("POST" if name == "Create" else "PATCH", {})
        )
        calls = [
            {
                "method": verb,
                "url": f"things('{row[KEY]}')" if verb == "PATCH" else "things",
                "headers": match,
                "body": {k: v for k, v in row.items() if not k.startswith("@")},
            }
            for row in targets
        ]
        said = self.together(calls)
        bad = next((each for each in said if each[0] >= 400), None)
        return bad or (204, {}, None)

    def together(self, calls: list[dict[str, Any]]) -> list[Said]:
        """Do all or none; as some servers do, the members before a failure still say that they went well."""
        kept = deepcopy((self.rows, self.versions, self.made))
        said: list[Said] = []
        for call in calls:
            said.append(self.operate(call["method"], call["url"], call.get("headers", {}), call.get("body")))
            if said[-1][0] >= 400:
                self.rows, self.versions, self.made = kept
                break
        return said

    def batch(self, runs: list[list[dict[str, Any]]], most: int | None) -> list[list[Said]]:
        """Do the runs of a batch, a run of several as one change set; at most so many operations take effect."""
        said: list[list[Said]] = []
        for run in runs:
            if most is not None and len(run) > most:
                break
            most = None if most is None else most - len(run)
            said.append(self.together(run))
            if self.stops and said[-1][-1][0] >= 400:
                break
        return said


def error(status: int, code: str, message: str) -> Said:
    return status, {}, {"error": {"code": code, "message": message, "innererror": {"stacktrace": "at X"}}}


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def log_message(self, format: str, *args: object) -> None: ...

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815  the standard library finds them by name

    def _serve(self) -> None:
        store, content = self.store, self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with store.lock:
            store.busy += 1
            store.busiest = max(store.busiest, store.busy)
        try:
            self._answer(store, content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with store.lock:
                store.busy -= 1

    def _answer(self, store: Store, content: bytes) -> None:
        writes = self.command != "GET" and b'"method": "GET"' not in content and b"\r\nGET " not in content
        with store.lock:
            fault = store.faults.get(len(store.seen)) if writes else None
            if writes:
                store.seen.append((self.command, self.path))
        with store.lock:
            said = self._do(store, content, fault.effect if fault else None)
        time.sleep(fault.hang if fault else 0.0)
        if fault and not fault.truthful and fault.status is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif fault and fault.status is not None:
            text = fault.text if fault.text is not None else json.dumps(error(fault.status, "down", "it is down")[2])
            self._send(fault.status, {"Content-Type": fault.kind, **fault.headers}, text.encode())
        else:
            self._send(*said)

    def _do(self, store: Store, content: bytes, most: int | None) -> tuple[int, Mapping[str, str], bytes]:
        if not self.path.endswith("$batch"):
            if most == 0:
                return 500, {}, b""
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said_headers, body = store.operate(
                self.command, self.path, headers, json.loads(content) if content else None
            )
            return (
                status,
                {**store.headers, **said_headers, "Content-Type": "application/json"},
                json.dumps(body).encode() if body is not None else b"",
            )
        kind = "json" if "json" in self.headers["Content-Type"] else "multipart"
        if kind not in store.formats:
            return 415, {}, b""
        assert "continue-on-error" in self.headers["Prefer"]
        runs = list((json_runs if kind == "json" else parts_runs)(content, self.headers["Content-Type"]))
        store.sizes.append(sum(map(len, runs)))
        if store.sizes[-1] > store.largest:
            return 413, {}, b""
        said = store.batch(runs, most)
        write = json_answer if kind == "json" else parts_answer
        return 200, *write(runs, said, store.headers)

    def _send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if status != 204:
            self.wfile.write(content)


def json_runs(content: bytes, kind: str) -> Iterator[list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for request in json.loads(content)["requests"]:
        request["headers"] = {name.lower(): value for name, value in request.get("headers", {}).items()}
        groups.setdefault(request.get("atomicityGroup", f"only {request['id']}"), []).append(request)
    yield from groups.values()


def json_answer(runs: list[Any], said: list[list[Said]], headers: Mapping[str, str]) -> tuple[Mapping[str, str], bytes]:
    told = [
        {"id": call["id"], "status": status, "headers": head, "body": body}
        for run, answers in zip(runs, said, strict=False)
        for call, (status, head, body) in zip(run, answers, strict=False)
    ]
    return {"Content-Type": "application/json", **headers}, json.dumps({"responses": told}).encode()


def parts_runs(content: bytes, kind: str) -> Iterator[list[dict[str, Any]]]:
    whole = BytesParser(policy=policy.HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
    for part in whole.iter_parts():
        yield [_request(each) for each in (part.iter_parts() if part.is_multipart() else [part])]


def _request(part: Json) -> dict[str, Any]:
    head, _, body = part.get_payload(decode=True).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    verb, url, _ = first.split(" ")
    return {
        "id": part["Content-ID"],
        "method": verb,
        "url": url,
        "headers": headers,
        "body": json.loads(body) if body else None,
    }


def parts_answer(
    runs: list[Any], said: list[list[Said]], headers: Mapping[str, str]
) -> tuple[Mapping[str, str], bytes]:
    def one(call: Mapping[str, object], answer: Said) -> str:
        status, head, body = answer
        lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in head.items()), ""]
        own = ["Content-Type: application/http", f"Content-ID: {call['id']}", ""]
        return "\r\n".join([*own, *lines, json.dumps(body) if body is not None else ""])

    text = ""
    for run, answers in zip(runs, said, strict=False):
        parts = [one(call, answer) for call, answer in zip(run, answers, strict=False)]
        if len(run) > 1:
            inner = "".join(f"--c\r\n{part}\r\n" for part in parts)
            parts = [f"Content-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--"]
        text += "".join(f"--b\r\n{part}\r\n" for part in parts)
    return {"Content-Type": "multipart/mixed; boundary=b", **headers}, f"{text}--b--\r\n".encode()


@contextmanager
def serving(store: Store) -> Iterator[str]:
    """Serve a store on a free port of loopback; gives the address of the service."""
    handler: Callable[..., Any] = type("Bound", (_Requests,), {"store": store})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/data"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
