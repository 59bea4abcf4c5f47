"""Every network fault that concerns reading, played at the first, a middle and the last page of a real server; and
change tracking and tokens, which a proxy of ours puts in front of that server.

All of it rests on the proxy: it shows what the connector does, not what a service does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from uuid import UUID

import pytest

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connectors.odata.gate import RealClock
from crosswalk.connectors.odata.login import Login
from crosswalk.connectors.odata.system import ODataSystem
from crosswalk.entities import Entity
from crosswalk.errors import CrosswalkError, SystemFailure, UsageError
from crosswalk.exchange import MarkExpired, Page, Wanted
from tests.engine.connectors.odata.scripted import system
from tests.servers.odata.cap import Server
from tests.servers.odata.faults import Case, Position, cases, name_of, places
from tests.servers.odata.proxy import Gate

pytestmark = pytest.mark.proxy

ACTUALS = "msdyn_actuals"
COUNT, SIZE = 50, 10
FEW = {"timeout": "1", "tries": "3"}


def guid(number: int) -> str:
    return str(UUID(int=number + 1))


@pytest.fixture
def gate(dataverse_server: Server, gate_to: Callable[[Server], Gate]) -> Gate:
    rows = [{"msdyn_actualid": guid(number), "modifiedon": datetime(2026, 11, 1)} for number in range(COUNT)]
    dataverse_server.load({ACTUALS: rows})
    return gate_to(dataverse_server)


@pytest.fixture
def backend() -> Iterator[DuckDBBackend]:
    opened = DuckDBBackend(None)
    yield opened
    opened.close()


@pytest.fixture
def opened(gate: Gate) -> Iterator[ODataSystem]:
    found = system(gate.url, RealClock(), dialect="dataverse", change_tracking="no", page_size=str(SIZE), limits=FEW)
    yield found
    found.close()


@pytest.fixture
def entity(dataverse_server: Server) -> Entity:
    whole = dataverse_server.entities[ACTUALS]
    names = ("msdyn_actualid", "msdyn_description", "modifiedon", "versionnumber")
    return replace(whole, columns={name: whole.columns[name] for name in names}, company=None)


def keys(pages: list[Page], backend: DuckDBBackend, kind: str = "rows") -> list[str]:
    found = []
    for page in pages:
        if page.relation is not None and page.kind == kind:
            backend.land(page, "page")
            found += [str(row[0]) for row in backend.rows("SELECT msdyn_actualid FROM page")]
    return found


def broken(gate: Gate, opened: ODataSystem, case: Case, position: Position) -> ODataSystem:
    """Let the page at this position meet the fault."""
    opened.metadata()
    opened.session.login = Login(lambda: SimpleNamespace(get_token=token), "scope", "shop", RealClock())
    gate.script(replace(case.fault, at=places(COUNT // SIZE)[position], method="GET", path=ACTUALS))
    return opened


PASSING = [(case, position) for case, position in cases("read") if not case.ends]
ENDING = [(case, position) for case, position in cases("read") if case.ends]


@pytest.mark.parametrize(("case", "position"), PASSING, ids=name_of)
def test_a_fault_while_reading_loses_no_row(
    case: Case, position: Position, gate: Gate, opened: ODataSystem, entity: Entity, backend: DuckDBBackend
) -> None:
    pages = list(broken(gate, opened, case, position).read(Wanted(entity)))
    assert set(keys(pages, backend)) == {guid(number) for number in range(COUNT)}
    assert case.name == "refused" or any(seen.altered for seen in gate.seen("GET", ACTUALS)), "the fault was not met"


@pytest.mark.parametrize(("case", "position"), ENDING, ids=name_of)
def test_a_fault_that_stays_ends_the_read_with_what_to_do_and_no_mark(
    case: Case, position: Position, gate: Gate, opened: ODataSystem, entity: Entity
) -> None:
    pages: list[Page] = []
    read = broken(gate, opened, case, position).read(Wanted(entity))
    with pytest.raises((SystemFailure, UsageError)) as caught:
        pages.extend(read)
    assert isinstance(caught.value, CrosswalkError)
    assert caught.value.remedy
    assert all(page.mark is None for page in pages)
    assert gate.doors.visits == [], "nothing goes to another host"


def token(scope: str) -> SimpleNamespace:
    return SimpleNamespace(token="t", expires_on=2**40)


def tracked(gate: Gate) -> ODataSystem:
    return system(gate.url, RealClock(), dialect="dataverse", change_tracking="yes", page_size=str(SIZE), limits=FEW)


@pytest.fixture
def tracking(gate: Gate) -> Iterator[ODataSystem]:
    found = tracked(gate)
    yield found
    found.close()


@pytest.mark.parametrize("absolute", [True, False])
def test_delta_links_bring_all_that_happened_between_two_reads(
    absolute: bool, gate: Gate, tracking: ODataSystem, entity: Entity, backend: DuckDBBackend
) -> None:
    gate.absolute_links = absolute
    first = list(tracking.read(Wanted(entity)))
    assert set(keys(first, backend)) == {guid(number) for number in range(COUNT)}
    etag = {"If-Match": "*", "Content-Type": "application/json"}
    tracking.session.send("PATCH", f"{ACTUALS}({guid(3)})", headers=etag, content=b'{"msdyn_description": "changed"}')
    tracking.session.send("DELETE", f"{ACTUALS}({guid(4)})")
    tracking.session.send(
        "PATCH", f"{ACTUALS}({guid(77)})", headers={"Content-Type": "application/json"}, content=b"{}"
    )
    second = list(tracking.read(Wanted(entity, first[-1].mark)))
    assert sorted(keys(second, backend)) == sorted([guid(3), guid(77)])
    assert keys(second, backend, "gone") == [guid(4)]
    third = list(tracking.read(Wanted(entity, second[-1].mark)))
    assert [page.relation for page in third] == [None]


def test_an_expired_delta_link_is_told_before_the_first_page(gate: Gate, tracking: ODataSystem, entity: Entity) -> None:
    mark = list(tracking.read(Wanted(entity)))[-1].mark
    gate.tracking.expire()
    with pytest.raises(MarkExpired):
        next(iter(tracking.read(Wanted(entity, mark))))


def test_a_read_that_changes_in_the_middle_brings_the_change_with_the_next_link(
    gate: Gate, tracking: ODataSystem, entity: Entity, backend: DuckDBBackend
) -> None:
    pages = iter(tracking.read(Wanted(entity)))
    got = [next(pages)]
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    tracking.session.send("PATCH", f"{ACTUALS}({guid(0)})", headers=headers, content=b'{"msdyn_description": "late"}')
    got.extend(pages)
    again = list(tracking.read(Wanted(entity, got[-1].mark)))
    assert guid(0) in keys(again, backend)


def test_a_throttled_read_sends_nothing_before_it_may(
    gate: Gate, opened: ODataSystem, entity: Entity, backend: DuckDBBackend
) -> None:
    opened.metadata()
    gate.throttle.operations, gate.throttle.window = 2, 1.0
    pages = list(opened.read(Wanted(entity)))
    assert len(set(keys(pages, backend))) == COUNT
    assert gate.throttle.refusals > 0
    assert gate.throttle.violations == 0
