"""Writes many rows in one call of a bound action: CreateMultiple, UpdateMultiple, UpsertMultiple.

All rows of one call need the same columns, and a standard table takes all of them or none, so that one bad row costs
the whole call; the rows then go in a batch, where each gets a verdict of its own. Rows that belong to a group or have a
precondition never go this way: the actions know neither.

Source: public developer pages of the Dataverse Web API on bulk operation messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from crosswalk.connectors.odata.addressing import escaped
from crosswalk.connectors.odata.calls import Call
from crosswalk.connectors.odata.encoding import Json, encode
from crosswalk.connectors.odata.operations import Desk, Seen, address_of, body_of, upserted
from crosswalk.exchange import Change

Shape = tuple[str, tuple[str, ...], tuple[str, ...]]


def action_of(change: Change, desk: Desk, seen: Seen | None) -> str | None:
    """Name the action that takes a change; None when it has to go by itself."""
    if change.group is not None or seen is not None or change.operation == "delete":
        return None
    name = {"insert": "UpsertMultiple" if upserted(change, desk) else "CreateMultiple", "update": "UpdateMultiple"}
    wanted = name[change.operation]
    return wanted if wanted in desk.dialect.multiples and _fits(change, desk, wanted) else None


def _fits(change: Change, desk: Desk, action: str) -> bool:
    return action != "UpdateMultiple" or desk.table.is_key(change.key)


def calls_of(changes: Sequence[Change], desk: Desk) -> Iterator[tuple[Call, tuple[Change, ...]]]:
    """Give one call for each action and set of columns, and the changes in it."""
    shapes: dict[Shape, list[Change]] = {}
    for change in changes:
        action = action_of(change, desk, None) or ""
        shapes.setdefault((action, tuple(sorted(change.key)), tuple(sorted(change.values))), []).append(change)
    for (action, _, _), members in shapes.items():
        rest = iter(members)
        while part := tuple(islice(rest, desk.dialect.multiples_most)):
            yield _call(action, part, desk), part


def _call(action: str, changes: Sequence[Change], desk: Desk) -> Call:
    namespace = desk.table.type_name.rpartition(".")[0]
    url = f"{escaped(desk.table.entity_set)}/{namespace}.{action}"
    targets: list[Json] = [_target(change, desk) for change in changes]
    return Call(action, "POST", url, {}, {"Targets": targets})


def _target(change: Change, desk: Desk) -> dict[str, Json]:
    """Write one row: an alternate key stands as the row's address, the table's own key among the columns."""
    table, columns = desk.table, change.key
    head: dict[str, Json] = {"@odata.type": table.type_name}
    cells = body_of({name: value for name, value in change.values.items() if name not in columns}, desk)
    if not table.is_key(columns) and upserted(change, desk):
        return head | {"@odata.id": address_of(change, desk)} | cells
    own = {name: value for name, value in columns.items() if value is not None}
    if not table.is_key(columns):
        return head | body_of(own, desk) | cells
    key = {part.name: encode(part.value, part.edm, table.spelling) for part in table.parts(own)}
    return head | key | cells
