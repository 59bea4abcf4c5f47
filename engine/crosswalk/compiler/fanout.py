"""Binds `each`: which entries a row finds, what their names mean, and what becomes of a row that finds none.

An entry of a table is found by the row as it is read: its columns and relations. Lookups come after, so that they may
use the entry: one row for every company, then the settings of that company.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from crosswalk.compiler.binding import Binding
from crosswalk.compiler.expressions import condition, heads_of
from crosswalk.compiler.lines import sought_value
from crosswalk.compiler.scope import Place, RowScope
from crosswalk.compiler.starts import Start, of_list, of_table
from crosswalk.compiler.units import EntryList, EntryTable, FanOut, Units, made_units
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import nearest
from crosswalk.model import (
    Concat,
    Constant,
    Each,
    Entity,
    Expression,
    FieldMapping,
    First,
    Lookup,
    Path,
    Reference,
    Sequence,
    Source,
)
from crosswalk.sql import Sql, fragment, literal, name


def bind_each(binding: Binding) -> Units:
    """Bind every name of a fan-out and make it known to all later lines."""
    leg = binding.leg
    later = (*(one.name for one in leg.map.each), *(lookup.name for lookup in leg.map.lookups))
    row = RowScope(leg.source, leg.project, later=later)
    entries = [_bound(one, row, binding) for one in leg.map.each]
    return made_units(FanOut(row, tuple(entries)))


def _bound(one: Each, row: RowScope, binding: Binding) -> EntryTable | EntryList:
    same = [column for column in row.entity.columns if column.casefold() == one.name.casefold()]
    if same:
        message = f"'{one.name}' is also the column '{same[0]}' of {row.entity.ref}"
        binding.problems.add("NAME_AMBIGUOUS", message, one.span, "give the entry another name")
    if one.entity is None:
        return _list(one, binding)
    return _table(one, binding.leg.project.entities[one.entity], row, binding)


def _list(one: Each, binding: Binding) -> EntryList:
    start = of_list(one.name, one.entries)
    binding.scope.starts[one.name] = start
    words = list(start.listed)
    keys = ["|".join(_constant_part(entry.values[word]) for word in words) for entry in one.entries]
    return EntryList(one.name, tuple(literal(key) for key in keys), len(words))


def _constant_part(constant: Constant) -> str:
    """Write a value as `key_part` does."""
    if constant.value is None:
        return "\\-"
    return str(constant.value).replace("\\", "\\\\").replace("|", "\\|")


def _table(one: Each, entity: Entity, row: RowScope, binding: Binding) -> EntryTable:
    start = of_table(one.name, "an entry", entity)
    inside = _EntryScope(start, row)
    on = [equal for line in one.where if (equal := _equal(line, inside, entity, binding)) is not None]
    on += _own_company(one, inside, entity, binding)
    if one.filter is not None:
        text = one.filter
        bound = binding.attempt(text.span, lambda: condition(text, inside))
        on += [] if bound is None else [bound]
    binding.scope.starts[one.name] = start
    _missing(one, binding)
    return EntryTable(one.name, entity, tuple(on), tuple(inside.needed))


def _equal(line: FieldMapping, inside: _EntryScope, entity: Entity, binding: Binding) -> Sql | None:
    column = entity.columns.get(line.target)
    if column is None:
        message = f"'{line.target}' is not a column of {entity.ref}"
        binding.problems.add("UNKNOWN_COLUMN", message, line.span, nearest(line.target, entity.columns))
        return None
    place = Place(column, inside.row, binding.leg.project)
    value = binding.attempt(line.source.span, lambda: sought_value(line, place))
    return None if value is None else fragment("{a} = {b}", a=inside.resolve(line.target).sql, b=value.sql)


def _own_company(one: Each, inside: _EntryScope, entity: Entity, binding: Binding) -> list[Sql]:
    """Entries of a table per company are those of the row's company, where the row has one before it is fanned out."""
    own = binding.leg.source.company
    if entity.company is None or own is None or any(line.target == entity.company for line in one.where):
        return []
    value, theirs = inside.row.resolve(own), inside.resolve(entity.company)
    same = value.type.kind == theirs.type.kind
    return [fragment("{a} = {b}", a=theirs.sql, b=value.sql)] if same else []


