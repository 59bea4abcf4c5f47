"""What goes wrong on the way has one effect or none: lost answers, waiting, logins that run out, at every place."""

from __future__ import annotations

import os

import pytest

from crosswalk.contracts import Outside
from tests.conformance.bench import Bench, Fault, FaultName, Operation
from tests.conformance.copies import Copy
from tests.conformance.sent import deliver, inserts, unstamped, update
from tests.conformance.shapes import LINES, lines

PLACES = ("first", "middle", "last") if os.environ.get("CROSSWALK_MATRIX") else ("middle",)
"""Where in a delivery a fault comes; all of them are played by ``make conformance``."""
FAULT_ROWS = 250
"""Three requests of a hundred rows."""


def failing(bench: Bench, fault: Fault) -> Outside:
    """Open a system that fails once as told, or leave the behaviour out where the bench cannot play it."""
    try:
        return bench.open([fault])
    except KeyError as cannot:
        pytest.skip(f"the bench cannot play '{fault.name}' at the {fault.at} {fault.on}: {cannot.args[0]}")


def written_through(bench: Bench, fault: Fault) -> None:
    entity = bench.make(LINES)
    system = failing(bench, fault)
    delivery = deliver(system, entity, inserts(system, entity, lines(FAULT_ROWS)))
    assert set(delivery.states().values()) == {"applied"}, delivery.acks
    assert unstamped(bench.rows(entity), entity) == unstamped(lines(FAULT_ROWS), entity)


def read_through(bench: Bench, fault: Fault) -> None:
    entity = bench.make(LINES)
    bench.put(entity, lines(FAULT_ROWS))
    copy = Copy(entity)
    copy.read(failing(bench, fault))
    assert unstamped(copy.rows.values(), entity) == unstamped(lines(FAULT_ROWS), entity)


@pytest.mark.behaviour("unknown outcome")
@pytest.mark.parametrize("at", PLACES)
@pytest.mark.parametrize("name", ["lost_answer", "cut"])
def test_a_request_without_an_answer_has_one_effect(bench: Bench, name: FaultName, at: str) -> None:
    written_through(bench, Fault("write", name, at))  # type: ignore[arg-type]


@pytest.mark.behaviour("unknown outcome of updates")
@pytest.mark.parametrize("name", ["lost_answer", "cut"])
def test_updates_without_an_answer_are_not_taken_for_conflicts(bench: Bench, name: FaultName) -> None:
    entity = bench.make(LINES)
    bench.put(entity, lines(10))
    system = failing(bench, Fault("write", name))
    changes = []
    for number, row in enumerate(lines(10), 1):
        key = {column: row[column] for column in entity.key}
        change = update(system, entity, number, key, Text="ours")
        changes.append(type(change)(number, "update", key, change.values, before={"Text": row["Text"]}))
    delivery = deliver(system, entity, changes)
    assert set(delivery.states().values()) == {"applied"}, delivery.acks
    assert {row["Text"] for row in bench.rows(entity)} == {"ours"}


@pytest.mark.behaviour("throttling")
@pytest.mark.parametrize("on", ["read", "write"])
@pytest.mark.parametrize("at", PLACES)
def test_a_system_that_asks_to_wait_is_waited_for(bench: Bench, on: Operation, at: str) -> None:
    through = read_through if on == "read" else written_through
    through(bench, Fault(on, "throttled", at, times=2))  # type: ignore[arg-type]


@pytest.mark.behaviour("expired login")
@pytest.mark.parametrize("on", ["read", "write"])
@pytest.mark.parametrize("at", PLACES)
def test_a_login_that_runs_out_is_renewed_in_the_middle(bench: Bench, on: Operation, at: str) -> None:
    through = read_through if on == "read" else written_through
    through(bench, Fault(on, "login_expired", at))  # type: ignore[arg-type]


@pytest.mark.behaviour("server errors")
@pytest.mark.parametrize("on", ["read", "write"])
@pytest.mark.parametrize("at", PLACES)
def test_a_server_that_fails_once_is_asked_again(bench: Bench, on: Operation, at: str) -> None:
    through = read_through if on == "read" else written_through
    through(bench, Fault(on, "server_error", at))  # type: ignore[arg-type]
