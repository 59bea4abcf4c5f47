"""What the rules look at: the legs of all maps, their lines, and the columns that their paths lead to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crosswalk.compiler import CompiledLeg
from crosswalk.compiler.bound import Bound
from crosswalk.compiler.conditions import Conditions
from crosswalk.compiler.legs import LegArm
from crosswalk.model import Column, Entity, EntityRef, FieldMapping, Path, Project, TransformCall


@dataclass(frozen=True, slots=True)
class Reading:
    """A project and its compiled legs. `bound` leaves out second passes: their lines are those of the way out."""

    project: Project
    legs: Sequence[CompiledLeg]

    @property
    def bound(self) -> Iterator[Bound]:
        return (leg.bound for leg in self.legs if not leg.bound.leg.second)


@dataclass(frozen=True, slots=True)
class Written:
    """A line of a leg, with the column that it writes."""

    bound: Bound
    arm: LegArm
    line: FieldMapping
    column: Column
    is_key: bool

    @property
    def source(self) -> Column | None:
        """The column that the line takes its value from, where it is one."""
        return column_at(self.bound, self.line.source.text) if isinstance(self.line.source, Path) else None

    def call(self, name: str) -> TransformCall | None:
        return next((call for call in self.line.transforms if call.name == name), None)


def written_by(bound: Bound) -> Iterator[Written]:
    """Give each line once that writes a column of a target; lines that all targets have come with the first of them."""
    seen: set[int] = set()
    for arm in bound.leg.arms:
        for line in (*arm.key, *arm.fields):
            column = arm.target.columns.get(line.target)
            if column is not None and id(line) not in seen:
                seen.add(id(line))
                yield Written(bound, arm, line, column, line in arm.key)


def column_at(bound: Bound, path: str) -> Column | None:
    """Follow a path over relations and lookups to its column; None where it leads to something else."""
    head, *rest = path.split(".")
    lookup = next((join for join in bound.joins if join.lookup and join.name == head), None)
    entity = lookup.entity if lookup is not None else bound.leg.source
    return _along(entity, rest if lookup is not None else [head, *rest], bound.leg.project)


def _along(entity: Entity, parts: list[str], project: Project) -> Column | None:
    if not parts or parts[0] not in entity.columns:
        return None
    column, rest = entity.columns[parts[0]], parts[1:]
    if not rest:
        return column
    if len(column.relation) > 1:
        name, rest = rest[0], rest[1:]
    else:
        name = next(iter(column.relation), "")
    referred = project.entities.get(EntityRef(entity.ref.system, name))
    return _along(referred, rest, project) if referred is not None else None


def over_source(bound: Bound) -> Conditions:
    """Conditions over the row that a leg reads."""
    return Conditions(lambda path: column_at(bound, path))


def over_target(entity: Entity, project: Project) -> Conditions:
    """Conditions over a row of a target: its scope."""
    return Conditions(lambda path: _along(entity, path.split("."), project))
