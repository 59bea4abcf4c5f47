"""A filter of a read as a DuckDB condition over the cells of a Delta table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Not, Plain
from crosswalk.sql import Sql, all_of, any_of, fragment, literal

Typed = Callable[[str], Sql]
"""Gives the cell of a column in the type of its entity."""


def condition(item: Condition, typed: Typed) -> Sql:
    """Write a condition, in the three-valued logic of SQL."""
    match item:
        case Compare(column, operator, value):
            return fragment(f"{{x}} {operator} {{y}}", x=typed(column), y=constant(value))
        case IsNull(column):
            return fragment("{x} IS NULL", x=typed(column))
        case Not(negated):
            return fragment("NOT {x}", x=condition(negated, typed))
        case AllOf(items):
            return all_of([condition(each, typed) for each in items])
        case AnyOf(items):
            return any_of([condition(each, typed) for each in items])
        case _:
            assert_never(item)


def constant(value: Plain) -> Sql:
    """Write a value with its type."""
    match value:
        case datetime():
            return fragment("CAST({x} AS TIMESTAMP)", x=literal(value.isoformat()))
        case date():
            return fragment("CAST({x} AS DATE)", x=literal(value.isoformat()))
        case UUID():
            return fragment("CAST({x} AS UUID)", x=literal(str(value)))
        case None | str() | int() | Decimal():
            return literal(value)
        case _:
            assert_never(value)


def spelled(value: Plain) -> str | None:
    """Spell a value as text that casts back to it."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)
