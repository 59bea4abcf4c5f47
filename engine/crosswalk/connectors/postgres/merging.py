"""The statements that write staged changes into a table: DELETE by key, then one MERGE.

Deletes go first, so that a value that must be unique can pass from a deleted row to a new one. An insert whose key is
there already becomes an update: what was sent once and is sent again makes no second row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crosswalk.connectors.postgres.catalog import Table
from crosswalk.connectors.postgres.statements import filled, listed, of
from crosswalk.sql import Sql, all_of, name

_DELETE = "DELETE FROM {table} AS t USING {staged} WHERE {chosen} AND s.{operation} = 'delete' AND {same}"
_MERGE = """
MERGE INTO {table} AS t USING (SELECT {values} FROM {staged} WHERE {chosen} AND s.{operation} <> 'delete') AS s
ON {same}
WHEN MATCHED AND s.operation = 'insert' THEN UPDATE SET {again}
WHEN MATCHED THEN UPDATE SET {updates}
WHEN NOT MATCHED AND s.operation = 'insert' THEN INSERT ({columns}) VALUES ({inserts})
"""


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


def merge(table: Table, staged: Staged, chosen: Sql) -> Sql:
    """Insert and update what the chosen changes say."""
    aliases = {column: Sql(f"v{place}") for place, column in enumerate([*staged.key, *staged.cells])}
    flags = {column: Sql(f"p{place}") for place, column in enumerate(staged.partial)}
    given = {**staged.cells, **staged.key}
    values = [filled("{x} AS {alias}", x=given[column], alias=alias) for column, alias in aliases.items()]
    values += [filled("{x} AS {alias}", x=staged.partial[column], alias=alias) for column, alias in flags.items()]
    values.append(filled("s.{operation} AS operation", operation=staged.operation))
    again = [column for column in staged.inserted if column not in staged.key]
    return filled(
        _MERGE,
        table=table.ref,
        values=listed(values),
        staged=staged.source,
        chosen=chosen,
        operation=staged.operation,
        same=all_of([filled("t.{c} = s.{a}", c=name(column), a=aliases[column]) for column in staged.key]),
        again=_set(staged, again, aliases, {}),
        updates=_set(staged, staged.updated, aliases, flags),
        columns=listed(name(column) for column in staged.inserted),
        inserts=listed(filled("s.{a}", a=aliases[column]) for column in staged.inserted),
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


def same_key(staged: Staged) -> Sql:
    """The condition under which a row ``t`` is the one that a change ``s`` names."""
    return all_of([filled("{t} = {s}", t=of("t", column), s=x) for column, x in staged.key.items()])
