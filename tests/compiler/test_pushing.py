"""What a system is asked for keeps every row that the filter of the map keeps, whatever stands in the row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk.compiler.expressions import condition
from crosswalk.compiler.pushing import pushable
from crosswalk.connectors.delta.filters import condition as as_sql
from crosswalk.exchange import Plain, told
from crosswalk.model import Column, Entity, EntityRef
from crosswalk.sql import name, type_name
from tests.compiler.orders import START, TYPES, Orders, text

COLUMNS = {word: Column(word, kind, START, choices=choices) for word, (kind, choices) in TYPES.items()}
ENTITY = Entity(EntityRef("shop", "orders"), "Orders", ("OrderId",), COLUMNS, START)
GUIDS = ["6f9619ff-8b86-d011-b42d-00c04fc964ff", "00000000-0000-0000-0000-000000000000"]

PUSHED = {
    "Pieces > 3": "Pieces > 3",
    "3 < Pieces": "Pieces > 3",
    "not (Pieces > 3)": "Pieces <= 3",
    "Status = 'Open'": "Status = 1",
    "Status <> 'Open'": "Status <> 1",
    "Status = 2": "Status = 2",
    "Role in ('Cost', 'Sales')": "Role = 'cost' or Role = 'sales'",
    "Pieces in (1, 2)": "Pieces = 1 or Pieces = 2",
    "Pieces not in (1, 2)": "Pieces <> 1 and Pieces <> 2",
    "Pieces between 1 and 3": "Pieces >= 1 and Pieces <= 3",
    "Pieces not between 1 and 3": "Pieces < 1 or Pieces > 3",
    "Paid": "Paid = True",
    "not Paid": "Paid = False",
    "Paid is false": "Paid = False",
    "Paid = true and Amount >= 1.50": "Paid = True and Amount >= 1.50",
    "Pieces is null": "Pieces is null",
    "Pieces is not null": "Pieces is not null",
    "not (Pieces is null or Paid)": "Pieces is not null and Paid = False",
    "not (Pieces = 1 and Paid)": "Pieces <> 1 or Paid = False",
    "Title = 'bolt'": "Title = 'bolt'",
    f"OrderId = '{GUIDS[0]}'": f"OrderId = {GUIDS[0]}",
    "OrderDate >= '2026-03-01'": "OrderDate >= 2026-02-28",
    "OrderDate = '2026-03-01'": "OrderDate >= 2026-02-28 and OrderDate <= 2026-03-02",
    "ModifiedOn < '2026-03-01T12:00:00Z'": "ModifiedOn < 2026-03-02 12:00:00",
    "Pieces > 3 and length(Title) > 2 and customer.Pieces = 1": "Pieces > 3",
    "(Pieces > 3 or Paid) and Status = 'Open'": "(Pieces > 3 or Paid = True) and Status = 1",
}
KEPT_BACK = [
    "Title <> 'bolt'",
    "Title = ''",
    "Title is null",
    "Title > 'b'",
    "Title in ('bolt', '')",
    "Title like 'b%'",
    "not (Title = 'bolt')",
    "Role <> 'Cost'",
    "Role is null",
    "OrderDate <> '2026-03-01'",
    "Pieces > 1.5",
    "Pieces > 3 or customer.Pieces = 1",
    "not (Pieces > 3 and length(Title) > 2)",
    "not (Paid is true)",
    "customer.Paid",
    "coalesce(Pieces, 0) = 0",
    "OrderDate >= '0001-01-01'",
    " or ".join(f"Pieces = {number}" for number in range(60)),
]


@pytest.mark.parametrize(("written", "asked"), PUSHED.items())
def test_a_filter_is_asked_for_as_far_as_it_can_be_said(written: str, asked: str) -> None:
    condition(text(written), Orders())
    found = pushable(text(written), ENTITY)
    assert found is not None
    assert told(found) == asked


@pytest.mark.parametrize("written", KEPT_BACK)
def test_what_systems_may_see_in_another_way_is_not_asked_for(written: str) -> None:
    condition(text(written), Orders())
    assert pushable(text(written), ENTITY) is None


_SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
_ALIKE = st.sampled_from(["=", "<>"])
_NUMBERS = st.sampled_from(["-1", "0", "1", "2", "3"])
_AMOUNTS = st.sampled_from(["-0.5", "0", "1.25", "1.2500", "3"])
_DAYS = st.sampled_from(["'2026-02-28'", "'2026-03-01'", "'2026-03-02'"])
_TIMES = st.sampled_from(["'2026-03-01T00:00:00Z'", "'2026-03-01T23:59:59+01:00'"])


def _compared(column: str, signs: st.SearchStrategy[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def either(sign: str, value: str, *, turned: bool) -> str:
        return f"{value} {sign} {column}" if turned else f"{column} {sign} {value}"

    listed = st.builds(
        lambda word, found: f"{column} {word} ({', '.join(found)})",
        st.sampled_from(["in", "not in"]),
        st.lists(values, min_size=1, max_size=3),
    )
    return st.one_of(st.builds(either, signs, values, turned=st.booleans()), listed)


LEAVES = st.one_of(
    _compared("Pieces", _SIGNS, _NUMBERS),
    _compared("Amount", _SIGNS, _AMOUNTS),
    _compared("OrderDate", _SIGNS, _DAYS),
    _compared("ModifiedOn", _SIGNS, _TIMES),
    _compared("Status", _ALIKE, st.sampled_from(["'Draft'", "'Open'", "2"])),
    _compared("Role", _ALIKE, st.sampled_from(["'Cost'", "'Sales'"])),
    _compared("Title", _SIGNS, st.sampled_from(["''", "'a'", "'A'", "'b'"])),
    _compared("OrderId", _ALIKE, st.sampled_from([f"'{one}'" for one in GUIDS])),
    st.builds(lambda low, high: f"Pieces between {low} and {high}", _NUMBERS, _NUMBERS),
    st.builds(lambda low, high: f"OrderDate not between {low} and {high}", _DAYS, _DAYS),
    st.builds("{} is {}null".format, st.sampled_from(list(TYPES)), st.sampled_from(["", "not "])),
    st.builds("Paid is {}".format, st.sampled_from(["true", "false", "not true", "not false", "null"])),
    st.sampled_from(["Paid", "true", "length(Title) = 1", "Pieces + 1 > 2", "Pieces = Amount"]),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("({}) is {}".format, inner, st.sampled_from(["true", "false", "not true"])),
    ),
    max_leaves=6,
)
CELLS: Mapping[str, list[Plain]] = {
    "OrderId": [None, *map(UUID, GUIDS)],
    "Title": [None, "", "a", "A", "b"],
    "Note": [None, "x"],
    "Pieces": [None, -1, 0, 1, 2, 3],
    "Amount": [None, Decimal("-0.5"), Decimal(0), Decimal("1.25"), Decimal(3)],
    "Share": [None],
    "Huge": [None],
    "Fine": [None],
    "Paid": [None, True, False],
    "OrderDate": [None, *(date(2026, 2, 27) + timedelta(n) for n in range(5))],
    "ModifiedOn": [None, datetime(2026, 3, 1), datetime(2026, 3, 1, 22, 59, 59, 1), datetime(2026, 3, 4)],
    "Status": [None, 0, 1, 2],
    "Role": [None, "cost", "sales"],
}
ROWS = st.lists(st.tuples(*(st.sampled_from(CELLS[column]) for column in TYPES)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def table() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    columns = ", ".join(f"{name(word).text} {type_name(kind).text}" for word, (kind, _) in TYPES.items())
    connection.execute(f"CREATE TABLE orders ({columns})")
    return connection


@settings(max_examples=300)
@given(written=FILTERS, rows=ROWS)
def test_a_row_that_the_filter_keeps_is_never_left_behind(
    table: duckdb.DuckDBPyConnection, written: str, rows: list[tuple[Plain, ...]]
) -> None:
    keeps = condition(text(written), Orders())
    asked = pushable(text(written), ENTITY)
    if asked is None:
        return
    pushed = as_sql(asked, name).text
    table.execute("DELETE FROM orders")
    table.executemany(f"INSERT INTO orders VALUES ({', '.join('?' * len(TYPES))})", rows)
    lost = table.execute(f"FROM orders WHERE ({keeps.text}) AND ({pushed}) IS NOT TRUE").fetchall()
    assert lost == [], told(asked)
