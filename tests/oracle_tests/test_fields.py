"""Field lines: sources, transforms in their order, landing in a column."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from crosswalk.model import Concat, First
from tests.oracle import Row, State, Value, run
from tests.oracle_tests.shop import (
    CURRENCIES,
    CUSTOMERS,
    DAY,
    HERE,
    LINES,
    NOW,
    expr,
    full,
    line,
    order,
    path,
    project,
    shop_map,
    value,
    world,
)

TABLES: dict[str, list[Row]] = {
    "shop__customers": [full(CUSTOMERS, id=7, name="Ada", currency="EUR"), full(CUSTOMERS, id=8, currency="XXX")],
    "shop__currencies": [full(CURRENCIES, code="EUR", label="Euro", digits=2)],
}


def written(field, **columns):
    """The value that a line writes for one order, or code and column of its fault."""
    there = world(order(1, **columns), order(2, number="other", company="c9"), **TABLES)
    outcome = run(project(shop_map(field)), "orders", there, State(), NOW)
    lines = {row["Number"]: row for row in there.tables.get("ledger.lines", [])}
    return lines["N1"][field.target] if "N1" in lines else outcome.reasons["1"]


@pytest.mark.parametrize(
    ("field", "columns", "result"),
    [
        (line("Text", "title"), {"title": "Table"}, "Table"),
        (line("Text", "title"), {"title": "A long table"}, ("TOO_LONG", "Text")),
        (line("Text", "title", fit="truncate"), {"title": "A long table"}, "A long tab"),
        (line("Text", "title", trim=True, upper=True), {"title": "  ab "}, "AB"),
        (line("Text", "title", pad={"to": 5, "with": "0"}), {"title": "42"}, "00042"),
        (line("Text", "title", pad={"to": 4, "with": "x", "side": "right"}), {"title": "42"}, "42xx"),
        (line("Text", "customer.name"), {"customer": 7}, "Ada"),
        (line("Text", "customer.currency.label"), {"customer": 7}, "Euro"),
        (line("Text", "customer.name"), {"customer": None}, None),
        (line("Text", "customer.name"), {"customer": 9}, ("LOOKUP_MISSING", "Text")),
        (line("Text", "customer.currency.label"), {"customer": 8}, ("LOOKUP_MISSING", "Text")),
        (line("Text", "payer.customers.name"), {"payer": 7}, "Ada"),
        (line("Text", "payer.companies.code"), {"payer": 7}, None),
        (line("Text", "payer.companies.code"), {"payer": 5}, ("LOOKUP_MISSING", "Text")),
        (line("Text", value("Fixed")), {}, "Fixed"),
        (line("Place", value("12")), {}, 12),
        (line("State", value("Posted")), {}, 1),
        (line("Text", First((path("title"), path("invoiced"), value("none")), HERE)), {"title": ""}, "none"),
        (line("Text", Concat((path("id"), value("-"), path("title"), path("due")), HERE)), {"title": None, "due": None},
         "1-"),
        (line("Text", "title", default="n/a"), {"title": ""}, "n/a"),
        (line("Text", "title", required="hold", otherwise_code="NO_TITLE"), {"title": None}, ("NO_TITLE", "Text")),
        (line("Text", "title", required="reject"), {"title": None}, ("REQUIRED_NULL", "Text")),
        (line("State", "status", values="state"), {"status": 1}, 0),
        (line("State", "status", values="state"), {"status": 2}, 1),
        (line("State", "status", values="state"), {"status": None}, None),
        (line("State", "status", values="state"), {"status": 3}, ("VALUE_UNMAPPED", "State")),
        (line("State", "status", values={"values": {"1": "Draft"}, "otherwise": "Posted"}), {"status": 3}, 1),
        (line("State", "status", values={"values": {"1": "Draft"}, "otherwise": "null"}), {"status": 3}, None),
        (line("Text", "title", values={"values": {"": "blank"}, "otherwise": "pass"}), {"title": ""}, "blank"),
        (line("Text", "title", values={"values": {"": "blank"}, "otherwise": "pass"}), {"title": "x"}, "x"),
        (line("Kind", "rush", values={"true": "rush", "false": "plain"}), {"rush": True}, "rush"),
        (line("Amount", "amount", round=2), {"amount": Decimal("2.3450")}, Decimal("2.35")),
        (line("Amount", "amount", round=2), {"amount": Decimal("-2.3450")}, Decimal("-2.35")),
        (line("Amount", "amount", round={"to": 1, "mode": "half_even"}), {"amount": Decimal("2.25")}, Decimal("2.2")),
        (line("Amount", "amount", round={"to": "currency.digits", "mode": "down"}),
         {"amount": Decimal("2.3490"), "currency": "EUR"}, Decimal("2.34")),
        (line("Amount", "amount", round={"to": "currency.digits"}), {"amount": Decimal(1)}, ("ROUND_DIGITS", "Amount")),
        (line("Amount", "amount", multiply="0.01", round=2), {"amount": Decimal(250)}, Decimal("2.50")),
        (line("Amount", "amount", round=2), {"amount": Decimal("99999999.9950")}, ("OUT_OF_RANGE", "Amount")),
        (line("Amount", "title", as_="decimal(10,2)"), {"title": "12.345"}, ("PRECISION_LOSS", "Amount")),
        (line("Amount", "title", as_="decimal(10,2)"), {"title": "1e5"}, ("CAST_DECIMAL", "Amount")),
        (line("Place", "title", as_="int"), {"title": " 12 "}, ("CAST_INT", "Place")),
        (line("Place", "title", as_="int", trim=True), {"title": " 12 "}, 12),
        (line("Day", "title", as_="date"), {"title": "2026-02-30"}, ("CAST_DATE", "Day")),
        (line("Day", "title", as_="date"), {"title": "1500-01-01"}, ("OUT_OF_RANGE", "Day")),
        (line("Day", "title", as_={"as": "date", "format": "%d.%m.%Y"}), {"title": "03.04.2026"}, date(2026, 4, 3)),
        (line("Day", "placed", as_={"as": "date", "timezone": "Europe/Oslo"}),
         {"placed": datetime(2026, 7, 1, 23)}, date(2026, 7, 2)),
        (line("Text", "id", as_="text"), {}, "1"),
        (line("Amount", expr("case status when 'Open' then amount * 2 else -amount end"), round=2),
         {"status": 2, "amount": Decimal(3)}, Decimal(6)),
        (line("Text", expr("upper(substring(title, 1, 2)) || '/' || id")), {"title": "chair"}, "CH/1"),
        (line("Text", expr("title || null")), {}, None),
        (line("Day", expr("date_trunc('month', due)")), {"due": DAY}, date(2026, 4, 1)),
    ],
)  # fmt: skip
def test_a_line_writes(field, columns: dict[str, Value], result: object) -> None:
    assert written(field, **columns) == result


def test_a_required_column_that_stays_null_is_found_after_all_fields() -> None:
    late = shop_map(line("Text", "title"), key=(line("Number", "number"),), arms=shop_map().arms)
    fields = (line("Company", "invoiced"), line("Text", "title"))
    lines = run(project(shop_map(*fields, key=late.key)), "orders", world(order(1, title="A long table")), State(), NOW)
    assert lines.reasons == {"1": ("TOO_LONG", "Text")}


def test_columns_that_no_line_writes_are_null_and_the_server_stamps_the_row() -> None:
    there = world(order(1))
    run(project(shop_map()), "orders", there, State(), NOW)
    assert there.tables["ledger.lines"] == [full(LINES, Company="c1", Number="N1", Changed=NOW, Version=1)]
