"""Finds rows by keys that are given as values: each key finds the rows that are equal to it, nulls included.

The keys travel as arrays inside the query: no table is made, so reading needs no other right than to read. Keys with
nulls in other places are asked for apart, for only ``=`` can use an index and ``=`` is never true of a null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from crosswalk.connectors.postgres.catalog import Table, TableColumn
from crosswalk.connectors.postgres.conditions import as_text
from crosswalk.connectors.postgres.statements import array, filled, listed, of
from crosswalk.exchange import Plain
from crosswalk.sql import Sql, all_of


def matches(table: Table, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Sql]:
    """Write the conditions over ``t`` that together find the rows with one of these keys, each row once."""
    columns = [table.columns[column] for column in by]
    alike: dict[tuple[bool, ...], dict[tuple[str, ...], None]] = {}
    for key in keys:
        if all(_possible(column, value) for column, value in zip(columns, key, strict=True)):
            filled_in = tuple(value is not None for value in key)
            alike.setdefault(filled_in, {})[tuple(as_text(value) for value in key if value is not None)] = None
    for filled_in, texts in alike.items():
        yield _match(columns, filled_in, list(texts))


def _match(columns: list[TableColumn], filled_in: tuple[bool, ...], texts: list[tuple[str, ...]]) -> Sql:
    known = [column for column, has in zip(columns, filled_in, strict=True) if has]
    nulls = [column for column, has in zip(columns, filled_in, strict=True) if not has]
    conditions = [filled("{x} IS NULL", x=of("t", column.name)) for column in nulls]
    if known:
        pattern = "({columns}) IN (SELECT {values} FROM unnest({arrays}) AS k({names}))"
        names = [Sql(f"c{place}") for place in range(len(known))]
        conditions.append(
            filled(
                pattern,
                columns=listed(_asked(column) for column in known),
                values=listed(_given(column, x) for column, x in zip(known, names, strict=True)),
                arrays=listed(array(text[place] for text in texts) for place in range(len(known))),
                names=listed(names),
            )
        )
    return all_of(conditions)


def _asked(column: TableColumn) -> Sql:
    return filled("{x}::text" if _by_text(column) else "{x}", x=of("t", column.name))


def _given(column: TableColumn, x: Sql) -> Sql:
    return x if _by_text(column) else filled(column.form.taken, x=x)


def _by_text(column: TableColumn) -> bool:
    """Tell the types of which only the text is known here: labels of an enum, and all that travels as text."""
    return column.form.type.kind in ("text", "choice") and column.form.sent != "{x}"


def _possible(column: TableColumn, value: Plain) -> bool:
    """Tell whether a column can hold a value at all; one that it cannot finds nothing, and is no error."""
    if isinstance(value, str) and "\0" in value:
        return False
    try:
        match column.form.type.kind, value:
            case "guid", str():
                UUID(value)
            case "int", str() | int() | Decimal():
                number = Decimal(value)
                return number == number.to_integral_value() and abs(number) < 2**63
            case "decimal", str():
                return Decimal(value).is_finite()
            case (("date" | "datetime"), str()):
                datetime.fromisoformat(value)
            case (("date" | "datetime" | "boolean"), _):
                return value is None or isinstance(value, date | bool)
    except (ValueError, InvalidOperation):
        return False
    return True
