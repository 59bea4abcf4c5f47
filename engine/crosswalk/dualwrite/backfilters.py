"""Gives a condition of a map back in the filter language of a side: constants take the spelling of that side."""

from __future__ import annotations

from dataclasses import replace

from crosswalk.dualwrite.filters import conditions, odata, ranges
from crosswalk.dualwrite.filters.tree import (
    Comparison,
    Filter,
    FilterError,
    Kind,
    Match,
    Operand,
    UnsayableError,
    changed,
)
from crosswalk.dualwrite.records import Side
from crosswalk.model import Column, Entity


def filter_of(text: str, entity: Entity, side: Side) -> str:
    """Write a condition over the columns of a table; `UnsayableError` says what cannot be said there."""
    try:
        tree = conditions.parse(text)
    except FilterError as error:
        raise UnsayableError(f"{error} (position {error.position + 1})") from None
    if side == "finance":
        return ranges.write(changed(conditions.without_blanks(tree), lambda leaf: _typed(leaf, entity, side)))
    return odata.write(changed(tree, lambda leaf: _typed(leaf, entity, side)))


def _typed(leaf: Comparison | Match, entity: Entity, side: Side) -> Filter:
    column = entity.columns.get(leaf.column)
    if column is None:
        raise UnsayableError(f"'{leaf.column}' is no column of {entity.ref}, and such filters know nothing else")
    is_lookup = side == "dataverse" and column.type.kind == "guid" and column.name not in entity.key
    name = f"_{column.name}_value" if is_lookup else column.name
    if isinstance(leaf, Match):
        return replace(leaf, column=name)
    return replace(leaf, column=name, operand=_operand(leaf.operand, column, side))


def _operand(operand: Operand, column: Column, side: Side) -> Operand:
    if operand.kind == "null" or operand.text == "":
        return operand
    match column.type.kind:
        case "choice":
            return _choice(operand, column, side)
        case "guid" | "date" as kind:
            return Operand(kind, operand.text)
        case "datetime":
            kind_of: Kind = "datetime" if "T" in operand.text else "date"
            return Operand(kind_of, operand.text)
        case "boolean" if side == "finance":
            return Operand("text", {"true": "yes", "false": "no"}.get(operand.text, operand.text))
        case _:
            return operand


def _choice(operand: Operand, column: Column, side: Side) -> Operand:
    """Give the code of a choice: a number where codes are numbers, else quoted text."""
    for choice in column.choices:
        if operand.text == (choice.label if operand.kind == "text" else str(choice.code)):
            return Operand(
                "number" if isinstance(choice.code, int) and side == "dataverse" else "text", str(choice.code)
            )
    raise UnsayableError(f"'{operand.text}' is no choice of {column.name}")
