"""A filter that the system applies gives the rows that DuckDB would give: generated conditions, nulls and all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import assert_never

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Not, Plain, Wanted
from crosswalk.sql import name, type_name
from tests.conformance.bench import Bench, Entry
from tests.conformance.copies import by_key
from tests.conformance.landed import Row, land, plain_row
from tests.conformance.sent import held
from tests.conformance.shapes import START, THINGS, guid, thing

TEXTS = ("", "a", "A", "it's", "ä", "z%", "🙂", "a' or 'a'='a", "B ", "10", "9")
CELLS: dict[str, tuple[Plain, ...]] = {
    "Id": tuple(guid(n) for n in range(1, 14)),
    "Name": TEXTS,
    "Quantity": (0, -1, 7, 2**53 + 1, 2**63 - 1, -(2**63)),
    "Amount": (Decimal(0), Decimal("-0.0000000001"), Decimal("12.5"), Decimal("123456789012345.6789")),
    "Flag": (True, False),
    "Day": (date(2026, 1, 1), date(2025, 12, 31), date(1999, 1, 1)),
    "At": (START, START + timedelta(microseconds=1), datetime(2000, 1, 1)),
    "State": (0, 1, 192350000),
    "Colour": ("red", "blau"),
}


def made() -> list[dict[str, Plain]]:
    """Make rows in which every value and null stands in every column, in no step with the other columns."""
    found: list[dict[str, Plain]] = []
    for number in range(1, 40):
        row = thing(number)
        for place, (column, values) in enumerate(CELLS.items()):
            if column != "Id":
                choices = (*values, None)
                row[column] = choices[(number * (place + 3) + number // 7) % len(choices)]
        found.append(row)
    return found


def compares() -> st.SearchStrategy[Condition]:
    def of(column: str) -> st.SearchStrategy[Condition]:
        whole = column in ("Flag", "Id", "State", "Colour")
        operators = st.sampled_from(["=", "<>"] if whole else ["=", "<>", "<", "<=", ">", ">="])
        return st.builds(Compare, st.just(column), operators, st.sampled_from(CELLS[column]))

    return st.sampled_from(sorted(CELLS)).flatmap(of)


LEAVES = compares() | st.builds(IsNull, st.sampled_from(sorted(set(CELLS) - {"Id"})))
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


class Reference:
    """The same rows in DuckDB, and filters as DuckDB applies them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._backend = DuckDBBackend(None)
        columns = ", ".join(f"{name(c.name).text} {type_name(c.type).text}" for c in THINGS.columns.values())
        self._backend.run(f"CREATE TABLE things ({columns})")
        marks = ", ".join(f"$c{n}" for n in range(len(THINGS.columns)))
        for row in rows:
            self._backend.run(
                f"INSERT INTO things VALUES ({marks})", {f"c{n}": row[c] for n, c in enumerate(THINGS.columns)}
            )

    def keys(self, condition: Condition) -> set[object]:
        bound: dict[str, object] = {}
        text = "".join(_written(condition, bound))
        return {row[0] for row in self._backend.rows(f'SELECT "Id" FROM things WHERE {text}', bound)}


def _written(condition: Condition, bound: dict[str, object]) -> Iterator[str]:
    match condition:
        case Compare(column, operator, value):
            bound[f"v{len(bound)}"] = value
            kind = type_name(THINGS.columns[column].type).text
            yield f"({name(column).text} {operator} CAST($v{len(bound) - 1} AS {kind}))"
        case IsNull(column):
            yield f"({name(column).text} IS NULL)"
        case Not(item):
            yield from ("(NOT ", *_written(item, bound), ")")
        case AllOf(items) | AnyOf(items):
            word = " AND " if isinstance(condition, AllOf) else " OR "
            yield "(" + word.join("".join(_written(item, bound)) for item in items) + ")"
        case _:
            assert_never(condition)


FIXED: tuple[Condition, ...] = (
    AllOf(()),
    Not(Compare("Name", "=", "a")),
    Not(AllOf((Compare("Name", "=", "a"), IsNull("Quantity")))),
    Not(AnyOf((Compare("Flag", "=", True), Compare("Amount", ">", Decimal("1"))))),
    AnyOf((Not(IsNull("Note")), Compare("Name", "=", "a' or 'a'='a"))),
    Not(Not(Compare("At", ">=", START))),
)
"""Conditions that a translation gets wrong first."""


@pytest.mark.behaviour("pushed-down filter equals local filter")
def test_a_filter_gives_the_rows_that_the_database_would_give(entry: Entry, bench: Bench) -> None:
    entity = bench.make(THINGS)
    rows = held(entry, made())
    bench.put(entity, rows)
    system, reference = bench.open(), Reference(rows)

    def agree(condition: Condition) -> None:
        landed = land(system.read(Wanted(entity, None, condition)), entity)
        found = by_key([plain_row(row, entity) for row in landed.rows], entity)
        assert {key[0] for key in found} == reference.keys(condition), condition

    for condition in FIXED:
        if condition != AllOf(()):
            agree(condition)
    seed(4)(
        settings(max_examples=25, suppress_health_check=list(HealthCheck), database=None)(given(CONDITIONS)(agree))
    )()
