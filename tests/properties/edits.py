"""Scripts of edits, as people and systems make them: cells changed, rows removed or added, each with a later stamp."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from hypothesis import strategies as st

from crosswalk.model import Column, Entity, EntityRef, Project
from tests.oracle import Row, World
from tests.oracle.generate import pool, reference, tables_of
from tests.oracle.legs import leg_of
from tests.oracle.world import key_of

Columns = Collection[tuple[str, str]]
"""Columns by table and name."""


@st.composite
def edits(
    draw: st.DrawFn,
    project: Project,
    legs: Sequence[str],
    world: World,
    now: datetime,
    *,
    most: int = 5,
    but: Columns = (),
    only: Collection[str] | None = None,
) -> World:
    """The world after up to `most` edits of tables that these legs see, half of them in the tables that they read first.

    Columns in `but` stay as they are, and so do the tables that are not in `only`.
    """
    script = _Script(draw, project, world, world.copy(), now, but)
    seen = [str(ref) for ref in sorted(tables_of(project, legs), key=str)]
    names = [name for name in seen if only is None or name in only]
    names += [str(leg_of(project, leg).source.ref) for leg in legs for _ in range(len(names) // len(legs))]
    for _ in range(draw(st.integers(1, most))):
        script.edit(draw(st.sampled_from(names)))
    return script.after


@dataclass(frozen=True)
class _Script:
    """Edits of one day. A key that a row had in the morning is not given to another row on the same day."""

    draw: st.DrawFn
    project: Project
    before: World
    after: World
    now: datetime
    but: Columns

    def edit(self, name: str) -> None:
        entity, rows = self.project.entities[reference(name)], self.after.tables[name]
        if not rows:
            return
        row = rows[self.draw(st.integers(0, len(rows) - 1))]
        match self.draw(st.sampled_from(("change", "change", "change", "change", "remove", "add"))):
            case "remove":
                rows[:] = [other for other in rows if other is not row]
            case "add":
                self.add(entity, row)
            case _:
                self.change(entity, row)

    def add(self, entity: Entity, like: Row) -> None:
        """A new row like another one, with a key that is free."""
        last = entity.columns[entity.key[-1]]
        fresh = {**like, last.name: self.draw(st.sampled_from(pool(self.project, entity, last)))}
        taken = [*self.before.rows(entity.ref), *self.after.rows(entity.ref)]
        if key_of(entity, fresh) not in {key_of(entity, row) for row in taken}:
            if entity.row_version is not None:
                fresh[entity.row_version] = 0
            stamp(entity, fresh, self.now)
            self.after.rows(entity.ref).append(fresh)

    def change(self, entity: Entity, row: Row) -> None:
        free = [column for column in entity.columns.values() if _is_free(entity, column, self.but)]
        if free:
            column = self.draw(st.sampled_from(free))
            row[column.name] = self.draw(st.sampled_from(pool(self.project, entity, column)))
            stamp(entity, row, self.now)


def _is_free(entity: Entity, column: Column, but: Columns) -> bool:
    kept = (*entity.key, entity.modified, entity.row_version)
    return column.name not in kept and (str(entity.ref), column.name) not in but


def stamp(entity: Entity, row: Row, now: datetime) -> None:
    """Do what a server does to a row that is written."""
    if entity.modified is not None:
        row[entity.modified] = now
    if entity.row_version is not None:
        version = row[entity.row_version]
        row[entity.row_version] = (version if isinstance(version, int) else 0) + 1


def shuffled(world: World, chance: Random) -> World:
    """The same rows in another order."""
    after = world.copy()
    for rows in after.tables.values():
        chance.shuffle(rows)
    return after


def columns_of(project: Project, ref: EntityRef) -> Columns:
    return {(str(ref), column) for column in project.entities[ref].columns}
