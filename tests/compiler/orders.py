"""A small scope for tests of expressions: one row of orders with a column of every type."""

from __future__ import annotations

from dataclasses import dataclass, field

from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import MapError, Problem, Span, nearest
from crosswalk.model import Choice, Column, DataType, Text
from crosswalk.sql import Sql, literal, name

START = Span("shop.map.yaml", 7, 11, 40)
STATES = (Choice(0, "Draft"), Choice(1, "Open"), Choice(2, "Closed"))
ROLES = (Choice("cost", "Cost"), Choice("sales", "Sales"))

TYPES: dict[str, tuple[DataType, tuple[Choice, ...]]] = {
    "OrderId": (DataType("guid"), ()),
    "Title": (DataType("text", length=20), ()),
    "Note": (DataType("text"), ()),
    "Pieces": (DataType("int"), ()),
    "Amount": (DataType("decimal", precision=19, scale=4), ()),
    "Share": (DataType("decimal", precision=9, scale=6), ()),
    "Huge": (DataType("decimal", precision=38, scale=2), ()),
    "Fine": (DataType("decimal", precision=38, scale=30), ()),
    "Paid": (DataType("boolean"), ()),
    "OrderDate": (DataType("date"), ()),
    "ModifiedOn": (DataType("datetime"), ()),
    "Status": (DataType("choice", coded="int"), STATES),
    "Role": (DataType("choice", coded="text"), ROLES),
}


@dataclass
class Orders:
    """Resolves the columns above; ``customer.Title`` and deeper paths are texts with a fault."""

    asked: list[str] = field(default_factory=list)

    def resolve(self, path: str) -> Value:
        self.asked.append(path)
        last = path.split(".")[-1]
        if last not in TYPES:
            raise TransformError("UNKNOWN_COLUMN", f"'{path}' is not a column of shop.orders", nearest(last, TYPES))
        kind, choices = TYPES[last]
        faults = () if "." not in path else (Fault("LOOKUP_MISSING", literal(False), Sql("NULL")),)
        column = Column(last, kind, START, choices=choices)
        return Value(name(path), kind, faults, column)


def text(value: str) -> Text:
    return Text(value, Span(START.file, START.line, START.column, len(value)))


def only(error: MapError) -> Problem:
    """The one problem of an error."""
    assert len(error.problems) == 1, error.problems
    return error.problems[0]
