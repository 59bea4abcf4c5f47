"""Plays the days of the invoicing example on outside systems, and compares the state in which they end."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from crosswalk import api
from crosswalk.model import Entity
from tests.examples.test_invoicing import EXPECTED, QUERIES, csv_of
from tests.servers.odata.models import with_targets
from tests.wire.far import EXAMPLE, FarWorld

MAPS = Path(__file__).resolve().parents[2] / "maps"
JOURNALS = "accountant_post_journals.sql"
PROPOSALS = "accountant_post_invoices.sql"


def names_touched(shipped: api.Loaded, system: str) -> list[str]:
    """Name the tables of a system that the example fills, its people look at, or the maps of the flow touch."""
    plans = [leg.plan("initial") for leg in api.select(shipped, ("tag:invoicing",))]
    used = {ref.entity for plan in plans for ref in (*plan.reads, *plan.writes) if ref.system == system}
    filled = {file.stem for file in (EXAMPLE / "data").glob(f"*/{system}/*.csv")}
    scripts = "".join((EXAMPLE / script).read_text(encoding="utf-8") for script in (JOURNALS, PROPOSALS))
    asked = scripts + "".join(QUERIES.values())
    named = {r.entity for r in shipped.project.entities if r.system == system and re.search(rf"{r}\b", asked)}
    return sorted(used | filled | named)


def tables_of(shipped: api.Loaded, system: str) -> list[Entity]:
    """Give the entities of a system that the flow touches, with those that their lookups lead to."""
    known = {ref.entity: entity for ref, entity in shipped.project.entities.items() if ref.system == system}
    return with_targets(known, names_touched(shipped, system))


def touched(shipped: api.Loaded) -> tuple[Entity, ...]:
    names = {system: names_touched(shipped, system) for system in ("dataverse", "finops")}
    return tuple(e for e in shipped.project.entities.values() if e.ref.entity in names[e.ref.system])


def play(loaded: api.Loaded, world: FarWorld, *days: str) -> None:
    """Records arrive, journals and proposals are posted, with a run after each; every run must end well."""
    for day in days:
        world.arrive(day)
    run(loaded)
    for script in (JOURNALS, PROPOSALS):
        world.act(script)
        run(loaded)


def run(loaded: api.Loaded) -> None:
    result = api.run(loaded, tuple(leg.name for leg in loaded.legs))
    assert result.exit_code == 0, result.message


def end_state(loaded: api.Loaded, world: FarWorld) -> dict[str, list[str]]:
    """Answer the queries of the end state on the far tables, and those on the ledger in the database file."""
    with world.picture() as picture, duckdb.connect(str(loaded.database), read_only=True) as ledger:
        return {
            query: csv_of(ledger if "crosswalk." in text else picture, text).splitlines()
            for query, text in QUERIES.items()
        }


def expected() -> dict[str, list[str]]:
    return {query: (EXPECTED / f"{query}.csv").read_text(encoding="utf-8").splitlines() for query in QUERIES}
