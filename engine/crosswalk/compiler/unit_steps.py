"""Builds the statements that make the units of a leg whose rows are not its units."""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, of, source_key, version_of
from crosswalk.compiler.layers import layers_of
from crosswalk.compiler.render import render
from crosswalk.compiler.units import EntryList, EntryTable, FanOut, Merged, MergedPart
from crosswalk.plan import Statement
from crosswalk.sql import Sql, fragment, key_part, literal, name, table


def unit_statements(bound: Bound) -> tuple[Statement, ...]:
    """Build what fills ``units``; nothing where the rows of the source are the units."""
    made = bound.units.made
    if made is None:
        return ()
    if isinstance(made, FanOut):
        return (Statement("one unit for each entry of a row", render("units_each", **_fanned(bound, made))),)
    values = _merged(bound, made)
    return (
        Statement("what each row is a part of", render("units_members", **values)),
        Statement("one unit for the rows that belong together", render("units_merge", **values)),
    )


def _landing(bound: Bound, made: FanOut | Merged, columns: list[str]) -> dict[str, object]:
    source = bound.leg.source
    layers = layers_of(tuple(made.row.joins.values()), narrowed=False)
    return {
        "source": table(source.ref),
        "deleted": None if source.deleted is None else of("source", source.deleted),
        "source_key": source_key(source, "source"),
        "version": version_of(source, "source"),
        "landed": tuple(name(column) for column in dict.fromkeys(columns)),
        "layers": layers,
        "joined": layers[-1].name,
    }


@dataclass(frozen=True, slots=True)
class JoinedEntries:
    """Entries of a table as the statement joins them: `columns` are named by the entry."""

    table: Sql
    there: Sql
    columns: tuple[tuple[Sql, Sql], ...]
    on: tuple[Sql, ...]


@dataclass(frozen=True, slots=True)
class ListedEntries:
    entry: Sql
    key: Sql
    rows: tuple[tuple[Sql, Sql], ...]


def _fanned(bound: Bound, made: FanOut) -> dict[str, object]:
    own = [column for column in bound.landed if column in bound.leg.source.columns]
    parts = [key_part(of("source", column)) for column in bound.leg.source.key]
    tables = [entry for entry in made.entries if isinstance(entry, EntryTable)]
    lists = [entry for entry in made.entries if isinstance(entry, EntryList)]
    return {
        **_landing(bound, made, [*made.row.landed, *own]),
        "of": Sql(" || '|' || ".join(part.text for part in parts)),
        "key": Sql(" || '|' || ".join(part.text for entry in made.entries for part in _key(entry))),
        "taken": tuple(name(column) for column in bound.landed),
        "tables": tuple(_joined(entry, bound) for entry in tables),
        "lists": tuple(_listed(entry) for entry in lists),
    }


def _key(entry: EntryTable | EntryList) -> list[Sql]:
    if isinstance(entry, EntryList):
        return [name(f"{entry.name}.#key")]
    there = name(f"{entry.name}.#there")
    return [
        fragment(
            "CASE WHEN {there} THEN {part} ELSE {none} END",
            there=there,
            part=key_part(name(f"{entry.name}.{column}")),
            none=literal("\\-"),
        )
        for column in entry.entity.key
    ]


def _joined(entry: EntryTable, bound: Bound) -> JoinedEntries:
    used = [column for column in entry.entity.columns if f"{entry.name}.{column}" in bound.landed]
    columns = dict.fromkeys([*entry.entity.key, *entry.needed, *used])
    return JoinedEntries(
        table(entry.entity.ref),
        name(f"{entry.name}.#there"),
        tuple((of("x", column), name(f"{entry.name}.{column}")) for column in columns),
        tuple(Sql(condition.wrapped) for condition in entry.on) or (literal(True),),
    )


def _listed(entry: EntryList) -> ListedEntries:
    rows = tuple((literal(number), key) for number, key in enumerate(entry.keys))
    return ListedEntries(name(f"{entry.name}.#entry"), name(f"{entry.name}.#key"), rows)


@dataclass(frozen=True, slots=True)
class PartColumns:
    """A part of a merged row: its number, how its rows are counted and found, and the columns taken from it."""

    number: Sql
    when: Sql
    rows: Sql
    place: Sql
    alias: Sql
    columns: tuple[tuple[Sql, Sql], ...]


@dataclass(frozen=True, slots=True)
class Numbered:
    number: Sql
    when: Sql
    value: Sql


def _merged(bound: Bound, made: Merged) -> dict[str, object]:
    by = [name(f"merge.{word}") for word, _ in made.by]
    return {
        **_landing(bound, made, list(made.row.landed)),
        "row_version": _row_version(bound),
        "modified": None if bound.leg.source.modified is None else of("source", bound.leg.source.modified),
        "passes": made.filter,
        "faults": tuple(
            Numbered(literal(number), fault.when, fragment("CAST({x} AS VARCHAR)", x=fault.value))
            for number, fault in enumerate(made.faults)
        ),
        "by": tuple((value, alias) for (_, value), alias in zip(made.by, by, strict=True)),
        "group": Sql(" || '|' || ".join(key_part(alias).text for alias in by)),
        "parts": tuple(_part(number, part, bound) for number, part in enumerate(made.parts)),
    }


def _row_version(bound: Bound) -> Sql:
    """What tells one version of a row from the next, in a unit made of several: where nothing else does, all of it."""
    source = bound.leg.source
    if source.row_version or source.modified:
        return fragment("coalesce({v}, '')", v=version_of(source, "source"))
    return fragment("md5(CAST(source AS VARCHAR))")


def _part(number: int, part: MergedPart, bound: Bound) -> PartColumns:
    columns = [column for column in bound.leg.source.columns if f"{part.name}.{column}" in bound.landed]
    alias = name(part.name)
    return PartColumns(
        literal(number),
        part.when,
        name(f"{part.name}.#rows"),
        name(f"{part.name}.#source"),
        alias,
        tuple((Sql(f"{alias.text}.{name(column).text}"), name(f"{part.name}.{column}")) for column in columns),
    )
