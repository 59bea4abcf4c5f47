"""The other side: applies a request to the file, row by row, as a server would.

An insert of a key that is there writes over it, so that a request that comes twice has one effect. A row whose
precondition fails is stale; one that does not fit its columns, or that should be changed and is not there, is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from uuid import uuid4

from crosswalk.connectors.drill.cells import DoesNotFit, Stored, key_of, stored, value_of, whole
from crosswalk.connectors.drill.faults import Fault
from crosswalk.exchange import Ack, Batch, Change, Plain
from crosswalk.model import Entity
from crosswalk.sql import name

Cells = Mapping[str, Stored]


def rows_by(
    connection: sqlite3.Connection, entity: Entity, by: Sequence[str], key: Sequence[Stored]
) -> list[tuple[Stored, ...]]:
    """Read the rows that hold these values in these columns; null is equal to nothing."""
    meeting = " AND ".join(f"{name(column).text} = ?" for column in by)
    text = " ".join(("SELECT", columns_of(entity), "FROM", name(entity.ref.entity).text, "WHERE", meeting))
    return connection.execute(text, tuple(key)).fetchall()


def columns_of(entity: Entity) -> str:
    """List the columns of an entity for a query."""
    return ", ".join(name(column).text for column in entity.columns)


def apply(connection: sqlite3.Connection, entity: Entity, batch: Batch, faults: Sequence[Fault]) -> list[Ack]:
    """Apply a batch; rows of one group are written together or not at all."""
    refusals = _refusals(entity, batch, faults)
    acks: dict[int, Ack] = {}
    for group in _groups(batch):
        connection.execute("SAVEPOINT one")
        answers = [refusals.get(change.number) or _apply_one(connection, entity, change) for change in group]
        failed = next((ack for ack in answers if ack.state != "applied"), None)
        if failed is not None:
            connection.execute("ROLLBACK TO one")
            answers = [_with(failed, ack) for ack in answers]
        connection.execute("RELEASE one")
        acks.update({ack.number: ack for ack in answers})
    return [acks[change.number] for change in batch]


def _with(failed: Ack, ack: Ack) -> Ack:
    if ack.state != "applied":
        return ack
    return Ack(ack.number, "refused", "GroupRefused", f"another row of the group was not written: {failed.code}")


def _groups(batch: Batch) -> list[list[Change]]:
    groups: dict[str | int, list[Change]] = {}
    for change in batch:
        groups.setdefault(change.number if change.group is None else f"g {change.group}", []).append(change)
    return list(groups.values())


def _refusals(entity: Entity, batch: Batch, faults: Sequence[Fault]) -> dict[int, Ack]:
    """Say which rows the script lets fail; a change without a precondition cannot be stale."""
    found = {}
    for fault in faults:
        chosen = [change for change in batch if not fault.rows or key_of(change.key, tuple(change.key)) in fault.rows]
        for change in chosen if fault.rows else chosen[:1]:
            if fault.fault == "refuse_row":
                found[change.number] = Ack(change.number, "refused", fault.code, fault.message)
            elif fault.fault == "stale_row" and (change.version is not None or change.before is not None):
                found[change.number] = _stale(change, "somebody else changed the row")
    return found


def _stale(change: Change, why: str) -> Ack:
    return Ack(change.number, "stale", "PreconditionFailed", why)


def _apply_one(connection: sqlite3.Connection, entity: Entity, change: Change) -> Ack:
    try:
        key = {column: stored(value, entity.columns[column]) for column, value in change.key.items()}
        values = {column: stored(value, entity.columns[column]) for column, value in change.values.items()}
        found = rows_by(connection, entity, tuple(key), tuple(key.values()))
        if len(found) > 1:
            raise DoesNotFit("KeyAmbiguous", f"{len(found)} rows have this key")
        before = dict(zip(entity.columns, found[0], strict=True)) if found else None
        return _changed(connection, entity, change, (key, values, before))
    except DoesNotFit as refusal:
        return Ack(change.number, "refused", refusal.code, str(refusal))
    except sqlite3.IntegrityError as refusal:
        return Ack(change.number, "refused", "DuplicateKey", str(refusal))


def _changed(
    connection: sqlite3.Connection, entity: Entity, change: Change, cells: tuple[Cells, Cells, Cells | None]
) -> Ack:
    key, values, before = cells
    if before is None and change.operation == "update":
        if change.version is not None or change.before is not None:
            return _stale(change, "the row is gone")
        raise DoesNotFit("NotFound", "there is no row with this key")
    if before is not None and not _holds(entity, change, before):
        return _stale(change, "the row is not as it was read")
    if before is None and change.operation == "delete":
        return Ack(change.number, "applied")
    if change.operation == "delete":
        _run(connection, ("DELETE FROM", name(entity.ref.entity).text, _where(key)), key.values())
        return Ack(change.number, "applied")
    written = _insert(connection, entity, key, values) if before is None else key
    if before is not None and values:
        _update(connection, entity, key, values)
        written = {**key, **{column: values[column] for column in key if column in values}}
    row = rows_by(connection, entity, tuple(written), tuple(written.values()))[0]
    return Ack(change.number, "applied", row=dict(zip(entity.columns, row, strict=True)))


def _holds(entity: Entity, change: Change, row: Cells) -> bool:
    """Tell whether the row still has the version and the cells that the change rests on."""
    if change.version is not None and entity.row_version and str(row[entity.row_version]) != change.version:
        return False
    return all(_same(row[column], value, entity, column) for column, value in (change.before or {}).items())


def _same(cell: Stored, value: Plain, entity: Entity, column: str) -> bool:
    kind = entity.columns[column]
    return value_of(cell, kind) == value_of(value, kind)


def _insert(connection: sqlite3.Connection, entity: Entity, key: Cells, values: Cells) -> Cells:
    """Insert a row; parts of the key that nobody gave are made here. Gives the key of the new row."""
    cells = {**key, **values}
    for column in entity.key:
        if cells.get(column) is None:
            cells[column] = _made_key(connection, entity, column)
    required = [c.name for c in entity.columns.values() if c.required and cells.get(c.name) is None]
    missing = [column for column in required if column not in (entity.row_version, entity.modified)]
    if missing:
        raise DoesNotFit("ValueRequired", f"{missing[0]} must have a value")
    names, marks = ", ".join(name(column).text for column in cells), ", ".join("?" * len(cells))
    _run(connection, ("INSERT INTO", name(entity.ref.entity).text, f"({names}) VALUES ({marks})"), cells.values())
    return {column: cells[column] for column in entity.key}


def _made_key(connection: sqlite3.Connection, entity: Entity, column: str) -> Stored:
    kind = entity.columns[column].type
    if kind.kind == "guid":
        return str(uuid4())
    if whole(kind):
        greatest = " ".join(("SELECT max(", name(column).text, ") FROM", name(entity.ref.entity).text))
        return int(connection.execute(greatest).fetchone()[0] or 0) + 1
    raise DoesNotFit("KeyMissing", f"{column} must have a value")


def _update(connection: sqlite3.Connection, entity: Entity, key: Cells, values: Cells) -> None:
    cells = ", ".join(f"{name(column).text} = ?" for column in values)
    text = ("UPDATE", name(entity.ref.entity).text, "SET", cells, _where(key))
    _run(connection, text, (*values.values(), *key.values()))


def _where(key: Cells) -> str:
    return "WHERE " + " AND ".join(f"{name(column).text} = ?" for column in key)


def _run(connection: sqlite3.Connection, words: Sequence[str], values: object) -> None:
    connection.execute(" ".join(words), tuple(values))  # type: ignore[arg-type]
