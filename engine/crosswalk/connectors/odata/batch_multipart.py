"""Builds and reads batches in the multipart format, with change sets for the calls that go together.

Servers that do not go on after an error leave the later parts out of the answer; what is not there stays unanswered.
An answer inside a change set is matched by its Content-ID, outside by its place. A failed change set has one answer
for all of its calls.

Source: OData Protocol 4.01, section 11.7; RFC 2046, section 5.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from email import policy
from email.message import Message
from email.parser import BytesParser
from secrets import token_hex

from crosswalk.connectors.odata.calls import Call, Reply, Unreadable, groups
from crosswalk.connectors.odata.encoding import JSON_TYPE, Json

ACCEPT = "multipart/mixed"
_LINE = "\r\n"


def build(calls: Sequence[Call]) -> tuple[str, bytes]:
    """Give content type and body of one batch; calls of one group must stand side by side."""
    boundary = f"batch_{token_hex(12)}"
    parts = [part for group, members in groups(calls) for part in _parts(group, members)]
    return f"multipart/mixed;boundary={boundary}", _joined(boundary, parts).encode()


def _parts(group: str | None, members: Sequence[Call]) -> Iterator[str]:
    if group is None:
        yield from (_part(call) for call in members)
        return
    boundary = f"changeset_{token_hex(12)}"
    head = f"Content-Type: multipart/mixed;boundary={boundary}"
    yield head + _LINE + _LINE + _joined(boundary, [_part(call) for call in members])


def _joined(boundary: str, parts: Sequence[str]) -> str:
    return "".join(f"--{boundary}{_LINE}{part}{_LINE}" for part in parts) + f"--{boundary}--{_LINE}"


def _part(call: Call) -> str:
    outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary", f"Content-ID: {call.id}"]
    body = "" if call.body is None else json.dumps(call.body, allow_nan=False)
    inner = [f"{call.verb} {call.url} HTTP/1.1"]
    headers = dict(call.headers)
    if call.body is not None:
        headers.setdefault("Content-Type", JSON_TYPE)
        headers["Content-Length"] = str(len(body))
    inner += [f"{name}: {value}" for name, value in headers.items()]
    return _LINE.join([*outer, "", *inner, "", body])


def parse(calls: Sequence[Call], content_type: str, content: bytes) -> dict[str, Reply]:
    """Give the answers by the id of the call; calls that were not answered are left out; `Unreadable` otherwise."""
    head = f"Content-Type: {content_type}{_LINE}{_LINE}".encode()
    whole = BytesParser(policy=policy.HTTP).parsebytes(head + content)
    if not whole.is_multipart():
        raise Unreadable("the answer to a batch is not in parts")
    replies: dict[str, Reply] = {}
    waiting = list(groups_one_by_one(calls))
    for part, (group, members) in zip(_sub_parts(whole), waiting, strict=False):
        replies |= _answers(part, group, members)
    return replies


def groups_one_by_one(calls: Sequence[Call]) -> Iterator[tuple[str | None, list[Call]]]:
    """Give what has one place in the answer: a call without a group, or a whole group."""
    for group, members in groups(calls):
        if group is None:
            yield from ((None, [call]) for call in members)
        else:
            yield group, members


def _answers(part: Message, group: str | None, members: Sequence[Call]) -> Mapping[str, Reply]:
    if not part.is_multipart():
        return dict.fromkeys((call.id for call in members), _shared(_reply(part), members))
    told = [(str(each.get("Content-ID", "")), _reply(each)) for each in _sub_parts(part)]
    known = {call.id for call in members}
    if all(name in known for name, _ in told):
        return dict(told)
    if len(told) == 1 and group is not None and not told[0][1].good:
        return dict.fromkeys(known, _shared(told[0][1], members))
    return {call.id: reply for call, (_, reply) in zip(members, told, strict=False)}


def _shared(reply: Reply, members: Sequence[Call]) -> Reply:
    return replace(reply, shared=len(members) > 1)


def _sub_parts(message: Message) -> list[Message]:
    parts = message.get_payload()
    return [part for part in parts if isinstance(part, Message)] if isinstance(parts, list) else []


def _reply(part: Message) -> Reply:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        raise Unreadable("a part of a batch holds no answer")
    first, _, rest = content.lstrip().partition(b"\n")
    words = first.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit() or len(words[1]) != 3:
        raise Unreadable("a part of a batch does not start with a status")
    headers, body = _split(rest)
    return Reply(int(words[1]), headers, body)


def _split(rest: bytes) -> tuple[Mapping[str, str], Json]:
    """Take headers and body apart, be the line ends of HTTP or of a text file."""
    lines: dict[str, str] = {}
    while rest:
        line, _, rest = rest.partition(b"\n")
        if not line.strip():
            break
        name, _, value = line.decode("latin-1").partition(":")
        lines[name.strip().lower()] = value.strip()
    return lines, _json(rest)


def _json(body: bytes) -> Json:
    text = body.strip()
    if not text:
        return None
    try:
        read: Json = json.loads(text, parse_float=Decimal)
    except ValueError:
        return text.decode("utf-8", "replace")
    return read
