"""One operation of a batch and the answer to it, the same for both formats of batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from crosswalk.connectors.odata.encoding import Json

Verb = Literal["GET", "POST", "PATCH", "DELETE"]


class Unreadable(Exception):
    """An answer is not what the format asks for: cut off, a page of a proxy, another format."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation. `url` is relative to the root of the service; calls of one `group` are done all or not at all."""

    id: str
    verb: Verb
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Json] | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answers to one call. Names of headers are in lower case; `body` is the JSON value, None without.
    `shared` says that it answers to all calls of a group, whichever of them it means.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    shared: bool = False

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


def groups(calls: Sequence[Call]) -> Iterator[tuple[str | None, list[Call]]]:
    """Give runs of calls that belong together; a call without a group is a run of its own kind."""
    for name, members in groupby(calls, key=lambda call: call.group):
        yield name, list(members)


def settled(calls: Sequence[Call], replies: Mapping[str, Reply]) -> dict[str, Reply]:
    """Let a failure in a group count for all of it, for a server may have said 201 before it took the rest back.

    A call without an answer stays without; of a group in which one failed all members get an answer, the one that
    failed its own, the others 424 with the reason.
    """
    seen = dict(replies)
    for name, members in groups(calls):
        failed = [seen[call.id] for call in members if call.id in seen and not seen[call.id].good]
        if name is None or not failed:
            continue
        told = {call.id: seen[call.id] for call in members if call.id in seen and not seen[call.id].good}
        seen |= {call.id: told.get(call.id, Reply(424, failed[0].headers, failed[0].body)) for call in members}
    return seen
