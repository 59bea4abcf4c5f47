"""The way back and the write-back: named columns of rows that exist, at the version last agreed."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal

import pytest

from crosswalk.model import Back, Permission
from tests.oracle import State, World, run
from tests.oracle_tests.shop import (
    COMPANIES,
    CUSTOMERS,
    HERE,
    LINES,
    NOW,
    ORDERS,
    arm,
    full,
    line,
    order,
    project,
    shop_map,
    text,
    value,
    world,
)

STATES = {"1": "Draft", "2": "Posted", "3": "Posted"}
Wins = Literal["reject", "source", "target"]
LATER = NOW + timedelta(days=1)


def both_ways(conflict: Wins = "reject"):
    back = Back((line("amount", "Amount"),), HERE, filter=text("Amount is not null"), conflict=conflict)
    both = (
        line(
            "State", "status", values={"values": {"1": "Draft", "2": "Posted", "3": "Posted"}, "back": {"Posted": "2"}}
        ),
        line("Text", "invoiced", owner="target"),
    )
    return shop_map(line("Place", "id"), both=both, back=back)


def delivered(conflict: Wins = "reject") -> tuple[World, State]:
    """One order, delivered, and then worked on in the ledger."""
    there, state = world(order(1, status=3)), State()
    run(project(both_ways(conflict)), "orders", there, state, NOW)
    there.rows(LINES.ref)[0].update(Amount=Decimal("12.50"), Text="F-7", Version=2)
    return there, state


def back(there: World, state: State, conflict: Wins = "reject"):
    return run(project(both_ways(conflict)), "orders:back", there, state, LATER)


def test_the_way_back_writes_its_columns_and_the_common_ones_through_the_value_map_reversed() -> None:
    there, state = delivered()
    outcome = back(there, state)
    assert outcome.totals == {"updated": 1}
    wanted = order(1, status=3, amount=Decimal("12.50"), invoiced="F-7", changed=LATER, version=2)
    assert there.rows(ORDERS.ref) == [wanted]
    for state_there, status in ((0, 1), (1, 2)):
        there.rows(LINES.ref)[0].update(State=state_there)
        assert back(there, state).totals == {"updated": 1}
        assert there.rows(ORDERS.ref)[0]["status"] == status


def test_the_way_back_has_no_echo() -> None:
    there, state = delivered()
    back(there, state)
    assert run(project(both_ways()), "orders", there, state, LATER).totals == {"unchanged": 1}
    assert back(there, state).totals == {"unchanged": 1}
    there.rows(LINES.ref)[0].update(Amount=Decimal(13))
    assert back(there, state).totals == {"updated": 1}


def test_a_column_owned_by_the_target_is_written_out_at_creation_only() -> None:
    there, state = delivered()
    there.rows(ORDERS.ref)[0].update(invoiced="mine", status=1)
    assert run(project(both_ways()), "orders", there, state, LATER).totals == {"updated": 1}
    assert [(row["Text"], row["State"]) for row in there.rows(LINES.ref)] == [("F-7", 0)]


@pytest.mark.parametrize(
    ("conflict", "fates", "amount", "invoiced"),
    [
        ("reject", ["rejected"], None, None),
        ("target", ["updated"], Decimal("12.50"), "F-7"),
        ("source", ["updated"], None, "F-7"),
    ],
)
def test_a_row_that_changed_since_is_a_conflict(conflict: Wins, fates: list[str], amount, invoiced) -> None:
    there, state = delivered(conflict)
    there.rows(ORDERS.ref)[0].update(title="Changed", version=7)
    there.rows(LINES.ref).append(full(LINES, Company="c1", Number="foreign"))
    outcome = back(there, state, conflict)
    assert outcome.fates["c1|N1"] == fates
    assert outcome.fates["c1|foreign"] == ["filtered"]
    row = there.rows(ORDERS.ref)[0]
    assert (row["amount"], row["invoiced"]) == (amount, invoiced)


def test_a_line_that_nobody_ordered_finds_no_row() -> None:
    there, state = delivered()
    there.rows(LINES.ref).append(full(LINES, Company="c1", Number="foreign", Amount=Decimal(1), Changed=NOW))
    assert back(there, state).reasons == {"c1|foreign": ("TARGET_MISSING", "")}


def write_back(**more):
    return shop_map(
        line("amount", "Amount"),
        line("status", value("Closed")),
        flow="write_back",
        source=LINES.ref,
        arms=(arm(ORDERS),),
        key=(line("number", "Number"), line("payer.companies.code", "Company")),
        allow=Permission(create=False),
        scope=text("rush"),
        **more,
    )


def booked() -> World:
    lines = [full(LINES, Company="c1", Number=f"N{key}", Amount=Decimal(key), Version=1) for key in (1, 2, 3)]
    for row in lines:
        row["Changed"] = NOW
    orders = [order(key, rush=key != 3, payer=4) for key in (1, 2, 3)]
    there = world(*orders, ledger__lines=lines, shop__companies=[full(COMPANIES, id=4, code="c1")])
    there.rows(CUSTOMERS.ref)
    return there


def test_a_write_back_finds_rows_by_paths_and_touches_only_its_scope() -> None:
    there, state = booked(), State()
    outcome = run(project(write_back()), "orders", there, state, LATER)
    assert outcome.totals == {"updated": 2, "rejected": 1}
    assert outcome.reasons == {"c1|N3": ("TARGET_MISSING", "")}
    first = order(1, rush=True, payer=4, amount=Decimal(1), status=3, changed=LATER, version=2)
    assert there.rows(ORDERS.ref)[0] == first
    assert there.rows(ORDERS.ref)[2] == order(3, rush=False, payer=4)


def test_a_write_back_leaves_what_somebody_else_wrote_since_and_stops_where_both_did() -> None:
    there, state = booked(), State()
    run(project(write_back()), "orders", there, state, LATER)
    there.rows(ORDERS.ref)[0].update(amount=Decimal(9), version=5)
    assert run(project(write_back()), "orders", there, state, LATER).fates["c1|N1"] == ["unchanged"]
    there.rows(LINES.ref)[0].update(Amount=Decimal(8))
    outcome = run(project(write_back()), "orders", there, state, LATER)
    assert outcome.reasons["c1|N1"] == ("CONFLICT_STALE", "amount")
    assert there.rows(ORDERS.ref)[0]["amount"] == Decimal(9)
    there.rows(ORDERS.ref)[0].update(amount=Decimal(8))
    assert run(project(write_back()), "orders", there, state, LATER).fates["c1|N1"] == ["unchanged"]


def test_two_source_rows_that_mean_one_target_row_stop_each_other() -> None:
    there = booked()
    there.rows(LINES.ref)[1].update(Company="c1", Number="N1 ")
    table_map = write_back()
    keyed = (line("number", "Number", trim=True), line("payer.companies.code", "Company"))
    outcome = run(project(shop_map(*table_map.fields, **_as(table_map, key=keyed))), "orders", there, State(), NOW)
    assert outcome.reasons["c1|N1"] == outcome.reasons["c1|N1 "] == ("KEY_DUPLICATE", "")


def _as(table_map, **more):
    names = ("flow", "source", "arms", "allow", "scope")
    return {**{name: getattr(table_map, name) for name in names}, **more}
