"""Filters over the cells of pages, as SQL that DuckDB runs.

A row passes whose cell is no value of its column, whatever the filter says of that column: it is to be rejected, and
not to be passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from crosswalk.connectors.files.plain import text_of
from crosswalk.entities import Column, Entity
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Not
from crosswalk.sql import Sql, all_of, any_of, fragment, literal, name, type_name


def filtered(relation: Sql, condition: Condition | None, entity: Entity) -> Sql:
    """Keep the rows that meet a condition, and those of which nobody can tell."""
    if condition is None:
        return relation
    unreadable = [
        fragment("{x} IS NOT NULL AND {v} IS NULL", x=name(column), v=_value(entity.columns[column]))
        for column in dict.fromkeys(_columns(condition))
    ]
    kept = any_of([_sql(condition, entity), *unreadable])
    return Sql(" ".join(["SELECT * FROM (", relation.text, ") WHERE", kept.text]))


def _sql(condition: Condition, entity: Entity) -> Sql:
    match condition:
        case Compare(column, operator, value):
            kind = type_name(entity.columns[column].type)
            right = fragment("CAST({x} AS {type})", x=literal(text_of(value)), type=kind)
            return fragment(f"{{x}} {operator} {{y}}", x=_value(entity.columns[column]), y=right)
        case IsNull(column):
            return fragment("{x} IS NULL", x=name(column))
        case Not(item):
            return fragment("NOT {x}", x=_sql(item, entity))
        case AllOf(items):
            return all_of([_sql(item, entity) for item in items])
        case AnyOf(items):
            return any_of([_sql(item, entity) for item in items])
        case _:
            assert_never(condition)


def _value(column: Column) -> Sql:
    return fragment("TRY_CAST({x} AS {type})", x=name(column.name), type=type_name(column.type))


def _columns(condition: Condition) -> Iterator[str]:
    match condition:
        case Compare(column) | IsNull(column):
            yield column
        case Not(item):
            yield from _columns(item)
        case AllOf(items) | AnyOf(items):
            for item in items:
                yield from _columns(item)
        case _:
            assert_never(condition)
