"""Writes a database file anew, without the room that removed rows left in it, and lets the new file take its place.

A DuckDB file never shrinks: what is removed leaves blocks that later rows fill. The new file is written beside the old
one and takes its name in one step, when it is whole and on the disk; whatever fails before leaves the old one as it is.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crosswalk.errors import MachineError
from crosswalk.failpoints import around
from crosswalk.sql import literal, name


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a file was and is, in bytes."""

    before: int
    after: int


_COUNTS = (
    "SELECT database_name, schema_name, table_name, column_count, comment FROM duckdb_tables()"
    " WHERE database_name IN ('old', 'new') ORDER BY ALL"
)


def compact(database: Path) -> Sizes:
    """Write the file anew; the caller holds its lease and has closed it. `MachineError` leaves it as it is."""
    database = database.resolve()
    new = database.with_name(database.name + ".compact")
    before = database.stat().st_size
    try:
        _remove(new)
        _write(database, new)
        shutil.copymode(database, new)
        _to_disk(new)
        with around("swap", str(new.name)):
            new.replace(database)
        _to_disk(database.parent)
    except (duckdb.Error, OSError) as error:
        message = f"{database} could not be written anew, and is as it was: {error}"
        remedy = f"check that there is room for a second file beside it ({before:,} bytes), then call it again"
        raise MachineError(message, code="DISK_OR_FILE", remedy=remedy) from error
    finally:
        _remove(new)
    return Sizes(before, database.stat().st_size)


def _write(database: Path, new: Path) -> None:
    """Copy everything, in a form that is read by the versions of DuckDB that read the old file."""
    connection = duckdb.connect(":memory:")
    try:
        connection.execute(f"ATTACH {literal(str(database)).text} AS old")
        connection.execute("CHECKPOINT old")
        (form,) = connection.execute(
            "SELECT rtrim(tags['storage_version'], '+') FROM duckdb_databases() WHERE database_name = 'old'"
        ).fetchall()[0]
        with around("publish", new.name):
            connection.execute(f"ATTACH {literal(str(new)).text} AS new (STORAGE_VERSION {literal(form).text})")
            connection.execute("SET enable_external_access = false")
            connection.execute("COPY FROM DATABASE old TO new")
            connection.execute("CHECKPOINT new")
        _compare(connection)
    finally:
        connection.close()
    if database.with_name(database.name + ".wal").exists():
        raise OSError("its log could not be written into it")


def _compare(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a copy that has not every table with every row: none is known, and the old file is all there is."""
    sides: dict[str, list[tuple[object, ...]]] = {"old": [], "new": []}
    for side, schema, table, columns, comment in connection.execute(_COUNTS).fetchall():
        counted = connection.table(name(side, schema, table).text).count("*").fetchall()
        sides[side].append((schema, table, columns, comment, *counted))
    if sides["old"] != sides["new"]:
        raise OSError("the new file does not hold the same rows")


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _remove(new: Path) -> None:
    for path in (new, new.with_name(new.name + ".wal")):
        path.unlink(missing_ok=True)
