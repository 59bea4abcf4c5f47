"""Changes as the engine makes them: stamps are among the cells where the system does not keep them itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from crosswalk.contracts import Outside
from crosswalk.exchange import Change, Plain
from crosswalk.model import Entity
from tests.conformance.bench import Entry
from tests.conformance.copies import Key, by_key
from tests.conformance.delivery import LoggedDelivery
from tests.conformance.landed import Row, plain_row
from tests.conformance.shapes import START, thing


def stamps_of(entity: Entity) -> set[str]:
    """Name the columns that the system or the engine stamps."""
    return {column for column in (entity.modified, entity.row_version) if column}


def inserts(system: Outside, entity: Entity, rows: Iterable[Row], first: int = 1) -> list[Change]:
    """Make changes that insert whole rows."""
    left_out = {*entity.key, *(stamps_of(entity) if system.traits.stamps else ())}
    return [
        Change(
            number,
            "insert",
            {column: row[column] for column in entity.key},
            {column: value for column, value in row.items() if column not in left_out},
        )
        for number, row in enumerate(rows, first)
    ]


def update(system: Outside, entity: Entity, number: int, key: Mapping[str, Plain], **cells: Plain) -> Change:
    """Make a change of some cells; it has no precondition."""
    stamps: dict[str | None, Plain] = {entity.modified: START + timedelta(days=9), entity.row_version: 9000 + number}
    kept = {} if system.traits.stamps else {column: value for column, value in stamps.items() if column}
    return Change(number, "update", key, {**cells, **kept})


def deliver(
    system: Outside, entity: Entity, changes: Iterable[Change], *, log: Path | None = None, id: str | None = None
) -> LoggedDelivery:
    """Send changes and give the delivery, which is finished. Each has an `id` of its own, unless it is to come again."""
    delivery = LoggedDelivery(system, entity, changes, log=log, id=id or uuid4().hex)
    system.write(delivery)
    assert delivery.finished(), delivery.states()
    return delivery


def unstamped(rows: Iterable[Row], entity: Entity) -> dict[Key, Row]:
    """Give rows by key without their stamps, every cell in the type of its column."""
    out = stamps_of(entity)
    whole = by_key([plain_row(row, entity) for row in rows], entity)
    return {key: {column: value for column, value in row.items() if column not in out} for key, row in whole.items()}


def held(entry: Entry, rows: list[dict[str, Plain]]) -> list[dict[str, Plain]]:
    """Leave out the values that the system itself cannot hold."""
    for row in rows:
        for column, refused in entry.narrower.items():
            if row[column] is not None and refused(row[column]):
                row[column] = thing(5)[column]
    return rows


def differences(found: Mapping[Key, Row], wanted: Mapping[Key, Row]) -> list[tuple[Key, str, Plain, Plain]]:
    """List the cells that are not as they should be: key, column, what is there, what should be; all rows count."""
    assert found.keys() == wanted.keys()
    return [
        (key, column, found[key][column], value)
        for key, row in wanted.items()
        for column, value in row.items()
        if found[key][column] != value
    ]
