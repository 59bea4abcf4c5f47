"""Writes what was decided: numbers and documents first, then target rows, marks on the source, and lineage."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from crosswalk.model import Entity
from tests.oracle.cells import Fault, Row, Unclear, Value, key_text, same
from tests.oracle.evaluate import Lenient, holds
from tests.oracle.judge import (
    Judged,
    Run,
    fill,
    find_link,
    group_parts,
    header_row,
    header_values,
    key_values,
    linked_key,
    version,
)
from tests.oracle.lines import value_of
from tests.oracle.scopes import DocumentView, Found, RowScope, Standing, ordered
from tests.oracle.world import Header, Link, Place, key_of, source_key


@dataclass
class Writes:
    """Everything that a run is going to write, worked out before the first row changes."""

    inserts: list[tuple[Entity, Row]] = field(default_factory=list)
    updates: list[tuple[Entity, Row, Row]] = field(default_factory=list)
    deletes: list[tuple[Entity, Row]] = field(default_factory=list)
    marks: list[tuple[Judged, Row]] = field(default_factory=list)
    headers: dict[str, list[Row | None]] = field(default_factory=dict)


def sequence_order(run: Run, judged: list[Judged]) -> list[Judged]:
    """The order in which lines are placed and numbers drawn: the document's order, then the source key."""
    ranked = sorted(judged, key=lambda each: each.key)
    document = run.leg.map.document
    for path in reversed(document.order if document is not None else ()):
        ranked = ordered(ranked, partial(_at, path.parts))
    return ranked


def _at(parts: tuple[str, ...], judged: Judged) -> Value:
    return Lenient(judged.scope).cell(parts).value


def deliver(run: Run, judged: list[Judged]) -> None:
    """Work out all writes of the rows that go on, then make them, then remember them."""
    writes = Writes()
    for each in sequence_order(run, [each for each in judged if each.alive and each.way is not None]):
        complete(run, each, writes)
        if each.final is not None and run.leg.kind != "back":
            writes.marks.append((each, marks(run, each)))
    leave(run, judged, writes)
    apply(run, writes)
    for each in judged:
        if each.alive and each.final is not None:
            link(run, each)


def complete(run: Run, judged: Judged, writes: Writes) -> None:
    """Give a row its place, its numbers and the target row as it will be."""
    if judged.way is None:
        raise Unclear("a row without a target")
    entity, was = judged.way.target, judged.match
    judged.final = was
    if judged.fate == "unchanged":
        return
    judged.scope.number = run.drawing
    if run.leg.map.document is not None and run.leg.kind == "out":
        place(run, judged, writes)
    if judged.fresh or judged.writes:
        kept, late = dict(judged.values), judged.writes
        fill(judged)
        judged.target_key = key_values(run, judged)
        judged.values = {name: value if name in late else kept[name] for name, value in judged.values.items()}
    if was is None:
        judged.final = stamped(run, entity, {**dict.fromkeys(entity.columns), **judged.values}, None)
        if run.leg.kind == "write_back":
            judged.final.update(_key_columns(judged))
        writes.inserts.append((entity, judged.final))
    else:
        changed = {line.target: judged.values[line.target] for line in judged.way.lines if not line.create_only}
        judged.final = stamped(run, entity, {**was, **changed}, was)
        writes.updates.append((entity, was, judged.final))


def _key_columns(judged: Judged) -> Row:
    if judged.way is None or judged.target_key is None:
        return {}
    pairs = zip(judged.way.key, judged.target_key, strict=True)
    return {line.target: value for line, value in pairs if "." not in line.target}


def stamped(run: Run, entity: Entity, row: Row, was: Row | None) -> Row:
    """Set what a server sets: the time of the change and the next version."""
    if entity.modified is not None:
        row[entity.modified] = run.now
    if entity.row_version is not None:
        before = was.get(entity.row_version) if was is not None else 0
        row[entity.row_version] = (before if isinstance(before, int) else 0) + 1
    return row


def place(run: Run, judged: Judged, writes: Writes) -> None:
    """Put a new line under a header of its group that still takes lines, else under a new one."""
    view = judged.scope.document
    if view is None:
        raise Unclear("a line without a document")
    if not view.fresh:
        return
    parts = group_parts(run, judged)
    group = key_text([cell.value for cell in parts.values()])
    headers = run.documents.headers.setdefault(group, [])
    made = writes.headers.setdefault(group, [None] * len(headers))
    ordinal = next((place for place in range(len(headers)) if takes(run, headers[place], made[place])), len(headers))
    if ordinal == len(headers):
        new = DocumentView(view.entity, parts, {})
        row = header_values(run, judged.scope, new, owner=f"{run.leg.name}:{group}#{ordinal}")
        headers.append(Header(key_of(view.entity, row)))
        made.append(stamped(run, view.entity, row, None))
        writes.inserts.append((view.entity, row))
    headers[ordinal].lines += 1
    row = made[ordinal] or header_row(run, headers[ordinal]) or {}
    judged.scope.document = DocumentView(view.entity, parts, row, headers[ordinal].lines, fresh=False)
    run.documents.places[judged.key] = Place(group, ordinal, headers[ordinal].lines)


