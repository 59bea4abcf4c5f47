"""The bound form of a leg: every name resolved, every value typed, every reason numbered.

This is what the step builders read. Expressions in it speak of one of three relations: the joined row (lines, filter,
faults), the row of the target beside it (``target.`` in `allow`), or the shaped row (what is only known late: numbers,
headers, settled columns).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crosswalk.compiler.joins import Join
from crosswalk.compiler.legs import Leg
from crosswalk.compiler.shares import Share
from crosswalk.compiler.units import Units
from crosswalk.contracts import Value
from crosswalk.errors import Span
from crosswalk.model import Column, DataType, Entity, EntityRef
from crosswalk.plan import Reason
from crosswalk.sql import Sql, fragment, key_text, literal, name


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of the shaped row. `late` cells are empty at first and filled when rows are delivered; a cell that is
    written `once` fills a column that is null.
    """

    column: Column
    alias: Sql
    value: Value
    place: str
    create_only: bool = False
    sequence: str | None = None
    late: Value | None = None
    once: bool = False

    @property
    def target(self) -> Sql:
        return name(self.column.name)


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One equality between the target row and the shaped row. `target` speaks of the target relation of the arm."""

    target: Sql
    alias: Sql
    sequence: str | None = None


@dataclass(frozen=True, slots=True)
class BoundArm:
    """One target of a leg. `joins` and `needed` are what paths over the target row need."""

    number: int
    target: Entity
    cells: tuple[Cell, ...]
    key: tuple[KeyPart, ...]
    joins: tuple[Join, ...]
    needed: tuple[str, ...]
    scope: Sql | None
    update: Sql
    create: Sql
    delete: Sql
    when: Sql | None

    @property
    def relation(self) -> str:
        """The name of the arm's target in the statement that shapes the rows."""
        return "target" if self.number == 0 else f"target_{self.number}"

    @property
    def numbered(self) -> bool:
        """True where the key holds a sequence number, so that a new row has no key before it is delivered."""
        return any(part.sequence for part in self.key)

    @property
    def compared(self) -> tuple[Cell, ...]:
        """The cells that may change a row that exists already."""
        return tuple(c for c in self.cells if not c.create_only and c.sequence is None and c.late is None)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A reason with its condition over the joined row and the offending value as text."""

    reason: Reason
    when: Sql
    value: Sql


@dataclass(frozen=True, slots=True)
class BoundDocument:
    """The header side of a leg whose lines go into documents. `by` and `order` are columns of the shaped row."""

    target: Entity
    by: tuple[tuple[str, Sql, DataType], ...]
    order: tuple[Sql, ...]
    lines: int | None
    reuse: Sql | None
    cells: tuple[Cell, ...]
    counted: tuple[tuple[Sql, Sql], ...]


@dataclass(frozen=True, slots=True)
class BoundSet:
    """Rows that go in together or not at all. `by` are columns of the shaped row and of the source."""

    by: tuple[tuple[Sql, str], ...]
    expect: Sql


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of a value map that a row can take; `result` is None for what `otherwise` says.

    Of the entry of a list, its values; `when` is its condition.
    """

    key: str
    result: str | None
    when: Span | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """A choice that a map makes for a row: the shaped column that tells it, and what may stand there.

    That is the pair of a line with a value map, the entry of a fixed list, or a part of a merged row. `refuses` says
    that there are values which no pair takes and the line refuses. `arm` is the target that a line belongs to, None
    for a line of all of them; `column` is empty where the line only finds a row.
    """

    alias: str
    pairs: Mapping[str, Pair]
    refuses: bool
    arm: int | None
    column: str
    span: Span
    kind: Literal["value", "each", "merge", "filter"] = "value"


@dataclass(frozen=True, slots=True)
class BoundPair:
    """Columns judged by what both sides last agreed on. `far` are columns of the shaped row that hold the side that is
    read; `cells` write the other.
    """

    name: str
    cells: tuple[Cell, ...]
    far: tuple[Sql, ...]
    plain: bool
    span: Span

    @property
    def goes(self) -> Sql:
        """The column of the shaped row that says whether the cells are written."""
        return name(f"#goes.{self.name}")

    @property
    def clashes(self) -> Sql:
        return name(f"#clashes.{self.name}")

    @property
    def code(self) -> str:
        """What the reason of a conflict is kept under, beside the general ones."""
        return f"CONFLICT_STALE {self.name}"


@dataclass(frozen=True, slots=True)
class Bound:
    """A leg with every name resolved. `carried` are further columns that late steps need, by alias."""

    leg: Leg
    joins: tuple[Join, ...]
    landed: tuple[str, ...]
    filter: Sql
    reasons: tuple[Numbered, ...]
    arms: tuple[BoundArm, ...]
    carried: tuple[tuple[Sql, Sql], ...]
    document: BoundDocument | None
    whole: BoundSet | None
    settle: tuple[tuple[Column, Sql], ...]
    late_reasons: Mapping[str, Reason]
    watched: tuple[str, ...]
    units: Units
    probes: tuple[Probe, ...] = ()
    pairs: tuple[BoundPair, ...] = ()
    shares: tuple[Share, ...] = ()

    def late(self, code: str) -> Sql:
        """Give the number of a reason that is found after the rows are shaped."""
        return literal(self.late_reasons[code].number)

    @property
    def all_reasons(self) -> tuple[Reason, ...]:
        return (*(numbered.reason for numbered in self.reasons), *self.late_reasons.values())

    @property
    def ledger_name(self) -> Sql:
        return literal(self.leg.ledger_name)

    @property
    def reads(self) -> tuple[EntityRef, ...]:
        joined = [join.entity.ref for join in self.joins]
        making = [entity.ref for entity in self.units.tables]
        return tuple(dict.fromkeys([self.leg.source.ref, *making, *joined]))

    @property
    def writes(self) -> tuple[EntityRef, ...]:
        header = [self.document.target.ref] if self.document else []
        return tuple(dict.fromkeys([*(arm.target.ref for arm in self.arms), *header]))


def source_key(entity: Entity, alias: str) -> Sql:
    """Write the key of a row of this entity as text; `alias` is how the statement calls the table."""
    return key_text([of(alias, column) for column in entity.key])


def version_of(entity: Entity, alias: str) -> Sql:
    """Write what tells one version of a row from the next: its row version, else its modified time, else null."""
    column = entity.row_version or entity.modified
    if column is None:
        return fragment("CAST(NULL AS VARCHAR)")
    return fragment("CAST({x} AS VARCHAR)", x=of(alias, column))


def of(alias: str, column: str) -> Sql:
    """Name a column of a table by the alias that the statement gives it."""
    return Sql(f"{alias}.{name(column).text}")


def target_key(arm: BoundArm, alias: str) -> Sql:
    """Write the key of a target row as text, as the arm finds it; `alias` is how the statement calls the table."""
    return key_text([Sql(part.target.text.replace(f"{arm.relation}.", f"{alias}.", 1)) for part in arm.key])


def present(bound: Bound) -> dict[str, object]:
    """What tells whether a source row is there: a row with a tombstone is not."""
    return {
        "leg": bound.ledger_name,
        "source": bound.units.relation,
        "key": bound.units.key,
        "deleted": bound.units.deleted,
    }
