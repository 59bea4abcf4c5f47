"""A cell of a Delta table as a cell of its entity, and back: DuckDB expressions, made by the type in the table.

Reading bends nothing. What has the type of the entity's column comes in that type, everything else as text, and the
engine rejects the row whose text does not fit. Writing is checked by the way back: a value that would not read the same
again is refused.
"""

from __future__ import annotations

import re

from crosswalk.errors import UsageError
from crosswalk.model import Column, DataType
from crosswalk.sql import Sql, fragment, literal, type_name

_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_WHOLE = {"byte": "TINYINT", "short": "SMALLINT", "integer": "INTEGER", "long": "BIGINT"}
_PLAIN = {
    **_WHOLE,
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "timestamp_ntz": "TIMESTAMP",
    "float": "FLOAT",
    "double": "DOUBLE",
}
_ISO = literal("%Y-%m-%dT%H:%M:%S.%f")
UTC = literal("UTC")


def is_plain(kind: str) -> bool:
    """Tell whether a type of the table is one value, and not a structure or bytes."""
    return kind in _PLAIN or _DECIMAL.fullmatch(kind) is not None


def read(column: Column, kind: str, cell: Sql) -> Sql:
    """Read a cell of the table's type `kind`, one that `is_plain`, for a column of the entity."""
    wanted = column.type.kind
    coded = column.type.coded if wanted == "choice" else ""
    if kind == "string":
        return fragment("lower({x})", x=cell) if wanted == "guid" else cell
    if kind in _WHOLE:
        return fragment("CAST({x} AS BIGINT)", x=cell) if wanted == "int" or coded == "int" else _text(cell)
    if kind in ("timestamp", "timestamp_ntz"):
        instant = fragment("timezone({utc}, {x})", utc=UTC, x=cell) if kind == "timestamp" else cell
        return instant if wanted == "datetime" else fragment("strftime({x}, {form})", x=instant, form=_ISO)
    if kind == "date" and wanted in ("date", "datetime"):
        return cell if wanted == "date" else fragment("CAST({x} AS TIMESTAMP)", x=cell)
    if kind == "boolean" and wanted == "boolean":
        return cell
    return _number(column.type, kind, cell)


def _number(wanted: DataType, kind: str, cell: Sql) -> Sql:
    if wanted.kind == "decimal" and kind == decimal_name(wanted):
        return cell
    if wanted.kind in ("int", "decimal", "choice") and (kind in ("float", "double") or not kind.endswith(",0)")):
        return fragment("regexp_replace({x}, '\\.?0+$', '')", x=_text(cell)) if _is_number(kind) else _text(cell)
    return _text(cell)


def _is_number(kind: str) -> bool:
    return kind in ("float", "double") or kind.startswith("decimal")


def _text(cell: Sql) -> Sql:
    return fragment("CAST({x} AS VARCHAR)", x=cell)


def refuse_nested(column: str, kind: str, table: str) -> None:
    """Raise `UsageError` for a column whose cells are no single values."""
    if not is_plain(kind):
        message = f"the column '{column}' of the table '{table}' is {kind}, which is not one value"
        remedy = "take the column out of the entity, or have the lake write its parts as columns"
        raise UsageError(message, code="COLUMN_UNREADABLE", remedy=remedy)


def decimal_name(kind: DataType) -> str:
    return f"decimal({kind.precision},{kind.scale})"


def made_of(kind: DataType) -> str:
    """Give the type that a new table keeps a column of an entity in."""
    match kind.kind:
        case "guid" | "text":
            return "string"
        case "int":
            return "long"
        case "decimal":
            return decimal_name(kind)
        case "datetime":
            return "timestamp"
        case "choice":
            return "long" if kind.coded == "int" else "string"
        case _:
            return kind.kind


def described(kind: str) -> DataType:
    """Give the type of the language that holds what the table's type `kind` holds."""
    found = _DECIMAL.fullmatch(kind)
    if found:
        return DataType("decimal", precision=int(found[1]), scale=int(found[2]))
    match kind:
        case "boolean":
            return DataType("boolean")
        case "date":
            return DataType("date")
        case "timestamp" | "timestamp_ntz":
            return DataType("datetime")
        case "float" | "double":
            return DataType("decimal", precision=38, scale=10)
        case _:
            return DataType("int") if kind in _WHOLE else DataType("text")


def written(kind: str, wanted: DataType, value: Sql) -> Sql:
    """Turn a value of the entity's type into the table's type `kind`; null where that cannot be."""
    if kind == "string":
        as_text = {"datetime": "strftime({x}, {form}) || 'Z'"}.get(wanted.kind, "CAST({x} AS VARCHAR)")
        return fragment(as_text, x=value, **({"form": _ISO} if wanted.kind == "datetime" else {}))
    if kind == "timestamp" and wanted.kind in ("date", "datetime"):
        return fragment("timezone({utc}, CAST({x} AS TIMESTAMP))", utc=UTC, x=value)
    return _tried(value, Sql(stored(kind)))


def stored(kind: str) -> str:
    """Name the DuckDB type of a table's type."""
    found = _DECIMAL.fullmatch(kind)
    return f"DECIMAL({found[1]}, {found[2]})" if found else _PLAIN[kind]


def misfit(kind: str, wanted: DataType, value: Sql) -> Sql:
    """Say when a value would not be read from the table as it was written."""
    if kind in ("string", made_of(wanted)):
        return literal(False)
    there = written(kind, wanted, value)
    if kind == "timestamp":
        there = fragment("timezone({utc}, {x})", utc=UTC, x=there)
    back = _tried(there, type_name(wanted))
    return fragment("{x} IS NOT NULL AND {back} IS DISTINCT FROM {x}", x=value, back=back)


def _tried(value: Sql, kind: Sql) -> Sql:
    return Sql(f"TRY_CAST({value.text} AS {kind.text})")
