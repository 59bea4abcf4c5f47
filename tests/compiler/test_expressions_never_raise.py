"""No compiled expression stops a statement: random ones run over the farthest values of every type."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk.compiler.expressions import aggregate, condition, expression
from crosswalk.contracts import Value
from crosswalk.errors import MapError
from crosswalk.model import Text
from crosswalk.sql import name, type_name
from tests.compiler.orders import TYPES, Orders, text

EXTREMES = {
    "guid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "text": ["", "ß" * 20, "%_\\'", "2026-01-31"],
    "int": ["-9223372036854775808", "9223372036854775807", "0"],
    "boolean": ["true", "false"],
    "date": ["5877642-06-25 (BC)", "5881580-07-10", "infinity", "-infinity", "2026-01-31"],
    "datetime": ["290309-12-22 (BC) 00:00:00", "294247-01-10 04:00:54.775806", "infinity", "2026-01-31 00:00:00"],
    "choice": [],
}


def cells(column: str) -> list[str | None]:
    kind, choices = TYPES[column]
    if choices:
        return [None, *(str(choice.code) for choice in choices)]
    if kind.kind == "decimal":
        most = "9" * (kind.precision - kind.scale) + "." + "9" * kind.scale
        return [None, most, f"-{most}", "0"]
    return [None, *EXTREMES[kind.kind]]


@pytest.fixture(scope="module")
def rows() -> duckdb.DuckDBPyConnection:
    """A table `r` with rows in which every column takes each of its farthest values."""
    connection = duckdb.connect()
    columns = ", ".join(f"{name(column).text} {type_name(kind).text}" for column, (kind, _) in TYPES.items())
    connection.execute(f"CREATE TABLE r ({columns})")
    for turn in range(12):
        row = [cells(column)[(turn * (1 + place % 3)) % len(cells(column))] for place, column in enumerate(TYPES)]
        connection.execute(f"INSERT INTO r VALUES ({', '.join('?' * len(row))})", row)
    connection.execute("SET threads = 1")
    return connection


def call(function: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda found: f"{function}({', '.join(found)})")


def mixed(form: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda found: form.format(*found))


NUMBERS = st.sampled_from(["Pieces", "Amount", "Share", "Huge", "Fine", "0", "7", "-0.05", "123456789012", "0.0000001"])
DATES = st.sampled_from(["OrderDate", "date('0001-01-01')", "date_trunc('week', OrderDate)"])
TEXTS = st.sampled_from(["Title", "Note", "'x'", "''"])


def numbers(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return NUMBERS
    deeper = numbers(depth - 1)
    return st.one_of(
        NUMBERS,
        mixed("({} + {})", deeper, deeper),
        mixed("({} - {})", deeper, deeper),
        mixed("({} * {})", deeper, deeper),
        mixed("- {}", NUMBERS),
        call("abs", deeper),
        call("round", deeper, st.sampled_from(["0", "2", "5"])),
        call("coalesce", deeper, deeper),
        call("greatest", deeper, deeper, deeper),
        call("nullif", deeper, deeper),
        call("length", texts(depth - 1)),
        call("year", DATES),
        mixed("case when {} then {} else {} end", conditions(depth - 1), deeper, deeper),
        mixed("case Status when 'Open' then {} when 2 then {} end", deeper, deeper),
    )


def texts(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return TEXTS
    deeper = texts(depth - 1)
    return st.one_of(
        TEXTS,
        call("lower", deeper),
        call("trim", deeper),
        call("substring", deeper, st.sampled_from(["1", "7"]), st.sampled_from(["0", "3"])),
        mixed("({} || {})", deeper, deeper),
        mixed("({} || OrderDate || Pieces || OrderId)", deeper),
        call("coalesce", deeper, deeper),
    )


def conditions(depth: int) -> st.SearchStrategy[str]:
    plain = st.sampled_from(
        ["Paid", "Status = 'Open'", "Role <> 'Sales'", "OrderId is null", "Status in (0, 'Closed')"]
    )
    if depth == 0:
        return plain
    sign = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    return st.one_of(
        plain,
        mixed("({} {} {})", numbers(depth - 1), sign, numbers(depth - 1)),
        mixed("({} {} {})", texts(depth - 1), sign, texts(depth - 1)),
        mixed("({} {} {})", DATES, sign, DATES),
        mixed("{} between {} and {}", numbers(depth - 1), NUMBERS, NUMBERS),
        mixed("{} in ({}, {})", numbers(depth - 1), NUMBERS, NUMBERS),
        mixed("({} and not {} or {})", conditions(depth - 1), conditions(depth - 1), conditions(depth - 1)),
        mixed("date_trunc('year', ModifiedOn) >= {}", st.just("'2026-01-01T00:00:00Z'")),
    )


def compiled(rule: Callable[[Text, Orders], Value], written: str) -> Value | None:
    """Compile an expression; None where it is refused for its widths or its types."""
    try:
        return rule(text(written), Orders())
    except MapError as error:
        if error.problems[0].code in ("EXPR_TOO_WIDE", "TYPE_MISMATCH"):
            return None
        raise


ANY = st.one_of(numbers(3), texts(3), conditions(3), DATES)


@settings(max_examples=400)
@given(written=ANY)
def test_a_row_expression_never_stops_the_statement(rows: duckdb.DuckDBPyConnection, written: str) -> None:
    value = compiled(expression, written)
    if value is None:
        return
    faults = "".join(f", {fault.when.text}" for fault in value.faults)
    held = type_name(value.type).text
    rows.execute(f"SELECT CAST(({value.sql.text}) AS {held}){faults} FROM r").fetchall()


@settings(max_examples=100)
@given(written=numbers(2))
def test_an_aggregate_never_stops_the_statement(rows: duckdb.DuckDBPyConnection, written: str) -> None:
    value = compiled(aggregate, f"sum({written}) = count(*) or max({written}) > 0")
    if value is None:
        return
    rows.execute(f"SELECT {value.sql.text} FROM r").fetchall()


def test_checksum_is_the_same_for_the_same_values_in_any_order(rows: duckdb.DuckDBPyConnection) -> None:
    value = aggregate(text("checksum(Pieces)"), Orders())
    query = f"SELECT {value.sql.text} FROM (SELECT * FROM r ORDER BY "
    one, other = (rows.execute(f'{query}"Pieces" {way})').fetchone() for way in ("ASC", "DESC"))
    nothing = rows.execute(f"SELECT {value.sql.text} FROM r WHERE FALSE").fetchone()
    assert one == other != nothing == ("d41d8cd98f00b204e9800998ecf8427e",)


def test_what_a_null_condition_gives_is_null(rows: duckdb.DuckDBPyConnection) -> None:
    sql = condition(text("Amount > 0 and Paid"), Orders()).text
    found = rows.execute(f'SELECT {sql} FROM (SELECT NULL::DECIMAL(19,4) AS "Amount", TRUE AS "Paid")').fetchone()
    assert found == (None,)
