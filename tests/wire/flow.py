"""Plays the days of the invoicing example on outside systems, and compares the state in which they end."""

from __future__ import annotations

from pathlib import Path

import duckdb

from crosswalk import api
from crosswalk.model import Entity
from tests.examples.test_invoicing import EXPECTED, QUERIES, csv_of
from tests.wire.far import FarWorld

MAPS = Path(__file__).resolve().parents[2] / "maps"
JOURNALS = "accountant_post_journals.sql"
PROPOSALS = "accountant_post_invoices.sql"


def touched(loaded: api.Loaded) -> tuple[Entity, ...]:
    """The entities whose tables the example fills or the maps of the flow touch."""
    return tuple(loaded.project.entities.values())


def play(loaded: api.Loaded, world: FarWorld, day: str) -> None:
    """Records arrive, journals and proposals are posted, with a run after each; every run must end well."""
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
