"""Decides for each source row, by itself, whether it can go on: lookups, requirements, routing, key, fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from crosswalk.model import Column, DataType, FieldMapping, Lookup, Project
from tests.oracle.cells import Cell, Fault, Row, Unclear, Value, key_text, text_of
from tests.oracle.evaluate import holds
from tests.oracle.legs import Leg, Way, line_value
from tests.oracle.lines import source_cell, value_of
from tests.oracle.scopes import DocumentView, Found, RowScope, company_path, look_up
from tests.oracle.units import Unit
from tests.oracle.world import Documents, Header, Outcome, State, Tables, World, key_of


@dataclass(eq=False)
class Judged:
    """A source row on its way. `fate` is empty as long as nothing has been decided."""

    row: Row
    key: str
    scope: RowScope
    way: Way | None = None
    target_key: tuple[Value, ...] | None = None
    values: Row = field(default_factory=dict)
    match: Row | None = None
    fate: str = ""
    code: str = ""
    column: str = ""
    done: bool = False
    passes: bool = True
    fresh: bool = False
    group: str = ""
    writes: frozenset[str] = frozenset()
    final: Row | None = None
    unit: Unit | None = None
    mapped: Row = field(default_factory=dict)
    version_before: str | None = None

    def stop(self, fault: Fault) -> None:
        self.fate, self.code, self.column = fault.fate, fault.code, fault.column

    @property
    def alive(self) -> bool:
        """Whether the row is (still) going to be, or already is, on the other side."""
        return not self.done and self.fate in ("inserted", "updated", "unchanged")


@dataclass
class Run:
    """One evaluation of one leg."""

    project: Project
    leg: Leg
    world: World
    state: State
    now: datetime
    outcome: Outcome = field(default_factory=Outcome)
    keys: dict[int, list[tuple[Row, tuple[Value, ...] | None]]] = field(default_factory=dict)
    """Keys of target rows by arm, worked out once before anything is written."""

    @property
    def tables(self) -> Tables:
        return Tables(self.project, self.world)

    @property
    def documents(self) -> Documents:
        return self.state.documents.setdefault(self.leg.name, Documents())

    def formatted(self, sequence: str, number: int) -> str:
        form = self.project.sequences[sequence].format
        before, _, rest = form.partition("{")
        zeros, _, after = rest.partition("}")
        return f"{before}{number:0{len(zeros)}d}{after}"

    def stand_in(self, sequence: str, owner: str) -> tuple[str, bool]:
        """The number that an owner has, or zero of the same length where it has none yet."""
        drawn = self.state.drawn(sequence, owner)
        return self.formatted(sequence, drawn or 0), drawn is not None

    def drawing(self, sequence: str, owner: str) -> tuple[str, bool]:
        return self.formatted(sequence, self.state.draw(sequence, owner)), True


def where_of(lookup: Lookup, scope: RowScope) -> list[tuple[str, Value]]:
    entity = scope.tables.project.entities[lookup.entity]
    return [(line.target, value_of(line, entity.columns[line.target], scope)) for line in lookup.where]


def opened(run: Run, unit: Unit) -> tuple[RowScope, Fault | None]:
    """The scope of a unit with its lookups made, and the first of those that failed."""
    leg, row = run.leg, unit.row
    owner = f"{leg.map.name}:{unit.key}"
    company = None if leg.kind == "back" else company_path(leg.map, leg.source)
    scope = RowScope(run.tables, leg.source, row, owner, run.stand_in, company)
    scope.starts, scope.shared, scope.listed = unit.starts, unit.shared, dict(unit.listed)
    first: Fault | None = None
    for lookup in leg.map.lookups if leg.kind != "back" else ():
        try:
            found = look_up(lookup, scope, where_of)
        except Fault as fault:
            found, first = Found(run.project.entities[lookup.entity]), first or fault
        scope.lookups[lookup.name] = found
    return scope, first


def siblings(run: Run, unit: Unit, own: RowScope) -> list[RowScope]:
    """The scopes of all units of a row that the map takes, in the order of their entries."""
    scopes = [(each, own if each is unit else opened(run, each)[0]) for each in unit.family]
    return [scope for each, scope in scopes if taken(run, each, scope)]


def judge(run: Run, unit: Unit) -> Judged:
    """Everything about one unit that depends on no other row of the source."""
    scope, fault = opened(run, unit)
    scope.siblings = lambda: siblings(run, unit, scope)
    judged = Judged(unit.row, unit.key, scope, unit=unit)
    if already(run, judged):
        judged.fate, judged.done = "unchanged", True
    elif not taken(run, unit, scope):
        judged.fate, judged.passes = "filtered", False
    else:
        try:
            shape(run, judged, fault)
        except Fault as found:
            judged.stop(found)
    return judged


def taken(run: Run, unit: Unit, scope: RowScope) -> bool:
    """Whether the map takes a unit: by its filter, and by the conditions of its entries."""
    leg = run.leg
    if leg.kind == "back" and leg.map.scope is not None and not holds(leg.map.scope.value, scope):
        return False
    if not unit.passes or not all(holds(condition, scope) for condition in unit.conditions):
        return False
    return leg.filter is None or leg.map.merge is not None or holds(leg.filter.value, scope)


def already(run: Run, judged: Judged) -> bool:
    """Whether a leg that only creates has delivered the row before; what became of the filter since does not matter."""
    link = run.state.live(run.leg.name, judged.key)
    if link is None or not run.leg.create_only:
        return False
    if find_link(run, link.target, link.target_key) is not None:
        return True
    run.documents.places.pop(judged.key, None)
    return False


def find_link(run: Run, target: str, key: tuple[Value, ...]) -> Row | None:
    """The target row that a lineage entry speaks of, where it is still there."""
    for way in run.leg.ways:
        if str(way.target.ref) == target:
            for row in run.world.rows(way.target.ref):
                if linked_key(run, way, row) == key:
                    return row
    return None


def linked_key(run: Run, way: Way, row: Row) -> tuple[Value, ...]:
    """How lineage names a target row: by the key lines on the way out, by its own key elsewhere."""
    if run.leg.kind == "out":
        return tuple(row.get(line.target) for line in way.key)
    return key_of(way.target, row)


def shape(run: Run, judged: Judged, lookup_fault: Fault | None) -> None:
    entity, table_map, scope = run.leg.source, run.leg.map, judged.scope
    unit = judged.unit
    if unit is not None and unit.fault is not None:
        raise unit.fault
    rows = [judged.row] if unit is None else unit.rows
    if entity.modified is not None and any(row.get(entity.modified) is None for row in rows):
        raise Fault("CURSOR_NULL", entity.modified)
    if lookup_fault is not None:
        raise lookup_fault
    for requirement in table_map.requires if run.leg.kind != "back" else ():
        if not holds(requirement.that.value, scope):
            raise Fault(requirement.code, fate="held")
    judged.way = routed(run.leg, scope)
    if table_map.document is not None and run.leg.kind == "out":
        scope.document, judged.group = preview(run, judged)
    judged.target_key = key_values(run, judged)
    judged.fresh, scope.fresh = scope.fresh, False
    fill(judged)


def routed(leg: Leg, scope: RowScope) -> Way:
    taking = [way for way in leg.ways if way.when is None or holds(way.when.value, scope)]
    if len(taking) != 1:
        raise Fault("MANY_TARGET_ARMS" if taking else "NO_TARGET_ARM")
    return taking[0]


def end_column(run: Run, way: Way, line: FieldMapping) -> Column:
    """The column that a key line is compared with; on a write-back that may be the end of a path."""
    column = run.tables.follow(way.target, None, tuple(line.target.split("."))).column
    if column is None:
        raise Unclear(f"no column {line.target}")
    return column


def key_values(run: Run, judged: Judged) -> tuple[Value, ...]:
    way = judged.way
    if way is None:
        raise Unclear("a row without a target has no key")
    found: list[Value] = []
    for line in way.key:
        if run.leg.kind == "back":
            value = judged.row.get(line.target)
        else:
            value = value_of(line, end_column(run, way, line), judged.scope)
        if value is None:
            raise Fault("KEY_NULL", line.target)
        found.append(value)
    return tuple(found)


def fill(judged: Judged) -> None:
    """Evaluate all lines of the row's target; afterwards look for required columns that stayed null."""
    way, scope = judged.way, judged.scope
    if way is None:
        raise Unclear("a row without a target has no fields")
    fresh: set[str] = set()
    for line in way.lines:
        scope.fresh = False
        judged.values[line.target] = line_value(line, way.target.columns[line.target], scope)
        if scope.fresh:
            fresh.add(line.target)
    judged.writes = frozenset(fresh)
    for line in way.lines:
        if way.target.columns[line.target].required and judged.values[line.target] is None:
            raise Fault("REQUIRED_NULL", line.target)


