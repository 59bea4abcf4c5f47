"""What is decided about conditions without a row: never is always right, perhaps may be too careful."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk.compiler.conditions import Conditions
from crosswalk.errors import Span
from crosswalk.model import Choice, Column, DataType, Text

SPAN = Span("x", 1, 1)
COLUMNS = {
    "c": Column(
        "c", DataType("choice", coded="int"), SPAN, choices=(Choice(0, "Draft"), Choice(1, "Paid"), Choice(2, "Sent"))
    ),
    "b": Column("b", DataType("boolean"), SPAN),
    "n": Column("n", DataType("int"), SPAN),
}
CONDITIONS = Conditions(COLUMNS.get)


def possible(*texts: str) -> bool:
    return bool(CONDITIONS.together(*(CONDITIONS.terms(Text(text, SPAN)) for text in texts)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c = 'Paid'", "c = 'Sent'"),
        ("c = 'Paid'", "c <> 1"),
        ("c in ('Paid', 'Sent')", "not (c in ('Sent', 1))"),
        ("c is null", "c is not null"),
        ("c is null", "c <> 'Paid'"),
        ("b", "not b"),
        ("b = true", "b = false"),
        ("b <> true", "b <> false"),
        ("n >= 3", "n < 3"),
        ("n > 3", "n <= 3"),
        ("c <> 'Draft' and c <> 'Paid'", "c <> 'Sent'"),
        ("c = 'Paid' and (n > 1 or b)", "(c = 'Draft' and n > 1) or (c = 'Sent' and b)"),
        ("'Paid' = c", "c = 0"),
        ("not (c = 'Paid' or b)", "b"),
    ],
)
def test_two_conditions_exclude_each_other(one: str, other: str) -> None:
    assert possible(one)
    assert possible(other)
    assert not possible(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c = 'Paid'", "n = 1"),
        ("n > 3", "n < 4"),
        ("c <> 'Paid'", "c <> 'Sent'"),
        ("n = 1", "not (n = 2)"),
        ("b or c = 1", "not b"),
        ("n = 1", "n = 1.0"),
        ("n in (1, 2)", "n = 2.00"),
        ("n = 0", "n = -0.0"),
        ("n = 12345678901234567890123456789012", "n <> 12345678901234567890123456789013"),
    ],
)
def test_two_conditions_may_hold_together(one: str, other: str) -> None:
    assert possible(one, other)


def test_a_condition_of_too_many_terms_is_taken_for_possible() -> None:
    wide = " or ".join(f"n = {number}" for number in range(300))
    assert not possible("n = 1 or n = 2", "n is null")
    assert possible(wide, "n is null")


ATOMS = (
    "c = 0",
    "c = 'Paid'",
    "c <> 2",
    "c in (0, 2)",
    "c is null",
    "c is not null",
    "b",
    "not b",
    "n > 1",
    "n <= 1",
    "n = 1",
)
TREES = st.recursive(
    st.sampled_from(ATOMS),
    lambda below: st.one_of(
        st.tuples(below, st.sampled_from(["and", "or"]), below).map(
            lambda three: f"({three[0]} {three[1]} {three[2]})"
        ),
        below.map(lambda text: f"(not {text})"),
    ),
    max_leaves=6,
)


@given(TREES)
def test_what_is_never_possible_holds_for_no_row(text: str) -> None:
    if possible(text):
        return
    rows = product((None, 0, 1, 2), (None, True, False), (None, 0, 1, 2))
    written = text.replace("'Paid'", "1")
    with duckdb.connect() as connection:
        for row in rows:
            values = "SELECT ?::INT AS c, ?::BOOLEAN AS b, ?::INT AS n"
            assert connection.execute(f"SELECT count(*) FROM ({values}) WHERE {written}", row).fetchone() == (0,)
