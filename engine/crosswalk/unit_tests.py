"""The unit tests of a map as values: rows that are given, and what a run of the map is expected to make of them.

Tables are named as they are written, ``system.entity``. A cell holds a value in the type of its column and the words
that the author wrote, so that a failure can speak in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

from crosswalk.errors import Span

CellValue = str | int | bool | Decimal | date | datetime | UUID | None
Effect = Literal["insert", "update", "delete", "settle"]
Fate = Literal["unchanged", "filtered", "held", "reject", "superseded"]

EFFECTS: tuple[Effect, ...] = ("insert", "update", "delete", "settle")
FATES: tuple[Fate, ...] = ("unchanged", "filtered", "held", "reject", "superseded")

_SPACE = UUID("5d0c9f0e-3c1b-5c1e-9a55-6b1f0f6f7c11")
"""Names of rows become guids in this space; it never changes, or tests that name such a guid would break."""


@dataclass(frozen=True, slots=True)
class TypedCell:
    """One value of a row; `written` is how the author wrote it."""

    column: str
    value: CellValue
    written: str
    span: Span


@dataclass(frozen=True, slots=True)
class TypedRow:
    cells: tuple[TypedCell, ...]
    span: Span

    def value(self, column: str) -> CellValue:
        return next((cell.value for cell in self.cells if cell.column == column), None)

    @property
    def values(self) -> dict[str, CellValue]:
        return {cell.column: cell.value for cell in self.cells}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table."""

    table: str
    rows: tuple[TypedRow, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectedEffect:
    """Rows of one table that are made, changed or removed: each of them, or their number."""

    effect: Effect
    table: str
    rows: tuple[TypedRow, ...]
    count: int
    span: Span
    whole: bool = False
    """Whether the author spoke of all tables, so that one which is not named is expected to stay as it is."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One source row with a fate: its key as the ledger writes it, and what of its reason is expected."""

    key: str
    written: str
    span: Span
    code: str | None = None
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedFate:
    fate: Fate
    rows: tuple[Judged, ...]
    count: int
    span: Span


@dataclass(frozen=True, slots=True)
class Step:
    """Rows come or go, one leg runs, and its outcome is compared. `stop` is the guard that ends the run."""

    leg: str
    given: tuple[Rows, ...]
    gone: tuple[Rows, ...]
    effects: tuple[ExpectedEffect, ...]
    fates: tuple[ExpectedFate, ...]
    span: Span
    stop: str | None = None


@dataclass(frozen=True, slots=True)
class UnitTest:
    """One test: its steps run one after the other on tables that hold `shared` rows and nothing else."""

    name: str
    map_name: str
    steps: tuple[Step, ...]
    span: Span
    shared: tuple[Rows, ...] = ()


def named_guid(name: str) -> UUID:
    """Give the guid that a short name such as ``c9`` stands for: the same in every test and in every release."""
    return uuid5(_SPACE, name)


def names_of(tests: Iterable[UnitTest]) -> dict[str, str]:
    """Map the text of every guid in these tests to the name that the author gave it."""
    return {
        str(cell.value): cell.written
        for test in tests
        for row in _rows_of(test)
        for cell in row.cells
        if isinstance(cell.value, UUID) or cell.value == str(named_guid(cell.written))
    }


def _rows_of(test: UnitTest) -> Iterator[TypedRow]:
    for rows in test.shared:
        yield from rows.rows
    for step in test.steps:
        for given in step.given:
            yield from given.rows
        for effect in step.effects:
            yield from effect.rows
