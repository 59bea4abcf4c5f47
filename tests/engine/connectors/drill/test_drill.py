"""The drill plays its script: each fault has the effect that its page names, once, and counted over all processes."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from crosswalk.connectors.drill.faults import FAULTS
from crosswalk.contracts import Outside
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Change
from tests.conformance.bench import Bench, open_connection
from tests.conformance.benches.drill import DrillBench
from tests.conformance.copies import Copy
from tests.conformance.delivery import LoggedDelivery
from tests.conformance.killed import Errand, run
from tests.conformance.sent import deliver, inserts, unstamped, update
from tests.conformance.shapes import LINES, THINGS, guid, lines, thing

HERE = Path(__file__)


@pytest.fixture
def far(tmp_path: Path) -> DrillBench:
    return DrillBench(tmp_path, "server")


@pytest.fixture
def bench(far: DrillBench) -> Iterator[Bench]:
    bench = Bench(far)
    yield bench
    bench.close()


def scripted(bench: Bench, far: DrillBench, *faults: Mapping[str, object], **settings: object) -> Outside:
    """Open the drill with a script."""
    opened = open_connection(far.connection_with(faults=list(faults), **settings), far.root)
    bench._opened.append(opened)
    return opened


def asked(far: DrillBench, operation: str = "write") -> list[tuple[object, ...]]:
    """Read what arrived: place, number of rows, outcome."""
    with closing(sqlite3.connect(far.file)) as connection:
        text = 'SELECT place, row_count, outcome FROM "#requests" WHERE operation = ? ORDER BY number'
        return connection.execute(text, (operation,)).fetchall()


def test_a_lost_answer_is_read_back_and_nothing_is_sent_twice(far: DrillBench, bench: Bench) -> None:
    entity = bench.make(LINES)
    system = scripted(bench, far, {"on": "write", "fault": "lost_answer", "at": "middle"})
    delivery = deliver(system, entity, inserts(system, entity, lines(250)))
    assert asked(far) == [(1, 100, "answered"), (2, 100, "lost_answer"), (3, 50, "answered")]
    assert [call for call, _ in delivery.calls] == [
        "sending",
        "answered",
        "sending",
        "unanswered",
        "sending",
        "answered",
    ]


def test_after_a_cut_only_the_second_half_is_sent_again(far: DrillBench, bench: Bench) -> None:
    entity = bench.make(LINES)
    system = scripted(bench, far, {"on": "write", "fault": "cut"})
    deliver(system, entity, inserts(system, entity, lines(100)))
    assert asked(far) == [(1, 100, "cut"), (1, 50, "answered")]


def test_what_an_answer_leaves_out_is_read_back(far: DrillBench, bench: Bench) -> None:
    entity = bench.make(LINES)
    system = scripted(bench, far, {"on": "write", "fault": "partial"})
    delivery = deliver(system, entity, inserts(system, entity, lines(100)))
    assert asked(far) == [(1, 100, "answered, partial")]
    assert [(call, len(numbers)) for call, numbers in delivery.calls] == [
        ("sending", 100), ("answered", 50), ("unanswered", 50),
    ]  # fmt: skip


@pytest.mark.parametrize("fault", ["refused", "timeout", "server_error"])
def test_a_request_that_did_not_arrive_is_sent_again_whole(far: DrillBench, bench: Bench, fault: str) -> None:
    entity = bench.make(LINES)
    system = scripted(bench, far, {"on": "write", "fault": fault, "times": "2"})
    deliver(system, entity, inserts(system, entity, lines(30)))
    assert asked(far) == [(1, 30, fault), (1, 30, fault), (1, 30, "answered")]


def test_rows_that_the_script_names_are_refused_with_its_code(far: DrillBench, bench: Bench) -> None:
    entity = bench.make(LINES)
    line = {"on": "write", "fault": "refuse_row", "rows": ["usmf|N2|2"], "code": "0x80040265", "message": "no"}
    system = scripted(bench, far, line)
    delivery = deliver(system, entity, inserts(system, entity, lines(4)))
    assert delivery.states() == {1: "applied", 2: "applied", 3: "refused", 4: "applied"}
    assert (delivery.acks[3].code, delivery.acks[3].message) == ("0x80040265", "no")


def test_only_a_row_with_a_precondition_can_be_stale(far: DrillBench, bench: Bench) -> None:
    entity = bench.make(THINGS)
    bench.put(entity, [thing(1), thing(2)])
    keys = [str(guid(n)) for n in (1, 2)]
    system = scripted(bench, far, {"on": "write", "fault": "stale_row", "rows": keys})
    changes = [update(system, entity, n, {"Id": guid(n)}, Name="ours") for n in (1, 2)]
    delivery = deliver(system, entity, [replace(changes[0], before={"Name": "thing 1"}), changes[1]])
    assert delivery.states() == {1: "stale", 2: "applied"}


def test_a_throttled_system_hears_nothing_until_the_time_is_over(far: DrillBench, bench: Bench) -> None:
    entity = bench.make(LINES)
    system = scripted(bench, far, {"on": "write", "fault": "throttled", "seconds": "0.3"})
    began = monotonic()
    deliver(system, entity, inserts(system, entity, lines(30)))
    assert monotonic() - began >= 0.3
    assert asked(far) == [(1, 30, "throttled"), (1, 30, "answered")]


def test_a_slow_answer_is_waited_for(far: DrillBench, bench: Bench) -> None:
    entity = bench.make(LINES)
    system = scripted(bench, far, {"on": "write", "fault": "slow", "seconds": "0.2"})
    began = monotonic()
    deliver(system, entity, inserts(system, entity, lines(3)))
    assert monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("timeout", SystemFailure, "SYSTEM_UNREACHABLE"),
        ("throttled", SystemFailure, "SYSTEM_THROTTLED"),
        ("login_expired", UsageError, "LOGIN_REFUSED"),
    ],
)
@pytest.mark.parametrize("on", ["read", "write"])
def test_what_does_not_pass_ends_the_run_and_the_next_one_goes_on(
    far: DrillBench, bench: Bench, fault: str, kind: type[SystemFailure], code: str, on: str
) -> None:
    entity = bench.make(LINES)
    bench.put(entity, lines(10))
    line = {"on": on, "fault": fault, "times": "9", "seconds": "0"}
    system = scripted(bench, far, line)
    changes = [update(system, entity, 1, {c: lines(1)[0][c] for c in entity.key}, Text="new")]
    delivery = LoggedDelivery(system, entity, changes)
    acting = partial(Copy(entity).read, system) if on == "read" else partial(system.write, delivery)
    with pytest.raises(kind) as raised:
        acting()
    assert raised.value.code == code
    for _ in range(3):
        system = scripted(bench, far, line)
        try:
            deliver(system, entity, changes)
            Copy(entity).read(system)
        except kind:
            continue
    assert len(Copy(entity).read(scripted(bench, far, line)).rows) == 10


@pytest.mark.parametrize(("when", "there"), [("before", 100), ("after", 200)])
def test_a_killed_process_leaves_what_was_applied_and_the_next_one_goes_on(
    far: DrillBench, bench: Bench, tmp_path: Path, when: str, there: int
) -> None:
    entity, system = bench.make(LINES), bench.open()
    changes = tuple(inserts(system, entity, lines(250)))
    connection = far.connection_with(faults=[{"on": "write", "fault": "kill", "at": "2", "when": when}])
    errand = Errand(connection, far.root, entity, changes, tmp_path / "log")
    assert run(errand) == -signal.SIGKILL
    assert len(bench.rows(entity)) == there
    assert run(errand) == 0
    assert unstamped(bench.rows(entity), entity) == unstamped(lines(250), entity)
    assert asked(far)[:2] == [(1, 100, "answered"), (2, 100, f"killed {when}")]


def test_a_fault_of_one_table_leaves_the_others_alone(far: DrillBench, bench: Bench) -> None:
    bench.make(LINES)
    entity = bench.make(THINGS)
    system = scripted(bench, far, {"on": "write", "fault": "timeout", "table": "lines"})
    deliver(system, entity, inserts(system, entity, [thing(1)]))
    assert asked(far) == [(1, 1, "answered")]


def test_a_row_that_a_person_edits_gets_new_stamps_and_is_seen(far: DrillBench, bench: Bench) -> None:
    entity = bench.make(THINGS)
    bench.put(entity, [thing(1)])
    copy = Copy(entity)
    copy.read(bench.open())
    with closing(sqlite3.connect(far.file)) as connection, connection:
        connection.execute("UPDATE things SET Name = 'by hand'")
    copy.read(bench.open())
    row = copy.rows[(guid(1),)]
    assert row["Name"] == "by hand"
    assert (row["modifiedon"], row["versionnumber"]) != (thing(1)["modifiedon"], thing(1)["versionnumber"])


def test_a_key_that_nobody_gives_is_made_and_told(far: DrillBench, bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    delivery = deliver(system, entity, [Change(1, "insert", {"Name": "new"}, {"Quantity": 5})])
    row = delivery.acks[1].row
    assert row is not None
    assert row["Id"] is not None
    assert len(bench.rows(entity)) == 1


def test_a_script_that_cannot_be_played_is_refused(far: DrillBench, bench: Bench) -> None:
    with pytest.raises(UsageError, match="no refuse_row on read"):
        scripted(bench, far, {"on": "read", "fault": "refuse_row"})


def test_the_file_stays_inside_the_project(far: DrillBench, bench: Bench) -> None:
    with pytest.raises(UsageError, match="outside the project"):
        scripted(bench, far, file="../far.sqlite")


def test_every_fault_stands_on_the_page() -> None:
    page = (HERE.parents[4] / "docs" / "drill.md").read_text(encoding="utf-8")
    assert [name for name, meaning in FAULTS.items() if f"| `{name}` | {meaning} |" not in page] == []
