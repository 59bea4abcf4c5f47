"""A DuckDB of our own that looks at files before the engine does: what is broken is found before any of it lands.

Files that only Python reads right are held here while they land; what does not fit into memory goes to a folder for
temporary files, which is removed at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from crosswalk.connectors.files.form import Form
from crosswalk.connectors.files.layouts import PATH, Group, Layout, layout_of, scan
from crosswalk.connectors.files.newest import Choosing, cells_of, raw_columns, typed_key, undecided
from crosswalk.connectors.files.records import Row, broken, csv_rows, json_rows
from crosswalk.entities import Entity
from crosswalk.errors import UsageError
from crosswalk.sql import Sql, any_of, fragment, literal, name

_ROWS = 20_000
_LOCK_DOWN = (
    "SET enable_external_access = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET TimeZone = 'UTC'",
    "SET lock_configuration = true",
)


class Stream:
    """The rows of a query as an Arrow stream, which is begun anew whenever it is asked for."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, sql: str, bound: Mapping[str, object] | None = None
    ) -> None:
        self._connection, self._sql, self._bound = connection, sql, dict(bound or {})
        self._begun: list[object] = []

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        cursor = self._connection.cursor()
        relation = cursor.sql(self._sql, params=self._bound) if self._bound else cursor.sql(self._sql)
        self._begun += [cursor, relation]
        return relation.__arrow_c_stream__(requested_schema)


