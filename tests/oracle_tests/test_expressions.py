"""Conditions know three truth values; labels, dates and numbers are compared as what they are."""

from datetime import date
from decimal import Decimal

import pytest

from tests.oracle import Unclear, Value
from tests.oracle.cells import Cell
from tests.oracle.evaluate import aggregate, expression
from tests.oracle_tests.shop import ORDERS


class Columns:
    """A scope over an order's columns."""

    def __init__(self, **values: Value) -> None:
        self.values = values

    def cell(self, parts: tuple[str, ...]) -> Cell:
        found = ORDERS.columns[parts[0]]
        return Cell(self.values.get(parts[0]), found.type, found)


SCOPE = Columns(id=5, title="Oak chair", amount=Decimal("2.50"), status=2, due=date(2026, 5, 17), rush=False)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("id = 5 and rush = false", True),
        ("number = 'a' or rush", None),
        ("number = 'a' and rush", False),
        ("not (number = 'a')", None),
        ("number is null and title is not null", True),
        ("status = 'Open' and status <> 1", True),
        ("status in ('Draft', 'Open')", True),
        ("status not in ('Draft', 'Closed')", True),
        ("id in (1, null)", None),
        ("id in (5, null)", True),
        ("id not in (1, null)", None),
        ("due between '2026-05-01' and '2026-05-31'", True),
        ("due > '2026-05-17'", False),
        ("title like 'Oak%' and title not like 'oak%'", True),
        ("title like 'Oak_chai_'", True),
        ("amount * 2 + 1 = 6 and - id < -4", True),
        ("1 + 2 * 3 = 7", True),
        ("coalesce(number, title)", "Oak chair"),
        ("nullif(id, 5)", None),
        ("greatest(id, null, 7)", 7),
        ("least(number, title)", "Oak chair"),
        ("round(amount, 0)", Decimal(3)),
        ("round(-amount)", Decimal(-3)),
        ("abs(-amount)", Decimal("2.50")),
        ("length(trim('  ab '))", 2),
        ("lower('AB') || upper('c')", "abC"),
        ("year(due) * 100 + month(due)", 202605),
        ("day(due)", 17),
        ("date_trunc('quarter', due)", date(2026, 4, 1)),
        ("date_trunc('week', due)", date(2026, 5, 11)),
        ("case when rush then 1 when rush is null then 2 end", None),
        ("case id when 5 then 'five' else 'other' end", "five"),
        ("'it''s'", "it's"),
    ],
)
def test_an_expression_gives(text: str, result: Value) -> None:
    assert expression(text, SCOPE) == result


@pytest.mark.parametrize(
    "text", ["id +", "id; id", "a b", "status = 'Lost'", "title = 1", "sqrt(id)", "(id", "id in 5"]
)
def test_what_a_compiler_has_to_refuse_is_unclear(text: str) -> None:
    with pytest.raises(Unclear):
        expression(text, Columns(id=1, title="x", status=1))


ROWS = [Columns(id=1, amount=Decimal("1.10")), Columns(id=2, amount=None), Columns(id=3, amount=Decimal("2.00"))]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("count(*)", 3),
        ("count(amount)", 2),
        ("sum(amount)", Decimal("3.10")),
        ("max(id) - min(id)", 2),
        ("count(*) = id + 2", True),
        ("checksum(id)", "55b84a9d317184fe61224bfb4a060fb0"),
    ],
)
def test_an_aggregate_gives(text: str, result: Value) -> None:
    assert aggregate(text, ROWS) == result


def test_over_no_rows_a_count_is_zero_a_sum_is_null_and_a_checksum_that_of_nothing() -> None:
    nothing = "d41d8cd98f00b204e9800998ecf8427e"
    assert [aggregate(text, []) for text in ("count(*)", "sum(id)", "checksum(id)")] == [0, None, nothing]
