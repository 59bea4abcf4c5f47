"""Small pieces of SQL that several conversions share: a value under a condition, a cast, a fault."""

from __future__ import annotations

from dataclasses import replace

from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import DataType
from crosswalk.sql import Sql, fragment, type_name

TEXT = DataType("text")
INT = DataType("int")
DATE = DataType("date")
DATETIME = DataType("datetime")


def guarded(condition: Sql, then: Sql) -> Sql:
    """Give a value where a condition holds, null elsewhere."""
    return fragment("CASE WHEN {condition} THEN {then} END", condition=condition, then=then)


def cast(value: Sql, to: DataType) -> Sql:
    """Write a cast that is known to succeed."""
    return fragment("CAST({value} AS {to})", value=value, to=type_name(to))


def try_cast(value: Sql, to: DataType) -> Sql:
    """Write a cast to use behind a pattern only: by itself the engine reads ``1e5`` and ``1_000`` as numbers."""
    return fragment("TRY_CAST({value} AS {to})", value=value, to=type_name(to))


def became(value: Value, sql: Sql, to: DataType, *faults: Fault) -> Value:
    """Give a value of another type, computed from `value`, with what can be wrong with it on top."""
    nullable = value.nullable or bool(faults)
    return Value(sql, to, value.faults + faults, None, nullable)


def retyped(value: Value, to: DataType) -> Value:
    """Give the same value under another type that is stored in the same way."""
    return replace(value, type=to)


def need_kind(value: Value, what: str, *kinds: str) -> None:
    """Refuse a value of another kind: ``need_kind(value, "trim", "text")``."""
    if value.type.kind not in kinds:
        hint = "convert it first: as: text" if kinds == ("text",) else ""
        raise TransformError("TYPE_MISMATCH", f"{what} works on {' and '.join(kinds)}, this is {value.type}", hint)
