"""The units of a leg: what is mapped, one by one, into rows of the target.

A plain leg maps the rows of its source as they stand. With `each` one row makes several units, with `merge` several
rows make one. So that every later statement reads units in one way, they stand in a relation with a key, a version and
the columns that paths name: for a plain leg that relation is the source itself.

Units of other legs are written into a temporary table at the start of a run, all of them. Why not a view: each step
finds units by place, and which delivered units are gone is told by comparing keys with all there are now; a table of
the few columns that the map reads is made once in the time in which a view would be read twice.

Every row of the source belongs to at least one unit, or the sums would not agree: a row that finds no entry, that the
filter leaves out, or that fits no part is a unit by itself. Where a part of a key is missing, ``\\-`` stands for it,
which no written part can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crosswalk.compiler.scope import RowScope
from crosswalk.contracts import Fault
from crosswalk.model import Entity
from crosswalk.sql import Sql, all_of, fragment, key_text, literal, name, part_of_key, table, type_name


@dataclass(frozen=True, slots=True)
class EntryTable:
    """Entries of `each` in a table: rows for which all of `on` holds. `needed` are columns that `on` speaks of."""

    name: str
    entity: Entity
    on: tuple[Sql, ...]
    needed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryList:
    """Entries of `each` in the map; `keys` name each by its values."""

    name: str
    keys: tuple[Sql, ...]
    parts: int


@dataclass(frozen=True, slots=True)
class FanOut:
    """One row makes a unit for each combination of entries. `row` holds the names of the row before that."""

    row: RowScope
    entries: tuple[EntryTable | EntryList, ...]

    @property
    def parts(self) -> int:
        """How many parts of a unit's key come from its entries."""
        return sum(len(e.entity.key) if isinstance(e, EntryTable) else e.parts for e in self.entries)


@dataclass(frozen=True, slots=True)
class MergedPart:
    name: str
    when: Sql


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows that agree in `by` make a unit. `faults` are why a row can be part of none, by number."""

    row: RowScope
    filter: Sql
    by: tuple[tuple[str, Sql], ...]
    parts: tuple[MergedPart, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Units:
    """What a leg maps, as its statements read it under the name ``source``. `made` says how, where rows are not units.

    `modified` narrows the rows to compare to those that changed lately; where it is None all are compared. `asked`
    are the conditions by which ``$key`` names a unit.
    """

    relation: Sql
    key: Sql
    version: Sql
    modified: Sql | None
    deleted: Sql | None
    asked: tuple[Sql, ...]
    made: FanOut | Merged | None = None

    @property
    def tables(self) -> tuple[Entity, ...]:
        """The tables besides the source that decide which units there are."""
        if self.made is None:
            return ()
        joined = [join.entity for join in self.made.row.joins.values()]
        entries = self.made.entries if isinstance(self.made, FanOut) else ()
        found = [*joined, *(entry.entity for entry in entries if isinstance(entry, EntryTable))]
        return tuple({entity.ref: entity for entity in found}.values())

    @property
    def rows(self) -> Sql:
        """The source rows of each unit, as a relation: its place, theirs, and what a unit's key says of them."""
        if isinstance(self.made, Merged):
            return _MEMBERS
        return _OWNERS


_OWNERS = Sql('(SELECT rowid AS "#row", "#source", "#of" FROM units)')
_MEMBERS = Sql(
    '(SELECT units.rowid AS "#row", members."#source", units."#key" AS "#of"'
    ' FROM members JOIN units ON units."#key" = members."#unit")'
)


def plain_units(source: Entity) -> Units:
    """Take the rows of the source as they stand."""
    key = key_text([_of(column) for column in source.key])
    version = source.row_version or source.modified
    return Units(
        relation=table(source.ref),
        key=key,
        version=fragment("CAST(NULL AS VARCHAR)") if version is None else _text(version),
        modified=None if source.modified is None else _of(source.modified),
        deleted=None if source.deleted is None else _of(source.deleted),
        asked=(all_of([*_typed(source), Sql(f"{key.text} = $key")]),),
    )


def _typed(source: Entity) -> list[Sql]:
    """Compare the columns of a key each by itself first: keys as text would have to be made of all rows."""
    return [
        fragment(
            "({column} = TRY_CAST({part} AS {kind}) OR ({column} IS NULL AND {part} = ''))",
            column=_of(column),
            part=part_of_key(Sql("$key"), nth, len(source.key)),
            kind=type_name(source.columns[column].type),
        )
        for nth, column in enumerate(source.key)
    ]


def made_units(made: FanOut | Merged) -> Units:
    """Take what stands in the temporary table ``units``."""
    if isinstance(made, FanOut):
        of_row = Sql('source."#source_key" = $key')
    else:
        of_row = Sql('source."#key" IN (SELECT "#unit" FROM members WHERE "#source_key" = $key)')
    return Units(
        relation=name("units"),
        key=_of("#key"),
        version=_of("#version"),
        modified=None,
        deleted=None,
        asked=(Sql('source."#key" = $key'), of_row),
        made=made,
    )


def _of(column: str) -> Sql:
    return Sql(f"source.{name(column).text}")


def _text(column: str) -> Sql:
    return fragment("CAST({x} AS VARCHAR)", x=_of(column))


def row_of(units: Units) -> Sql:
    """Write the part of a unit's key that names its source row; a merged unit is named by the whole."""
    key = Sql('shaped."#key"')
    if not isinstance(units.made, FanOut):
        return key
    ending = literal("([|]([^|\\\\]|\\\\.)*){" + str(units.made.parts) + "}$")
    return fragment("regexp_replace({key}, {ending}, '')", key=key, ending=ending)


Holes = Mapping[str, object]
