"""Writing meets every fault of a network and of a server, at the first, a middle and the last request, and recovers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from typing import Literal

import pytest

from crosswalk.connectors.odata import batch_json
from crosswalk.connectors.odata.calls import Call
from crosswalk.connectors.odata.dialects import FINOPS, PLAIN
from crosswalk.connectors.odata.writing import write
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Ack, Change
from crosswalk.secrets import reveal
from tests.engine.connectors.odata.deliveries import MemoryDelivery
from tests.engine.connectors.odata.desks import METADATA, SMALL, deliver, entity, inserts, session
from tests.engine.connectors.odata.failing import Fault, Store, error, serving

APART = replace(SMALL, batches=())
FAULTS = {
    "no answer, nothing done": Fault(hang=1.6, effect=0),
    "no answer, all done": Fault(hang=1.6, effect=None),
    "cut, nothing done": Fault(effect=0),
    "cut, all done": Fault(effect=None),
    "500, nothing done": Fault(500, 0),
    "500, all done": Fault(500, None),
    "502 as a page": Fault(502, None, text="<html>bad gateway</html>", kind="text/html"),
    "503": Fault(503, 0, {"Retry-After": "3"}),
    "504, all done": Fault(504, None, text=""),
    "429 in seconds": Fault(429, 0, {"Retry-After": "7"}),
    "429 as a date": Fault(429, 0, {"Retry-After": formatdate(1_800_000_009, usegmt=True)}),
    "429 without a time": Fault(429, 0),
    "a page in place of JSON": Fault(200, None, text="<html>sign in</html>", kind="text/html"),
    "truncated JSON": Fault(200, None, text='{"responses":[{"id":"0","status":2'),
    "408": Fault(408, 0),
}


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def url(store: Store) -> Iterator[str]:
    with serving(store) as address:
        yield address


def changes_in_groups() -> list[Change]:
    return [replace(change, group=f"g{n // 5}") for n, change in enumerate(inserts(50))]


@pytest.mark.parametrize("position", [0, 2, 4])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_one_request_changes_nothing_about_the_end(
    store: Store, url: str, fault: Fault, position: int
) -> None:
    store.faults[position] = fault
    done = deliver(store, url, inserts(50))
    assert done.count("applied") == 50
    assert {key: row["size"] for key, row in store.rows.items()} == {f"k{n:03}": n for n in range(50)}
    assert set(store.made.values()) == {1}


@pytest.mark.parametrize("position", [0, 2, 4])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_row_that_only_can_be_created_is_made_once_whatever_fails(
    store: Store, url: str, fault: Fault, position: int
) -> None:
    store.faults[position] = fault
    done = deliver(store, url, inserts(50), session(url, replace(SMALL, upserts=False)))
    assert done.count("applied") == 50
    assert len(store.rows) == 50
    assert set(store.made.values()) == {1}


@pytest.mark.parametrize("form", ["json", "multipart"])
@pytest.mark.parametrize("position", [0, 2, 4])
def test_a_request_that_breaks_in_the_middle_of_its_operations_is_read_back(
    store: Store, url: str, position: int, form: Literal["json", "multipart"]
) -> None:
    store.faults[position] = Fault(effect=3)
    store.formats = (form,)
    dialect = replace(SMALL, upserts=False, batches=(form,))
    grouped = [replace(change, group=f"g{n // 2}") for n, change in enumerate(inserts(50))]
    done = deliver(store, url, grouped, session(url, dialect))
    assert done.count("applied") == 50
    assert set(store.made.values()) == {1}
    batch = tuple(range(position * 10, position * 10 + 10))
    assert ("unanswered", batch) in done.events
    assert {n for n, times in done.sent.items() if times > 1} == set(batch[2:])


def test_nothing_is_sent_again_before_it_was_read_back(store: Store, url: str) -> None:
    store.faults[1] = Fault(effect=None)
    done = deliver(store, url, inserts(30))
    assert [event for event, numbers in done.events if 10 in numbers] == ["sending", "unanswered"]
    assert len(store.seen) == 3


def test_many_requests_under_way_meet_a_fault_in_each_place(store: Store, url: str) -> None:
    quick = [fault for fault in FAULTS.values() if not fault.hang]
    store.faults = dict(zip(range(0, 60, 4), quick, strict=False))
    done = deliver(store, url, inserts(300), session(url, parallel=4, tries=9))
    assert done.count("applied") == 300
    assert set(store.made.values()) == {1}
    assert 1 < store.busiest <= 4


def test_no_more_requests_are_under_way_than_the_server_states(store: Store, url: str) -> None:
    store.headers = {"x-parallel": "2"}
    line = session(url, replace(SMALL, batch_most=1, parallel="x-parallel"), parallel=6)
    line.gate.stated = 2
    deliver(store, url, inserts(60), line)
    assert store.busiest <= 2


def test_a_server_that_is_not_there_is_said_so_and_what_it_told_is_on_record(store: Store) -> None:
    with serving(store) as url:
        pass
    with pytest.raises(SystemFailure, match="cannot be reached") as failure:
        deliver(store, url, inserts(20))
    assert failure.value.exit_code == 5


def test_a_write_that_is_never_answered_ends_the_run_with_the_rest_on_record(store: Store, url: str) -> None:
    store.faults = {n: Fault(effect=0) for n in range(1, 40)}
    done = MemoryDelivery(entity(), inserts(30))
    line = session(url)
    with line.client, pytest.raises(SystemFailure, match="did not answer a write 4 times"):
        write(line, SMALL, METADATA, done)
    assert done.count("applied") == 10
    assert len(store.seen) == 5


def test_while_the_server_throttles_nothing_is_sent(store: Store, url: str) -> None:
    store.faults = {1: Fault(429, 0, {"Retry-After": "40"})}
    line = session(url)
    deliver(store, url, inserts(50), line)
    assert 40 in [round(seconds) for seconds in line.clock.slept]  # type: ignore[attr-defined]
    assert line.gate.allowed == 1


def test_one_throttled_operation_of_a_batch_is_sent_again_alone_and_not_read_back(store: Store, url: str) -> None:
    store.throttle["k004"] = ["5", "9"]
    changes = [replace(change, group=f"g{n}") for n, change in enumerate(inserts(10))]
    line = session(url)
    done = deliver(store, url, changes, line)
    assert done.count("applied") == 10
    assert [event for event, _ in done.events] == ["sending", "answered", "answered"]
    assert done.events[-1] == ("answered", (4,))


def test_throttling_without_end_ends_the_run(store: Store, url: str) -> None:
    store.throttle["k004"] = ["300"] * 20
    with pytest.raises(SystemFailure) as failure:
        deliver(store, url, [replace(change, group=str(change.number)) for change in inserts(10)])
    assert failure.value.code == "SYSTEM_THROTTLED"


REFUSALS = [
    (error(400, "0x80040203", "the value is too long"), "refused", "0x80040203", "the value is too long"),
    (error(403, "0x80040220", "no right"), "refused", "0x80040220", "no right"),
    (error(404, "0x80040217", "no such row"), "refused", "0x80040217", "no such row"),
    (error(409, "twice", "it is there"), "refused", "twice", "it is there"),
    ((422, {}, None), "refused", "422", "the service answered 422"),
    ((400, {}, "plain words"), "refused", "400", "plain words"),
]


@pytest.mark.parametrize(("said", "state", "code", "message"), REFUSALS)
@pytest.mark.parametrize("position", [0, 27, 49])
def test_a_row_that_is_refused_stops_no_other(store: Store, url: str, said, state, code, message, position) -> None:
    store.refuse[f"k{position:03}"] = said
    done = deliver(store, url, inserts(50))
    assert done.acks[position] == Ack(position, state, code, message)
    assert done.count("applied") == 49
    assert len(store.rows) == 49


@pytest.mark.parametrize("dialect", [replace(SMALL, batches=("multipart",)), APART], ids=["multipart", "one by one"])
def test_a_row_that_is_refused_stops_no_other_in_other_forms(store: Store, url: str, dialect) -> None:
    store.refuse["k007"] = error(400, "bad", "bad")
    done = deliver(store, url, inserts(20), session(url, dialect))
    assert (done.count("applied"), done.acks[7].code) == (19, "bad")


def test_a_page_for_people_is_no_answer_to_a_write(store: Store, url: str) -> None:
    store.faults[0] = Fault(200, 0, text="<html>sign in</html>", kind="text/html")
    done = deliver(store, url, inserts(1))
    assert [event for event, _ in done.events] == ["sending", "unanswered", "sending", "answered"]
    assert len(store.rows) == 1


def test_a_server_that_stops_at_an_error_is_asked_again_for_what_it_left_out(store: Store, url: str) -> None:
    store.stops = True
    store.refuse = {"k003": error(400, "bad", "bad"), "k006": error(400, "bad", "bad")}
    done = deliver(store, url, inserts(10))
    assert {n for n, ack in done.acks.items() if ack.state == "refused"} == {3, 6}
    assert done.count("applied") == 8
    assert set(store.made.values()) == {1}


def test_a_group_in_which_one_row_fails_is_not_written_whatever_the_server_says_of_the_others(
    store: Store, url: str
) -> None:
    store.refuse["k007"] = error(400, "bad", "too long")
    done = deliver(store, url, changes_in_groups())
    assert done.acks[7] == Ack(7, "refused", "bad", "too long")
    others = {n: done.acks[n] for n in (5, 6, 8, 9)}
    assert {(ack.state, ack.code) for ack in others.values()} == {("refused", "GROUP_REFUSED")}
    assert "too long" in others[5].message
    assert done.count("applied") == 45
    assert not {f"k{n:03}" for n in range(5, 10)} & set(store.rows)


def test_a_group_larger_than_a_batch_goes_in_as_few_change_sets_as_fit(store: Store, url: str) -> None:
    done = deliver(store, url, [replace(change, group="all") for change in inserts(25)])
    assert done.count("applied") == 25
    assert store.sizes == [10, 10, 5]


def test_a_batch_that_is_too_large_is_cut_until_it_fits_and_later_ones_are_cut_before(store: Store, url: str) -> None:
    store.largest = 3
    done = deliver(store, url, inserts(40))
    assert done.count("applied") == 40
    assert sum(size > 3 for size in store.sizes) <= 4
    assert set(store.made.values()) == {1}


def test_a_row_that_is_too_large_alone_is_refused(store: Store, url: str) -> None:
    store.refuse["k000"] = (413, {}, None)
    done = deliver(store, url, inserts(1))
    assert done.acks[0].code == "413"


def test_a_server_without_batches_takes_one_row_at_a_time(store: Store, url: str) -> None:
    store.formats = ()
    done = deliver(store, url, inserts(12))
    assert done.count("applied") == 12
    assert sum(path.endswith("$batch") for _, path in store.seen) == 2


def test_a_server_that_takes_the_other_format_only_gets_it(store: Store, url: str) -> None:
    store.formats = ("multipart",)
    done = deliver(store, url, inserts(40))
    assert done.count("applied") == 40
    assert len(store.seen) == 5


def seeded(store: Store) -> None:
    for n in range(20):
        store.operate("PATCH", f"things('k{n:03}')", {}, {"name": "old", "size": n})


def updates(**more: object) -> list[Change]:
    return [Change(n, "update", {"id": f"k{n:03}"}, {"name": "new"}, **more) for n in range(20)]  # type: ignore[arg-type]


def test_an_update_never_makes_a_row(store: Store, url: str) -> None:
    seeded(store)
    del store.rows["k004"], store.rows["k011"]
    done = deliver(store, url, updates())
    assert {n for n, ack in done.acks.items() if ack.state == "refused"} == {4, 11}
    assert len(store.rows) == 18


@pytest.mark.parametrize("guard", [{"before": {"name": "old"}}, {"version": "1"}], ids=["before", "version"])
def test_an_update_of_a_row_that_changed_is_stale_and_overwrites_nothing(store: Store, url: str, guard) -> None:
    seeded(store)
    store.operate("PATCH", "things('k004')", {}, {"name": "theirs"})
    dialect = replace(SMALL, version="number") if "version" in guard else SMALL
    done = deliver(store, url, updates(**guard), session(url, dialect))
    assert {n for n, ack in done.acks.items() if ack.state == "stale"} == {4}
    assert store.rows["k004"]["name"] == "theirs"
    assert done.count("applied") == 19


def test_a_row_that_changes_between_looking_and_writing_is_stale(store: Store, url: str) -> None:
    seeded(store)
    write_batch, late = store.batch, [1]

    def meddling(runs, most):
        if late and runs[0][0]["method"] == "PATCH":
            late.clear()
            store.operate("PATCH", "things('k004')", {}, {"name": "theirs"})
        return write_batch(runs, most)

    store.batch = meddling  # type: ignore[method-assign]
    done = deliver(store, url, updates(before={"name": "old"}))
    assert {n for n, ack in done.acks.items() if ack.state == "stale"} == {4}
    assert store.rows["k004"]["name"] == "theirs"


def test_a_group_with_a_stale_row_is_not_written(store: Store, url: str) -> None:
    seeded(store)
    store.operate("PATCH", "things('k004')", {}, {"name": "theirs"})
    changes = [replace(change, group=f"g{change.number // 5}") for change in updates(before={"name": "old"})]
    done = deliver(store, url, changes)
    assert done.acks[4].state == "stale"
    assert {done.acks[n].code for n in range(4)} == {"GROUP_REFUSED"}
    assert {store.rows[f"k{n:03}"]["name"] for n in range(4)} == {"old"}
    assert done.count("applied") == 15


def test_a_delete_of_a_row_that_is_gone_has_reached_its_end(store: Store, url: str) -> None:
    seeded(store)
    del store.rows["k004"]
    done = deliver(store, url, [Change(n, "delete", {"id": f"k{n:03}"}, {}) for n in range(20)])
    assert done.count("applied") == 20
    assert store.rows == {}


def test_the_row_after_the_write_comes_with_the_answer(store: Store, url: str) -> None:
    done = deliver(store, url, inserts(2), row_version="stamp")
    assert done.acks[1].row == {"id": "k001", "name": "n1", "size": 1}


MANY = replace(SMALL, multiples=frozenset({"CreateMultiple", "UpdateMultiple", "UpsertMultiple"}), version="number")


def test_many_rows_go_in_one_call_per_set_of_columns(store: Store, url: str) -> None:
    seeded(store)
    changes = [
        *inserts(4),
        *[Change(10 + n, "insert", {"id": f"x{n}"}, {"name": "x"}) for n in range(3)],
        *updates()[15:18],
    ]
    done = deliver(store, url, changes, session(url, MANY))
    assert done.count("applied") == 10
    assert [path.rpartition(".")[2] for _, path in store.seen] == ["UpsertMultiple", "UpsertMultiple", "UpdateMultiple"]


def test_one_bad_row_of_a_call_costs_no_other_row(store: Store, url: str) -> None:
    store.refuse["k003"] = error(400, "bad", "bad")
    done = deliver(store, url, inserts(10), session(url, MANY))
    assert (done.count("applied"), done.acks[3].code) == (9, "bad")
    assert [path.rpartition("/")[2] for _, path in store.seen] == ["Model.UpsertMultiple", "$batch"]


@pytest.mark.parametrize("fault", [Fault(effect=None), Fault(effect=0), Fault(500, None), Fault(500, 0)], ids=str)
def test_a_call_without_an_answer_is_read_back(store: Store, url: str, fault: Fault) -> None:
    store.faults[0] = fault
    done = deliver(store, url, inserts(10), session(url, replace(MANY, upserts=False)))
    assert done.count("applied") == 10
    assert done.events[1] == ("unanswered", tuple(range(10)))
    assert set(store.made.values()) == {1}


def test_rows_with_a_group_or_a_precondition_do_not_go_in_a_call_of_many(store: Store, url: str) -> None:
    seeded(store)
    changes = [replace(change, group="g") for change in inserts(3)] + updates(version="1")[10:13]
    deliver(store, url, changes, session(url, MANY))
    assert all(path.endswith("$batch") for _, path in store.seen)


def test_a_failure_that_the_service_blames_on_the_row_is_its_verdict_in_the_end(store: Store, url: str) -> None:
    store.refuse["k003"] = (
        500,
        {},
        {
            "error": {
                "code": "",
                "message": "An error has occurred.",
                "innererror": {"message": "Field 'X' must be filled in.", "stacktrace": "at Y"},
            }
        },
    )
    dialect = replace(FINOPS, batch_most=10, options=None)
    done = deliver(store, url, inserts(10), session(url, dialect))
    assert done.acks[3] == Ack(3, "refused", "500", "Field 'X' must be filled in.")
    assert done.count("applied") == 9
    assert set(store.made.values()) == {1}


def test_secrets_do_not_stand_in_what_is_recorded(store: Store, url: str, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HIDDEN", "tok-8347-secret")
    reveal("${env:HIDDEN}", tmp_path)
    store.refuse["k000"] = error(400, "bad", "tok-8347-secret is not a name" + "x" * 5000)
    store.refuse["k001"] = (400, {}, "tok-8347-secret, said in plain words")
    done = deliver(store, url, inserts(2), session(url, APART))
    assert done.acks[1].message == "***, said in plain words"
    assert done.acks[0].message.startswith("*** is not a name")
    assert len(done.acks[0].message) <= 500


def test_a_value_that_cannot_be_written_is_refused_and_nothing_else(store: Store, url: str) -> None:
    changes = [
        *inserts(3),
        Change(9, "update", {"id": None}, {"name": "x"}),
        Change(10, "update", {"id": "k000"}, {"size": "many"}),
    ]
    done = deliver(store, url, changes)
    assert [(done.acks[n].state, done.acks[n].code) for n in (9, 10)] == [("refused", "VALUE_UNFIT")] * 2
    assert done.count("applied") == 3


def test_a_table_that_the_service_does_not_have_is_a_mistake_of_the_caller(store: Store, url: str) -> None:
    line = session(url)
    other = replace(METADATA, sets={"thingses": METADATA.sets["things"]})
    with line.client, pytest.raises(UsageError, match="no entity set 'things'; did you mean 'thingses'"):
        write(line, PLAIN, other, MemoryDelivery(entity(), inserts(1)))


def test_a_login_that_is_refused_ends_the_run(store: Store, url: str) -> None:
    store.faults[1] = Fault(401, 0)
    with pytest.raises(UsageError) as failure:
        deliver(store, url, inserts(30))
    assert failure.value.code == "LOGIN_REFUSED"


def test_the_body_announces_that_its_decimals_are_text() -> None:
    _, content = batch_json.build([Call("1", "PATCH", "things('a')", body={"price": "1.10"})])
    assert json.loads(content)["requests"][0]["headers"] == {"content-type": "application/json;IEEE754Compatible=true"}
