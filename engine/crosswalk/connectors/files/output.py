"""Writes changes to Parquet files: the whole file under a name that nothing reads, then the right name at once.

``replace`` keeps one file for each table; ``changes`` adds one for each delivery, with what became of each row. Either
way the table is built here from the files that are there, so that a file holds whole rows and preconditions are
checked. A delivery that comes again writes the file of the same name, with the rows that it wrote before.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crosswalk.connectors.duckdb.applying import Applying
from crosswalk.connectors.files.arrivals import unreadable
from crosswalk.connectors.files.layouts import OPERATION, scanned
from crosswalk.connectors.files.reader import Reader
from crosswalk.entities import Entity
from crosswalk.errors import SystemFailure
from crosswalk.exchange import Ack, Delivery, Page
from crosswalk.sql import Sql, all_of, fragment, literal, name, type_name

_BATCH = 10_000
_TABLE, _BEFORE = name("built"), name("before")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a table is written. `current` gives its rows as they are; `changes` adds a file instead of replacing."""

    folder: Path
    current: Callable[[Entity], Iterator[Page]]
    changes: bool

    def file(self, delivery: Delivery) -> Path:
        """Name the file of a delivery; it is the same whenever the same delivery is written."""
        table = delivery.entity.ref.entity
        if not self.changes:
            return self.folder / f"{table}.parquet"
        short = hashlib.sha256(delivery.id.encode()).hexdigest()[:16]
        return self.folder / table / f"{_sortable(self.folder / table, short)}-{short}.parquet"


def _sortable(folder: Path, short: str) -> str:
    """Number the files of deliveries in their order; one that is there keeps its number."""
    there = sorted(folder.glob("[0-9]*-*.parquet")) if folder.is_dir() else []
    again = [path for path in there if path.stem.endswith(f"-{short}")]
    if again:
        return again[0].stem.split("-")[0]
    return f"{int(there[-1].stem.split('-')[0]) + 1 if there else 1:010d}"


def write_out(target: Target, delivery: Delivery) -> None:
    """Write a delivery: nothing of it is there before all of it is."""
    reader = Reader(target.folder)
    try:
        sent = _build(reader.connection, target, delivery)
        if sent:
            _put(reader.connection, target, delivery)
        for acks in sent:
            delivery.answered(acks)
    finally:
        reader.close()


def _build(connection: duckdb.DuckDBPyConnection, target: Target, delivery: Delivery) -> list[list[Ack]]:
    entity = delivery.entity
    _load(connection, entity, target.current(entity))
    if target.changes:
        connection.execute(f"CREATE TABLE {_BEFORE.text} AS FROM {_TABLE.text}")
    applying, sent = Applying(connection, _TABLE, entity), []
    for batch in delivery.batches(_BATCH):
        delivery.sending(batch)
        sent.append(applying.apply(batch, lambda acks: None))
    return sent


def _load(connection: duckdb.DuckDBPyConnection, entity: Entity, pages: Iterator[Page]) -> None:
    """Load the rows that are there; each cell as the type of its column."""
    columns = entity.columns.values()
    listed = ", ".join(f"{name(column.name).text} {type_name(column.type).text}" for column in columns)
    connection.execute(f"CREATE TABLE {_TABLE.text} ({listed})")
    cells = ", ".join(f"CAST({name(c.name).text} AS {type_name(c.type).text})" for c in columns)
    for page in pages:
        if page.relation is None or page.kind != "rows":
            continue
        if page.arrow is not None:
            connection.register("page", page.arrow)
        statement = " ".join(["INSERT INTO", _TABLE.text, "SELECT", cells, "FROM (", page.relation.text, ")"])
        connection.execute(statement, dict(page.bound))


def _put(connection: duckdb.DuckDBPyConnection, target: Target, delivery: Delivery) -> None:
    file, entity = target.file(delivery), delivery.entity
    temporary = file.with_name(f".{file.name}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        content = _changed(connection, file, entity) if target.changes else Sql(_TABLE.text)
        where = literal(str(temporary)).text
        rows = " ".join(["SELECT * FROM", content.text])
        connection.execute(" ".join(["COPY (", rows, ") TO", where, "(FORMAT parquet, COMPRESSION zstd)"]))
        _sync(temporary)
        os.replace(temporary, file)  # noqa: PTH105
        _sync(file.parent)
    except OSError as error:
        raise unreadable(file, error) from error
    except duckdb.IOException as error:
        message = f"{file} cannot be written: {str(error).splitlines()[0]}"
        raise SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy="check room and rights; run again") from error
    finally:
        temporary.unlink(missing_ok=True)


def _changed(connection: duckdb.DuckDBPyConnection, file: Path, entity: Entity) -> Sql:
    """Select the rows that are not as they were, and those that this delivery wrote before; of a row that is gone there
    is the key only.
    """
    key = ", ".join(name(part).text for part in entity.key)
    same = all_of(
        [fragment("{b} IS NOT DISTINCT FROM {t}", b=name("b", part), t=name("t", part)) for part in entity.key]
    )
    touched = [
        f"SELECT {key} FROM (FROM {_TABLE.text} EXCEPT FROM {_BEFORE.text})",  # noqa: S608
        f"SELECT {key} FROM (FROM {_BEFORE.text} EXCEPT FROM {_TABLE.text})",  # noqa: S608
    ]
    if file.exists():
        touched.append(" ".join(["SELECT", key, "FROM", scanned((file,)).text]))
    cells = ", ".join(
        f"{name('t' if column in entity.key else 'b', column).text} AS {name(column).text}" for column in entity.columns
    )
    there = f"CASE WHEN b.rowid IS NULL THEN 'delete' ELSE 'row' END AS {name(OPERATION).text}"
    keys = " ".join(["(", " UNION ".join(touched), ") AS t"])
    return Sql(
        " ".join(["(SELECT", cells, ",", there, "FROM", keys, "LEFT JOIN", _TABLE.text, "AS b ON", same.text, ")"])
    )


def _sync(path: Path) -> None:
    """Have the disk hold what was written, before a name says that it is there."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
