"""Sources of a field line that are made of several values: the first that is there, and text joined together."""

from __future__ import annotations

from itertools import chain

from crosswalk.compiler.widths import common, in_width
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import DataType
from crosswalk.sql import Sql, fragment
from crosswalk.transforms.conversions.to_text import text_length, to_text


def first_of(values: list[Value]) -> Value:
    """Take the first value that is neither null nor empty text; all are of one kind, and the widest type results."""
    to = values[0].type
    for value in values[1:]:
        to = common(to, value.type)
    parts = {f"v{number}": _present(value, to) for number, value in enumerate(values)}
    pattern = "coalesce(" + ", ".join("{" + hole + "}" for hole in parts) + ")"
    same = all(value.column and value.column.choices == (values[0].column or value.column).choices for value in values)
    column = values[0].column if to.kind == "choice" and same else None
    nullable = all(value.nullable for value in values) or to.kind == "text"
    return Value(fragment(pattern, **parts), to, faults_of(values), column, nullable)


def concat_of(values: list[Value]) -> Value:
    """Join values as text; null counts as empty. Numbers, dates, guids and choice codes are written as text."""
    for value in values:
        if value.type.kind in ("boolean", "datetime"):
            raise TransformError("TYPE_MISMATCH", f"{value.type} cannot be joined to text", "leave it out")
    texts = [to_text(value, DataType("text")) for value in values]
    parts = {f"v{number}": _filled(text) for number, text in enumerate(texts)}
    whole = fragment(" || ".join("{" + hole + "}" for hole in parts), **parts)
    lengths = [text_length(text) for text in texts]
    known = [length for length in lengths if length is not None]
    length = sum(known) if len(known) == len(lengths) else None
    return Value(whole, DataType("text", length=length), faults_of(values), nullable=False)


def faults_of(values: list[Value]) -> tuple[Fault, ...]:
    """Unite the faults of values, each once, in order."""
    return tuple(dict.fromkeys(chain.from_iterable(value.faults for value in values)))


def _present(value: Value, to: DataType) -> Sql:
    if to.kind == "text":
        return fragment("nullif({x}, '')", x=value.sql)
    return in_width(value.sql, value.type, to)


def _filled(text: Value) -> Sql:
    return fragment("coalesce({x}, '')", x=text.sql) if text.nullable else text.sql
