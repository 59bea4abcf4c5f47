"""Takes batches apart and puts them together again, JSON and multipart, so that the proxy can let one row fail.

Only what clients and CAP write is read: parts of type application/http, one level of changesets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import groupby

from tests.servers.odata.wire import Answer, Request

_BOUNDARY = re.compile(r'boundary="?([^";\s]+)"?', re.IGNORECASE)
_MULTIPLE = re.compile(r"\.(Create|Update|Upsert)Multiple$")
_STATUS = re.compile(rb"HTTP/1\.1 (\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One request or one answer of a batch. `text` is the whole part as it was sent; `group` its changeset."""

    id: str
    group: str | None
    text: bytes
    status: int = 0


def is_batch(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/$batch")


def is_json(request: Request) -> bool:
    """Tell whether a batch is written as JSON; else it is multipart."""
    return not _BOUNDARY.search(request.headers.get("content-type", ""))


def operations(request: Request) -> int:
    """Count the rows that a request reads or writes at most: parts of a batch, targets of a bound action, else one."""
    if is_batch(request):
        return len(parts_of(request.headers, request.body))
    if request.method == "POST" and _MULTIPLE.search(request.path):
        return len(json.loads(request.body).get("Targets", []))
    return 1


def parts_of(headers: Mapping[str, str], body: bytes) -> list[Part]:
    """Take a batch, or the answer to one, apart."""
    boundary = _BOUNDARY.search(headers.get("content-type", ""))
    return list(_multipart(body, boundary.group(1), None)) if boundary else list(_json(body))


def request_of(request: Request, parts: Sequence[Part]) -> Request:
    """Give the batch with only these parts."""
    body = _together(request.headers, parts)
    return replace(request, body=body, headers={**request.headers, "content-length": str(len(body))})


def answer_of(answer: Answer, parts: Sequence[Part]) -> Answer:
    """Give the answer with these parts."""
    return replace(answer, body=_together(answer.headers, parts))


def empty_answer(request: Request) -> Answer:
    """The answer to a batch of which nothing is left, in the format of the request."""
    kind = request.headers.get("content-type", "application/json")
    return Answer(200, {"content-type": kind, "odata-version": "4.0"}, b"")


def failed(request: Request, part: Part, status: int, code: str, message: str) -> Part:
    """Make the answer of one part that failed."""
    error = json.dumps({"error": {"code": code, "message": message}})
    if is_json(request):
        item = {"id": part.id, "status": status, "headers": {"content-type": "application/json"}}
        return Part(part.id, part.group, json.dumps({**item, "body": json.loads(error)}).encode(), status)
    lines = ["content-type: application/http", "content-transfer-encoding: binary"]
    lines += [f"content-id: {part.id}"] if part.id else []
    lines += ["", f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "content-type: application/json"]
    text = "\r\n".join([*lines, f"content-length: {len(error)}", "", error])
    return Part(part.id, part.group, text.encode(), status)


def _json(body: bytes) -> Iterable[Part]:
    content = json.loads(body)
    for item in content.get("requests", content.get("responses", [])):
        yield Part(item["id"], item.get("atomicityGroup"), json.dumps(item).encode(), item.get("status", 0))


def _multipart(body: bytes, boundary: str, group: str | None) -> Iterable[Part]:
    pieces = re.split(rb"(?:^|\r\n)--" + re.escape(boundary.encode()) + rb"(?:--)?[ \t]*(?:\r\n|$)", body)
    for text in pieces[1:-1] if len(pieces) > 2 else pieces[1:]:
        head = text.split(b"\r\n\r\n", 1)[0].decode("latin-1").lower()
        inner = _BOUNDARY.search(text.split(b"\r\n\r\n", 1)[0].decode("latin-1"))
        if inner and "multipart/mixed" in head:
            yield from _multipart(text.split(b"\r\n\r\n", 1)[1], inner.group(1), inner.group(1))
        elif text.strip():
            found = re.search(r"content-id: *(\S+)", head)
            status = _STATUS.search(text)
            yield Part(found.group(1) if found else "", group, text, int(status.group(1)) if status else 0)


def _together(headers: Mapping[str, str], parts: Sequence[Part]) -> bytes:
    boundary = _BOUNDARY.search(headers.get("content-type", ""))
    if not boundary:
        member = "requests" if all(part.status == 0 for part in parts) and parts else "responses"
        return json.dumps({member: [json.loads(part.text) for part in parts]}).encode()
    written = b""
    for group, members in groupby(parts, key=lambda part: part.group):
        texts = [part.text for part in members]
        if group is not None:
            whole = b"".join(b"--%b\r\n%b\r\n" % (group.encode(), text) for text in texts)
            head = b"content-type: multipart/mixed; boundary=%b\r\n\r\n" % group.encode()
            texts = [head + whole + b"--%b--\r\n" % group.encode()]
        written += b"".join(b"--%b\r\n%b\r\n" % (boundary.group(1).encode(), text) for text in texts)
    return written + b"--%b--\r\n" % boundary.group(1).encode()
