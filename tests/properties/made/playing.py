"""Made projects on an engine of their own, with a world that fits them, and days on which people work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import note
from hypothesis import strategies as st

from crosswalk.model import Entity, Project
from tests.oracle import Row, World
from tests.oracle.generate import reference, worlds
from tests.oracle.world import source_key
from tests.properties.compare import changed_cells
from tests.properties.edits import edits
from tests.properties.engine import Engine, Ran, read
from tests.properties.made.project import ALL, Plot, plots
from tests.properties.shop import FIRST


@dataclass
class Stage:
    """A made project, the engine on which it runs, and the world as it was made."""

    plot: Plot
    project: Project
    engine: Engine
    world: World

    @property
    def legs(self) -> list[str]:
        return list(self.engine.legs)

    def run(self, start: datetime, *, full: bool = False, retry: bool = False) -> dict[str, Ran]:
        """Run all legs, a minute apart."""
        return {
            leg: self.engine.run(leg, start + timedelta(minutes=number), full=full, retry=retry)
            for number, leg in enumerate(self.legs)
        }


@contextmanager
def staged(data: st.DataObject, shapes: Sequence[str] = ALL) -> Iterator[Stage]:
    """Draw a project and its world, and fill an engine with it."""
    plot = data.draw(plots(shapes), label="project")
    with on_stage(data, plot) as stage:
        yield stage


@contextmanager
def on_stage(data: st.DataObject, plot: Plot) -> Iterator[Stage]:
    project = plot.project()
    engine = Engine(project)
    try:
        world = data.draw(worlds(project, list(engine.legs)))
        note("\n".join(f"{table}: {row}" for table, rows in world.tables.items() for row in rows))
        engine.fill(world)
        yield Stage(plot, project, engine, world)
    finally:
        engine.backend.close()


def worked(data: st.DataObject, stage: Stage, now: datetime, **limits: object) -> World:
    """Let people edit the tables as they are now."""
    before = stage.engine.world()
    after = data.draw(edits(stage.project, stage.legs, before, now, **limits))  # type: ignore[arg-type]
    note("\n".join(changed_cells(before, after)))
    stage.engine.change(before, after)
    return after


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def source_of(stage: Stage, leg: str) -> Entity:
    table_map = stage.project.maps[leg.partition(":")[0]]
    return stage.project.entities[table_map.arms[0].target if leg.endswith(":back") else table_map.source]


def live(stage: Stage, leg: str) -> list[str]:
    """The keys of the rows that a leg can see: those that are not marked as removed."""
    source = source_of(stage, leg)
    rows = stage.engine.rows_of(source.ref)
    return [source_key(source, row) for row in rows if source.deleted is None or row[source.deleted] is not True]


def typed(entity: Entity, row: Mapping[str, str | None]) -> Row:
    """Read a row that the ledger keeps as text."""
    assert list(row) == list(entity.columns)
    return {column: read(row[column], entity.columns[column].type) for column in entity.columns}


WILD = st.characters(codec="utf-8", exclude_characters="\0")


def wild(data: st.DataObject, project: Project, world: World) -> World:
    """Put text of any letters into cells that are part of no key."""
    after = world.copy()
    for table, rows in after.tables.items():
        entity = project.entities[reference(table)]
        columns = [one for one in entity.columns.values() if one.type.kind == "text" and one.name not in entity.key]
        for row in rows:
            for column in columns:
                if data.draw(st.integers(0, 3)) == 0:
                    row[column.name] = data.draw(st.text(WILD, max_size=column.type.length or 30))
    return after
