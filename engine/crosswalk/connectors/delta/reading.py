"""Reads a Delta table at one version, and the rows of some keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from arro3.core import RecordBatch, RecordBatchReader, Table

from crosswalk.connectors.delta.filters import condition, spelled
from crosswalk.connectors.delta.tables import LakeTable, select, translated
from crosswalk.errors import SystemFailure
from crosswalk.exchange import MarkExpired, Page, Plain, Wanted
from crosswalk.model import Column, Entity
from crosswalk.sql import Sql, name, type_name

PAGE_ROWS = 200_000
"""Rows of one page, about: a page holds whole batches of the library."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a read ended: a version of one table. A table that was made anew has another id."""

    table: str
    version: int

    def text(self) -> str:
        return json.dumps({"table": self.table, "version": self.version})

    @staticmethod
    def of(text: str) -> Mark:
        try:
            given = json.loads(text)
            return Mark(str(given["table"]), int(given["version"]))
        except (ValueError, KeyError, TypeError):
            raise MarkExpired(f"no mark of a Delta table: {text}") from None


def read_whole(table: LakeTable, wanted: Wanted) -> Iterator[Page]:
    """Give every row of this version that meets the filter; the last page carries the mark."""
    entity = wanted.entity
    where = None
    if wanted.filter is not None:
        where = condition(wanted.filter, lambda column: typed(table, entity.columns[column], entity))
    relation = select(table.cells(entity, list(entity.columns)), "page", where)
    reader = table.scan([table.field(column, entity) for column in entity.columns])
    for part in parts(reader, table.folder):
        yield Page(relation, arrow=part)
    yield Page(None, mark=Mark(table.id, table.version).text())


def find_rows(
    table: LakeTable, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]
) -> Iterator[Page]:
    """Give the rows that have one of the keys, at this version. The table is read once whatever the number of keys."""
    sought = [Sql(f"unnest(CAST($k{place} AS VARCHAR[]))") for place in range(len(by))]
    pairs = zip(by, sought, strict=True)
    columns = [Sql(f"{_cast(value, entity.columns[column]).text} AS {name(column).text}") for column, value in pairs]
    cells = [typed(table, entity.columns[column], entity) for column in by]
    at = Sql(", ".join(cell.text for cell in cells))
    among = Sql(f"({at.text}) IN ({select(columns, '(SELECT 1)').text})")
    relation = select(table.cells(entity, list(entity.columns)), "page", among)
    bound = {f"k{place}": [spelled(key[place]) for key in keys] for place in range(len(by))}
    reader = table.scan([table.field(column, entity) for column in entity.columns])
    for part in parts(reader, table.folder):
        yield Page(relation, bound=bound, arrow=part)


def typed(table: LakeTable, column: Column, entity: Entity) -> Sql:
    """Give a cell in the type of its column; null where it does not fit."""
    return _cast(table.cell(column, entity), column)


def _cast(value: Sql, column: Column) -> Sql:
    return Sql(f"TRY_CAST({value.text} AS {type_name(column.type).text})")


def parts(reader: RecordBatchReader, folder: Path) -> Iterator[Table]:
    """Cut a stream into tables of about `PAGE_ROWS` rows; what fails in it is a `SystemFailure`."""
    held: list[RecordBatch] = []
    while (batch := _next(reader, folder)) is not None:
        held.append(batch)
        if sum(each.num_rows for each in held) >= PAGE_ROWS:
            yield Table.from_batches(held)
            held = []
    if held:
        yield Table.from_batches(held)


def _next(reader: RecordBatchReader, folder: Path) -> RecordBatch | None:
    with translated(folder):
        try:
            return next(reader, None)
        except (OSError, SystemFailure):
            raise
        except Exception as error:
            message = f"the table in {folder} cannot be read to its end: {error}"
            remedy = "if its files were vacuumed meanwhile, run again"
            raise SystemFailure(message, code="SYSTEM_FAILED", remedy=remedy) from error
