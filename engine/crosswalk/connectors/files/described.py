"""Entities as outside tables show them: the types of DuckDB as types of the language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from crosswalk.entities import Column, DataType, Entity, EntityRef
from crosswalk.errors import Span

_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", re.IGNORECASE)
_INTS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_WIDE = {"UBIGINT": DataType("decimal", precision=20), "HUGEINT": DataType("decimal", precision=38)}
_PLAIN: Mapping[str, DataType] = {
    "BOOLEAN": DataType("boolean"),
    "DATE": DataType("date"),
    "UUID": DataType("guid"),
    # A real holds no more than 15 digits that can be told: more of them reject their row.
    "DOUBLE": DataType("decimal", precision=28, scale=10),
    "FLOAT": DataType("decimal", precision=28, scale=10),
    **_WIDE,
}


def data_type(written: str) -> DataType:
    """Find the type of the language for a type of DuckDB; what has none is text."""
    upper = written.upper().strip()
    if found := _DECIMAL.fullmatch(upper):
        return DataType("decimal", precision=int(found[1]), scale=int(found[2] or 0))
    if upper in _INTS:
        return DataType("int")
    if upper.startswith("TIMESTAMP"):
        return DataType("datetime")
    return _PLAIN.get(upper, DataType("text"))


def entity(ref: EntityRef, columns: Iterable[tuple[str, DataType, bool]], key: tuple[str, ...], span: Span) -> Entity:
    """Describe a table; each column with its name, its type, and whether it must have a value."""
    described = {called: Column(called, kind, span, required=required) for called, kind, required in columns}
    return Entity(ref, ref.entity, key, described, span)
