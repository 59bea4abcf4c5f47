"""Every network fault, at the first, a middle and the last request, read and written by whole runs of the engine.

Whatever a fault does to a run, in the end every row is there once and as it should be, rows that the server refused were
kept with its code and its words, the others went on, and nothing is left in the outbox. A run that a fault ended says so
with exit code 5 (2 where a login is refused and nothing was sent yet), and the next one goes on. All of it rests on our proxy;
``make faults`` prints the table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from crosswalk import api
from crosswalk.connectors.odata import system as odata
from crosswalk.connectors.odata.login import Login
from crosswalk.connectors.odata.system import ODataSystem
from crosswalk.contracts import Place
from crosswalk.errors import CrosswalkError
from crosswalk.model import Connection
from tests.servers.odata import proxy
from tests.servers.odata.faults import TABLE, Case, Fault, Position
from tests.servers.odata.fixtures import Servers
from tests.servers.odata.models import DATAVERSE, FINOPS
from tests.servers.odata.proxy import Gate
from tests.wire import parcels
from tests.wire.cap_bench import CapBench
from tests.wire.parcels import Parcels, connect, differences, state_of
from tests.wire.stage import Stage, keep

pytestmark = pytest.mark.proxy

COUNT, SIZE = 11, 4
"""Orders, and how many go on a page and into a batch: three of each, the last one smaller."""
LIMITS = 'page_size: "4", change_tracking: "no", limits: {concurrency: "1", timeout: "1", tries: "3"}'


@dataclass(frozen=True, slots=True)
class Way:
    """Where a fault waits: in front of which system, for which requests, in a run of which leg."""

    system: str
    leg: str
    method: str
    path: str = ""


WAYS = {
    "read": Way("shop", "out", "GET", r"/orders"),
    "write": Way("books", "out", "POST"),
    "write back": Way("shop", "back", "POST"),
}
PLACES: dict[Position, int] = {"first": 1, "middle": 2, "last": 3}


class HurriedClock:
    """A clock on which a wait of seconds takes a part of one, and counts as whole."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def now(self) -> float:
        return time.time() + self.skipped

    def passed(self) -> float:
        return time.monotonic() + self.skipped

    def sleep(self, seconds: float) -> None:
        real = min(seconds, 0.2)
        time.sleep(real)
        self.skipped += seconds - real


def hurried(connection: Connection, place: Place) -> ODataSystem:
    """Open a connection that waits in a hurry, sends small batches, and has a login to renew."""
    clock, tokens = HurriedClock(), iter(range(1_000_000))
    system = odata.open_with(connection, place, clock)
    dialect = replace(system.session.settings.dialect, batch_most=SIZE, multiples_most=SIZE)
    system.session.settings = replace(system.session.settings, dialect=dialect)
    credential = SimpleNamespace(get_token=lambda _: SimpleNamespace(token=f"t{next(tokens)}", expires_on=2**40))
    system.session.login = Login(lambda: credential, "scope", connection.system, clock)
    return system


@dataclass(frozen=True, slots=True)
class World:
    """The project before each leg, and the far rows in which each ends when nothing goes wrong."""

    project: Parcels
    stages: dict[str, Stage]
    ends: dict[str, dict[str, list[str]]]

    def run(self) -> int:
        """Run, and give the exit code as the command line would."""
        try:
            return api.run(api.load(self.project.root)).exit_code
        except CrosswalkError as error:
            return error.exit_code

    def through(self, system: str = "", url: str = "") -> None:
        benches = self.project.world.benches
        settings = {name: bench.settings() for name, bench in benches.items()}
        if system:
            bench = benches[system]
            assert isinstance(bench, CapBench)
            settings[system] = bench.settings(url)
        connect(self.project.root, {name: f"{said[:-1]}, {LIMITS}}}" for name, said in settings.items()})

    def state(self) -> dict[str, list[str]]:
        return state_of(self.project.root, self.project.world)


@pytest.fixture(scope="module")
def patched() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(odata, "open", hurried)
        yield


