"""A Delta table that is open at one version: its fields, its streams, and our own exceptions for what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from arro3.core import RecordBatchReader
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.schema import PrimitiveType

from crosswalk.connectors.delta.cells import read, refuse_nested
from crosswalk.connectors.delta.places import LOG, check_files
from crosswalk.errors import SystemFailure, UsageError, nearest
from crosswalk.model import Column, Entity
from crosswalk.sql import Sql, name


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table at a version. `fields` gives the type of each column, spelled as in its log: ``decimal(19,4)``."""

    folder: Path
    table: DeltaTable
    fields: Mapping[str, str]

    @property
    def id(self) -> str:
        return str(self.table.metadata().id)

    @property
    def version(self) -> int:
        return self.table.version()

    def field(self, column: str, entity: Entity) -> str:
        """Find the name of a column in the table: as it is written, else in another case; `UsageError` otherwise."""
        if column in self.fields:
            return column
        alike = [field for field in self.fields if field.casefold() == column.casefold()]
        if len(alike) == 1:
            return alike[0]
        message = f"the table '{entity.ref.entity}' has no column '{column}'"
        raise UsageError(message, code="DRIFT_COLUMN_MISSING", remedy=nearest(column, self.fields) or "see its schema")

    def cell(self, column: Column, entity: Entity) -> Sql:
        """Read the cell of a column as the entity wants it."""
        field = self.field(column.name, entity)
        refuse_nested(field, self.fields[field], entity.ref.entity)
        return read(column, self.fields[field], name(field))

    def cells(self, entity: Entity, columns: Sequence[str]) -> list[Sql]:
        """Read columns under the names that the entity gives them."""
        wanted = (entity.columns[column] for column in columns)
        return [Sql(f"{self.cell(column, entity).text} AS {name(column.name).text}") for column in wanted]

    def scan(self, columns: Sequence[str]) -> RecordBatchReader:
        """Read fields of this version; deletion vectors are applied."""
        with translated(self.folder):
            check_files(self.folder, self._paths())
            return self.table.scan(columns=list(columns))

    def _paths(self) -> list[str]:
        return [str(path) for path in self.table.get_add_actions().column("path").to_pylist()]


def open_table(folder: Path, version: int | None = None) -> LakeTable | None:
    """Open a table at a version, the newest where none is named; None where there is no table."""
    if not (folder / LOG).is_dir():
        return None
    with translated(folder):
        try:
            table = DeltaTable(folder, version=version)
        except TableNotFoundError:
            return None
        kinds = {field.name: _spelled(field.type) for field in table.schema().fields}
    return LakeTable(folder, table, kinds)


def _spelled(kind: object) -> str:
    return kind.type if isinstance(kind, PrimitiveType) else str(getattr(kind, "type", kind))


def needed(folder: Path, entity: Entity) -> LakeTable:
    """Open the table of an entity; `UsageError` where there is none."""
    found = open_table(folder)
    if found is None:
        message = f"{folder} holds no Delta table for '{entity.ref.entity}'"
        remedy = "check 'folder' and 'tables' of the connection"
        raise UsageError(message, code="DRIFT_TABLE_MISSING", remedy=remedy)
    return found


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Raise `SystemFailure` for what the library says of a table."""
    try:
        yield
    except (DeltaError, OSError) as error:
        message = f"the table in {folder} cannot be read or written: {error}"
        raise SystemFailure(message, code="SYSTEM_FAILED", remedy="check the table and run again") from error


def select(columns: Sequence[Sql], source: str, where: Sql | None = None) -> Sql:
    """Write a query over `source`, a name or a join of ours."""
    parts = ["SELECT", ", ".join(column.text for column in columns), "FROM", source]
    return Sql(" ".join([*parts, *(["WHERE", where.text] if where is not None else [])]))
