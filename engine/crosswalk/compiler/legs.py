"""First pass: turn a table map into its legs, so that everything after knows one direction only.

Before: a map with `fields`, `both` and `back`. After: a leg ``out`` that writes the targets, and where the map has a
way back a leg ``back`` whose source is the map's target. A leg says everything in terms of *its* source and *its*
target.

Why: sync, import and way back differ in what they allow and in where their lines come from, and in nothing else. Once
that difference is data, no later pass and no part of the runner has to ask for the flow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from crosswalk.compiler.ties import Pair, pairs_of, written_pairs
from crosswalk.compiler.turning import Ends, comes_from_row, turned
from crosswalk.errors import Problem, Problems, Span, nearest
from crosswalk.model import (
    Arm,
    Back,
    Column,
    Constant,
    Entity,
    FieldMapping,
    Guard,
    Path,
    Permission,
    Project,
    TableMap,
    Text,
)


@dataclass(frozen=True, slots=True)
class LegArm:
    """One target of a leg with all its lines: the common ones first, then its own."""

    number: int
    target: Entity
    when: Text | None
    key: tuple[FieldMapping, ...]
    fields: tuple[FieldMapping, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Leg:
    """One direction of a map. `map` still holds what is common to both: title, guard, limits, lookups."""

    map: TableMap
    name: Literal["out", "back"]
    source: Entity
    arms: tuple[LegArm, ...]
    filter: Text | None
    allow: Permission
    conflict: Literal["write", "skip", "reject"]
    company: Path | None
    project: Project
    problems: tuple[Problem, ...] = ()
    probed: bool = False
    """Whether the shaped rows tell which pair of a value map they took; a unit test asks for that."""
    pairs: tuple[Pair, ...] = ()
    second: str = ""
    nth: int = 0

    @property
    def label(self) -> str:
        """What people call the leg. A second pass is one over rows that are there, for the reason in `second`."""
        if not self.second:
            return self.name
        return "references" if self.nth == 0 else f"references_{self.nth + 1}"

    @property
    def ledger_name(self) -> str:
        return self.map.name if self.label == "out" else f"{self.map.name}:{self.label}"

    @property
    def creates(self) -> bool:
        return self.allow.create is not False

    @property
    def updates(self) -> bool:
        return self.allow.update is not False

    @property
    def only_creates(self) -> bool:
        """True where a delivered row is never judged again: imports that make rows and leave them to others."""
        return self.creates and not self.updates


def legs_of(table_map: TableMap, project: Project) -> tuple[Leg, ...]:
    """Split a map into its legs. A line that cannot be read from the other end is among the `problems` of the leg."""
    out = _out(table_map, project)
    return (out,) if table_map.back is None else (out, _back(table_map, table_map.back, project))


def _out(table_map: TableMap, project: Project) -> Leg:
    arms = tuple(_out_arm(number, arm, table_map, project) for number, arm in enumerate(table_map.arms))
    return Leg(
        map=table_map,
        name="out",
        source=project.entities[table_map.source],
        arms=arms,
        filter=table_map.filter,
        allow=table_map.allow,
        conflict=_conflict(table_map.back.conflict if table_map.back else table_map.conflict, written="target"),
        company=table_map.company,
        project=project,
        problems=tuple(_one_way(table_map)),
        pairs=written_pairs(table_map) if table_map.flow == "write_back" else pairs_of(table_map.both),
    )


def _one_way(table_map: TableMap) -> list[Problem]:
    """Lines of `both` in a map without a way back would go one way without a word."""
    if table_map.back is not None or not table_map.both:
        return []
    message = f"'{table_map.both[0].target}' goes both ways, and the map has no way back"
    hint = "add back: {allow: [update]}, or move the lines to fields"
    return [Problem("MISSING_PROPERTY", message, table_map.both[0].span, hint)]


def _out_arm(number: int, arm: Arm, table_map: TableMap, project: Project) -> LegArm:
    both = tuple(replace(line, write="create") if line.owner == "target" else line for line in table_map.both)
    return LegArm(
        number=number,
        target=project.entities[arm.target],
        when=arm.when,
        key=table_map.key + arm.key,
        fields=table_map.fields + both + arm.fields,
        span=arm.span,
    )


def _back(table_map: TableMap, back: Back, project: Project) -> Leg:
    problems = Problems()
    arm = table_map.arms[0]
    source = project.entities[arm.target]
    ends = Ends(table_map, project, problems)
    key = turned(table_map.key + arm.key, ends)
    inward = [line for line in table_map.both if comes_from_row(line, ends)]
    both = turned([line for line in inward if line.owner != "source"], ends)
    if back.allow.create is not False:
        owned = turned([line for line in inward if line.owner == "source"], ends)
        both += tuple(replace(line, write="create") for line in owned)
    return Leg(
        map=_inward_map(table_map, back),
        name="back",
        source=source,
        arms=(LegArm(0, project.entities[table_map.source], None, key, back.fields + both, back.span),),
        filter=back.filter,
        allow=back.allow,
        conflict=_conflict(back.conflict, written="source"),
        company=None,
        project=project,
        problems=tuple(problems.found),
        pairs=pairs_of(table_map.both),
    )


def _inward_map(table_map: TableMap, back: Back) -> TableMap:
    """What the way back has of its map. Rules for rows of the target do not hold for those of the source.

    The source holds rows that no way back made, and loses rows because somebody wants that: neither is put right.
    """
    bare = replace(table_map, lookups=(), requires=(), all_or_nothing=None, document=None, settle=(), scope=None)
    bare = replace(bare, each=(), merge=None)
    if back.allow.create is False:
        return bare
    removes = table_map.on_leave != "delete" or back.allow.delete not in (None, False)
    guard = Guard(foreign_rows="ignore", missing_rows="report")
    return replace(bare, on_leave=table_map.on_leave if removes else "report", guard=guard)


def _conflict(winner: str, *, written: str) -> Literal["write", "skip", "reject"]:
    if winner == "reject":
        return "reject"
    return "skip" if winner == written else "write"


def column_of(entity: Entity, column: str, span: Span) -> Column:
    """Find a column of an entity; raise `MapError` with the nearest name where there is none."""
    if column in entity.columns:
        return entity.columns[column]
    problems = Problems()
    problems.add("UNKNOWN_COLUMN", f"'{column}' is not a column of {entity.ref}", span, nearest(column, entity.columns))
    problems.done()
    raise AssertionError


def constant_of(line: FieldMapping) -> Constant | None:
    return line.source if isinstance(line.source, Constant) else None
