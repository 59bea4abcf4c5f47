"""A run that is killed in the middle and run again ends as one that was never killed: each row once, nothing left over.

The process is the command line's, killed with SIGKILL: before a batch left, when it was applied and the answer not noted,
when that was noted and the run not committed; and while the request is on its way, so that it is applied by a system
whose caller is dead. PostgreSQL takes a delivery whole, so that it has one place where OData has three.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from crosswalk import api
from tests.servers.odata import proxy
from tests.servers.odata.fixtures import Servers
from tests.servers.odata.models import DATAVERSE, FINOPS
from tests.servers.odata.wire import Request
from tests.servers.postgres import PostgresServer
from tests.servers.postgres import postgres_server as postgres_server
from tests.wire import doomed, parcels
from tests.wire.cap_bench import CapBench
from tests.wire.doomed import Doom
from tests.wire.parcels import TABLES, Parcels, connect, differences, state_of
from tests.wire.postgres_bench import PostgresBench
from tests.wire.stage import Stage, keep

Leg = Literal["out", "back"]
ORDERS, BATCH = 10, 4


@dataclass(frozen=True, slots=True)
class Played:
    """The project before a leg writes, how often its calls come, and how it all ends when nobody is killed."""

    stage: Stage
    calls: list[tuple[str, str]]
    end: dict[str, list[str]]

    def number(self, table: str, call: str, at: str) -> int:
        """Give the number of the first, a middle or the last call for a table."""
        count = self.calls.count((table, call))
        return {"first": 1, "middle": (count + 1) // 2, "last": count}[at]


@dataclass(frozen=True, slots=True)
class Lived:
    """One kind of systems, with both legs played."""

    project: Parcels
    log: Path
    legs: dict[str, Played]

    def doom(self, leg: Leg, call: str = "", number: int = 0) -> Doom:
        return Doom(str(self.log), TABLES[leg], call, number, BATCH)


@pytest.fixture(scope="module")
def by_odata(odata_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    root = tmp_path_factory.mktemp("odata")
    known = parcels.entities(root)
    servers = {system: odata_servers.get([known[system]], s) for system, s in (("shop", DATAVERSE), ("books", FINOPS))}
    return _live(parcels.parcels(root, known, {system: CapBench(server) for system, server in servers.items()}))


@pytest.fixture(scope="module")
def by_postgres(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    root = tmp_path_factory.mktemp("postgres")
    known = parcels.entities(root)
    benches = {system: PostgresBench(postgres_server.database(), postgres_server) for system in known}
    return _live(parcels.parcels(root, known, benches))


def _live(project: Parcels) -> Lived:
    """Play both legs, keeping the moment before each."""
    lived = Lived(project, project.root / "calls.log", {})
    project.order(ORDERS)
    for leg, act in (("out", None), ("back", project.remark)):
        if act is not None:
            act()
        stage = keep(project.root, project.world, project.root / f"before-{leg}")
        _again(lived, stage)
        lived.log.unlink(missing_ok=True)
        code, said = doomed.run(project.root, Doom(str(lived.log), batch=BATCH), "run")
        assert code == 0, said
        lived.legs[leg] = Played(stage, doomed.calls(Doom(str(lived.log))), state_of(project.root, project.world))
    return lived


def _again(lived: Lived, stage: Stage) -> None:
    """Put everything back to the moment before a leg."""
    stage.reset()
    connect(lived.project.root, {s: bench.settings() for s, bench in lived.project.world.benches.items()})
    lived.log.unlink(missing_ok=True)


def _ends_alike(lived: Lived, leg: Leg) -> None:
    """Run again, in whatever batches, and compare with the end of what was never killed."""
    result = api.run(api.load(lived.project.root))
    assert result.exit_code == 0, result.message
    found, end = state_of(lived.project.root, lived.project.world), lived.legs[leg].end
    assert differences(found, end) == {}


FAST = (("out", "sending", "first"), ("out", "answered", "middle"), ("back", "answered", "last"))
EVERY = [
    (leg, call, at)
    for leg in ("out", "back")
    for call in ("sending", "answered", "recorded")
    for at in ("first", "middle", "last")
]
CELLS = [pytest.param(*cell, marks=[] if cell in FAST else [pytest.mark.slow]) for cell in EVERY]
WHOLE = [
    pytest.param(leg, call, marks=[] if (leg, call) in {cell[:2] for cell in FAST} else [pytest.mark.slow])
    for leg in ("out", "back")
    for call in ("sending", "answered", "recorded")
]


def _killed_and_run_again(lived: Lived, leg: Leg, call: str, at: str) -> None:
    played = lived.legs[leg]
    number = played.number(TABLES[leg], call, at)
    _again(lived, played.stage)
    code, said = doomed.run(lived.project.root, lived.doom(leg, call, number), "run")
    assert code == -signal.SIGKILL, said
    _ends_alike(lived, leg)


@pytest.mark.parametrize(("leg", "call", "at"), CELLS)
def test_a_run_over_odata_that_is_killed_ends_as_if_it_had_lived(leg: Leg, call: str, at: str, by_odata: Lived) -> None:
    _killed_and_run_again(by_odata, leg, call, at)


@pytest.mark.parametrize(("leg", "call"), WHOLE)
def test_a_run_on_postgresql_that_is_killed_ends_as_if_it_had_lived(leg: Leg, call: str, by_postgres: Lived) -> None:
    _killed_and_run_again(by_postgres, leg, call, "first")


CHANGED = [
    pytest.param(
        kind, leg, call, marks=[] if (kind, leg, call) == ("by_odata", "back", "answered") else pytest.mark.slow
    )
    for kind in ("by_odata", "by_postgres")
    for leg in ("out", "back")
    for call in ("answered", "recorded")
]


@pytest.mark.parametrize(("kind", "leg", "call"), CHANGED)
def test_rows_that_change_after_a_kill_end_as_they_are_now(
    kind: str, leg: Leg, call: str, request: pytest.FixtureRequest
) -> None:
    lived: Lived = request.getfixturevalue(kind)
    _again(lived, lived.legs[leg].stage)
    code, said = doomed.run(lived.project.root, lived.doom(leg, call, 1), "run")
    assert code == -signal.SIGKILL, said
    if leg == "out":
        lived.project.order(ORDERS, more=1000)
    else:
        lived.project.remark("changed")
    for _ in range(2):
        result = api.run(api.load(lived.project.root))
        assert result.exit_code == 0, result.message
    assert api.rejects(api.load(lived.project.root)) == ()
    sales, orders = lived.project.sales(), lived.project.orders()
    if leg == "out":
        assert {code: amount for code, (amount, _) in sales.items()} == {n: total for n, (total, _) in orders.items()}
    else:
        assert {remark for _, remark in orders.values()} == {f"changed {code}" for code in sales}


@pytest.fixture
def gate(by_odata: Lived) -> Iterator[Callable[[str], proxy.Gate]]:
    """Put a proxy in front of one of the two servers, before a run."""
    gates: list[proxy.Gate] = []

    def through(system: str) -> proxy.Gate:
        bench = by_odata.project.world.benches[system]
        assert isinstance(bench, CapBench)
        gates.append(proxy.start(bench.server))
        settings = {s: bench.settings() for s, bench in by_odata.project.world.benches.items()}
        connect(by_odata.project.root, {**settings, system: bench.settings(gates[-1].url)})
        return gates[-1]

    yield through
    for one in gates:
        one.stop()


@pytest.mark.proxy
@pytest.mark.parametrize(
    ("leg", "nth"),
    [("out", 2), *(pytest.param(leg, n, marks=pytest.mark.slow) for leg, n in (("out", 1), ("back", 1), ("out", 3)))],
)
def test_a_request_that_is_applied_when_its_sender_is_dead_counts_once(
    leg: Leg, nth: int, by_odata: Lived, gate: Callable[[str], proxy.Gate]
) -> None:
    _again(by_odata, by_odata.legs[leg].stage)
    system, _, table = TABLES[leg].partition(".")
    front = gate(system)
    process = doomed.begin(by_odata.project.root, by_odata.doom(leg), "run")
    met: list[str] = []

    def kill(request: Request) -> None:
        """Hold a request that writes the table until its sender is dead; then it goes on."""
        if request.method in ("POST", "PATCH") and table.encode() in request.target.encode() + request.body:
            met.append(request.target)
            if len(met) == nth:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()

    front.hook = kill
    said, _ = process.communicate(timeout=600)
    assert process.returncode == -signal.SIGKILL, said
    front.settle()
    front.hook = None
    _ends_alike(by_odata, leg)
