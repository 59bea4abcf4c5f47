"""The invoicing flow, killed in the middle of a batch and run again, ends as one that was never killed.

Staged actuals are inserted, integration journals go over as headers with lines, and what was posted is written back to the
actuals with preconditions. The systems are drills, two OData servers, or an OData server and PostgreSQL.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crosswalk import api
from tests.servers.odata.fixtures import Servers
from tests.servers.odata.models import DATAVERSE, FINOPS
from tests.servers.postgres import PostgresServer
from tests.servers.postgres import postgres_server as postgres_server
from tests.wire import doomed
from tests.wire.cap_bench import CapBench
from tests.wire.doomed import Doom
from tests.wire.drill_bench import DrillPeople
from tests.wire.far import FarWorld, People
from tests.wire.flow import JOURNALS, tables_of
from tests.wire.parcels import differences, state_of
from tests.wire.postgres_bench import PostgresBench
from tests.wire.project import connect, lay
from tests.wire.stage import Stage, keep

RUN = ("run", "--select", "tag:invoicing")
BATCH = 30

WRITTEN = {
    "staging": ("out", "finops.ProjCDSActualsImport"),
    "headers": ("out", "finops.ProjAdvancedJournal"),
    "lines": ("out", "finops.ProjAdvancedJournalLine"),
    "proposals": ("out", "finops.ProjInvoiceProposalV2"),
    "back": ("back", "dataverse.msdyn_actuals"),
}
"""What is written: the moment of the flow, and the table."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The project with its far systems: before anything ran, and after the journals were posted."""

    root: Path
    world: FarWorld
    stages: dict[str, Stage]
    calls: dict[str, list[tuple[str, str]]]
    ends: dict[str, dict[str, list[str]]]

    def run(self, stage: str, doom: Doom) -> tuple[int, str]:
        """Put a moment back and run, with the connections to the systems as they are then."""
        self.stages[stage].reset()
        connect(self.root, {system: bench.settings() for system, bench in self.world.benches.items()})
        Path(doom.log).unlink(missing_ok=True)
        return doomed.run(self.root, doom, *RUN)

    @property
    def log(self) -> str:
        return str(self.root / "calls.log")

    def play(self, stage: str) -> None:
        """Play a moment of the flow, and those before it, without a kill; once."""
        if stage in self.ends:
            return
        if stage == "back":
            self.play("out")
            self.stages["after"].reset()
            self.world.act(JOURNALS)
        self.stages[stage] = keep(self.root, self.world, self.root / f"before-{stage}")
        doom = Doom(self.log, batch=BATCH)
        code, said = self.run(stage, doom)
        assert code == 0, said
        self.calls[stage], self.ends[stage] = doomed.calls(doom), state_of(self.root, self.world)
        if stage == "out":
            self.stages["after"] = keep(self.root, self.world, self.root / "after-out")


def flow_of(root: Path, make: Callable[[api.Loaded, str], People]) -> Flow:
    """Lay the project and let the records of both days arrive."""
    lay(root, {"dataverse": "{kind: embedded}", "finops": "{kind: embedded}"})
    loaded = api.load(root, tests=False)
    tables = {system: tables_of(loaded, system) for system in ("dataverse", "finops")}
    benches = {system: make(loaded, system) for system in tables}
    world = FarWorld(benches, tuple(entity for found in tables.values() for entity in found))
    world.make()
    world.arrive("day1")
    world.arrive("day2")
    return Flow(root, world, {}, {}, {})


@pytest.fixture(scope="module")
def by_drill(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    root = tmp_path_factory.mktemp("drill")
    return flow_of(root, lambda _, system: DrillPeople(root, system))


@pytest.fixture(scope="module")
def by_odata(odata_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Flow:
    kinds = {"dataverse": DATAVERSE, "finops": FINOPS}
    return flow_of(
        tmp_path_factory.mktemp("odata"),
        lambda loaded, system: CapBench(odata_servers.get(tables_of(loaded, system), kinds[system])),
    )


@pytest.fixture(scope="module")
def with_postgres(
    odata_servers: Servers, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Flow:
    def make(loaded: api.Loaded, system: str) -> People:
        if system == "finops":
            return PostgresBench(postgres_server.database(), postgres_server)
        return CapBench(odata_servers.get(tables_of(loaded, system), DATAVERSE))

    return flow_of(tmp_path_factory.mktemp("postgres"), make)


EVERY = [
    (what, call, at)
    for what in WRITTEN
    for call in ("sending", "answered", "recorded")
    for at in ("first", "middle", "last")
]
FAST = (("lines", "answered", "middle"),)
CELLS = [pytest.param(*cell, marks=[] if cell in FAST else [pytest.mark.slow]) for cell in EVERY]


def _killed_and_run_again(flow: Flow, what: str, call: str, at: str) -> None:
    stage, table = WRITTEN[what]
    flow.play(stage)
    count = flow.calls[stage].count((table, call))
    number = {"first": 1, "middle": (count + 1) // 2, "last": count}[at]
    assert number, "the table is not written"
    code, said = flow.run(stage, Doom(flow.log, table, call, number, BATCH))
    assert code == -signal.SIGKILL, said
    result = api.run(api.load(flow.root), ("tag:invoicing",))
    assert result.exit_code == 0, result.message
    found, end = state_of(flow.root, flow.world), flow.ends[stage]
    assert differences(found, end) == {}


@pytest.mark.parametrize(("what", "call", "at"), CELLS)
def test_the_flow_between_drills_that_is_killed_ends_as_if_it_had_lived(
    what: str, call: str, at: str, by_drill: Flow
) -> None:
    _killed_and_run_again(by_drill, what, call, at)


@pytest.mark.slow
@pytest.mark.parametrize(("what", "call", "at"), EVERY)
def test_the_flow_over_odata_that_is_killed_ends_as_if_it_had_lived(
    what: str, call: str, at: str, by_odata: Flow
) -> None:
    _killed_and_run_again(by_odata, what, call, at)


@pytest.mark.slow
@pytest.mark.parametrize(("what", "call", "at"), [cell for cell in EVERY if cell[0] == "back" or cell[2] == "first"])
def test_the_flow_with_postgresql_that_is_killed_ends_as_if_it_had_lived(
    what: str, call: str, at: str, with_postgres: Flow
) -> None:
    _killed_and_run_again(with_postgres, what, call, at)
