"""Says which rights a login needs on each table, in the words of the service's own roles.

Source: the public pages on security roles and privileges of Dataverse (a lookup that is written asks for one right on
the row that refers and for another on the row that is referred to) and on security of Finance and Operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from crosswalk.connectors.odata.dialects import DIALECTS, PLAIN, Dialect
from crosswalk.contracts import Need, Place, Right
from crosswalk.model import Connection


def rights(connection: Connection, place: Place, needs: Sequence[Need]) -> tuple[Right, ...]:
    """Give the rights by entity set. A table that is written is read too, for what got no answer is looked for again;
    so is one of several to which a lookup may lead, since the service wants to know which.
    """
    dialect = DIALECTS.get(str(connection.settings.get("dialect", PLAIN.name)), PLAIN)
    named = cast(Mapping[str, str], connection.settings.get("tables", {}))
    upserts = dialect.upserts and connection.settings.get("write") != "create"
    found = ((need, tuple(_verbs(need, dialect, upserts=upserts))) for need in needs)
    return tuple(
        Right(named.get(need.entity.ref.entity, need.entity.ref.entity), verbs, need.maps)
        for need, verbs in found
        if verbs
    )


def _verbs(need: Need, dialect: Dialect, *, upserts: bool) -> Iterator[str]:
    read, create, update, delete = dialect.verbs
    if need.reads or need.writes or need.many:
        yield read
    if need.creates:
        yield create
    if need.updates or (need.creates and upserts):
        yield update
    if need.deletes:
        yield delete
    if dialect.append is not None:
        refers, referred_to = dialect.append
        yield from (refers,) if need.leads else ()
        yield from (referred_to,) if need.led_to else ()
    if dialect.owner is not None and dialect.owner[0] in (*need.creates, *need.updates):
        yield dialect.owner[1]