def preview(run: Run, judged: Judged) -> tuple[DocumentView, str]:
    """The document of a row: its own header where it has a place, else a stand-in for the header to come."""
    document = run.leg.map.document
    if document is None:
        raise Unclear("the map has no document")
    entity, parts = run.project.entities[document.target], group_parts(run, judged)
    group = key_text([cell.value for cell in parts.values()])
    place = run.documents.places.get(judged.key)
    if place is not None:
        header = header_row(run, run.documents.headers[place.group][place.ordinal])
        if header is not None:
            return DocumentView(entity, parts, header, place.line, fresh=False), place.group
    view = DocumentView(entity, parts, {})
    view.header = header_values(run, judged.scope, view, owner="")
    return view, group


def group_parts(run: Run, judged: Judged) -> dict[str, Cell]:
    """The parts that name the group of a row; a part that is a column of the header has that column's type."""
    document = run.leg.map.document
    if document is None:
        raise Unclear("the map has no document")
    entity = run.project.entities[document.target]
    parts: dict[str, Cell] = {}
    for line in document.by:
        column = entity.columns.get(line.target)
        if column is None:
            parts[line.target] = free(line, judged.scope)
        else:
            parts[line.target] = Cell(value_of(line, column, judged.scope), column.type, column)
    return parts


