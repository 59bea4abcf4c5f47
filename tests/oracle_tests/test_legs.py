"""What becomes of rows: filter, requirements, routing, keys, permissions, duplicates, whole sets, rows that leave."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal

import pytest

from crosswalk.model import AllOrNothing, Guard, Limits, Permission, Text
from tests.oracle import Outcome, State, World, run
from tests.oracle_tests.shop import (
    ALLOW_CREATE,
    FEES,
    HERE,
    LINES,
    NOW,
    THEN,
    arm,
    full,
    line,
    order,
    path,
    project,
    requirement,
    shop_map,
    text,
    value,
    world,
)

TITLE = line("Text", "title")
Missing = Literal["ignore", "report", "restore", "stop"]
LATER = NOW + timedelta(days=1)


def went(table_map, there: World, state: State | None = None) -> Outcome:
    return run(project(table_map), "orders", there, State() if state is None else state, LATER)


def stored(number: str, **more):
    return full(LINES, **{"Company": "c1", "Number": number, "Text": "Chairs", "Changed": THEN, "Version": 4, **more})


def test_a_filter_that_is_false_or_null_leaves_the_row_out() -> None:
    there = world(order(1, rush=True), order(2, rush=False), order(3))
    assert went(shop_map(TITLE, filter=text("rush")), there).totals == {"inserted": 1, "filtered": 2}


def test_a_requirement_that_is_false_or_null_holds_the_row() -> None:
    there = world(order(1, rush=True), order(2, rush=False), order(3))
    outcome = went(shop_map(TITLE, requires=(requirement("rush", "NOT_RUSH"),)), there)
    assert outcome.fates == {"1": ["inserted"], "2": ["held"], "3": ["held"]}
    assert outcome.reasons["3"] == ("NOT_RUSH", "")


def test_a_row_without_a_cursor_is_rejected_first() -> None:
    outcome = went(
        shop_map(TITLE, requires=(requirement("rush", "NOT_RUSH"),)), world(order(1, changed=None), order(2))
    )
    assert outcome.reasons["1"] == ("CURSOR_NULL", "changed")


def test_a_key_part_that_is_null_is_rejected() -> None:
    assert went(shop_map(TITLE), world(order(1, number=None), order(2))).reasons == {"1": ("KEY_NULL", "Number")}


def test_an_existing_row_is_changed_only_where_it_differs() -> None:
    there = world(order(1), order(2, title="New"), ledger__lines=[stored("N1"), stored("N2", Place=9)])
    outcome = went(shop_map(TITLE), there)
    assert outcome.totals == {"unchanged": 1, "updated": 1}
    assert there.tables["ledger.lines"] == [
        stored("N1"),
        stored("N2", Text="New", Place=9, Changed=LATER, Version=5),
    ]


def test_a_second_run_changes_nothing() -> None:
    there, state = world(order(1), order(2)), State()
    went(shop_map(TITLE), there, state)
    before = there.copy()
    assert went(shop_map(TITLE), there, state).totals == {"unchanged": 2}
    assert there == before


def test_a_line_written_once_is_never_changed_afterwards() -> None:
    there = world(order(1, title="Other"), ledger__lines=[stored("N1")])
    once = line("Text", "title", write="create")
    assert went(shop_map(once), there).totals == {"unchanged": 1}


@pytest.mark.parametrize(
    ("allow", "absent", "reasons"),
    [
        (Permission(create=False), "reject", {"2": ("TARGET_MISSING", "")}),
        (Permission(create=False), "hold", {"2": ("TARGET_MISSING", "")}),
        (Permission(create=False), "skip", {}),
        (Permission(update=Text("target.State <> 'Posted'", HERE)), "reject", {"1": ("UPDATE_NOT_ALLOWED", "")}),
        (Permission(create=Text("rush", HERE)), "reject", {"2": ("TARGET_MISSING", "")}),
        (ALLOW_CREATE, "reject", {"1": ("TARGET_EXISTS", "")}),
    ],
)
def test_what_is_not_allowed_is_said(allow: Permission, absent: str, reasons: object) -> None:
    there = world(order(1, title="New"), order(2), ledger__lines=[stored("N1", State=1)])
    assert went(shop_map(TITLE, allow=allow, absent=absent), there).reasons == reasons


def test_a_leg_that_only_creates_does_not_judge_a_delivered_row_again() -> None:
    there, state = world(order(1)), State()
    table_map = shop_map(TITLE, allow=ALLOW_CREATE)
    went(table_map, there, state)
    there.tables["shop.orders"][0]["title"] = "much too long for it"
    assert went(table_map, there, state).totals == {"unchanged": 1}


@pytest.mark.parametrize("allow", [ALLOW_CREATE, Permission()])
@pytest.mark.parametrize(("guard", "fate"), [("restore", "inserted"), ("report", "rejected"), ("ignore", "rejected")])
def test_a_row_that_somebody_removed_comes_back_only_when_asked(allow: Permission, guard: Missing, fate: str) -> None:
    there, state = world(order(1)), State()
    table_map = shop_map(TITLE, allow=allow, guard=Guard(missing_rows=guard))
    went(table_map, there, state)
    there.tables["ledger.lines"].clear()
    outcome = run(project(table_map), "orders", there, state, LATER, first=False)
    assert outcome.fates == {"1": [fate]}
    assert outcome.reasons == ({} if guard == "restore" else {"1": ("TARGET_MISSING", "")})
    assert outcome.findings["GUARD_MISSING_ROWS"] == (guard == "report")


def test_alike_rows_count_once_and_rows_with_one_key_stop_each_other() -> None:
    there = world(order(1), order(1), order(2), order(2, title="Other"), order(3), order(4, number="N3"))
    outcome = went(shop_map(TITLE), there)
    assert outcome.fates == {
        "1": ["inserted", "superseded"],
        "2": ["rejected", "rejected"],
        "3": ["rejected"],
        "4": ["rejected"],
    }
    assert set(outcome.reasons.values()) == {("KEY_DUPLICATE", "")}


def test_a_key_that_the_target_holds_twice_stops_the_leg() -> None:
    there = world(order(1), order(2), ledger__lines=[stored("N1"), stored("N1")])
    before = there.copy()
    assert went(shop_map(TITLE), there).stop == "TARGET_DUPLICATE"
    assert there == before


def test_each_row_goes_to_the_one_target_that_takes_it() -> None:
    arms = (
        arm(LINES, "not rush", key=(line("Company", "company"),), fields=(line("Kind", value("plain")),)),
        arm(FEES, "rush", fields=(line("Fee", "amount", round=2),)),
    )
    there = world(order(1, rush=True, amount=Decimal(5)), order(2, rush=False), order(3))
    outcome = went(shop_map(TITLE, arms=arms, key=(line("Number", "number"),)), there)
    assert outcome.reasons == {"3": ("NO_TARGET_ARM", "")}
    assert there.rows(FEES.ref) == [full(FEES, Number="N1", Text="Chairs", Fee=Decimal(5))]
    assert [(row["Company"], row["Kind"]) for row in there.rows(LINES.ref)] == [("c1", "plain")]


@pytest.mark.parametrize(
    ("title", "expect", "fates"),
    [
        ("Chairs", "count(*) = 2", ["inserted", "inserted"]),
        ("Chairs", "count(*) = 3", ["held", "held"]),
        ("Chairs", "sum(amount) > 0", ["held", "held"]),
        ("Much too long", "count(*) = 2", ["held", "rejected"]),
    ],
)
def test_a_set_goes_in_whole_or_not_at_all(title: str, expect: str, fates: list[str]) -> None:
    rule = AllOrNothing((path("invoiced"),), Text(expect, HERE), "NOT_WHOLE", HERE)
    there = world(order(1), order(2, title=title), order(3, invoiced="x", title="Else"))
    outcome = went(shop_map(TITLE, all_or_nothing=rule, filter=text("invoiced is null")), there)
    assert [*outcome.fates["1"], *outcome.fates["2"]] == fates


@pytest.mark.parametrize(("on_leave", "fate", "left"), [("keep", "filtered", 2), ("report", "filtered", 2),
                                                        ("delete", "deleted", 0)])  # fmt: skip
def test_rows_that_leave_follow_the_map(on_leave: str, fate: str, left: int) -> None:
    there, state = world(order(1, rush=True), order(2, rush=True)), State()
    table_map = shop_map(TITLE, filter=text("rush"), on_leave=on_leave)
    went(table_map, there, state)
    there.tables["shop.orders"].pop()
    there.tables["shop.orders"][0]["rush"] = False
    outcome = went(table_map, there, state)
    assert outcome.fates == {"1": [fate], "2": [fate]}
    assert outcome.findings["LEFT_FILTER"] == (2 if on_leave == "report" else 0)
    assert len(there.rows(LINES.ref)) == left


def test_a_guard_stops_before_anything_is_written() -> None:
    there, state = world(order(1), ledger__lines=[stored("foreign")]), State()
    before = there.copy()
    outcome = went(shop_map(TITLE, guard=Guard(foreign_rows="stop")), there, state)
    assert (outcome.stop, there, state) == ("GUARD_FOREIGN_ROWS", before, State())
    assert went(shop_map(TITLE), world(order(1, number=None))).stop == "GUARD_REJECTS"
    there, state = world(order(1)), State()
    went(shop_map(TITLE), there, state)
    there.tables["shop.orders"].clear()
    assert went(shop_map(TITLE, limits=Limits(empty_source="stop")), there, state).stop == "GUARD_EMPTY_SOURCE"


def test_a_delivered_source_row_is_marked() -> None:
    there, state = world(order(1), order(2, number=None)), State()
    table_map = shop_map(TITLE, settle=(line("invoiced", "target.Number"), line("rush", value(True))))
    went(table_map, there, state)
    first, second = there.tables["shop.orders"]
    assert (first["invoiced"], first["rush"], first["version"], first["changed"]) == ("N1", True, 2, LATER)
    assert second == order(2, number=None)
    assert state.lineage["orders"]["1"].source_version == "2"
