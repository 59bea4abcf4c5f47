"""Turns the filter of a table into a condition of a map, in the types and spellings that the table has here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crosswalk.dualwrite.catalogue import Catalogue, Column, Table, lookup_of, parsed
from crosswalk.dualwrite.filters import conditions
from crosswalk.dualwrite.filters.tree import Comparison, Filter, FilterError, Match, UnsayableError, changed
from crosswalk.dualwrite.paths import read_path

YES_NO = {"1": "yes", "0": "no"}
"""The numbers of the one enumeration that is the same everywhere."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition; or why there is none, with the text that cannot be used."""

    text: str = ""
    why: str = ""


def condition_of(table: Table, text: str, found: Catalogue) -> Condition:
    """Translate a filter; what cannot be translated is told with its place."""
    try:
        tree = parsed(table, text)
        if tree is None:
            return Condition()
        tree = changed(tree, lambda leaf: _spelled(leaf, table, found))
        if table.side == "finance":
            tree = conditions.blank_aware(tree)
        return Condition(conditions.write(tree, lambda name: _named(name, table, found)))
    except FilterError as error:
        near = text[max(0, error.position - 12) : error.position + 12]
        return Condition(why=f"{error} (position {error.position + 1}, near {near!r})")
    except UnsayableError as error:
        return Condition(why=str(error))


def _named(name: str, table: Table, found: Catalogue) -> conditions.Named:
    plain = lookup_of(name)
    path = read_path(plain)
    spelled = found.walk(table, path) if path is not None else None
    if path is None or spelled is None:
        raise UnsayableError(f"it goes over '{name}', and nobody says to which table that leads")
    if not path.plain:
        return conditions.Named(spelled[0])
    column = table.column(plain)
    kind = found.kind(table, column)
    return conditions.Named(spelled[0], kind.partition("(")[0], choices_of(table, column) if kind == "choice" else {})


def choices_of(table: Table, column: Column) -> Mapping[str, str]:
    """Give the choices of a column by code: on the finance side a name is its own label."""
    codes = [value for value in column.values if value.strip()]
    if table.side == "finance":
        return {code: code for code in codes}
    labels: dict[str, str] = {}
    for code in codes:
        label = column.labels.get(code, "").strip() or code
        labels[code] = label if label not in labels.values() else code
    return labels


def _spelled(leaf: Comparison | Match, table: Table, found: Catalogue) -> Filter:
    """Spell a constant as the values of its column are spelled, and a number of an enumeration by its name."""
    if isinstance(leaf, Match) or table.side != "finance":
        return leaf
    column, operand = table.column(leaf.column), leaf.operand
    if operand.text == "" and found.kind(table, column).partition("(")[0] != "text":
        return replace(leaf, operand=replace(operand, kind="null", text="null"))
    kind = found.kind(table, column).partition("(")[0]
    named = operand.text
    if operand.kind == "number" and column.values and kind in ("text", "choice"):
        named = _element(operand.text, column, table, found)
    spelling = {value.casefold(): value for value in reversed(column.values)}
    if named != operand.text or operand.kind in ("text", "element"):
        return replace(leaf, operand=replace(operand, kind="text", text=spelling.get(named.casefold(), named)))
    return leaf


def _element(number: str, column: Column, table: Table, found: Catalogue) -> str:
    answered = found.answers.of_table(table.ref, "elements")
    mine = answered.get(column.name) if isinstance(answered, dict) else None
    names = found.answers.pairs(mine, f"tables: {table.ref}: elements: {column.name}")
    if number in names:
        return names[number]
    if is_yes_no(column) and number in YES_NO:
        return YES_NO[number]
    if number in column.values:
        return number
    raise UnsayableError(
        f"{column.name} has names, and nobody says which of them is {number}: tables: {table.ref}: elements"
    )


def is_yes_no(column: Column) -> bool:
    """Say whether the names of a column are those of the enumeration that every yes-or-no field has."""
    return {"yes", "no"} <= {value.casefold() for value in column.labels}


def spell(value: str, kind: str) -> str:
    """Write a value in the type of its column."""
    if kind != "boolean":
        return value
    return {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}.get(
        value.casefold(), value
    )
