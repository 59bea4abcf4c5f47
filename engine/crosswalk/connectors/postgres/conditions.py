"""Turns a condition into a WHERE that keeps the same rows as DuckDB would, whatever the collation of the server.

Text is compared by its bytes, as DuckDB does. A value that no text of PostgreSQL can hold, because there is a NUL in
it, is compared by what stands before.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from crosswalk.connectors.postgres.catalog import Table, TableColumn
from crosswalk.connectors.postgres.forms import spelled
from crosswalk.connectors.postgres.statements import filled, of
from crosswalk.errors import UsageError
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Not, Plain
from crosswalk.sql import Sql, all_of, any_of, literal

_TYPED = {"guid": UUID, "boolean": bool, "date": date, "datetime": datetime}
_FLIPPED = {"=": "{x} IS NULL AND NULL", "<>": "{x} IS NOT NULL OR NULL", "<": "{x} <= {v}", ">": "{x} > {v}"}
"""How ``x op 'v\\0...'`` is said of a text that cannot hold a NUL; by the first sign of the operator."""


def where(condition: Condition, table: Table) -> Sql:
    """Write a condition over the columns of a table that stands as ``t``."""
    match condition:
        case Compare():
            return _compared(condition, _column(table, condition.column))
        case IsNull(column=column):
            return filled("{x} IS NULL", x=of("t", _column(table, column).name))
        case Not(item=item):
            return filled("NOT ({item})", item=where(item, table))
        case AllOf(items=items):
            return all_of([_bracketed(where(item, table)) for item in items])
        case AnyOf(items=items):
            return any_of([_bracketed(where(item, table)) for item in items])


def _bracketed(item: Sql) -> Sql:
    return filled("({item})", item=item)


def _column(table: Table, named: str) -> TableColumn:
    found = table.columns.get(named)
    if found is None:
        message = f"the filter names '{named}', which is no column of '{table.name}'"
        raise UsageError(message, code="SYSTEM_LACKS", remedy="bring the entity up to date: crosswalk entity pull")
    return found


def _compared(compare: Compare, column: TableColumn) -> Sql:
    value, x = compare.value, of("t", column.name)
    kind = column.form.type.kind
    if kind in ("int", "decimal") and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return filled("{x} {op} {v}", x=x, op=Sql(compare.operator), v=literal(value))
    if isinstance(value, _TYPED.get(kind, ())):
        made = filled(column.form.taken, x=literal(as_text(value)))
        return filled("{x} {op} {v}", x=x, op=Sql(compare.operator), v=made)
    return _compared_as_text(compare, x if column.form.sent == "{x}" and kind == "text" else spelled(column.form, x))


def _compared_as_text(compare: Compare, x: Sql) -> Sql:
    before, nul, _ = as_text(compare.value).partition("\0")
    bare = compare.operator if compare.operator in ("=", "<>") else compare.operator[0]
    ordered = x if compare.operator in ("=", "<>") else filled('{x} COLLATE "C"', x=x)
    if nul:
        return filled(_FLIPPED[bare], x=ordered, v=literal(before))
    return filled("{x} {op} {v}", x=ordered, op=Sql(compare.operator), v=literal(before))


def as_text(value: Plain) -> str:
    """Write a value as text, in the spelling in which PostgreSQL and the engine agree."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat(sep="T")
        case date():
            return value.isoformat()
        case _:
            return str(value)