def free(line: FieldMapping, scope: RowScope) -> Cell:
    """A value that lands in no column: a part of a group that has a name only."""
    try:
        return source_cell(line.source, Column(line.target, DataType("text"), line.span), scope)
    except Fault as fault:
        raise Fault(fault.code, line.target, fault.fate) from None


def header_values(run: Run, scope: RowScope, view: DocumentView, *, owner: str) -> Row:
    """The row of a new header. Without an owner its numbers are stand-ins."""
    document = run.leg.map.document
    if document is None:
        raise Unclear("the map has no document")
    values: Row = dict.fromkeys(view.entity.columns)
    values.update({name: cell.value for name, cell in view.parts.items() if name in values})
    number = run.drawing if owner else run.stand_in
    inner = RowScope(run.tables, scope.entity, scope.row, owner, number, document=view)
    for line in document.fields:
        column = view.entity.columns[line.target]
        values[line.target] = value_of(line, column, inner)
    for column in view.entity.columns.values():
        ours = column.name in (view.entity.modified, view.entity.row_version)
        if column.required and not ours and values[column.name] is None:
            raise Fault("REQUIRED_NULL", column.name)
    return values


def header_row(run: Run, header: Header) -> Row | None:
    document = run.leg.map.document
    if document is None:
        return None
    entity = run.project.entities[document.target]
    return next((row for row in run.world.rows(document.target) if key_of(entity, row) == header.key), None)


def version(row: Row, column: str | None) -> str | None:
    return None if column is None or row.get(column) is None else text_of(row[column])
