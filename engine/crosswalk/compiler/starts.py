"""Names that a unit brings with it and that start paths: an entry of `each`, a part of `merge`, what merged rows share.

Their values are columns of the relation of units, named by the path that the author wrote. A value of a fixed list is a
constant that differs by entry: it takes the type of the column that it is written to, as any constant does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crosswalk.compiler.landing import constant
from crosswalk.contracts import TransformError, Value
from crosswalk.errors import nearest
from crosswalk.model import Column, Constant, DataType, Entity, Entry
from crosswalk.sql import Sql, fragment, literal, name


@dataclass(frozen=True, slots=True)
class Start:
    """One name. `values` are what stands behind its dot; `listed` the constants behind it, entry by entry; `order` the
    columns by which entries stand one after the other.
    """

    name: str
    what: str
    values: Mapping[str, Value]
    system: str = ""
    table: str = ""
    listed: Mapping[str, Sequence[Constant]] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    def take(self, column: str) -> tuple[Value, str]:
        """Give a value and the column of the relation of units that it is made from."""
        if column not in self.values:
            of = f"a column of {self.table}" if self.table else f"known behind '{self.name}'"
            hint = nearest(column, self.values) or ("" if self.table else f"known: {', '.join(self.values)}")
            code = "UNKNOWN_COLUMN" if self.table else "UNKNOWN_PATH"
            raise TransformError(code, f"'{column}' is not {of}", hint)
        return self.values[column], f"{self.name}.#entry" if self.listed else f"{self.name}.{column}"


def of_table(start: str, what: str, entity: Entity) -> Start:
    """Make a name whose row is one of a table, and may be missing."""
    values = {
        column.name: Value(name(f"{start}.{column.name}"), column.type, column=column)
        for column in entity.columns.values()
    }
    return Start(start, what, values, entity.ref.system, str(entity.ref), order=entity.key)


def of_list(start: str, entries: Sequence[Entry]) -> Start:
    """Make a name whose values are constants by entry."""
    listed = {word: tuple(entry.values[word] for entry in entries) for word in entries[0].values}
    values = {word: _typed(start, constants) for word, constants in listed.items()}
    return Start(start, "an entry", values, listed=listed, order=("#entry",))


def by_entry(start: Start, word: str, column: Column) -> Value:
    """Type the constants of a list by the column that they are written to."""
    typed = [constant(one, column) for one in start.listed[word]]
    return Value(_cases(start.name, [value.sql for value in typed]), typed[0].type, column=typed[0].column)


def _typed(start: str, constants: Sequence[Constant]) -> Value:
    """Type the constants of a list by themselves: whole numbers where all are, numbers, else text."""
    texts = [None if one.value is None else str(one.value) for one in constants]
    known = [text for text in texts if text is not None]
    bare = bool(known) and not any(one.quoted for one in constants)
    if bare and all(_WHOLE.fullmatch(text) for text in known):
        kind = DataType("int")
    elif bare and all(_NUMBER.fullmatch(text) for text in known):
        parts = [text.lstrip("-").partition(".") for text in known]
        scale = max(len(part[2]) for part in parts)
        kind = DataType("decimal", precision=max(len(part[0]) for part in parts) + scale, scale=scale)
    else:
        kind = DataType("text", length=max([1, *map(len, known)]))
    column = Column("", kind, constants[0].span)
    values = [constant(one, column) for one in constants]
    return Value(_cases(start, [value.sql for value in values]), kind)


_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})([.][0-9]{1,18})?")


def _cases(start: str, values: Sequence[Sql]) -> Sql:
    """Choose among values by the number of the entry."""
    if len(set(values)) == 1:
        return values[0]
    holes = {f"v{number}": value for number, value in enumerate(values)}
    numbers = {f"n{number}": literal(number) for number in range(len(values))}
    arms = " ".join(f"WHEN {{n{number}}} THEN {{v{number}}}" for number in range(len(values)))
    return fragment(f"CASE {{entry}} {arms} END", entry=name(f"{start}.#entry"), **holes, **numbers)
