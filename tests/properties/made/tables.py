"""Strategies for tables: columns of every type, keys of one or more columns, and what a system keeps by itself or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.properties.made.words import Written, name

TYPES = (
    "guid",
    "int",
    "boolean",
    "date",
    "datetime",
    "text(3)",
    "text(8)",
    "text(20)",
    "text",
    "decimal(9,2)",
    "decimal(19,4)",
    "decimal(38,10)",
    "decimal(5,0)",
    "choice",
)
KEY_TYPES = ("guid", "int", "text(8)", "text(20)", "text", "date", "decimal(9,2)")
CHOICES: tuple[Mapping[object, str], ...] = (
    {0: "Draft", 1: "Open", 2: "Shut"},
    {192350000: "Cost", -1: "Lost", 7: "it's"},
    {"A": "Alpha", "b": "Beta"},
)


@dataclass(frozen=True)
class Col:
    name: str
    type: str
    choices: Mapping[object, str] = field(default_factory=dict, hash=False)
    to: tuple[str, ...] = ()
    required: bool = False

    @property
    def kind(self) -> str:
        return self.type.partition("(")[0]

    @property
    def scale(self) -> int:
        """How many digits stand behind the point."""
        return int(self.type.rstrip(")").rpartition(",")[2]) if "," in self.type else 0

    def lines(self) -> Written:
        found: dict[str, Written] = {"type": self.type}
        if self.choices:
            found["choices"] = dict(self.choices)
        if self.to:
            found["to"] = list(self.to)
        if self.required:
            found["required"] = True
        return found


@dataclass(frozen=True)
class Table:
    """A table. `kept` names columns by their role: modified, row_version, deleted, company."""

    system: str
    name: str
    key: tuple[Col, ...]
    columns: tuple[Col, ...]
    kept: Mapping[str, Col] = field(default_factory=dict, hash=False)

    @property
    def ref(self) -> str:
        return f"{self.system}.{self.name}"

    @property
    def all(self) -> tuple[Col, ...]:
        return (*self.key, *self.columns, *self.kept.values())

    def file(self) -> Written:
        roles = {role: column.name for role, column in self.kept.items()}
        return {
            "entity": self.name,
            "system": self.system,
            "key": [column.name for column in self.key],
            **roles,
            "columns": {column.name: column.lines() for column in self.all},
        }


@st.composite
def column(draw: st.DrawFn, word: str, types: tuple[str, ...] = TYPES) -> Col:
    kind = draw(st.sampled_from(types))
    return Col(name(word), kind, draw(st.sampled_from(CHOICES)) if kind == "choice" else {})


@st.composite
def columns(draw: st.DrawFn, word: str, *, most: int) -> tuple[Col, ...]:
    return tuple(draw(column(f"{word}{number}")) for number in range(draw(st.integers(1, most))))


@st.composite
def kept(draw: st.DrawFn, word: str, roles: tuple[str, ...], sure: tuple[str, ...] = ()) -> Mapping[str, Col]:
    """Columns that a system keeps by itself: those that are `sure`, and others now and then."""
    types = {"modified": "datetime", "row_version": "int", "deleted": "boolean", "company": "text(4)"}
    chosen = [role for role in roles if role in sure or draw(st.booleans())]
    return {role: Col(name(f"{word}_{role}"), types[role]) for role in chosen}


@st.composite
def others(draw: st.DrawFn, number: int) -> Table:
    """A table to which others refer: it is known by one column."""
    word = f"o{number}"
    key = Col(name(f"{word}_id"), draw(st.sampled_from(KEY_TYPES)))
    roles = draw(kept(word, ("modified", "row_version", "company")))
    return Table("shop", name(f"other{number}"), (key,), draw(columns(word, most=4)), roles)


@st.composite
def bases(draw: st.DrawFn, there: tuple[Table, ...]) -> Table:
    """The table that a map reads; some of its columns refer to those that are there."""
    keys = tuple(
        Col(name(f"b_id{n}"), draw(st.sampled_from(KEY_TYPES))) for n in range(draw(st.sampled_from((1, 1, 2))))
    )
    relations = tuple(Col(name(f"b_to{n}"), one.key[0].type, to=(one.name,)) for n, one in enumerate(there))
    roles = draw(kept("b", ("modified", "row_version", "deleted", "company"), sure=()))
    return Table("shop", name("base"), keys, (*draw(columns("b", most=6)), *relations), roles)
