"""A folder of arriving files as an outside system: each file is taken once, later ones win over earlier ones.

A file that comes late, between files that were taken, is followed by those behind it once more: what the tables hold
never depends on when files arrive, only on their order. A file that is broken stops the read of its table before
anything of this read has landed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from crosswalk.connectors.files.arrivals import Arrival, Read, below, read_through, settled, table_of
from crosswalk.connectors.files.described import data_type, entity
from crosswalk.connectors.files.form import ENDINGS, ending
from crosswalk.connectors.files.layouts import OPERATION, Group, grouped
from crosswalk.connectors.files.marks import Taken, taken_of
from crosswalk.connectors.files.newest import Choosing
from crosswalk.connectors.files.output import Target, write_out
from crosswalk.connectors.files.pages import Prepared, found_page, pages_of, prepared, tells_gone
from crosswalk.connectors.files.plain import text_of
from crosswalk.connectors.files.reader import Reader
from crosswalk.connectors.files.records import json_names
from crosswalk.connectors.files.settings import Settings, settings_of
from crosswalk.contracts import Place, Traits
from crosswalk.errors import UsageError
from crosswalk.exchange import Delivery, Page, Plain, Wanted
from crosswalk.model import Connection, DataType, Entity, EntityRef


class FilesFolder:
    """The files of one folder."""

    traits = Traits(makes=True)

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection, self._settings = connection, settings
        self._reader = Reader(settings.folder)

    def close(self) -> None:
        self._reader.close()

    def tables(self) -> tuple[str, ...]:
        """Name the tables that have files, and those that the settings name."""
        folder, named = self._settings.folder, self._connection.settings.get("tables")
        configured = {str(table) for table in named} if isinstance(named, Mapping) else set()
        known = {table.casefold() for table in configured}
        there = (
            [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "_"))]
            if folder.is_dir()
            else []
        )
        found = {path.name if path.is_dir() else table_of(path.name) for path in there if _may_hold(path)}
        return tuple(sorted(configured | {table for table in found if table.casefold() not in known}))

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        """Describe tables by their last files. Only Parquet has types: what CSV and JSON hold is text."""
        found = {}
        for table in tables:
            files = self._files(table)
            if files:
                ref = EntityRef(self._connection.system, table)
                found[table] = entity(ref, self._columns(files[-1].path, table), (), self._connection.span)
        return found

    def _columns(self, path: Path, table: str) -> Iterator[tuple[str, DataType, bool]]:
        form = self._settings.form_of(table)
        layout = self._reader.layout(path, form, None)
        if layout.format == "json":
            return ((column, DataType("text"), False) for column in json_names(path, form))
        columns = layout.columns.items()
        return ((column, data_type(given), False) for column, (_, given) in columns if column != OPERATION)

    def read(self, wanted: Wanted) -> Iterator[Page]:
        """Read the files that were not taken yet."""
        choosing = self._choosing(wanted.entity)
        taken = taken_of(wanted.since, self._way(wanted.entity))
        groups, after = self._chosen(choosing, taken, anew=wanted.since is None)
        parts = prepared(groups, choosing, self._reader)
        together = choosing.newest_by is not None or tells_gone(parts, choosing)
        condition = wanted.filter if wanted.since is None else None
        for part in [parts] if together and parts else [[one] for one in parts]:
            yield from pages_of(part, choosing, self._reader, condition)
        self._reader.release()
        yield Page(None, mark=after.text())

    def _chosen(self, choosing: Choosing, taken: Taken, *, anew: bool) -> tuple[tuple[Group, ...], Taken]:
        """Choose the files to read: those that are new, and those that were taken and win over them."""
        table = choosing.entity.ref.entity
        found = list({read.digest: read for read in reversed(self._read(table, taken))}.values())[::-1]
        fresh = {read.digest for read in found if read.digest not in taken.files}
        start = next((place for place, read in enumerate(found) if read.digest in fresh), len(found))
        if self._settings.whole:
            start = len(found) - 1 if found and (anew or found[-1].digest in fresh) else len(found)
        elif choosing.newest_by and fresh:
            start = 0
        after = taken.with_files((read.digest, read.signature) for read in found)
        groups = tuple(self._grouped(found[start:], choosing.entity, start))
        return groups, after.without_old({read.digest for read in found})

    def _grouped(self, reads: list[Read], entity: Entity, start: int) -> Iterator[Group]:
        form = self._settings.form_of(entity.ref.entity)
        looked = [
            (start + at, read, self._reader.layout(read.arrival.path, form, entity)) for at, read in enumerate(reads)
        ]
        return grouped(looked)

    def _files(self, table: str) -> list[Arrival]:
        found = below(self._settings.folder, self._settings.patterns.get(table.casefold()), table)
        if self._settings.order == "time":
            found.sort(key=lambda file: (file.modified, file.name))
        return found

    def _read(self, table: str, taken: Taken) -> list[Read]:
        return read_through(self._files(table), taken, self._settings.settle)

    def _choosing(self, entity: Entity) -> Choosing:
        by = self._settings.newest_by
        return Choosing(
            entity,
            self._settings.form_of(entity.ref.entity),
            newest_by=by if by in entity.columns else None,
            whole=self._settings.whole,
        )

    def _way(self, entity: Entity) -> str:
        """Tell how files are read: files that were read in another way must be read anew."""
        settings, table = self._settings, entity.ref.entity
        columns = [(column.name, str(column.type)) for column in entity.columns.values()]
        way = (settings.form_of(table), settings.patterns.get(table.casefold()), settings.newest_by, settings.whole)
        return hashlib.sha256(repr((way, columns, entity.key)).encode()).hexdigest()[:16]

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        """Read rows by key: all files are searched, for they have no order that would help."""
        whole, parts = [key for key in keys if None not in key], self._all(entity)
        if whole and parts:
            bound = {f"k{at}": [text_of(key[at]) for key in whole] for at in range(len(by))}
            yield found_page(parts, self._choosing(entity), self._reader, by, bound)
        self._reader.release()

    def _current(self, entity: Entity) -> Iterator[Page]:
        """Read all rows as they are after the last file."""
        if parts := self._all(entity):
            yield next(pages_of(parts, self._choosing(entity), self._reader))
        self._reader.release()

    def _all(self, entity: Entity) -> list[Prepared]:
        files = settled(self._files(entity.ref.entity), self._settings.settle)
        reads = [Read(file, "", "") for file in (files[-1:] if self._settings.whole else files)]
        return prepared(self._grouped(reads, entity, 0), self._choosing(entity), self._reader)

    def write(self, delivery: Delivery) -> None:
        """Write the changes as Parquet, a whole file at a time."""
        if self._settings.output == "no":
            message = f"{self._connection.span}: '{self._connection.system}' is read only"
            raise UsageError(message, code="NOT_WRITABLE", remedy="set 'output' to replace or changes")
        changes = self._settings.output == "changes"
        write_out(Target(self._settings.folder, self._current, changes), delivery)


def _may_hold(path: Path) -> bool:
    return path.is_dir() or ending(path.name) in ENDINGS


def open(connection: Connection, place: Place) -> FilesFolder:
    """Open a folder."""
    return FilesFolder(connection, settings_of(connection, place))
