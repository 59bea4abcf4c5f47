"""Lines under headers, their limit, their reuse, and numbers that stay with their owner."""

from datetime import date
from decimal import Decimal

import pytest

from crosswalk.model import Concat, Document, Guard, Sequence
from tests.oracle import State, World, run
from tests.oracle_tests.shop import (
    ALLOW_CREATE,
    HEADERS,
    HERE,
    LINES,
    NOW,
    expr,
    line,
    order,
    path,
    project,
    shop_map,
    text,
    value,
    world,
)


def document(limit: int | None = 2, reuse: str | None = "State = 'Draft'") -> Document:
    fields = (
        line("Id", Sequence("heads", HERE)),
        line("Text", Concat((value("Month "), path("document.Month")), HERE)),
        line("State", value("Draft")),
    )
    by = (line("Company", "company"), line("Month", expr("date_trunc('month', due)")))
    return Document(HEADERS.ref, by, (path("due"),), limit, text(reuse), fields, HERE)


def imported(limit: int | None = 2, reuse: str | None = "State = 'Draft'"):
    return shop_map(
        line("Header", "document.Id"),
        line("Place", "document.line"),
        flow="staging_import",
        key=(line("Company", "company"), line("Number", Sequence("lines", HERE))),
        allow=ALLOW_CREATE,
        guard=Guard(missing_rows="restore"),
        document=document(limit, reuse),
    )


def places(there: World):
    return [(row["Number"], row["Header"], row["Place"]) for row in there.rows(LINES.ref)]


def april(key: int, day: int):
    return order(key, due=date(2026, 4, day), amount=Decimal(key))


def test_lines_go_under_headers_in_the_order_of_the_document_and_headers_are_made_in_the_order_of_their_groups() -> (
    None
):
    there = world(april(1, 9), april(2, 3), april(3, 3), order(4, due=date(2026, 5, 1)), order(5, due=None))
    outcome = run(project(imported()), "orders", there, State(), NOW)
    assert places(there) == [
        ("L-001", "H-02", 1),
        ("L-002", "H-02", 2),
        ("L-003", "H-03", 1),
        ("L-004", "H-04", 1),
        ("L-005", "H-01", 1),
    ]
    assert [(row["Company"], row["Text"], row["State"]) for row in there.rows(HEADERS.ref)] == [
        ("c1", "Month ", 0),
        ("c1", "Month 2026-04-01", 0),
        ("c1", "Month 2026-04-01", 0),
        ("c1", "Month 2026-05-01", 0),
    ]
    assert outcome.effects == {("ledger.headers", "inserted"): 4, ("ledger.lines", "inserted"): 5}


@pytest.mark.parametrize(
    ("reuse", "state_of_header", "header"),
    [("State = 'Draft'", 0, ("H-01", 2)), ("State = 'Draft'", 1, ("H-02", 1)), (None, 0, ("H-02", 1))],
)
def test_a_later_run_reuses_a_header_only_in_the_state_asked_for(reuse, state_of_header: int, header) -> None:
    there, state = world(april(1, 9)), State()
    run(project(imported(reuse=reuse)), "orders", there, state, NOW)
    there.rows(HEADERS.ref)[0]["State"] = state_of_header
    there.rows(imported().source).append(april(2, 1))
    outcome = run(project(imported(reuse=reuse)), "orders", there, state, NOW)
    assert outcome.fates == {"1": ["unchanged"], "2": ["inserted"]}
    assert places(there)[1] == ("L-002", *header)


def test_a_line_that_comes_back_keeps_its_number_and_gets_a_new_place() -> None:
    there, state = world(april(1, 1), april(2, 2)), State()
    run(project(imported(limit=9)), "orders", there, state, NOW)
    del there.rows(LINES.ref)[0]
    run(project(imported(limit=9)), "orders", there, state, NOW)
    assert places(there) == [("L-002", "H-01", 2), ("L-001", "H-01", 3)]


def test_a_part_that_dangles_stops_its_row_only() -> None:
    there = world(april(1, 1), order(2, currency="XXX"))
    by = (line("Company", "company"), line("Month", "currency.label"))
    table_map = imported()
    changed = Document(HEADERS.ref, by, (), None, None, document().fields, HERE)
    outcome = run(project(shop_map(*table_map.fields, document=changed)), "orders", there, State(), NOW)
    assert outcome.reasons == {"2": ("LOOKUP_MISSING", "Month")}
