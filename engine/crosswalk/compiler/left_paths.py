"""Second pass: lines with a path on the left become one line that writes a reference.

Before: ``currency.code: Code``. After: ``currency`` takes the key of the row of its table whose ``code`` is `Code`.
Lines that begin with one column seek one row together; where that column may refer to several tables, the table is the
next part, and the tables are alternatives. Longer paths nest: the row in the middle is found first.

Why a source of its own and not a lookup made up for the author: a lookup that finds nothing is a fault of the row
whether it is needed or not, while a reference that is asked for by nothing is null. So a reference brings its joins and
its faults along where the line stands, as a path that follows a relation does, and is named by the column it writes.

A table per company is searched in the company of the row that is written: as a line of its own says, else as
the line of the company column gives it where both tables say it alike, else in the company of the row that is read. A
company alone asks for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crosswalk.compiler.legs import Leg, LegArm
from crosswalk.errors import Problems, Span, nearest
from crosswalk.model import Column, Entity, EntityRef, FieldMapping, Path, Reference, Sought


def refer(leg: Leg) -> Leg:
    """Fold the lines of every target; what cannot be folded is among the problems of the leg.

    A leg that makes no rows finds them by its key, where a path is one over the row that is there already.
    """
    problems = Problems()
    arms = tuple(_folded(leg, arm, problems) for arm in leg.arms)
    return replace(leg, arms=arms, problems=(*leg.problems, *problems.found))


def _folded(leg: Leg, arm: LegArm, problems: Problems) -> LegArm:
    target, lines = arm.target, [*arm.key, *arm.fields]
    ground = _Ground(leg, target, None, problems)
    if target.company is not None:
        quiet = replace(ground, problems=Problems())
        own = _fold([line for line in lines if _head(line) == target.company], target, quiet)
        ground = replace(ground, company=own[0] if own else None)
    key = _fold(arm.key, target, ground) if leg.creates else arm.key
    return replace(arm, key=key, fields=_fold(arm.fields, target, ground))


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all references of one target stand on: its leg, its table, and the line of its company column."""

    leg: Leg
    target: Entity
    company: FieldMapping | None
    problems: Problems


def _head(line: FieldMapping) -> str:
    return line.target.partition(".")[0]


def _rest(line: FieldMapping) -> FieldMapping:
    return replace(line, target=line.target.partition(".")[2])


def _fold(lines: Iterable[FieldMapping], entity: Entity, ground: _Ground) -> tuple[FieldMapping, ...]:
    """Fold the lines of one table, each at the place of its first."""
    kept: list[FieldMapping | str] = []
    by_head: dict[str, list[FieldMapping]] = {}
    for line in lines:
        if "." not in line.target:
            kept.append(line)
        else:
            if _head(line) not in by_head:
                kept.append(_head(line))
            by_head.setdefault(_head(line), []).append(line)
    return tuple(_reference(one, by_head[one], entity, ground) if isinstance(one, str) else one for one in kept)


def _reference(head: str, lines: Sequence[FieldMapping], entity: Entity, ground: _Ground) -> FieldMapping:
    """Make one line of those that begin with one column. With a mistake in it, it seeks nowhere."""
    demanding = next((line for line in lines if line.required != "no"), lines[0])
    reference = Reference(
        _alternatives(head, lines, entity, ground),
        lines[0].source.span,
        "held" if demanding.required == "hold" else "rejected",
        demanding.otherwise_code or "LOOKUP_MISSING",
    )
    create = all(line.write == "create" for line in lines)
    write: Literal["create", "always"] = "create" if create else "always"
    return replace(demanding, target=head, source=reference, span=lines[0].span, transforms=(), write=write)


def _alternatives(head: str, lines: Sequence[FieldMapping], entity: Entity, ground: _Ground) -> tuple[Sought, ...]:
    column, span = entity.columns.get(head), lines[0].span
    told = len(ground.problems.found)
    if column is None:
        message = f"'{head}' is not a column of {entity.ref}"
        ground.problems.add("UNKNOWN_COLUMN", message, span, nearest(head, entity.columns))
        return ()
    if not column.relation:
        message = f"'{head}' refers to no other table, so it leads to no row"
        ground.problems.add("UNKNOWN_PATH", message, span, "only a column with `to:` does")
        return ()
    by_table = _by_table(column, lines, ground)
    found = [_sought(EntityRef(entity.ref.system, name), some, ground) for name, some in by_table.items()]
    return tuple(found) if len(ground.problems.found) == told else ()


def _by_table(column: Column, lines: Sequence[FieldMapping], ground: _Ground) -> dict[str, list[FieldMapping]]:
    """Sort lines by the table that they name; a column that refers to one table names it by itself."""
    if len(column.relation) == 1:
        return {column.relation[0]: [_rest(line) for line in lines]}
    found: dict[str, list[FieldMapping]] = {}
    for line in (_rest(line) for line in lines):
        named = _head(line)
        if named not in column.relation or "." not in line.target:
            message = (
                f"'{column.name}' refers to {' or '.join(column.relation)}, so a path names the table and a column"
            )
            hint = nearest(named, column.relation) or f"write {column.name}.{column.relation[0]}.<column>"
            ground.problems.add("UNKNOWN_PATH", message, line.span, hint)
            continue
        found.setdefault(named, []).append(_rest(line))
    return found


def _sought(ref: EntityRef, lines: Sequence[FieldMapping], ground: _Ground) -> Sought:
    entity, problems = ground.leg.project.entities[ref], ground.problems
    if len(entity.key) != 1:
        message = f"the key of {ref} has several columns, so no single column refers to its rows"
        problems.add("UNKNOWN_PATH", message, lines[0].span, "write the column itself, from a lookup")
        return Sought(ref, ())
    parts = _fold(lines, entity, ground)
    for line in parts:
        if line.target not in entity.columns:
            message = f"'{line.target}' is not a column of {ref}"
            problems.add("UNKNOWN_COLUMN", message, line.span, nearest(line.target, entity.columns))
    others = tuple(line for line in parts if line.target != entity.company)
    if entity.company is None or not others:
        return Sought(ref, parts)
    said = next((line for line in parts if line.target == entity.company), None)
    company = said or _company(entity.columns[entity.company], lines[0].span, ground)
    return Sought(ref, others, None if company is None else replace(company, target=entity.company, required="no"))


def _company(column: Column, span: Span, ground: _Ground) -> FieldMapping | None:
    """Give the line that says in which company a row is sought."""
    if ground.company is not None and _alike(ground.target.columns[ground.company.target], column):
        return ground.company
    path = _company_of_row(ground.leg)
    if path is not None and not column.relation:
        return FieldMapping(column.name, path, path.span)
    message = f"rows are sought by company here, and the map does not say in which ('{column.name}')"
    ground.problems.add(
        "COMPANY_REQUIRED", message, span, "add a line of its own for the company: <column>.<company>.<code>"
    )
    return None


def _alike(written: Column, column: Column) -> bool:
    return written.relation == column.relation and written.type.kind == column.type.kind


def _company_of_row(leg: Leg) -> Path | None:
    own = leg.source.company
    if leg.company is not None:
        return leg.company
    return None if own is None or leg.source.columns[own].relation else Path(own, leg.map.span)
