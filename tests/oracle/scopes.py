"""What paths mean for one row of a leg: its columns, its lookups, its document and its target row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from crosswalk.model import Constant, DataType, Entity, Lookup, TableMap
from tests.oracle.cells import Cell, Fault, Row, Unclear, Value, same
from tests.oracle.evaluate import Lenient, Scope, aggregate, compared, holds
from tests.oracle.world import Tables


@dataclass
class Found:
    """What a lookup gave: a row of its entity, or totals, or nothing."""

    entity: Entity
    row: Row | None = None
    totals: dict[str, Value] | None = None


@dataclass
class DocumentView:
    """The header of a row's document. `fresh` where the header or the line is not known yet."""

    entity: Entity
    parts: dict[str, Cell]
    header: Row
    line: int = 1
    fresh: bool = True


@dataclass
class RowScope:
    """The scope of one source row. `fresh` is set when a value was read that is only known once the row is placed."""

    tables: Tables
    entity: Entity
    row: Row
    owner: str = ""
    number: Callable[[str, str], tuple[str, bool]] | None = None
    company: tuple[str, ...] | None = None
    lookups: dict[str, Found] = field(default_factory=dict)
    document: DocumentView | None = None
    target: Found | None = None
    fresh: bool = False
    starts: dict[str, Found] = field(default_factory=dict)
    shared: dict[str, Cell] = field(default_factory=dict)
    listed: dict[str, Mapping[str, Constant]] = field(default_factory=dict)
    siblings: Callable[[], list[RowScope]] | None = None
    """What a unit adds: rows of entries and parts, what merged rows share, values of lists, and the units beside it."""

    def cell(self, parts: tuple[str, ...]) -> Cell:
        if len(parts) > 1 and parts[0] == "document":
            return self.of_document(parts[1:])
        if len(parts) > 1 and parts[0] == "target":
            return self.of_found(self.target, parts[1:])
        if len(parts) > 1 and parts[0] in self.lookups:
            return self.of_found(self.lookups[parts[0]], parts[1:])
        if len(parts) > 1 and parts[0] in self.starts:
            return self.of_found(self.starts[parts[0]], parts[1:])
        if len(parts) > 1 and parts[0] == "merge" and self.shared:
            return self.shared[parts[1]]
        if len(parts) > 1 and parts[0] in self.listed:
            return Cell(_bare(self.listed[parts[0]][parts[1]]))
        return self.tables.follow(self.entity, self.row, parts)

    def of_found(self, found: Found | None, parts: tuple[str, ...]) -> Cell:
        if found is None:
            raise Unclear(f"no {'.'.join(parts)} here")
        if found.totals is not None:
            return Cell(found.totals[parts[0]])
        return self.tables.follow(found.entity, found.row, parts)

    def of_document(self, parts: tuple[str, ...]) -> Cell:
        view = self.document
        if view is None:
            raise Unclear("the map has no document")
        if parts == ("line",):
            self.fresh = self.fresh or view.fresh
            return Cell(view.line, DataType("int"))
        if parts[0] in view.parts:
            return view.parts[parts[0]]
        self.fresh = self.fresh or view.fresh
        return self.tables.follow(view.entity, view.header, parts)

    def draw(self, sequence: str) -> str:
        """The number of this row in a sequence; a stand-in of the same length where it has none yet."""
        if self.number is None:
            raise Unclear("no sequence here")
        text, known = self.number(sequence, self.owner)
        self.fresh = self.fresh or not known
        return text

    def company_value(self) -> Value:
        if self.company is None:
            raise Unclear(f"a row of {self.entity.ref} has no company")
        return self.cell(self.company).value


def _bare(constant: Constant) -> Value:
    """A value of a list by itself: a number where it is written as one, else text."""
    text = None if constant.value is None else str(constant.value)
    if text is None or constant.quoted or re.fullmatch(r"-?(0|[1-9][0-9]*)([.][0-9]+)?", text) is None:
        return text
    return Decimal(text) if "." in text else int(text)


@dataclass(frozen=True)
class LookupScope:
    """Inside a lookup: bare names are columns of its entity, ``row.`` is the row that asks."""

    tables: Tables
    entity: Entity
    row: Row
    asking: Scope

    def cell(self, parts: tuple[str, ...]) -> Cell:
        if len(parts) > 1 and parts[0] == "row":
            return self.asking.cell(parts[1:])
        return self.tables.follow(self.entity, self.row, parts)


