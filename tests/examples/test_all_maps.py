"""All shipped maps run together, in one order and on one world: the rows with which their unit tests start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crosswalk import api, compiler
from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.model import Limits
from crosswalk.results import RunResult
from crosswalk.testing.world import Tables

MAPS = Path(__file__).resolve().parents[2] / "maps"
CHANGES = ("inserted", "updated", "deleted")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[api.Loaded, tuple[RunResult, ...]]:
    """Two runs of everything. No share of rejects stops a map: a world of few rows has large shares."""
    shipped = api.load(MAPS)
    maps = {name: replace(found, limits=Limits(rejects_stop=1000)) for name, found in shipped.project.maps.items()}
    database = tmp_path_factory.mktemp("world") / "world.duckdb"
    project = replace(shipped.project, maps=maps, database=str(database), databases={})
    loaded = replace(shipped, project=project, legs=compiler.compile_project(project))
    api.make_tables(loaded)
    _fill(loaded)
    return loaded, tuple(api.run(loaded) for _ in range(2))


@pytest.fixture
def runs(world: tuple[api.Loaded, tuple[RunResult, ...]]) -> tuple[RunResult, ...]:
    return world[1]


def _fill(loaded: api.Loaded) -> None:
    """Lay the shared rows of all unit tests over each other by their keys."""
    shared = tuple(rows for tests in loaded.project.tests.values() for rows in tests[0].shared)
    backend = DuckDBBackend(loaded.database)
    try:
        Tables({str(one.ref): one for one in loaded.project.entities.values()}, backend).share(shared)
    finally:
        backend.close()


def test_every_map_finds_rows_and_nearly_every_one_writes_some(runs: tuple[RunResult, ...]) -> None:
    assert runs[0].exit_code == 0
    out = {leg.map_name: leg for leg in runs[0].legs if leg.leg == "out"}
    assert len(out) == len(list(MAPS.glob("*.map.yaml")))
    assert {name for name, leg in out.items() if leg.examined == 0} == set()
    written = {name for name, leg in out.items() if any(leg.fates[fate] for fate in CHANGES)}
    assert len(written) >= len(out) - 6


def test_every_examined_row_has_one_fate(runs: tuple[RunResult, ...]) -> None:
    for leg in runs[0].legs:
        assert sum(leg.fates.values()) == leg.examined, (leg.map_name, leg.leg)


def test_one_run_leaves_nothing_to_do(runs: tuple[RunResult, ...]) -> None:
    again = runs[1].legs
    assert [(leg.map_name, leg.leg) for leg in again if any(leg.fates[fate] for fate in CHANGES)] == []


def test_what_others_refer_to_runs_first(runs: tuple[RunResult, ...]) -> None:
    order = [leg.map_name for leg in runs[0].legs if leg.leg == "out"]
    for first, then in (
        ("legal_entities", "ledgers"),
        ("exchange_rate_types", "exchange_rate_currency_pairs"),
        ("exchange_rate_currency_pairs", "exchange_rates"),
        ("project_contract_headers", "project_contract_lines"),
        ("project_contract_lines", "contract_billing_rules"),
        ("projects_v2", "project_tasks"),
        ("contract_line_milestones", "milestones_on_account"),
        ("milestones_on_account", "invoice_proposal_lines"),
        ("material_estimates", "material_forecasts"),
        ("expense_estimates", "expense_forecasts"),
        ("project_invoice_proposal_v2", "integration_actuals"),
        ("integration_actuals", "transaction_relationships"),
        ("vendor_invoices_v2", "vendor_invoice_lines"),
    ):
        assert order.index(first) < order.index(then), (first, then)


@pytest.mark.slow
def test_both_sides_agree_but_for_rows_that_stood_there_before(
    world: tuple[api.Loaded, tuple[RunResult, ...]],
) -> None:
    found = api.reconcile(world[0]).found
    assert {(one.kind, one.key, one.note) for one in found} == {("missing left", "", "no map made it")}
