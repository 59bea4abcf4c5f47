"""Filters as SQL that DuckDB runs."""

from __future__ import annotations

from typing import assert_never

from crosswalk.connectors.files.plain import text_of
from crosswalk.entities import Entity
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Not
from crosswalk.sql import Sql, all_of, any_of, fragment, literal, name, type_name


def condition_sql(condition: Condition, entity: Entity) -> Sql:
    """Write a filter over the columns of an entity; a cell that does not fit its column meets no comparison."""
    match condition:
        case Compare(column, operator, value):
            kind = type_name(entity.columns[column].type)
            left = fragment("TRY_CAST({x} AS {type})", x=name(column), type=kind)
            right = fragment("CAST({x} AS {type})", x=literal(text_of(value)), type=kind)
            return fragment(f"{{x}} {operator} {{y}}", x=left, y=right)
        case IsNull(column):
            return fragment("{x} IS NULL", x=name(column))
        case Not(item):
            return fragment("NOT {x}", x=condition_sql(item, entity))
        case AllOf(items):
            return all_of([condition_sql(item, entity) for item in items])
        case AnyOf(items):
            return any_of([condition_sql(item, entity) for item in items])
        case _:
            assert_never(condition)
