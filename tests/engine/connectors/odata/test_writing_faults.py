"""Every fault of the table, at the first, a middle and the last request that writes to a real server, leaves each row
there once. The faults are played by our proxy in front of the server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from crosswalk.connectors.odata.dialects import DATAVERSE, FINOPS, Dialect
from crosswalk.connectors.odata.login import Login
from crosswalk.connectors.odata.system import ODataSystem, open_with
from crosswalk.contracts import Place
from crosswalk.entities import Entity
from crosswalk.errors import CrosswalkError, Span
from crosswalk.exchange import Change
from crosswalk.model import Connection
from tests.conformance.delivery import LoggedDelivery
from tests.servers.odata.cap import Server
from tests.servers.odata.faults import Case, Position, cases, name_of
from tests.servers.odata.proxy import Gate

pytestmark = pytest.mark.proxy
PLACES = {"first": 1, "middle": 2, "last": 3}
SIZE = 12


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


@dataclass(frozen=True)
class Token:
    token: str
    expires_on: int = 2**40


class Credential:
    """Gives a token that no service asks for; a second one differs from the first."""

    def __init__(self) -> None:
        self.given = 0

    def get_token(self, scope: str, /) -> Token:
        self.given += 1
        return Token(f"token-{self.given}")


Open = Callable[[Gate, Dialect], ODataSystem]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    systems: list[ODataSystem] = []

    def open_(gate: Gate, dialect: Dialect) -> ODataSystem:
        clock, credential = HurriedClock(), Credential()
        given = {"url": gate.url, "dialect": dialect.name, "write": "create" if dialect is FINOPS else "upsert"}
        connection = Connection("outside", "odata", given, Span("crosswalk.yaml", 1, 1))
        system = open_with(connection, Place(tmp_path, 0, lambda text: text), clock)
        system.session.settings = replace(system.session.settings, dialect=replace(dialect, batch_most=SIZE // 3))
        system.session.login = Login(lambda: credential, "scope", "outside", clock)
        system.session.client.timeout = 1.2
        system.session.gate.most = 1
        system.metadata()
        systems.append(system)
        return system

    yield open_
    for system in systems:
        system.close()


def posted(n: int) -> Change:
    return Change(
        n, "insert", {"dataAreaId": "usmf", "ProjInvoiceId": f"I{n}"}, {"InvoiceAmount": Decimal(n)}, group=f"g{n:02}"
    )


def project(n: int) -> Change:
    return Change(n, "insert", {"msdyn_projectid": UUID(int=n)}, {"msdyn_subject": f"row {n}"})


def held(server: Server, entity: Entity, changes: list[Change]) -> set[int]:
    """Name the changes whose rows are there as they were sent; no other row is there."""
    rows = {tuple(str(row[name]) for name in entity.key): row for row in server.rows(entity.ref.entity)}
    found = set()
    for change in changes:
        row = rows.pop(tuple(str(change.key[name]) for name in entity.key), None)
        if row is not None:
            assert {name: row[name] for name in change.values} == dict(change.values)
            found.add(change.number)
    assert rows == {}
    return found


def played(
    gate: Gate, system: ODataSystem, entity: Entity, changes: list[Change], case: Case, position: Position
) -> LoggedDelivery:
    """Send changes while a fault waits for one of the requests; where the fault ends the run, run again without it."""
    gate.script(replace(case.fault, at=PLACES[position], method="POST"))
    delivery = LoggedDelivery(system, entity, changes)
    if case.ends:
        with pytest.raises(CrosswalkError) as stop:
            system.write(delivery)
        assert stop.value.exit_code in {2, 5}
        gate.script()
        gate.settle()
        delivery.recover()
    system.write(delivery)
    assert delivery.finished()
    return delivery


@pytest.mark.parametrize(("case", "position"), cases("write"), ids=name_of)
def test_rows_that_can_only_be_created_are_made_once(
    finops_server: Server, gate_to: Callable[[Server], Gate], opened: Open, case: Case, position: Position
) -> None:
    gate, entity = gate_to(finops_server), finops_server.entities["ProjInvoiceJour"]
    changes = [posted(n) for n in range(1, SIZE + 1)]
    delivery = played(gate, opened(gate, FINOPS), entity, changes, case, position)
    refused = {n for n, state in delivery.states().items() if state != "applied"}
    assert len(refused) == (case.landed == "but one")
    assert all(delivery.acks[n].state == "refused" and delivery.acks[n].message for n in refused)
    assert held(finops_server, entity, changes) == {change.number for change in changes} - refused


@pytest.mark.parametrize(("case", "position"), cases("write"), ids=name_of)
def test_rows_that_go_by_bound_actions_are_there_once(
    dataverse_server: Server, gate_to: Callable[[Server], Gate], opened: Open, case: Case, position: Position
) -> None:
    gate, entity = gate_to(dataverse_server), dataverse_server.entities["msdyn_projects"]
    changes = [project(n) for n in range(1, SIZE + 1)]
    delivery = played(gate, opened(gate, DATAVERSE), entity, changes, case, position)
    assert set(delivery.states().values()) == {"applied"}
    assert len(held(dataverse_server, entity, changes)) == SIZE
