"""The bench of the drill: its file is looked at and changed with the standard library's SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.model import Column, Connection, Entity
from crosswalk.sql import name
from tests.conformance.bench import FarSide, Fault, Wish, open_connection
from tests.conformance.landed import Row, plain


class DrillBench:
    """One file below the test's folder; `stamps` says who keeps the stamps of rows."""

    def __init__(self, root: Path, stamps: str) -> None:
        self._root, self._stamps = root, stamps

    @property
    def root(self) -> Path:
        return self._root

    @property
    def file(self) -> Path:
        return self._root / "far.sqlite"

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        lines = [{"on": f.on, "fault": f.name, "at": f.at, "times": str(f.times)} for f in faults]
        return self.connection_with(faults=lines, page="100", batch="100")

    def connection_with(self, **settings: object) -> Connection:
        """Give a connection with any settings."""
        whole = {"file": self.file.name, "stamps": self._stamps, **settings}
        return Connection("far", "drill", whole, Span("crosswalk.yaml", 1, 1))

    def make(self, entity: Entity) -> Entity:
        """The drill makes a table when it is first asked for it."""
        system = open_connection(self.connection(), self._root)
        list(system.find(entity, entity.key, []))
        system.close()
        return entity

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            for row in rows:
                names, marks = ", ".join(name(c).text for c in row), ", ".join("?" * len(row))
                text = f"INSERT INTO {name(entity.ref.entity).text} ({names}) VALUES ({marks})"
                connection.execute(text, [_write(value, entity.columns[c]) for c, value in row.items()])

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        sets = ", ".join(f"{name(c).text} = ?" for c in cells)
        text = f"UPDATE {name(entity.ref.entity).text} SET {sets} WHERE {_meets(key)}"
        self._run(text, cells, entity, key)

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        self._run(f"DELETE FROM {name(entity.ref.entity).text} WHERE {_meets(key)}", {}, entity, key)

    def rows(self, entity: Entity) -> list[Row]:
        columns = list(entity.columns.values())
        names = ", ".join(name(c.name).text for c in columns)
        with closing(sqlite3.connect(self.file)) as connection:
            found = connection.execute(f"SELECT {names} FROM {name(entity.ref.entity).text}").fetchall()
        return [{c.name: _read(cell, c) for c, cell in zip(columns, row, strict=True)} for row in found]

    def query(self, text: str) -> list[tuple[object, ...]]:
        """Ask the file."""
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(text).fetchall()

    def close(self) -> None:
        """Nothing is held between calls."""

    def _run(self, text: str, cells: Row, entity: Entity, key: Row | None = None) -> None:
        values = [(entity.columns[c], value) for part in (cells, key or {}) for c, value in part.items()]
        with closing(sqlite3.connect(self.file)) as connection, connection:
            done = connection.execute(text, [_write(value, column) for column, value in values])
            assert done.rowcount == 1


def _meets(key: Mapping[str, Plain]) -> str:
    return " AND ".join(f"{name(c).text} = ?" for c in key)


def _write(value: Plain, column: Column) -> str | int | None:
    match plain(value, column):
        case None:
            return None
        case bool() as truth:
            return "true" if truth else "false"
        case int() as number:
            return number
        case found if hasattr(found, "isoformat"):
            return str(found.isoformat())
        case found:
            return f"{found:f}" if column.type.kind == "decimal" else str(found)


def _read(cell: str | int | None, column: Column) -> Plain:
    if column.type.kind == "boolean" and cell is not None:
        return cell == "true"
    return plain(cell, column)


@contextmanager
def drill(root: Path, wish: Wish, stamps: str = "server") -> Iterator[FarSide]:
    yield DrillBench(root, stamps)