def _missing(one: Each, binding: Binding) -> None:
    """A row without an entry waits or is refused where the map says so; otherwise it is passed over."""
    if one.missing == "null":
        return
    nothing = fragment("{there} IS NULL", there=_there(one, binding))
    fate = "held" if one.missing == "hold" else "rejected"
    binding.reason(
        Fault(one.code, nothing, literal(None), "held" if fate == "held" else "rejected"), one.name, one.span
    )


def _there(one: Each, binding: Binding) -> Sql:
    landed = f"{one.name}.#there"
    binding.scope.landed[landed] = None
    return name(landed)


def taken(binding: Binding) -> list[Sql]:
    """Say under which conditions a unit is one at all: its entries are there, and what they ask of the row holds."""
    return [sql for one in binding.leg.map.each for sql in _taken(one, binding)]


def _taken(one: Each, binding: Binding) -> list[Sql]:
    if one.entity is not None:
        return [fragment("{there} IS NOT NULL", there=_there(one, binding))] if one.missing == "null" else []
    asked = [(number, entry.when) for number, entry in enumerate(one.entries) if entry.when is not None]
    found = []
    for number, text in asked:
        bound = binding.attempt(text.span, lambda: condition(text, binding.scope))  # noqa: B023
        binding.scope.landed[f"{one.name}.#entry"] = None
        holes = {"entry": name(f"{one.name}.#entry"), "number": literal(number)}
        if bound is not None:
            found.append(fragment("{entry} <> {number} OR coalesce({x}, FALSE)", x=bound, **holes))
    return found


def check_used(binding: Binding) -> None:
    """Refuse a name of `each` that the key does not use, by itself or through a lookup: its rows would share a key."""
    for arm in binding.leg.arms:
        used = _closed({head for line in arm.key for head in _heads(line.source)}, binding.leg.map.lookups)
        for one in binding.leg.map.each:
            if one.name not in used:
                message = f"the key of {arm.target.ref} does not use '{one.name}', so its entries share one key"
                hint = f"add a line under key: <column>: {one.name}.<column>"
                binding.problems.add("EACH_UNUSED", message, one.span, hint)


def _closed(used: set[str], lookups: tuple[Lookup, ...]) -> set[str]:
    for lookup in reversed(lookups):
        if lookup.name in used:
            used |= {head for line in lookup.where for head in _heads(line.source)}
    return used


def _heads(source: Source) -> set[str]:
    match source:
        case Path():
            return {source.parts[0]}
        case First() | Concat():
            return {head for item in source.items for head in _heads(item)}
        case Expression():
            return heads_of(source.text)
        case Reference():
            return {head for one in source.alternatives for line in one.parts for head in _heads(line.source)}
        case Constant() | Sequence():
            return set()
        case _:
            assert_never(source)


@dataclass(frozen=True, slots=True)
class _EntryScope:
    """Names in the filter of an entry: bare names are columns of its table, ``row.`` is the row read."""

    start: Start
    row: RowScope
    needed: dict[str, None] = field(default_factory=dict)

    def resolve(self, path: str) -> Value:
        head, _, rest = path.partition(".")
        if head == "row" and rest:
            return self.row.resolve(rest)
        if path not in self.start.values:
            message = f"'{path}' is not a column of {self.start.table}"
            hint = f"write row.{path} for the row read" if head in self.row.entity.columns else ""
            raise TransformError("UNKNOWN_COLUMN", message, hint or nearest(path, self.start.values))
        self.needed[path] = None
        return self.start.values[path]
