"""The statements that write staged changes into a table: DELETE by key, then one MERGE.

Deletes go first, so that a value that must be unique can pass from a deleted row to a new one. An insert whose key is
there already becomes an update: what was sent once and is sent again makes no second row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from crosswalk.connectors.postgres.catalog import Table
from crosswalk.connectors.postgres.statements import filled, listed, of
from crosswalk.sql import Sql, all_of, name

_DELETE = "DELETE FROM {table} AS t USING {staged} WHERE {chosen} AND s.{operation} = 'delete' AND {same}"
_MERGE = """
MERGE INTO {table} AS t USING (SELECT {values} FROM {staged} WHERE {chosen} AND s.{operation} <> 'delete') AS s
ON {same}
{branches}
"""
_INSERTED = """WHEN MATCHED AND s.operation = 'insert' THEN UPDATE SET {again}
WHEN NOT MATCHED AND s.operation = 'insert' THEN INSERT ({columns}) VALUES ({inserts})"""
_UPDATED = "WHEN MATCHED THEN UPDATE SET {updates}"


@dataclass(frozen=True, slots=True)
class Staged:
    """Where changes wait: `source` is a table that stands as ``s``, `operation` its column with the operation, `key`
    and `cells` the values of the target's columns as expressions over ``s``. `partial` says of a column whether a
    change sets it, where not every change sets all; `inserted` and `updated` the columns that new and changed rows get.
    """

    source: Sql
    operation: Sql
    key: Mapping[str, Sql]
    cells: Mapping[str, Sql]
    partial: Mapping[str, Sql]
    inserted: tuple[str, ...]
    updated: tuple[str, ...]


def delete(table: Table, staged: Staged, chosen: Sql) -> Sql:
    """Delete the rows that the chosen changes name."""
    return filled(
        _DELETE, table=table.ref, staged=staged.source, chosen=chosen, operation=staged.operation, same=same_key(staged)
    )


def merge(table: Table, staged: Staged, chosen: Sql, operations: Collection[str]) -> Sql:
    """Insert and update what the chosen changes say; the statement asks for no right that `operations` do not need."""
    aliases = {column: Sql(f"v{place}") for place, column in enumerate([*staged.key, *staged.cells])}
    flags = {column: Sql(f"p{place}") for place, column in enumerate(staged.partial)}
    given = {**staged.cells, **staged.key}
    values = [filled("{x} AS {alias}", x=given[column], alias=alias) for column, alias in aliases.items()]
    values += [filled("{x} AS {alias}", x=staged.partial[column], alias=alias) for column, alias in flags.items()]
    values.append(filled("s.{operation} AS operation", operation=staged.operation))
    branches = {
        "insert": filled(
            _INSERTED,
            again=_set(staged, [column for column in staged.inserted if column not in staged.key], aliases, {}),
            columns=listed(name(column) for column in staged.inserted),
            inserts=listed(filled("s.{a}", a=aliases[column]) for column in staged.inserted),
        ),
        "update": filled(_UPDATED, updates=_set(staged, staged.updated, aliases, flags)),
    }
    return filled(
        _MERGE,
        table=table.ref,
        values=listed(values),
        staged=staged.source,
        chosen=chosen,
        operation=staged.operation,
        same=all_of([filled("t.{c} = s.{a}", c=name(column), a=aliases[column]) for column in staged.key]),
        branches=listed([branch for operation, branch in branches.items() if operation in operations], "\n"),
    )


def _set(staged: Staged, columns: Sequence[str], aliases: Mapping[str, Sql], flags: Mapping[str, Sql]) -> Sql:
    """Set columns; where there is none, the key to itself, for a row that is there has been written all the same."""
    if not columns:
        return filled("{c} = t.{c}", c=name(next(iter(staged.key))))
    return listed(
        filled("{c} = CASE WHEN s.{flag} THEN s.{a} ELSE t.{c} END", c=name(c), flag=flags[c], a=aliases[c])
        if c in flags
        else filled("{c} = s.{a}", c=name(c), a=aliases[c])
        for c in columns
    )


def needs(staged: Staged, operations: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Name the columns on which each verb is needed; a delete is a right on the whole table."""
    written = dict.fromkeys(
        (*(staged.inserted if "insert" in operations else ()), *(staged.updated if "update" in operations else ()))
    )
    columns = {
        "SELECT": tuple(dict.fromkeys((*staged.key, *staged.partial))),
        "INSERT": staged.inserted if "insert" in operations else (),
        "UPDATE": tuple(column for column in written if column not in staged.key),
        "DELETE": (),
    }
    return {verb: on for verb, on in columns.items() if on or (verb == "DELETE" and "delete" in operations)}


def same_key(staged: Staged) -> Sql:
    """The condition under which a row ``t`` is the one that a change ``s`` names."""
    return all_of([filled("{t} = {s}", t=of("t", column), s=x) for column, x in staged.key.items()])
