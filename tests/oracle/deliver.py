"""Writes what was decided: numbers and documents first, then target rows, marks on the source, and lineage."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from crosswalk.model import Entity, Path
from tests.oracle.agreed import note
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
from tests.oracle.legs import leg_of
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
    headers: dict[tuple[str, int], Row] = field(default_factory=dict)
    placed: Counter[tuple[str, int]] = field(default_factory=Counter)


def sequence_order(run: Run, judged: list[Judged]) -> list[Judged]:
    """The order in which lines are placed and numbers drawn: the document's order, then the source key."""
    ranked = sorted(judged, key=lambda each: each.key)
    document = run.leg.map.document
    for path in reversed(document.order if document is not None else ()):
        ranked = ordered(ranked, partial(_at, path.parts))
    return ranked


def _at(parts: tuple[str, ...], judged: Judged) -> Value:
    return Lenient(judged.scope).cell(parts).value


def deliver(run: Run, judged: list[Judged], keys: set[str]) -> None:
    """Work out all writes of the rows that go on, make them, and remember them. `keys` are those of the source."""
    writes = Writes()
    going = sequence_order(run, [each for each in judged if each.alive and each.way is not None])
    if run.leg.map.document is not None and run.leg.kind == "out":
        place_all(run, [each for each in going if each.fate == "inserted"], writes)
    for each in going:
        complete(run, each, writes)
        if each.final is not None and run.leg.kind != "back":
            writes.marks.append((each, marks(run, each)))
    leave(run, judged, keys, writes)
    apply(run, writes)
    for each in judged:
        if each.alive and each.final is not None:
            link(run, each)
            note(run, each)


def complete(run: Run, judged: Judged, writes: Writes) -> None:
    """Give a row its place, its numbers and the target row as it will be."""
    if judged.way is None:
        raise Unclear("a row without a target")
    entity, was = judged.way.target, judged.match
    judged.final = was
    judged.mapped = judged.mapped or dict(judged.values)
    if judged.fate == "unchanged":
        return
    judged.scope.number = run.drawing
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


def place_all(run: Run, going: list[Judged], writes: Writes) -> None:
    """Put new lines under headers that still take lines, oldest first, then under new ones; then make these."""
    new: dict[tuple[str, int], Judged] = {}
    for each in going:
        group, ordinal = place(run, each, writes)
        if ordinal == len(run.documents.headers.setdefault(group, [])):
            run.documents.headers[group].append(Header(()))
            new[group, ordinal] = each
        header = run.documents.headers[group][ordinal]
        header.lines += 1
        writes.placed[group, ordinal] += 1
        run.documents.places[each.key] = Place(group, ordinal, header.lines)
    for (group, ordinal), first in sorted(new.items(), key=lambda item: item[0]):
        make_header(run, first, writes, group, ordinal)
    for each in going:
        there = run.documents.places[each.key]
        row = writes.headers.get((there.group, there.ordinal)) or header_row(
            run, run.documents.headers[there.group][there.ordinal]
        )
        view = document_of(each)
        each.scope.document = DocumentView(view.entity, view.parts, row or {}, there.line, fresh=False)


def document_of(judged: Judged) -> DocumentView:
    if judged.scope.document is None:
        raise Unclear("a line without a document")
    return judged.scope.document


def make_header(run: Run, first: Judged, writes: Writes, group: str, ordinal: int) -> None:
    view = document_of(first)
    new = DocumentView(view.entity, view.parts, {})
    row = header_values(run, first.scope, new, owner=f"{run.leg.name}:{group}#{ordinal}")
    run.documents.headers[group][ordinal].key = key_of(view.entity, row)
    writes.headers[group, ordinal] = stamped(run, view.entity, row, None)
    writes.inserts.append((view.entity, row))


def place(run: Run, judged: Judged, writes: Writes) -> tuple[str, int]:
    """The group of a new line and the header in it that takes the line: one past the last where none does."""
    group = key_text([cell.value for cell in group_parts(run, judged).values()])
    headers = run.documents.headers.get(group, [])
    takers = (n for n, header in enumerate(headers) if takes(run, header, writes.placed[group, n]))
    return group, next(takers, len(headers))


