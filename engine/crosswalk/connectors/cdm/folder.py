"""A folder of the common data model as an outside system: its files are taken once, by content, as those of a folder.

A folder that is named after a time is taken when its ``model.json`` is there and ``Changelog/changelog.info`` does not
name it as the one that is written. Of rows with one key the one with the greatest version counts, over all files of a
read; one that says ``IsDelete`` is gone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosswalk.connectors.cdm.model import Model, Table, read_model
from crosswalk.connectors.files.arrivals import Arrival, Read, arrival, read_through, settled, unreadable
from crosswalk.connectors.files.described import entity
from crosswalk.connectors.files.form import Form, form_of
from crosswalk.connectors.files.layouts import Group, Layout, grouped
from crosswalk.connectors.files.marks import taken_of
from crosswalk.connectors.files.newest import Choosing
from crosswalk.connectors.files.pages import found_page, pages_of, prepared
from crosswalk.connectors.files.plain import text_of
from crosswalk.connectors.files.reader import Reader
from crosswalk.connectors.files.settings import folder_of
from crosswalk.contracts import Place, Traits
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Delivery, Page, Plain, Wanted
from crosswalk.model import Connection, Entity, EntityRef

_TIMES = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}[.:]\d{2}[.:]\d{2}Z?")
_VERSIONS = ("versionnumber", "sysrowversion")


@dataclass(frozen=True, slots=True)
class CdmFolder:
    """The tables of one folder."""

    connection: Connection
    folder: Path
    reader: Reader

    @property
    def traits(self) -> Traits:
        return Traits(stamps=True)

    def close(self) -> None:
        self.reader.close()

    def tables(self) -> tuple[str, ...]:
        """Name the tables of all models."""
        return tuple(sorted({table.name for model in self._models() for table in model.tables.values()}))

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        """Describe tables by the last model that has them; the key is Id where there is such a column."""
        models, found = self._models(), {}
        for named in tables:
            table = _last(models, named)
            if table is not None:
                found[named] = self._described(named, table)
        return found

    def _described(self, named: str, table: Table) -> Entity:
        folded = {column.casefold(): column for column in table.columns}
        key = (folded["id"],) if "id" in folded else ()
        told = [(column, kind, column in key) for column, kind in table.columns.items()]
        described = entity(EntityRef(self.connection.system, named), told, key, self.connection.span)
        modified, version = folded.get("modifiedon"), self._version(table)
        return replace(
            described,
            modified=modified if modified and table.columns[modified].kind == "datetime" else None,
            row_version=version if version and table.columns[version].kind == "int" else None,
        )

    def read(self, wanted: Wanted) -> Iterator[Page]:
        """Read the files that were not taken yet; all of them where they hold all rows."""
        of, models = wanted.entity, self._models()
        table = self._known(models, of)
        choosing = self._choosing(of, table, models[-1])
        taken = taken_of(wanted.since, self._way(choosing))
        files = self._files(models, of.ref.entity)
        found = read_through([file for file, _ in files], taken, float(self._setting("settle", "5")))
        fresh = [read for read in found if read.digest not in taken.files]
        chosen = {read.digest: read for read in (found if choosing.whole and fresh else fresh)}
        parts = prepared(self._grouped(list(chosen.values()), files), choosing, self.reader)
        if parts:
            yield from pages_of(parts, choosing, self.reader, wanted.filter if wanted.since is None else None)
        self.reader.release()
        after = taken.with_files((read.digest, read.signature) for read in found)
        yield Page(None, mark=after.without_old({read.digest for read in found}).text())

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        """Read rows by key: all files are searched."""
        models, whole = self._models(), [key for key in keys if None not in key]
        choosing = self._choosing(entity, self._known(models, entity), models[-1])
        files = self._files(models, entity.ref.entity)
        ready = settled([file for file, _ in files], float(self._setting("settle", "5")))
        parts = prepared(self._grouped([Read(file, "", "") for file in ready], files), choosing, self.reader)
        if parts and whole:
            bound = {f"k{at}": [text_of(key[at]) for key in whole] for at in range(len(by))}
            yield found_page(parts, choosing, self.reader, by, bound)
        self.reader.release()

    def write(self, delivery: Delivery) -> None:
        """Refuse: such a folder belongs to the program that exports."""
        message = f"{self.connection.span}: '{self.connection.system}' is a folder of the common data model"
        raise UsageError(message, code="NOT_WRITABLE", remedy="write to the system that exports it")

    def _models(self) -> list[Model]:
        """Read all models, in the order of time."""
        try:
            inside = sorted(self.folder.iterdir())
        except OSError as error:
            raise unreadable(self.folder, error) from error
        written = _being_written(self.folder)
        timed = [path for path in inside if path.is_dir() and _TIMES.fullmatch(path.name) and path.name != written]
        folders = [path for path in (self.folder, *timed) if (path / "model.json").is_file()]
        if not folders:
            message = f"{self.connection.span}: no model.json is in {self.folder}, nor in a folder named after a time"
            raise UsageError(message, code="FILE_MISSING", remedy="check 'folder'")
        return [read_model(path) for path in folders]

    def _known(self, models: list[Model], of: Entity) -> Table:
        table = _last(models, of.ref.entity)
        if table is None:
            message = f"no model.json in {self.folder} has a table '{of.ref.entity}'"
            raise UsageError(message, code="SYSTEM_LACKS", remedy="check the name of the entity")
        folded = {column.casefold() for column in table.columns}
        missing = [column for column in of.columns if column.casefold() not in folded]
        if missing:
            message = f"the model of {of.ref} has no column '{missing[0]}'"
            raise SystemFailure(message, code="COLUMN_MISSING", remedy="take the column out of the entity")
        return table

    def _files(self, models: list[Model], table: str) -> list[tuple[Arrival, Table]]:
        """List the files of a table, each with the columns that its own model gives it. What lies deeper, such as
        snapshots, is a copy.
        """
        found = []
        for model in models:
            known = model.table(table)
            place = model.folder / known.name if known else None
            if known is not None and place is not None and place.is_dir():
                names = sorted(path for path in place.iterdir() if path.suffix.casefold() == ".csv" and path.is_file())
                found += [(arrival(self.folder, path), known) for path in names]
        return found

    def _grouped(self, reads: list[Read], files: list[tuple[Arrival, Table]]) -> Iterator[Group]:
        tables = {file.name: table for file, table in files}
        return grouped([(at, read, _layout(tables[read.arrival.name])) for at, read in enumerate(reads)])

    def _choosing(self, of: Entity, table: Table, last: Model) -> Choosing:
        deleted = self._setting("deleted", "IsDelete")
        folded = {column.casefold() for column in table.columns}
        form = Form(
            format="csv",
            delimiter=table.delimiter,
            header=table.header,
            encoding=table.encoding,
            dates=last.dates,
            datetimes=last.times,
            ragged=True,
        )
        return Choosing(
            of,
            form_of(self.connection.settings, form),
            newest_by=self._version(table),
            gone=deleted if deleted.casefold() in folded else None,
            whole=self._setting("whole", "false") == "true",
        )

    def _version(self, table: Table) -> str | None:
        folded = {column.casefold(): column for column in table.columns}
        named = self._setting("version", "")
        return folded.get(named.casefold()) if named else next((folded[v] for v in _VERSIONS if v in folded), None)

    def _setting(self, setting: str, default: str) -> str:
        return str(self.connection.settings.get(setting) or default)

    def _way(self, choosing: Choosing) -> str:
        columns = [(column.name, str(column.type)) for column in choosing.entity.columns.values()]
        way = (choosing.form, choosing.newest_by, choosing.gone, choosing.whole, columns, choosing.entity.key)
        return hashlib.sha256(repr(way).encode()).hexdigest()[:16]


def _last(models: list[Model], table: str) -> Table | None:
    return next((found for model in reversed(models) if (found := model.table(table)) is not None), None)


def _layout(table: Table) -> Layout:
    """A column that is younger than the model of a folder is null in its rows."""
    columns = {column: (f"c{at}", "VARCHAR") for at, column in enumerate(table.columns)}
    return Layout("csv", columns, by_duckdb=table.encoding in ("utf-8", "utf8"), sparse=True)


def _being_written(folder: Path) -> str:
    """Name the folder that the exporting program is writing to."""
    try:
        return (folder / "Changelog" / "changelog.info").read_text(encoding="utf-8").strip().strip("/").split("/")[-1]
    except (OSError, UnicodeError):
        return ""


def open(connection: Connection, place: Place) -> CdmFolder:
    """Open a folder."""
    folder = folder_of(connection, place)
    if not folder.is_dir():
        message = f"{connection.span}: the folder {folder} is not there"
        raise UsageError(message, code="FILE_MISSING", remedy="check 'folder'")
    return CdmFolder(connection, folder, Reader(folder))