@pytest.fixture(scope="module")
def world(patched: None, odata_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> World:
    root: Path = tmp_path_factory.mktemp("faults")
    known = parcels.entities(root)
    kinds = {"shop": DATAVERSE, "books": FINOPS}
    benches = {system: CapBench(odata_servers.get([known[system]], kind)) for system, kind in kinds.items()}
    found = World(parcels.parcels(root, known, benches), {}, {})
    found.through()
    found.project.order(COUNT)
    for leg in ("out", "back"):
        if leg == "back":
            found.project.remark()
        found.stages[leg] = keep(root, found.project.world, root / f"before-{leg}")
        assert found.run() == 0
        found.ends[leg] = found.state()
    return found


@pytest.fixture
def gate(world: World) -> Iterator[Callable[[str], Gate]]:
    gates: list[Gate] = []

    def through(system: str) -> Gate:
        bench = world.project.world.benches[system]
        assert isinstance(bench, CapBench)
        gates.append(proxy.start(bench.server))
        world.through(system, gates[-1].url)
        return gates[-1]

    yield through
    for one in gates:
        one.stop()
    assert [slip for one in gates for slip in one.broken] == []


FAST = {
    ("truncated JSON", "read", "middle"),
    ("looping next link", "read", "first"),
    ("401 twice", "read", "last"),
    ("401 twice", "write", "middle"),
    ("answer lost", "write", "middle"),
    ("cut in the batch", "write", "last"),
    ("403 for one row", "write", "first"),
    ("412 for one row", "write back", "middle"),
    ("502 after", "write back", "last"),
}
CELLS = [
    pytest.param(
        case,
        direction,
        position,
        marks=[] if (case.name, direction, position) in FAST else [pytest.mark.slow],
        id=f"{case.name}-{direction}-{position}",
    )
    for case in TABLE
    for direction in WAYS
    if direction.split()[0] in case.directions
    for position in PLACES
]


@pytest.mark.parametrize(("case", "direction", "position"), CELLS)
def test_no_row_is_lost_or_doubled_whatever_the_network_does(
    case: Case, direction: str, position: Position, world: World, gate: Callable[[str], Gate], told: dict[str, str]
) -> None:
    way = WAYS[direction]
    world.stages[way.leg].reset()
    front = gate(way.system)
    front.script(replace(case.fault, at=PLACES[position], method=way.method, path=way.path))
    codes = [world.run()]
    refused = codes[0] in (0, 3) and any(api.rejects(api.load(world.project.root)))
    if refused:
        assert case.landed == "but one"
        _kept_as_the_server_said(world, case)
    assert front.faults.met or case.fault.kind == "refused", "the fault was not met"
    front.script()
    front.settle()
    refusal = 2 if case.name == "401 twice" and direction == "read" else 5  # 2 says that nothing was changed
    assert codes[0] in ((refusal,) if case.ends else (0, 3, 5)), codes
    while codes[-1] or (refused and len(codes) < 2):
        codes.append(world.run())
        assert len(codes) < 4, codes
    told["went"] = f"{' '.join(map(str, codes))} ({len(front.log)})" + (", one row kept" if refused else "")
    assert differences(world.state(), world.ends[way.leg]) == {}


def _kept_as_the_server_said(world: World, case: Case) -> None:
    """One row was refused; its code and message are those of the server, and the other rows went on."""
    (reject,) = api.rejects(api.load(world.project.root))
    assert reject.code in ("TARGET_REFUSED", "CONFLICT_STALE"), reject
    assert f"test-{case.fault.status}" in (reject.value or ""), reject
    assert sum(1 for sale in world.project.sales() if sale) in (COUNT, COUNT - 1)


def test_a_row_that_the_server_goes_on_refusing_is_kept_with_its_words_and_the_rest_goes_on(
    world: World, gate: Callable[[str], Gate]
) -> None:
    world.stages["out"].reset()
    front = gate("books")
    front.script(Fault("row", status=403, part=2, times=1_000_000, method="POST"))
    code = world.run()
    rejects = api.rejects(api.load(world.project.root))
    assert code in (0, 3)
    assert rejects
    assert all("test-403" in (reject.value or "") for reject in rejects), rejects
    assert all("lets this row fail" in (reject.value or "") for reject in rejects), rejects
    assert len(world.project.sales()) == COUNT - len(rejects)
    front.script()
    assert world.run() == 0
    assert len(world.project.sales()) == COUNT
    assert api.rejects(api.load(world.project.root)) == ()