def takes(run: Run, header: Header, placed: int) -> bool:
    """Whether a header takes one more line: made in this run, or still in the state that the map asks for."""
    document = run.leg.map.document
    if document is None:
        return False
    if not header.key:
        return document.lines is None or placed < document.lines
    row = header_row(run, header)
    if row is None or document.reuse is None:
        return False
    full = document.lines is not None and lines_under(run, header, row) + placed >= document.lines
    return not full and holds(document.reuse.value, Standing(run.tables, run.project.entities[document.target], row))


def lines_under(run: Run, header: Header, row: Row) -> int:
    """How many lines stand under a header now; as many as it ever took where lines do not name their header."""
    entity = run.project.entities[run.leg.map.document.target] if run.leg.map.document else None
    pairs: set[tuple[str, str]] = set()
    for line in (*run.leg.map.fields, *run.leg.map.key):
        parts = line.source.parts if isinstance(line.source, Path) else ()
        if entity is not None and parts[:1] == ("document",) and parts[-1] in entity.key:
            pairs.add((line.target, parts[-1]))
        elif entity is not None and line.target in entity.key and line.target == entity.company:
            pairs.add((line.target, line.target))
    lines = [line for way in run.leg.ways for line in run.world.rows(way.target.ref)]
    return sum(all(same(line[a], row[b]) for a, b in pairs) for line in lines) if pairs else header.lines


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


def leave(run: Run, judged: list[Judged], keys: set[str], writes: Writes) -> None:
    """Rows delivered earlier that no longer pass the filter, and for a leg that keeps its target, those that are gone.

    Of every row that does not pass, the version is remembered.
    """
    keeps = run.leg.creates and not run.leg.create_only
    live = [key for key, link in sorted(run.state.links(run.leg.name).items()) if not link.left]
    left = [each for each in judged if not each.passes and each.key in live]
    lost = [key for key in live if keeps and key not in keys]
    gone = [Judged({}, key, _no_scope(run), fate="filtered", passes=False) for key in lost]
    judged.extend(gone)
    for each in judged:
        if not each.passes and each.row:
            links = run.state.links(run.leg.name)
            links.setdefault(each.key, Link("", (), None, left=True)).source_version = version(
                each.row, run.leg.source.row_version
            )
    for each in [*left, *gone]:
        run.state.links(run.leg.name)[each.key].left = True
        run.outcome.findings["LEFT_FILTER"] += run.leg.map.on_leave == "report"
        if run.leg.map.on_leave == "delete" and run.leg.creates:
            remove(run, each, [other.match for other in judged if other.alive], writes)


def _no_scope(run: Run) -> RowScope:
    return RowScope(run.tables, run.leg.source, {})


def remove(run: Run, judged: Judged, kept: list[Row | None], writes: Writes) -> None:
    """Remove what a row had been delivered to, unless another row goes on with it."""
    entry = run.state.links(run.leg.name)[judged.key]
    row = find_link(run, entry.target, entry.target_key)
    if row is not None and not any(row is other for other in kept):
        del run.state.links(run.leg.name)[judged.key]
        run.documents.places.pop(judged.key, None)
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
    """Mark the source row, where the mark is not there yet."""
    source, row = run.leg.source, judged.row
    if any(not same(row.get(name), values[name]) for name in values):
        row.update(stamped(run, source, {**row, **values}, row))
        run.outcome.effects[str(source.ref), "settled"] += 1


def link(run: Run, judged: Judged) -> None:
    """Remember which target row a source row stands for, and the versions of both after this run."""
    way, final = judged.way, judged.final
    if way is None or final is None:
        return
    entry = Link(str(way.target.ref), linked_key(run, way, final), version(judged.row, run.leg.source.row_version))
    run.state.links(run.leg.name)[judged.key] = entry
    if run.leg.kind == "back" and judged.fate == "inserted" and run.leg.map.filter is None:
        tell(run, judged, final)
    if run.leg.kind == "back" and judged.fate == "updated":
        there = run.state.links(run.leg.map.name).get(source_key(way.target, final))
        if there is not None and there.source_version == judged.version_before:
            there.source_version = version(final, way.target.row_version)


def tell(run: Run, judged: Judged, final: Row) -> None:
    """Tell the way out of a row that the way back made: which target row it stands for, and no version yet."""
    out = leg_of(run.project, run.leg.map.name).ways[0]
    key = tuple(judged.row.get(line.target) for line in out.key)
    told = Link(str(run.leg.source.ref), key, None)
    run.state.links(run.leg.map.name).setdefault(
        source_key(judged.way.target if judged.way else out.target, final), told
    )