@dataclass(frozen=True)
class Standing:
    """A row by itself: bare names are its columns."""

    tables: Tables
    entity: Entity
    row: Row

    def cell(self, parts: tuple[str, ...]) -> Cell:
        return self.tables.follow(self.entity, self.row, parts)


def company_path(table_map: TableMap, source: Entity) -> tuple[str, ...] | None:
    """Where the company of a row stands: where the map says, else in the source's own company column."""
    if table_map.company is not None:
        return table_map.company.parts
    return (source.company,) if source.company else None


Evaluate = Callable[[Lookup, RowScope], list[tuple[str, Value]]]
"""Gives the values that the ``where`` of a lookup asks for, by column."""


def look_up(lookup: Lookup, scope: RowScope, where: Evaluate) -> Found:
    """Find the one row of a lookup, or its totals; `Fault` with the lookup's name where it says so.

    What cannot be computed for the row that asks (a reference that dangles, text that is no number) equals nothing.
    """
    entity = scope.tables.project.entities[lookup.entity]
    try:
        hits = hits_of_lookup(lookup, entity, scope, where(lookup, scope))
    except Fault:
        hits = []
    if lookup.total:
        return Found(entity, None, {name: aggregate(text.value, hits) for name, text in lookup.total.items()})
    if len(hits) > 1 and not lookup.first_by:
        raise Fault("LOOKUP_AMBIGUOUS", lookup.name)
    if not hits and lookup.missing != "null":
        raise Fault(lookup.code, lookup.name, "held" if lookup.missing == "hold" else "rejected")
    return Found(entity, _first(lookup, hits).row if hits else None)


def hits_of_lookup(
    lookup: Lookup, entity: Entity, scope: RowScope, where: list[tuple[str, Value]]
) -> list[LookupScope]:
    wanted = list(where)
    if entity.company is not None and entity.company not in [name for name, _ in where]:
        wanted.append((entity.company, scope.company_value()))
    day = None if lookup.as_of is None else scope.cell(lookup.as_of.parts).value
    hits: list[LookupScope] = []
    for row in scope.tables.world.rows(entity.ref):
        candidate = LookupScope(scope.tables, entity, row, scope)
        agrees = all(value is not None and same(row.get(name), value) for name, value in wanted)
        in_time = lookup.as_of is None or _valid(entity, row, day)
        if agrees and in_time and (lookup.filter is None or holds(lookup.filter.value, candidate)):
            hits.append(candidate)
    return hits


def _valid(entity: Entity, row: Row, day: Value) -> bool:
    """Whether a row is valid on a day: both ends count, an end that is null is open."""
    if entity.valid is None:
        raise Unclear(f"{entity.ref} has no validity")
    if day is None:
        return False
    first, last = (row.get(name) for name in entity.valid)
    begun = first is None or compared("<=", first, day) is True
    return begun and (last is None or compared(">=", last, day) is True)


def _first(lookup: Lookup, hits: list[LookupScope]) -> LookupScope:
    """The first in the order asked for; nulls come last either way; the key of the entity breaks ties."""
    if len(hits) == 1:
        return hits[0]
    entity = hits[0].entity
    ranked = list(hits)
    for name in reversed([*(text.value.strip() for text in lookup.first_by), *entity.key]):
        ranked = sort_by(ranked, name)
    return ranked[0]


def sort_by(scopes: list[LookupScope], name: str) -> list[LookupScope]:
    """Sort by one path, ``-`` before it turns it; rows without a value come last."""
    parts = tuple(name.lstrip("-").strip().split("."))
    return ordered(scopes, lambda scope: Lenient(scope).cell(parts).value, turned=name.startswith("-"))


Item = TypeVar("Item")


class _Rank:
    def __init__(self, value: Value) -> None:
        self.value = value

    def __lt__(self, other: _Rank) -> bool:
        return compared("<", self.value, other.value) is True


def ordered(items: list[Item], value: Callable[[Item], Value], *, turned: bool = False) -> list[Item]:
    """Sort stably by a value; nulls come last, also where the order is turned."""
    known = [item for item in items if value(item) is not None]
    known.sort(key=lambda item: _Rank(value(item)), reverse=turned)
    return known + [item for item in items if value(item) is None]
