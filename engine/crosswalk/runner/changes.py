"""The change set of one step as the ledger and connectors see it: numbered rows with their payload, and pages of them.

The payload is the change as JSON, every value as text, so that two change sets can be compared and nothing is lost to a
number format. Stamps that a system keeps by itself are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal, cast
from uuid import UUID

from crosswalk.contracts import Backend, Cell
from crosswalk.exchange import Change, Plain
from crosswalk.model import Entity
from crosswalk.plan import Sent, Undone
from crosswalk.sql import Sql, literal, name

SENDING = "crosswalk_sending"
"""The temporary table of the change set that is being sent."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change with what the ledger says of it."""

    change: Change
    source_key: str
    arm: int
    target_key: str
    content: str
    payload: str


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The changes of one target table. `columns` are those that are written, without the stamps of the system;
    `updated` those of them that updates may set, None where changes have preconditions.
    """

    entity: Entity
    columns: tuple[str, ...]
    guarded: tuple[str, ...]
    match: tuple[str, ...]
    count: int
    updated: tuple[str, ...] | None

    @property
    def key(self) -> tuple[str, ...]:
        return self.entity.key


def prepare(sent: Sent, entity: Entity, bound: dict[str, object], backend: Backend, *, stamps: bool) -> ChangeSet:
    """Ask the plan for its change set and number it; `stamps` says that the system keeps times and versions itself."""
    values = {parameter: bound[parameter] for parameter in sent.rows.parameters}
    backend.run(f"CREATE OR REPLACE TEMP TABLE {SENDING}_raw AS {sent.rows.sql}", values)
    left_out = sent.stamps if stamps else ()
    there = [str(row[0]) for row in backend.rows(f"DESCRIBE {SENDING}_raw")]
    columns = tuple(c for c in there if not c.startswith(("#", "key.", "before.")) and c not in left_out)
    guarded = tuple(c.removeprefix("before.") for c in there if c.startswith("before."))
    backend.run(
        f'CREATE OR REPLACE TEMP TABLE {SENDING} AS SELECT row_number() OVER (ORDER BY "#group", "#source_key",'
        f' "#arm") AS "#number", *, {_payload(entity, columns, guarded).text} AS "#payload" FROM {SENDING}_raw'
        ' ORDER BY "#number"'
    )
    found = backend.rows(f'SELECT count(*), count("#version") FROM {SENDING}')[0]
    count, versions = (int(str(cell)) for cell in found)
    plain = None if guarded or versions else tuple(column for column in sent.updated if column in columns)
    return ChangeSet(entity, columns, guarded, sent.match, count, plain)


def prepare_undo(undone: Undone, entity: Entity, backend: Backend) -> ChangeSet:
    """Ask for the rows that are to be taken back."""
    return prepare(Sent(undone.rows, 0, entity.key, (), ()), entity, {}, backend, stamps=True)


def _payload(entity: Entity, columns: Sequence[str], guarded: Sequence[str]) -> Sql:
    cells = [("#version", "#version"), *((f"key.{c}", f"key.{c}") for c in entity.key), *((c, c) for c in columns)]
    cells += [(f"before.{c}", f"before.{c}") for c in guarded]
    pairs = ", ".join(f"{literal(label).text}, CAST({name(column).text} AS VARCHAR)" for label, column in cells)
    changed = "'#changed', \"#changed\""
    return Sql(f"CAST(json_object('#operation', \"#operation\", {changed}, {pairs}) AS VARCHAR)")


def digest(backend: Backend) -> str:
    """Take the digest of the whole change set, in its order."""
    whole = sha256()
    for page in pages_of(backend, "#payload"):
        for (payload,) in page:
            whole.update(str(payload).encode())
    return whole.hexdigest()[:16]


_PAGE = 5000


def pages_of(backend: Backend, *columns: str) -> Iterator[list[tuple[Cell, ...]]]:
    """Read the change set in pages, in the order of its numbers."""
    chosen = ", ".join(name(column).text for column in columns)
    first = 1
    while True:
        within = f'"#number" >= {first} AND "#number" < {first + _PAGE}'
        page = backend.rows(f'SELECT {chosen} FROM {SENDING} WHERE {within} ORDER BY "#number"')
        if not page:
            return
        yield page
        first += _PAGE


def prepared(changes: ChangeSet, backend: Backend) -> Iterator[Prepared]:
    """Give the changes one by one, in order, reading page by page."""
    columns = (
        *("#number", "#operation", "#source_key", "#arm", "#target_key", "#version", "#group", "#changed", "#payload"),
        *(f"key.{column}" for column in changes.key),
        *changes.columns,
        *(f"before.{column}" for column in changes.guarded),
    )
    for page in pages_of(backend, *columns):
        yield from (_prepared(changes, row) for row in page)


def _prepared(changes: ChangeSet, row: tuple[Cell, ...]) -> Prepared:
    number, operation, source_key, arm, target_key, version, group, changed, payload = row[:9]
    rest = [_plain(cell) for cell in row[9:]]
    keys, cells = rest[: len(changes.key)], rest[len(changes.key) : len(changes.key) + len(changes.columns)]
    before = dict(zip(changes.guarded, rest[len(changes.key) + len(changes.columns) :], strict=True))
    written = dict(zip(changes.columns, cells, strict=True))
    key = dict(zip(changes.key, keys, strict=True))
    if any(value is None for value in key.values()):
        key = {column: written[column] for column in changes.match}
    if operation == "update" and isinstance(changed, list):
        touched = {str(column) for column in changed}
        stamped = {c for c in (changes.entity.modified, changes.entity.row_version) if c}
        written = {c: v for c, v in written.items() if c in touched or c in stamped}
        before = {c: v for c, v in before.items() if c in touched}
    change = Change(
        number=int(str(number)),
        operation=cast("Literal['insert', 'update', 'delete']", operation),
        key=key,
        values={} if operation == "delete" else written,
        version=None if version is None else str(version),
        before=before if changes.guarded and operation == "update" else None,
        group=None if group is None else str(group),
    )
    content = sha256(str(payload).encode()).hexdigest()[:24]
    return Prepared(change, str(source_key), int(str(arm)), str(target_key), content, str(payload))


def _plain(cell: Cell) -> Plain:
    match cell:
        case None | str() | bool() | int() | Decimal() | datetime() | date() | UUID():
            return cell
    raise AssertionError(f"a cell of a change set is a {type(cell).__name__}")
