"""A request and an answer as values, and the small edits that the proxy makes to pages and links.

Pages are edited as bytes near their start, where the links stand, so that a page of five thousand rows is not parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Ending = Literal["keep", "close", "cut", "silent"]
"""What becomes of the connection: it stays open; it is closed after the answer; it breaks after half of the answer; or
nothing is said until the client gives up."""

_NEXT = re.compile(rb'"@odata\.nextLink":("(?:[^"\\]|\\.)*"),?')

_RELATIVE = re.compile(rb'("@odata\.(?:next|delta)Link":")(?!https?://)')


@dataclass(frozen=True, slots=True)
class Request:
    """`target` is path and query as they were sent. Names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def prefers(self, name: str) -> bool:
        return name in self.headers.get("prefer", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """`altered` names what the proxy did to it; nothing for an answer that is the server's own."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    ending: Ending = "keep"
    altered: tuple[str, ...] = ()

    def marked(self, name: str, **changes: object) -> Answer:
        return replace(self, altered=(*self.altered, name), **changes)  # type: ignore[arg-type]


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error in the form of OData."""
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return Answer(status, {"content-type": "application/json; charset=utf-8", **(headers or {})}, body)


def next_link(body: bytes) -> str | None:
    """Give the next link of a page."""
    found = _NEXT.search(_head(body))
    return str(json.loads(found.group(1))) if found else None


def with_next_link(body: bytes, link: str | None) -> bytes:
    """Give the page with another next link, or with none."""
    head = _head(body)
    rest = _NEXT.sub(b"", head, count=1) + body[len(head) :]
    return rest if link is None else with_first(rest, "@odata.nextLink", link)


def with_first(body: bytes, name: str, value: object) -> bytes:
    """Give a JSON object with one more member at its start."""
    member = f"{json.dumps(name)}:{json.dumps(value)}".encode()
    inside = body.lstrip()[1:]
    return b"{" + member + (b"" if inside.lstrip().startswith(b"}") else b",") + inside


def absolute(body: bytes, root: str) -> bytes:
    """Give the page with absolute links; the same object where it has no relative one."""
    head = _head(body)
    full = _RELATIVE.sub(lambda found: found.group(1) + root.encode(), head)
    return body if full == head else full + body[len(head) :]


def _head(body: bytes) -> bytes:
    """What stands before the rows."""
    end = body.find(b'"value":')
    return body[: end if end >= 0 else len(body)]
