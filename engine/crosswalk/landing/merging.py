"""Merges what was read into the copy of a table: by key, the newest of each, and only rows that differ are touched."""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.contracts import Backend
from crosswalk.model import Entity
from crosswalk.sql import Sql, all_of, fragment, key_text, name, table

ARRIVED = "crosswalk_arrived"
"""The table that holds what was read until it is merged."""

SEEN = "crosswalk_seen"
"""Keys that a read named without giving rows that can be taken: rows that did not fit, and lists of all keys."""


GONE = "crosswalk_gone"
"""Keys of rows that a read says were removed."""


@dataclass(slots=True)
class Aside:
    """A table of the file for what a read gives, made when it is first needed. Not a temporary one: it may be large."""

    name: str
    columns: tuple[str, ...]
    entity: Entity
    backend: Backend
    made: bool = False

    def make(self) -> None:
        """Make the table, empty, unless it is there."""
        if not self.made:
            columns, copy = _columns(self.columns), table(self.entity.ref).text
            self.backend.run(f"CREATE OR REPLACE TABLE crosswalk.{self.name} AS SELECT {columns} FROM {copy} LIMIT 0")
            self.made = True

    def drop(self) -> None:
        if self.made:
            self.backend.run(f"DROP TABLE IF EXISTS crosswalk.{self.name}")
            self.made = False


def arrived(entity: Entity, backend: Backend) -> Aside:
    """The rows of a read."""
    return Aside(ARRIVED, tuple(entity.columns), entity, backend)


def seen(entity: Entity, backend: Backend) -> Aside:
    """The keys that a read named beside its rows."""
    return Aside(SEEN, entity.key, entity, backend)


def gone(entity: Entity, backend: Backend) -> Aside:
    """The keys of rows that went."""
    return Aside(GONE, entity.key, entity, backend)


def merge(entity: Entity, backend: Backend) -> None:
    """Bring the copy to what was read."""
    backend.run(_newest(entity))
    backend.run(_differing(entity))
    backend.run(_new(entity))


def remove_absent(entity: Entity, backend: Backend, *, named: bool) -> None:
    """Remove the rows that a whole read did not give; `named` says that it named keys beside."""
    among = [Sql(f"crosswalk.{ARRIVED}"), *([Sql(f"crosswalk.{SEEN}")] if named else [])]
    backend.run(_absent(entity, *among))


def keep_present(entity: Entity, backend: Backend) -> None:
    """Remove the rows whose keys are not among all keys of the table."""
    backend.run(_absent(entity, Sql(f"crosswalk.{SEEN}")))


def take_back(entity: Entity, page: str, backend: Backend) -> None:
    """Remove from what came before a page the rows whose keys it names."""
    same = _same(entity, "came", "page").text
    backend.run(f"DELETE FROM crosswalk.{ARRIVED} AS came USING {name(page).text} AS page WHERE {same}")


def remove_gone(entity: Entity, backend: Backend) -> None:
    """Remove from the copy the rows that a read says were removed; those that came after that are among its rows."""
    same = _same(entity, "copy", "gone").text
    backend.run(f"DELETE FROM {table(entity.ref).text} AS copy USING crosswalk.{GONE} AS gone WHERE {same}")


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
    """Rows are compared by a hash over all their cells, which lives for one statement: a join that carries the cells
    of wide rows holds all of them in memory.
    """
    keys, cells = _columns(entity.key), _columns(tuple(entity.columns))
    copy = f"SELECT rowid AS place, {keys}, hash({cells}) AS content FROM {table(entity.ref).text}"
    came = f"SELECT {keys}, hash({cells}) AS content FROM crosswalk.{ARRIVED}"
    same = _same(entity, "copy", "came").text
    changed = (
        f"SELECT copy.place FROM ({copy}) AS copy JOIN ({came}) AS came ON {same} AND copy.content <> came.content"
    )
    return f"DELETE FROM {table(entity.ref).text} WHERE rowid IN ({changed})"


def _new(entity: Entity) -> str:
    """What is new is found by places first: a join that finds it among whole rows holds all of them in memory."""
    same = _same(entity, "came", "copy").text
    there = f"SELECT came.rowid FROM crosswalk.{ARRIVED} AS came JOIN {table(entity.ref).text} AS copy ON {same}"
    rows = f"SELECT * FROM crosswalk.{ARRIVED} WHERE rowid NOT IN ({there})"
    return f"INSERT INTO {table(entity.ref).text} BY NAME {rows}"


def _absent(entity: Entity, *among: Sql) -> str:
    missing = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {where.text} AS seen WHERE {_same(entity, 'copy', 'seen').text})" for where in among
    )
    return f"DELETE FROM {table(entity.ref).text} AS copy WHERE {missing}"


def key_of(entity: Entity, alias: str) -> Sql:
    """Write the key of a landed row as text, as the ledger names rows."""
    return key_text([_of(alias, column) for column in entity.key])
