"""Makes the units of a leg out of source rows, one row after the other: entries of `each`, groups of `merge`."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from crosswalk.model import Column, Constant, DataType, Each, Entity, Lookup, Merge
from tests.oracle.cells import Cell, Fault, Row, Value, text_of
from tests.oracle.evaluate import holds
from tests.oracle.lines import source_cell, value_of
from tests.oracle.scopes import Found, RowScope, hits_of_lookup
from tests.oracle.world import Tables, source_key


@dataclass(eq=False)
class Unit:
    """What is judged as one: the rows it is made of, its key, the names it brings, and what is known of it already.

    `conditions` are those of its entries; `family` are the units that its row makes.
    """

    rows: list[Row]
    key: str
    starts: dict[str, Found] = field(default_factory=dict)
    shared: dict[str, Cell] = field(default_factory=dict)
    listed: dict[str, dict[str, Constant]] = field(default_factory=dict)
    passes: bool = True
    conditions: list[str] = field(default_factory=list)
    fault: Fault | None = None
    family: list[Unit] = field(default_factory=list)

    @property
    def row(self) -> Row:
        return self.rows[0]


def units_of(tables: Tables, source: Entity, rows: list[Row], rule: Merge | tuple[Each, ...] | None) -> list[Unit]:
    """All units of these rows; without a rule each row is one."""
    if isinstance(rule, Merge):
        return _merged(tables, source, rows, rule)
    if rule:
        return [unit for row in rows for unit in _fanned(RowScope(tables, source, row), rule)]
    return [Unit([row], source_key(source, row)) for row in rows]


def _part(value: Value) -> str:
    return text_of(value).replace("\\", "\\\\").replace("|", "\\|")


_NOTHING = "\\-"


def _fanned(scope: RowScope, rule: tuple[Each, ...]) -> list[Unit]:
    """One unit for each combination of entries, in the order of their entries."""
    of_row = [_part(scope.row.get(name)) for name in scope.entity.key]
    found = []
    for chosen in product(*(_entries(scope, one) for one in rule)):
        unit = Unit([scope.row], "|".join([*of_row, *(part for one in chosen for part in one.key.split("\n"))]))
        for one in chosen:
            unit.starts.update(one.starts)
            unit.listed.update(one.listed)
            unit.conditions += one.conditions
            unit.passes = unit.passes and one.passes
            unit.fault = unit.fault or one.fault
        found.append(unit)
    for unit in found:
        unit.family = found
    return found


def _entries(scope: RowScope, one: Each) -> list[Unit]:
    """The entries of one name as units by themselves; their keys are parts parted by line breaks."""
    if one.entity is None:
        return [
            Unit(
                [scope.row],
                "\n".join(
                    _NOTHING if value.value is None else _part(str(value.value)) for value in entry.values.values()
                ),
                listed={one.name: dict(entry.values)},
                conditions=[entry.when.value] if entry.when else [],
            )
            for entry in one.entries
        ]
    entity = scope.tables.project.entities[one.entity]
    lookup = Lookup(one.name, one.entity, one.where, one.span, filter=one.filter)
    try:
        where = [(line.target, value_of(line, entity.columns[line.target], scope)) for line in one.where]
        hits = hits_of_lookup(lookup, entity, scope, where)
    except Fault:
        hits = []
    rows = sorted((hit.row for hit in hits), key=lambda row: [row[name] for name in entity.key])
    if rows:
        return [
            Unit(
                [scope.row],
                "\n".join(_part(row.get(name)) for name in entity.key),
                starts={one.name: Found(entity, row)},
            )
            for row in rows
        ]
    waits = Fault(one.code, one.name, "held" if one.missing == "hold" else "rejected")
    key = "\n".join(_NOTHING for _ in entity.key)
    nothing = Unit([scope.row], key, starts={one.name: Found(entity)}, passes=one.missing != "null")
    nothing.fault = None if one.missing == "null" else waits
    return [nothing]


def _merged(tables: Tables, source: Entity, rows: list[Row], rule: Merge) -> list[Unit]:
    """One unit for rows that agree; a row that the filter leaves out or that fits no group is one by itself."""
    groups: dict[str, Unit] = {}
    members: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        scope = RowScope(tables, source, row)
        alone = alone_of(source, row, rule)
        try:
            fitting = [part.name for part in rule.parts if holds(part.when.value, scope)]
            if len(fitting) != 1:
                raise Fault("MANY_PARTS" if fitting else "NO_PART")
            shared = {line.target: _shared(line.target, scope, rule) for line in rule.by}
        except Fault as fault:
            alone.fault = fault
            groups[alone.key] = alone
            continue
        key = "|".join(_part(cell.value) for cell in shared.values())
        unit = groups.setdefault(key, Unit([], key, shared=shared))
        unit.rows.append(row)
        members.setdefault(key, {}).setdefault(fitting[0], []).append(row)
    for key, parts in members.items():
        groups[key].starts = {part.name: Found(source, parts.get(part.name, [None])[0]) for part in rule.parts}
        groups[key].fault = _incomplete(rule, parts)
    return list(groups.values())


def alone_of(source: Entity, row: Row, rule: Merge) -> Unit:
    """A row that is part of no group: it has none of what a merged row has."""
    starts = {part.name: Found(source) for part in rule.parts}
    shared = {line.target: Cell(None) for line in rule.by}
    return Unit([row], f"{_NOTHING}{source_key(source, row)}", starts, shared)


def _shared(word: str, scope: RowScope, rule: Merge) -> Cell:
    line = next(line for line in rule.by if line.target == word)
    try:
        cell = source_cell(line.source, Column(word, DataType("text"), line.span), scope)
    except Fault as fault:
        raise Fault(fault.code, word, fault.fate) from None
    if cell.value is None:
        raise Fault("KEY_NULL", word)
    return cell


def _incomplete(rule: Merge, parts: dict[str, list[Row]]) -> Fault | None:
    for part in rule.parts:
        if len(parts.get(part.name, [])) > 1:
            return Fault("PART_AMBIGUOUS", part.name)
    for part in rule.parts:
        if part.name not in parts and any(one.value == part.name for one in rule.complete):
            return Fault(rule.code, part.name, "held")
    return None
