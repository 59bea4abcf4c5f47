"""Merges what was read into the copy of a table: by key, the newest of each, and only rows that differ are touched."""

from __future__ import annotations

from crosswalk.contracts import Backend
from crosswalk.model import Entity
from crosswalk.sql import Sql, all_of, any_of, fragment, key_text, name, table

ARRIVED = "crosswalk_arrived"
"""The table that holds what was read until it is merged."""

SEEN = "crosswalk_seen"
"""Keys that a read named without giving rows that can be taken: rows that did not fit, and lists of all keys."""


def clear(entity: Entity, backend: Backend) -> None:
    """Make the tables of a read, empty. They are tables of the file, not temporary ones: they may be large."""
    drop(backend)
    backend.run(f"CREATE TABLE crosswalk.{ARRIVED} AS FROM {table(entity.ref).text} LIMIT 0")
    backend.run(f"CREATE TABLE crosswalk.{SEEN} AS SELECT {_columns(entity.key)} FROM {table(entity.ref).text} LIMIT 0")


def drop(backend: Backend) -> None:
    backend.run(f"DROP TABLE IF EXISTS crosswalk.{ARRIVED}")
    backend.run(f"DROP TABLE IF EXISTS crosswalk.{SEEN}")


def merge(entity: Entity, backend: Backend, *, whole: bool) -> None:
    """Bring the copy to what was read; rows that a whole read did not give are gone."""
    backend.run(_newest(entity))
    backend.run(_differing(entity))
    backend.run(_new(entity))
    if whole:
        backend.run(_absent(entity, Sql(f"crosswalk.{ARRIVED}"), Sql(f"crosswalk.{SEEN}")))


def keep_present(entity: Entity, backend: Backend) -> None:
    """Remove the rows whose keys are not among all keys of the table."""
    backend.run(_absent(entity, Sql(f"crosswalk.{SEEN}")))


def remove(entity: Entity, page: str, backend: Backend) -> None:
    """Remove the rows whose keys a page names."""
    target, keys = table(entity.ref).text, name(page).text
    backend.run(f"DELETE FROM {target} AS copy USING {keys} AS page WHERE {_same(entity, 'copy', 'page').text}")


def give_back(entity: Entity, page: str, match: tuple[str, ...], backend: Backend) -> None:
    """Take rows over as the system gave them back after a write, in place: other steps know them by their place."""
    target, given = table(entity.ref).text, name(page).text
    on = all_of([fragment("{a} = {b}", a=_of("copy", column), b=_of("page", column)) for column in match])
    cells = ", ".join(f"{name(column).text} = {_of('page', column).text}" for column in entity.columns)
    backend.run(f"UPDATE {target} AS copy SET {cells} FROM {given} AS page WHERE {on.text}")


def _columns(columns: tuple[str, ...]) -> str:
    return ", ".join(name(column).text for column in columns)


def _of(alias: str, column: str) -> Sql:
    return Sql(f"{alias}.{name(column).text}")


def _same(entity: Entity, one: str, other: str) -> Sql:
    return all_of([fragment("{a} = {b}", a=_of(one, c), b=_of(other, c)) for c in entity.key])


def _newest(entity: Entity) -> str:
    """A row may be read twice when it moves between pages: the newest version counts, and of equal ones the last."""
    order = ", ".join(f"{name(c).text} DESC NULLS LAST" for c in (entity.row_version, entity.modified) if c)
    keys = _columns(entity.key)
    nth = f"row_number() OVER (PARTITION BY {keys} ORDER BY {order + ', ' if order else ''}rowid DESC)"
    older = f"SELECT place FROM (SELECT rowid AS place, {nth} AS nth FROM crosswalk.{ARRIVED}) WHERE nth > 1"
    return f"DELETE FROM crosswalk.{ARRIVED} WHERE rowid IN ({older})"


def _differing(entity: Entity) -> str:
    unlike = any_of([fragment("{a} IS DISTINCT FROM {b}", a=_of("copy", c), b=_of("came", c)) for c in entity.columns])
    return (
        f"DELETE FROM {table(entity.ref).text} AS copy USING crosswalk.{ARRIVED} AS came"
        f" WHERE {_same(entity, 'copy', 'came').text} AND ({unlike.text})"
    )


def _new(entity: Entity) -> str:
    return (
        f"INSERT INTO {table(entity.ref).text} BY NAME SELECT * FROM crosswalk.{ARRIVED} AS came WHERE NOT EXISTS"
        f" (SELECT 1 FROM {table(entity.ref).text} AS copy WHERE {_same(entity, 'copy', 'came').text})"
    )


def _absent(entity: Entity, *among: Sql) -> str:
    missing = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {where.text} AS seen WHERE {_same(entity, 'copy', 'seen').text})" for where in among
    )
    return f"DELETE FROM {table(entity.ref).text} AS copy WHERE {missing}"


def key_of(entity: Entity, alias: str) -> Sql:
    """Write the key of a landed row as text, as the ledger names rows."""
    return key_text([_of(alias, column) for column in entity.key])
