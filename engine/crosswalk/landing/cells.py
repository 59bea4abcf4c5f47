"""Checks cells on their way into a copy: what a column may hold, and how what it holds becomes the column's type.

Why not casts alone: the engine's casts round decimals, drop offsets of times and read ``t`` as true. A cell that does
not say exactly a value of its column is told, with its column and its text, and its row stays out.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.model import Column, DataType
from crosswalk.sql import Sql, fragment, literal, name, type_name


@dataclass(frozen=True, slots=True)
class Checked:
    """A column of a page: `fits` says whether the cell can be taken, `value` is the cell in the type of the column."""

    column: str
    fits: Sql
    value: Sql
    text: Sql


def checked(column: Column, given: str) -> Checked:
    """Write the check of a column whose cells come in the DuckDB type `given`."""
    cell = name(column.name)
    wanted = type_name(column.type)
    text = fragment("CAST({x} AS VARCHAR)", x=cell)
    if _bare(given) == _bare(wanted.text):
        return Checked(column.name, literal(True), cell, text)
    if given in ("VARCHAR", "NULL", '"NULL"'):
        value = _from_text(column.type, cell)
        fits = fragment("{x} IS NULL OR ({rule} AND {v} IS NOT NULL)", x=cell, rule=_rule(column.type, cell), v=value)
        return Checked(column.name, fits, value, text)
    return _from_other(column, cell, given)


def _from_other(column: Column, cell: Sql, given: str) -> Checked:
    """Take another type of the database where nothing is lost: both ways round it must be the same."""
    holes = {"x": cell, "t": type_name(column.type), "g": Sql(given)}
    value = fragment("TRY_CAST({x} AS {t})", **holes) if given != _ZONED else _utc(cell)
    back = fragment("TRY_CAST({v} AS {g})", v=value, g=holes["g"]) if given != _ZONED else cell
    fits = fragment("{x} IS NULL OR coalesce({b} = {x}, FALSE)", b=back, x=cell)
    return Checked(column.name, fits, value, fragment("CAST({x} AS VARCHAR)", x=cell))


_ZONED = "TIMESTAMP WITH TIME ZONE"


def _utc(cell: Sql) -> Sql:
    return fragment("timezone('UTC', {x})", x=cell)


def _bare(text: str) -> str:
    return text.replace(" ", "").upper()


_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6}0*)?)?Z?"


def _rule(kind: DataType, cell: Sql) -> Sql:
    """The spelling that a page gives a value in; the cast does the rest."""
    match kind.kind:
        case "text":
            return literal(True)
        case "guid":
            return _matches(cell, "[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
        case "int":
            return _matches(cell, r"-?\d{1,19}")
        case "decimal":
            whole = max(kind.precision - kind.scale, 0)
            return _matches(cell, rf"-?0*\d{{0,{whole}}}(\.\d{{0,{kind.scale}}}0*)?")
        case "boolean":
            return fragment("{x} IN ('true', 'false')", x=cell)
        case "date":
            return _matches(cell, _DATE)
        case "datetime":
            return _matches(cell, _DATE + _TIME)
        case "choice":
            return _matches(cell, r"-?\d{1,19}") if kind.coded == "int" else literal(True)


def _matches(cell: Sql, pattern: str) -> Sql:
    return fragment("regexp_full_match({x}, {p})", x=cell, p=literal(pattern))


def _from_text(kind: DataType, cell: Sql) -> Sql:
    if kind.kind == "text" or (kind.kind == "choice" and kind.coded == "text"):
        return cell
    spelled = fragment("rtrim({x}, 'Z')", x=cell) if kind.kind == "datetime" else cell
    return fragment("TRY_CAST({x} AS {t})", x=spelled, t=type_name(kind))