def takes(run: Run, header: Header, made: Row | None) -> bool:
    """Whether a header takes one more line: made in this run, or still in the state that the map asks for."""
    document = run.leg.map.document
    if document is None or (document.lines is not None and header.lines >= document.lines):
        return False
    if made is not None:
        return True
    row = header_row(run, header)
    if row is None or document.reuse is None:
        return False
    entity = run.project.entities[document.target]
    return holds(document.reuse.value, Standing(run.tables, entity, row))


def marks(run: Run, judged: Judged) -> Row:
    """The columns of the source row that are set once it is delivered."""
    if judged.way is None:
        return {}
    scope = judged.scope
    scope.target = Found(judged.way.target, judged.final)
    columns = run.leg.source.columns
    try:
        return {line.target: value_of(line, columns[line.target], scope) for line in run.leg.map.settle}
    except Fault as fault:
        raise Unclear(f"settle cannot fail: {fault.code} {fault.column}") from None


def leave(run: Run, judged: list[Judged], writes: Writes) -> None:
    """Rows delivered earlier that are gone or no longer pass the filter."""
    if run.leg.kind != "out":
        return
    links = run.state.links(run.leg.name)
    here = {each.key for each in judged}
    left = [each for each in judged if not each.passes and each.key in links]
    staying = {each.key for each in judged if each.passes}
    gone = [Judged({}, key, judged[0].scope if judged else _no_scope(run), fate="filtered", passes=False)
            for key in sorted(links) if key not in here]  # fmt: skip
    judged.extend(gone)
    for each in [*left, *gone]:
        if each.key in staying or each.key not in links:
            continue
        match run.leg.map.on_leave:
            case "report":
                run.outcome.findings["ROW_LEFT"] += 1
            case "delete":
                remove(run, each, writes)


def _no_scope(run: Run) -> RowScope:
    return RowScope(run.tables, run.leg.source, {})


def remove(run: Run, judged: Judged, writes: Writes) -> None:
    entry = run.state.links(run.leg.name).pop(judged.key)
    run.documents.places.pop(judged.key, None)
    row = find_link(run, entry.target, entry.target_key)
    if row is not None:
        entity = next(way.target for way in run.leg.ways if str(way.target.ref) == entry.target)
        writes.deletes.append((entity, row))
        judged.fate = "deleted"


def apply(run: Run, writes: Writes) -> None:
    effects = run.outcome.effects
    for entity, row in writes.inserts:
        run.world.rows(entity.ref).append(row)
        effects[str(entity.ref), "inserted"] += 1
    for entity, was, row in writes.updates:
        was.update(row)
        effects[str(entity.ref), "updated"] += 1
    for entity, row in writes.deletes:
        rows = run.world.rows(entity.ref)
        rows[:] = [other for other in rows if other is not row]
        effects[str(entity.ref), "deleted"] += 1
    for judged, values in writes.marks:
        settle(run, judged, values)


def settle(run: Run, judged: Judged, values: Row) -> None:
    """Mark every source row of that key, where the mark is not there yet."""
    source = run.leg.source
    for row in run.world.rows(source.ref):
        if source_key(source, row) == judged.key and any(not same(row.get(name), values[name]) for name in values):
            row.update(stamped(run, source, {**row, **values}, row))
            run.outcome.effects[str(source.ref), "settled"] += 1


def link(run: Run, judged: Judged) -> None:
    """Remember which target row a source row stands for, and the versions of both after this run."""
    way, final = judged.way, judged.final
    if way is None or final is None:
        return
    target_version = version(final, way.target.row_version)
    source_version = version(judged.row, run.leg.source.row_version)
    entry = Link(str(way.target.ref), linked_key(run, way, final), source_version, target_version)
    run.state.links(run.leg.name)[judged.key] = entry
    if run.leg.kind == "back":
        there = run.state.links(run.leg.map.name).get(source_key(way.target, final))
        if there is not None:
            there.source_version, there.target_version = target_version, source_version
