"""Filters as the system itself applies them: row by row, in the three-valued logic of SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import assert_never

from crosswalk.connectors.drill.cells import Stored, value_of
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Not
from crosswalk.model import Entity

Truth = bool | None
_OPERATORS: Mapping[str, Callable[..., bool]] = {
    "=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip


def meets(row: Mapping[str, Stored], condition: Condition | None, entity: Entity) -> bool:
    """Tell whether a row passes: unknown does not."""
    return condition is None or truth(row, condition, entity) is True


def truth(row: Mapping[str, Stored], condition: Condition, entity: Entity) -> Truth:
    """Give true, false or unknown."""
    match condition:
        case Compare():
            return _compared(row[condition.column], condition, entity)
        case IsNull(column):
            return row[column] is None
        case Not(item):
            inner = truth(row, item, entity)
            return None if inner is None else not inner
        case AllOf(items):
            return _all({truth(row, item, entity) for item in items})
        case AnyOf(items):
            inverse = _all({_inverse(truth(row, item, entity)) for item in items})
            return _inverse(inverse)
        case _:
            assert_never(condition)


def _compared(cell: Stored, condition: Compare, entity: Entity) -> Truth:
    if cell is None:
        return None
    column = entity.columns[condition.column]
    right = value_of(condition.value, column)
    return _OPERATORS[condition.operator](value_of(cell, column), right)


def _all(found: set[Truth]) -> Truth:
    if False in found:
        return False
    return None if None in found else True


def _inverse(value: Truth) -> Truth:
    return None if value is None else not value
