"""Evaluates a transformed value in DuckDB over given cells, with the code of the first fault that is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from crosswalk.contracts import TransformError, Value
from crosswalk.errors import Span
from crosswalk.model import Choice, Column, DataType, Scalar
from crosswalk.sql import fragment, literal, name, type_name
from crosswalk.transforms.conversions.naming import type_named

HERE = Span("shop.map.yaml", 1, 1)
CONNECTION = duckdb.connect()


def column(kind: str, *choices: Choice, called: str = "Colour") -> Column:
    if kind == "choice":
        coded = DataType("choice", coded="int" if all(isinstance(one.code, int) for one in choices) else "text")
        return Column(called, coded, HERE, choices=choices)
    return Column(called, type_named(kind, Column(called, DataType("text"), HERE)), HERE)


def given(kind: str, *choices: Choice) -> Value:
    """The value of a source column `x`."""
    source = column(kind, *choices, called="x")
    return Value(name("x"), source.type, column=source)


@dataclass(frozen=True)
class Place:
    """The surroundings of a field line, with what a test puts there."""

    target: Column
    maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    paths: Mapping[str, Value] = field(default_factory=dict)

    def value_map(self, name: str) -> Mapping[str, str]:
        if name not in self.maps:
            raise TransformError("UNKNOWN_VALUE_MAP", f"no value map '{name}'")
        return self.maps[name]

    def path(self, text: str) -> Value:
        if text not in self.paths:
            raise TransformError("UNKNOWN_COLUMN", f"no column '{text}'")
        return self.paths[text]


def evaluated(value: Value, cell: Scalar, kind: DataType, **others: str) -> tuple[object, str]:
    """Give the value for one cell and the code of the first fault that is true, '' where none is."""
    text = None if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)
    row = fragment("CAST({cell} AS {kind})", cell=literal(text), kind=type_name(kind)).text + " AS x"
    row += "".join(f", {sql} AS {alias}" for alias, sql in others.items())
    codes = "".join(f" WHEN {fault.when.text} THEN '{fault.code}'" for fault in value.faults)
    code = f"CASE{codes} ELSE '' END" if codes else "''"
    found = CONNECTION.execute(f"SELECT {value.sql.text}, {code} FROM (SELECT {row})").fetchone()
    assert found is not None
    return found


def shown(cell: object) -> Scalar:
    """A result as examples write it: numbers and truth as they are, everything else as text."""
    return cell if cell is None or isinstance(cell, bool | int | str) else str(cell)
