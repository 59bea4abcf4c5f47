"""A lookup finds one row, by company, by date, as the first of several, or totals over all of them."""

from datetime import date
from decimal import Decimal

import pytest

from crosswalk.model import Text
from tests.oracle import Row, State, run
from tests.oracle_tests.shop import (
    HERE,
    LINES,
    NOW,
    RATES,
    full,
    line,
    lookup,
    order,
    path,
    project,
    requirement,
    shop_map,
    text,
    value,
    world,
)


def rate(currency: str, first: int, amount: str, company: str = "c1", last: int | None = None) -> Row:
    until = None if last is None else date(2026, 4, last)
    return full(RATES, currency=currency, company=company, first=date(2026, 4, first), last=until, rate=Decimal(amount))


RATE = line("Amount", "rate.rate", round=2)


def looked_up(rates: list[Row], *lookups, row: Row | None = None, **more):
    """The amount that the order's line gets from its rate, or code and column."""
    there = world(row or order(1, currency="EUR"), order(2, number="x"), ledger__rates=rates)
    table_map = shop_map(RATE, lookups=lookups, **more)
    outcome = run(project(table_map), "orders", there, State(), NOW)
    lines = {each["Number"]: each["Amount"] for each in there.rows(LINES.ref)}
    return lines["N1"] if "N1" in lines else (outcome.fates["1"], outcome.reasons["1"])


BY_CURRENCY = line("currency", "currency")


def test_a_lookup_matches_the_company_of_the_row() -> None:
    rates = [rate("EUR", 1, "2"), rate("EUR", 1, "3", company="c2")]
    assert looked_up(rates, lookup("rate", RATES, BY_CURRENCY)) == 2


def test_a_lookup_that_names_the_company_itself_is_left_alone() -> None:
    rates = [rate("EUR", 1, "2"), rate("EUR", 1, "3", company="c2")]
    assert looked_up(rates, lookup("rate", RATES, BY_CURRENCY, line("company", value("c2")))) == 3


@pytest.mark.parametrize(
    ("missing", "result"),
    [
        ("reject", (["rejected"], ("NO_RATE", "rate"))),
        ("hold", (["held"], ("NO_RATE", "rate"))),
        ("null", None),
    ],
)
def test_a_miss_is_what_the_lookup_says(missing: str, result: object) -> None:
    assert looked_up([], lookup("rate", RATES, BY_CURRENCY, missing=missing, code="NO_RATE")) == result


def test_a_null_part_finds_nothing() -> None:
    found = looked_up([rate("EUR", 1, "2")], lookup("rate", RATES, BY_CURRENCY, missing="null"), row=order(1))
    assert found is None


def test_two_hits_are_ambiguous() -> None:
    found = looked_up([rate("EUR", 1, "2"), rate("EUR", 2, "3")], lookup("rate", RATES, BY_CURRENCY))
    assert found == (["rejected"], ("LOOKUP_AMBIGUOUS", "rate"))


@pytest.mark.parametrize(("first_by", "result"), [("first", "2"), ("-first", "3"), ("-rate", "3"), ("company", "2")])
def test_first_by_takes_one_and_the_key_breaks_ties(first_by: str, result: str) -> None:
    chosen = lookup("rate", RATES, BY_CURRENCY, first_by=(Text(first_by, HERE),))
    assert looked_up([rate("EUR", 2, "3"), rate("EUR", 1, "2")], chosen) == Decimal(result)


@pytest.mark.parametrize(("day", "result"), [(1, "2"), (5, "2"), (6, "3"), (30, "3")])
def test_as_of_takes_the_row_that_is_valid_on_the_day_ends_included(day: int, result: str) -> None:
    dated = lookup("rate", RATES, BY_CURRENCY, as_of=path("due"))
    row = order(1, currency="EUR", due=date(2026, 4, day))
    assert looked_up([rate("EUR", 1, "2", last=5), rate("EUR", 6, "3")], dated, row=row) == Decimal(result)


def test_the_filter_of_a_lookup_sees_its_own_columns_and_the_row() -> None:
    later = lookup("rate", RATES, BY_CURRENCY, filter=text("first >= row.due and rate > 0"))
    rates = [rate("EUR", 1, "2"), rate("EUR", 2, "3"), rate("EUR", 3, "-1")]
    assert looked_up(rates, later) == 3


def test_a_later_lookup_may_use_an_earlier_one() -> None:
    first = lookup("base", RATES, BY_CURRENCY)
    then = lookup("rate", RATES, line("currency", value("USD")), line("rate", "base.rate"))
    assert looked_up([rate("EUR", 1, "2"), rate("USD", 1, "2")], first, then) == 2


def test_a_total_never_misses() -> None:
    totals = {"rate": Text("sum(rate)", HERE), "lines": Text("count(*)", HERE)}
    summed = lookup("rate", RATES, BY_CURRENCY, total=totals)
    assert looked_up([rate("EUR", 1, "2"), rate("EUR", 2, "3")], summed) == 5
    assert looked_up([], summed, requires=(requirement("rate.lines = 0", "LINES"),)) is None


def test_the_first_lookup_that_fails_gives_the_reason() -> None:
    found = looked_up([], lookup("a", RATES, BY_CURRENCY, missing="hold"), lookup("rate", RATES, BY_CURRENCY))
    assert found == (["held"], ("LOOKUP_MISSING", "a"))


def test_the_company_may_stand_at_the_end_of_a_path() -> None:
    row = order(1, currency="EUR", payer=4)
    there = world(row, ledger__rates=[rate("EUR", 1, "3", company="c2")], shop__companies=[{"id": 4, "code": "c2"}])
    found = shop_map(RATE, lookups=(lookup("rate", RATES, BY_CURRENCY),), company=path("payer.companies.code"))
    run(project(found), "orders", there, State(), NOW)
    assert [each["Amount"] for each in there.rows(LINES.ref)] == [3]