def locked_down(folders: tuple[Path, ...], attached: tuple[str, ...] = ()) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB in memory that reaches these folders, what `attached` attaches first, and nothing else."""
    connection = duckdb.connect(":memory:")
    allowed = ", ".join(literal(f"{folder.resolve()}/").text for folder in folders)
    connection.execute(f"SET allowed_directories = [{allowed}]")
    for statement in (*attached, *_LOCK_DOWN):
        connection.execute(statement)
    return connection


class Reader:
    """The files of one connection, looked at and, where it must be, held."""

    def __init__(self, folder: Path) -> None:
        self._spill = TemporaryDirectory(prefix="crosswalk-")
        setting = f"SET temp_directory = {literal(self._spill.name).text}"
        self.connection = locked_down((folder, Path(self._spill.name)), (setting,))
        self._held = 0

    def close(self) -> None:
        self.connection.close()
        self._spill.cleanup()

    def layout(self, path: Path, form: Form, entity: Entity | None) -> Layout:
        """Look at the columns of a file."""
        found = layout_of(path, form, entity, self.connection)
        if found is None:
            message = f"{path}: nothing tells whether this is csv, parquet or json"
            raise UsageError(message, code="CONNECTION_SETTINGS", remedy="set 'format'")
        return found

    def source(self, group: Group, choosing: Choosing) -> tuple[Sql, bool]:
        """Give the cells of a group as a query, and whether it reads what is held here and not the files.

        The files are read to their ends for it; one that is broken is named, with the line.
        """
        if group.layout.by_duckdb:
            source = scan(group, choosing.form)
            if self._reads(group, source, choosing.entity):
                return cells_of(group, source, choosing), False
        layout = replace(
            group.layout, columns={called: (at, "VARCHAR") for called, (at, _) in group.layout.columns.items()}
        )
        held = replace(group, layout=layout)
        return cells_of(held, self._hold(held, choosing), choosing), True

    def _reads(self, group: Group, source: Sql, entity: Entity) -> bool:
        """Let DuckDB read everything, every cell of it; a CSV or JSON that it refuses may still be right."""
        columns = ", ".join(column.text for column in raw_columns(group.layout))
        bent = _bent(group.layout, entity).text
        asked = " ".join([f"SELECT bit_xor(hash({columns})), coalesce(bool_or({bent}), FALSE) FROM", source.text])
        try:
            found = self.connection.execute(asked).fetchone()
        except duckdb.Error as error:
            if group.layout.format != "parquet":
                return False
            raise self._culprit(group, columns, error) from error
        return found is not None and not found[1]

    def _culprit(self, group: Group, columns: str, error: duckdb.Error) -> Exception:
        for read in group.reads:
            alone = scan(Group((read,), group.layout, group.first), Form())
            try:
                self.connection.execute(" ".join([f"SELECT bit_xor(hash({columns})) FROM", alone.text])).fetchall()
            except duckdb.Error as found:
                return broken(read.arrival.path, None, f"it cannot be read: {str(found).splitlines()[0]}")
        return broken(group.paths[0], None, f"it cannot be read: {str(error).splitlines()[0]}")

    def doubles(self, source: Sql, entity: Entity) -> bool:
        """Tell whether two rows of a query have one key."""
        if not entity.key:
            return False
        key = ", ".join(part.text for part in typed_key(entity))
        counted = " ".join(["SELECT count(*) AS n FROM (", source.text, f") GROUP BY {key}"])
        found = self.connection.execute(" ".join(["SELECT max(n) FROM (", counted, ")"])).fetchone()
        return found is not None and found[0] is not None and int(found[0]) > 1

    def decided(self, source: Sql, choosing: Choosing, files: Mapping[int, Path]) -> None:
        """Make sure that of rows with one key one is the newest; a file that does not tell is named with the key."""
        found = self.connection.execute(undecided(source, choosing).text).fetchone()
        if found is not None:
            columns = [choosing.entity.columns[part] for part in choosing.entity.key]
            key = ", ".join("***" if c.pii else f"{c.name} {part}" for c, part in zip(columns, found[1:], strict=True))
            raise broken(files[int(found[0])], None, f"two different rows have the key {key}, and neither is newer")

    def _hold(self, group: Group, choosing: Choosing) -> Sql:
        """Read files in Python into a table of ours."""
        self._held += 1
        table = name(f"held{self._held}")
        columns = ", ".join(f"{column.text} VARCHAR" for column in (*raw_columns(group.layout), name(PATH)))
        self.connection.execute(f"CREATE TABLE {table.text} ({columns})")
        for path in group.paths:
            try:
                self.insert(table, _rows(path, group.layout, choosing), str(path))
            except duckdb.InvalidInputException as error:
                raise broken(path, None, "it holds half of a character, which is no text") from error
        return table

    def insert(self, table: Sql, rows: Iterator[Row], last: str) -> None:
        """Put rows of text into a table, `last` as the last cell of each."""
        while chunk := list(islice(rows, _ROWS)):
            columns = list(zip(*chunk, strict=True))
            listed = ", ".join(f"unnest(CAST($c{at} AS VARCHAR[]))" for at in range(len(columns)))
            bound: dict[str, object] = {f"c{at}": list(cells) for at, cells in enumerate(columns)}
            statement = " ".join([f"INSERT INTO {table.text} SELECT", listed, ", $last"])
            self.connection.execute(statement, {**bound, "last": last})

    def release(self) -> None:
        """Drop what is held, once it has landed."""
        for number in range(1, self._held + 1):
            self.connection.execute(f"DROP TABLE IF EXISTS {name(f'held{number}').text}")


def _bent(layout: Layout, entity: Entity) -> Sql:
    """Tell JSON that DuckDB would write in its own way: numbers that are taken as text, and what is nested."""
    if layout.format != "json":
        return literal(False)
    texts = [layout.column(c.name) for c in entity.columns.values() if c.type.kind not in ("int", "decimal")]
    return any_of([fragment("json_type({x}) IN ('DOUBLE', 'OBJECT', 'ARRAY')", x=at[0]) for at in texts if at])


def _rows(path: Path, layout: Layout, choosing: Choosing) -> Iterator[Row]:
    if layout.format == "json":
        return json_rows(path, choosing.form, tuple(layout.columns))
    return csv_rows(path, choosing.form, len(layout.columns))
