"""On the shipped maps and the records of the invoicing example the compiled SQL and the oracle agree, day by day."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crosswalk.config.load import load
from crosswalk.model import Entity, Project
from tests.oracle import Row, State, World
from tests.oracle.world import key_of
from tests.properties.engine import Engine, read
from tests.properties.test_agreement import legs_agree

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "invoicing"
ACTS = ("", "accountant_post_journals.sql", "accountant_post_invoices.sql")
"""What happens before each run of a day: records arrive, and then the accountant works."""


def test_engine_and_oracle_agree_on_two_days_of_invoicing() -> None:
    project = _project()
    engine, world, state = Engine(project), World({str(ref): [] for ref in project.entities}), State()
    engine.fill(world)
    counts = []
    for day in ("day1", "day2"):
        for act in ACTS:
            if act:
                engine.backend.run((EXAMPLE / act).read_text(encoding="utf-8"))
            else:
                _arrive(project, engine, day)
            world = engine.world()
            assert legs_agree(engine, world, state, _now)
            counts.append(len(world.tables["finops.ProjAdvancedJournalLine"]))
    assert counts == sorted(counts)
    assert counts[-1] > 50


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _project() -> Project:
    files = sorted((ROOT / "maps").rglob("*.yaml"))
    shipped = load({file.relative_to(ROOT / "maps").as_posix(): file.read_bytes() for file in files})
    flow = {name: found for name, found in shipped.maps.items() if "invoicing" in found.tags}
    return replace(shipped, maps=flow)


def _arrive(project: Project, engine: Engine, day: str) -> None:
    """The records of a day as the systems would have saved them: by key, stamped with the present."""
    for entity in project.entities.values():
        file = EXAMPLE / "data" / day / entity.ref.system / f"{entity.ref.entity}.csv"
        if file.exists():
            arrived = {key_of(entity, row): row for row in _rows(entity, file)}
            there = [row for row in engine.rows_of(entity.ref) if key_of(entity, row) not in arrived]
            engine.put(entity, [*there, *arrived.values()], before=None)


def _rows(entity: Entity, file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [_row(entity, cells) for cells in csv.DictReader(stream)]


def _row(entity: Entity, cells: dict[str, str]) -> Row:
    row: Row = {name: read(cells.get(name) or None, column.type) for name, column in entity.columns.items()}
    return row if entity.modified is None else {**row, entity.modified: _now()}
