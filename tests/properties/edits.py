"""Scripts of edits, as people and systems make them: cells changed, rows removed or added, each with a later stamp."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    """The world after up to `most` edits of tables that these legs see, half of them in the tables that they read
    first.

    Columns in `but` stay as they are, and so do the tables that are not in `only`.
    """
    after = world.copy()
    seen = [str(ref) for ref in sorted(tables_of(project, legs), key=str)]
    names = [name for name in seen if only is None or name in only]
    names += [str(leg_of(project, leg).source.ref) for leg in legs for _ in range(len(names) // len(legs))]
    for _ in range(draw(st.integers(1, most))):
        _edit(draw, project, after, draw(st.sampled_from(names)), now, but)
    return after


def _edit(draw: st.DrawFn, project: Project, world: World, name: str, now: datetime, but: Columns) -> None:
    entity, rows = project.entities[reference(name)], world.tables[name]
    if not rows:
        return
    row = rows[draw(st.integers(0, len(rows) - 1))]
    match draw(st.sampled_from(("change", "change", "change", "change", "remove", "add"))):
        case "remove":
            rows[:] = [other for other in rows if other is not row]
        case "add":
            _add(draw, project, entity, rows, row, now)
        case _:
            _change(draw, project, entity, row, now, but)


def _add(draw: st.DrawFn, project: Project, entity: Entity, rows: list[Row], like: Row, now: datetime) -> None:
    """A new row like another one: the key is free, and one more column may be another."""
    fresh = {**like, entity.key[-1]: draw(st.sampled_from(pool(project, entity, entity.columns[entity.key[-1]])))}
    if key_of(entity, fresh) not in {key_of(entity, row) for row in rows}:
        if entity.row_version is not None:
            fresh[entity.row_version] = 0
        stamp(entity, fresh, now)
        rows.append(fresh)


def _change(draw: st.DrawFn, project: Project, entity: Entity, row: Row, now: datetime, but: Columns) -> None:
    free = [column for column in entity.columns.values() if _is_free(entity, column, but)]
    if free:
        column = draw(st.sampled_from(free))
        row[column.name] = draw(st.sampled_from(pool(project, entity, column)))
        stamp(entity, row, now)


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
