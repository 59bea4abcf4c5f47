"""Reads what a service said of each change: applied, refused, stale; or not told, or to be sent again.

A change that was throttled was not carried out and may be sent again. A change whose answer is a failure of the server
(500 and the like), or that has none, is unknown: only reading the row back tells. Some services answer 500 to what is
a mistake of the row, and go on doing so; after the last try that answer is the verdict, if the service describes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crosswalk.connectors.odata.binding import ETAG
from crosswalk.connectors.odata.calls import Call, Reply
from crosswalk.connectors.odata.decoding import decode
from crosswalk.connectors.odata.dialects import version_of
from crosswalk.connectors.odata.encoding import Json
from crosswalk.connectors.odata.faults import ServiceError, retry_after, service_error
from crosswalk.connectors.odata.operations import ANY
from crosswalk.connectors.odata.table import Table
from crosswalk.exchange import Ack, Batch, Change, Plain
from crosswalk.secrets import hide

GROUP_REFUSED = "GROUP_REFUSED"
"""The code of a row that was not written because another one of its group was not."""

_LONGEST = 500
_UNKNOWN = frozenset({408, 500, 502, 503, 504})
_GENERIC = ("an error has occurred",)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the changes of one request. `again` were not carried out; `unknown` may have been. `wait` is how
    many seconds the service wants nothing; `reason` says in a few words why not all are done. `manner` is how those of
    `again` and `unknown` are to be sent; `most` how many at a time, where it was too much, and `lasting` says that this
    goes for all that follow.
    """

    acks: tuple[Ack, ...] = ()
    again: Batch = ()
    unknown: Batch = ()
    reason: str = ""
    wait: float | None = None
    manner: Literal["together", "apart"] | None = None
    most: int | None = None
    lasting: bool = False

    def plus(self, other: Outcome) -> Outcome:
        """Put two outcomes into one."""
        wait = max((each for each in (self.wait, other.wait) if each is not None), default=None)
        return Outcome(
            self.acks + other.acks,
            self.again + other.again,
            self.unknown + other.unknown,
            self.reason or other.reason,
            wait,
            self.manner or other.manner,
            self.most or other.most,
            self.lasting or other.lasting,
        )


def throttled(reply: Reply) -> bool:
    return reply.status == 429


def pause(reply: Reply, now: float) -> float:
    """Give the seconds for which a throttling service wants nothing; never none, so that waiting has an end."""
    given = retry_after(reply.headers, now)
    return _SHORTEST if given is None else max(_SHORTEST, given)


_SHORTEST = 1.0


def unknown(reply: Reply, *, last: bool) -> bool:
    """Tell whether a reply leaves open what happened. At the last try, an error that the service describes does not."""
    if reply.status not in _UNKNOWN:
        return False
    return not (last and reply.status == 500 and bool(error_of(reply.body).message))


def verdict(change: Change, call: Call, reply: Reply, table: Table) -> Ack:
    """Give the answer to a change from a reply that settles it."""
    if reply.good or (change.operation == "delete" and reply.status in {404, 410}):
        return Ack(change.number, "applied", row=_row(reply.body, table))
    error = error_of(reply.body)
    if reply.status == 424 and change.group is not None:
        message = hide(f"not written, because another row of its group was not: {error}")[:_LONGEST]
        return Ack(change.number, "refused", GROUP_REFUSED, message)
    kept = {name.lower(): value for name, value in call.headers.items()}.get("if-match", ANY)
    stale = reply.status == 412 and kept != ANY
    code, message = error.code or str(reply.status), error.message or _bare(reply)
    if reply.shared:
        message = f"a row of its group was refused, which one is not said: {message}"[:_LONGEST]
    return Ack(change.number, "stale" if stale else "refused", code, message)


def _bare(reply: Reply) -> str:
    text = reply.body if isinstance(reply.body, str) else ""
    return hide(" ".join(text.split()))[:_LONGEST] or f"the service answered {reply.status}"


def error_of(body: Json) -> ServiceError:
    """Read the error that a service describes. The inner one counts only where the outer says nothing at all: some
    services put their whole message there. Traces of its program are left out.
    """
    error = service_error(json.dumps(body, default=str)) if isinstance(body, dict) else ServiceError()
    inner = _inner(body)
    if inner and error.message.lower().rstrip(".") in {"", *_GENERIC}:
        return ServiceError(error.code, hide(" ".join(inner.split()))[:_LONGEST])
    return error


def _inner(body: Json) -> str:
    outer = body.get("error") if isinstance(body, dict) else None
    found = outer.get("innererror") if isinstance(outer, dict) else None
    message = found.get("message") if isinstance(found, dict) else None
    return message if isinstance(message, str) else ""


def _row(body: Json, table: Table) -> Mapping[str, Plain] | None:
    """Give the row after the write, as far as the service told it; lookups stand under their columns."""
    if not isinstance(body, dict):
        return None
    row: dict[str, Plain] = {}
    for column in table.columns.values():
        name = table.property_of(column.name)
        if name in body:
            found = table.code(column.name, body[name])
            found = str(version_of(str(found))) if name == ETAG else found
            try:
                row[column.name] = decode(found, column, table.spelling)
            except ValueError:
                continue
    return row or None
