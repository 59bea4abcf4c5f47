"""The file of the drill's system: one SQLite table per entity, what they look like, what changed, what was asked.

Tables whose names begin with ``#`` are the system's own: ``#tables`` describes the others, ``#changes`` is the change
log that triggers keep, ``#fired`` counts faults, ``#requests`` lists what arrived. Triggers see to the log and the
stamps, so that a row that a person edits with any SQLite tool is a change like every other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex

from crosswalk.connectors.drill.cells import whole
from crosswalk.connectors.drill.descriptions import described, description
from crosswalk.errors import UsageError
from crosswalk.model import Entity
from crosswalk.sql import literal, name

_OWN = (
    'CREATE TABLE IF NOT EXISTS "#tables" (name TEXT PRIMARY KEY COLLATE NOCASE, token TEXT, description TEXT)',
    'CREATE TABLE IF NOT EXISTS "#changes" (version INTEGER PRIMARY KEY AUTOINCREMENT, "table" TEXT, row_key TEXT)',
    'CREATE INDEX IF NOT EXISTS "#changes of a table" ON "#changes" ("table", version)',
    'CREATE TABLE IF NOT EXISTS "#fired" (place INTEGER PRIMARY KEY, times INTEGER)',
    'CREATE TABLE IF NOT EXISTS "#requests" (number INTEGER PRIMARY KEY, at TEXT, operation TEXT, "table" TEXT,'
    " place INTEGER, row_count INTEGER, outcome TEXT)",
)
_NOW = "strftime('%Y-%m-%dT%H:%M:%f', 'now')"
_LAST = 'SELECT max(version) FROM "#changes"'


class Store:
    """The file, opened; every reader gets a connection of its own, and so a snapshot that nothing moves."""

    def __init__(self, file: Path, *, stamps: bool) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file, self._stamps = file, stamps
        self.connection = self._connect()
        for statement in ("PRAGMA journal_mode = WAL", *_OWN):
            self.connection.execute(statement)
        # A process that is killed loses nothing of what it handed to the machine; more is not asked of a drill.
        self.connection.execute("PRAGMA synchronous = OFF")

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, isolation_level=None, timeout=30)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees the file as it is now, until the end."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN")
            connection.execute('SELECT count(*) FROM "#tables"').fetchone()
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection of the writer; what it does stays as a whole, or not at all."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def tables(self) -> tuple[str, ...]:
        return tuple(sorted(str(row[0]) for row in self.connection.execute('SELECT name FROM "#tables"')))

    def describe(self, system: str, table: str) -> Entity | None:
        """Describe a table as it was made; None when there is none."""
        found = self.connection.execute('SELECT description FROM "#tables" WHERE name = ?', (table,)).fetchone()
        return None if found is None else described(json.loads(found[0]), system)

    def ready(self, entity: Entity) -> Entity:
        """Make the table of an entity where it is missing; `UsageError` when one of its columns is not there."""
        table = entity.ref.entity
        found = self.describe(entity.ref.system, table)
        if found is None:
            self._make(entity)
            return entity
        missing = [column for column in entity.columns if column not in found.columns]
        if missing:
            message = f"{entity.ref} in {self._file.name} has no column '{missing[0]}'"
            raise UsageError(message, code="DRIFT_COLUMN_MISSING", remedy="remove the file: the drill makes it anew")
        return found

    def _make(self, entity: Entity) -> None:
        with self.transaction() as connection:
            connection.execute(_create(entity))
            for statement in (_index(entity), *_triggers(entity, stamps=self._stamps)):
                connection.execute(statement)
            row = (entity.ref.entity, token_hex(4), json.dumps(description(entity)))
            connection.execute('INSERT INTO "#tables" VALUES (?, ?, ?)', row)

    def fired(self, place: int) -> int:
        """Say how often a line of the script happened."""
        found = self.connection.execute('SELECT times FROM "#fired" WHERE place = ?', (place,)).fetchone()
        return int(found[0]) if found else 0

    def count(self, place: int) -> None:
        """Write down, durably, that a line of the script happens."""
        statement = 'INSERT INTO "#fired" VALUES (?, 1) ON CONFLICT (place) DO UPDATE SET times = times + 1'
        self.connection.execute(statement, (place,))

    def note(self, request: tuple[str, str, int, int], outcome: str) -> None:
        """Write down a request: its operation, table, place and number of rows, and what came of it."""
        columns = '"#requests" (at, operation, "table", place, row_count, outcome)'
        text = " ".join(("INSERT INTO", columns, "VALUES (", _NOW, ", ?, ?, ?, ?, ?)"))
        self.connection.execute(text, (*request, outcome))

    def close(self) -> None:
        self.connection.close()


def token(connection: sqlite3.Connection, table: str) -> str:
    """Name the making of a table: one that was made anew has another."""
    return str(connection.execute('SELECT token FROM "#tables" WHERE name = ?', (table,)).fetchone()[0])


def last_version(connection: sqlite3.Connection) -> int:
    """Give the version of the last change in the file."""
    return int(connection.execute(_LAST).fetchone()[0] or 0)


def _create(entity: Entity) -> str:
    columns = (f"{name(c.name).text} {'INTEGER' if whole(c.type) else 'TEXT'}" for c in entity.columns.values())
    return f"CREATE TABLE {name(entity.ref.entity).text} ({', '.join(columns)})"


def _index(entity: Entity) -> str:
    table = entity.ref.entity
    columns = ", ".join(name(column).text for column in entity.key)
    return f"CREATE UNIQUE INDEX {name(f'#key of {table}').text} ON {name(table).text} ({columns})"


def _triggers(entity: Entity, *, stamps: bool) -> Iterator[str]:
    """Write the triggers of a table: the change log, and the stamps where the system keeps them.

    Stamps that a statement sets by itself stay; a row that changes its key is gone under the old one.
    """
    table = name(entity.ref.entity).text
    for event, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
        logged = "; ".join(_log(entity, row) for row in rows)
        stamped = _stamp(entity, event) if stamps and event != "DELETE" else ""
        trigger = name(f"#{event} of {entity.ref.entity}").text
        yield f"CREATE TRIGGER {trigger} AFTER {event} ON {table} BEGIN {logged}; {stamped} END"


def _log(entity: Entity, row: str) -> str:
    key = ", ".join(f"{row}.{name(column).text}" for column in entity.key)
    table = literal(entity.ref.entity).text
    return " ".join(('INSERT INTO "#changes" ("table", row_key) VALUES (', table, ", json_array(", key, "))"))


def _stamp(entity: Entity, event: str) -> str:
    """Stamp the row of a trigger; after an update only where the statement left the stamps as they were."""
    found = {column: now for column, now in ((entity.row_version, f"({_LAST})"), (entity.modified, _NOW)) if column}
    if not found:
        return ""
    columns = {name(column).text: now for column, now in found.items()}
    if event == "INSERT":
        cells = ", ".join(f"{column} = coalesce({column}, {now})" for column, now in columns.items())
        free = " OR ".join(f"NEW.{column} IS NULL" for column in columns)
    else:
        cells = ", ".join(f"{column} = {now}" for column, now in columns.items())
        free = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in columns)
    where = f"WHERE rowid = NEW.rowid AND ({free});"
    return " ".join(("UPDATE", name(entity.ref.entity).text, "SET", cells, where))
