"""Lands pages the way the engine does and gives their rows as Python values, each cell checked against its column.

The checks are the engine's own, and one more: cells that come as text are spelled as told. Why strict: a connector is right when nothing has to be bent. A cell is either of the DuckDB type of its column, or text
in the one spelling that `crosswalk.exchange` names; everything else is a failure of the connector, said with the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Context, Decimal
from pathlib import Path
from typing import cast
from uuid import UUID

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.exchange import Page, Plain
from crosswalk.landing.cells import checked
from crosswalk.model import Column, Entity
from crosswalk.sql import any_of, fragment, literal, name, type_name

Row = Mapping[str, Plain]

SPELLINGS: Mapping[str, str] = {
    "guid": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "int": "-?[0-9]+",
    "decimal": r"-?[0-9]+(\.[0-9]+)?",
    "boolean": "true|false",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "datetime": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z?",
}
"""How a cell is spelled that comes as text, by the kind of its column."""


WIDE = Context(prec=60)

FOLDERS: set[Path] = set()
"""The folders of the connections that are open, which the engine's DuckDB may read."""


class Misspelled(AssertionError):
    """A page holds what its columns do not allow."""


@dataclass(slots=True)
class Landed:
    """What the pages of one read hold together. `pages` counts those with rows."""

    rows: list[Row] = field(default_factory=list)
    gone: list[tuple[Plain, ...]] = field(default_factory=list)
    present: list[tuple[Plain, ...]] | None = None
    mark: str | None = None
    pages: int = 0


def land(pages: Iterable[Page], entity: Entity) -> Landed:
    """Take pages in their order into a database in memory; keys of ``gone`` and ``present`` are given by themselves."""
    backend = DuckDBBackend(None, folders=sorted(FOLDERS))
    try:
        whole = Landed()
        for page in pages:
            _take(page, entity, backend, whole)
        return whole
    finally:
        backend.close()


def _take(page: Page, entity: Entity, backend: DuckDBBackend, whole: Landed) -> None:
    if page.mark is not None:
        whole.mark = page.mark
    if page.kind == "present" and whole.present is None:
        whole.present = []
    if page.relation is None:
        return
    rows = landed(page, entity, backend)
    whole.pages += 1
    keys = [tuple(row[column] for column in entity.key) for row in rows]
    match page.kind:
        case "rows":
            whole.rows += rows
        case "gone":
            whole.gone += keys
        case "present":
            cast(list[tuple[Plain, ...]], whole.present).extend(keys)


def landed(page: Page, entity: Entity, backend: DuckDBBackend) -> list[Row]:
    """Land one page and read its rows: all columns of the entity, of ``gone`` and ``present`` pages its key."""
    backend.land(page, "landed")
    found = {str(row[0]): str(row[1]) for row in backend.rows('DESCRIBE "landed"')}
    wanted = [entity.columns[key] for key in entity.key] if page.kind != "rows" else list(entity.columns.values())
    missing = [column.name for column in wanted if column.name not in found]
    if missing:
        raise Misspelled(f"a page of {entity.ref} has no columns {missing}; it has {sorted(found)}")
    for column in wanted:
        _check_spelling(column, found[column.name], backend)
    cells = [checked(column, found[column.name]) for column in wanted]
    unfit = any_of([fragment("NOT {fits}", fits=cell.fits) for cell in cells])
    if wrong := backend.rows(f'SELECT * FROM "landed" WHERE {unfit.text} LIMIT 3'):
        raise Misspelled(f"the engine takes these rows of {entity.ref} for misfits: {wrong}")
    names = [column.name for column in wanted]
    rows = backend.rows(f'SELECT {", ".join(cell.value.text for cell in cells)} FROM "landed"')
    return [dict(zip(names, cast(tuple[Plain, ...], row), strict=True)) for row in rows]


def _check_spelling(column: Column, found: str, backend: DuckDBBackend) -> None:
    if _same(column, found):
        return
    if found != "VARCHAR":
        raise Misspelled(f"{column.name} is {found}, and its column says {column.type}")
    kind = "int" if column.type.kind == "choice" and column.type.coded == "int" else column.type.kind
    if kind not in SPELLINGS:
        return
    cell, pattern = name(column.name).text, literal(SPELLINGS[kind]).text
    wrong = backend.rows(
        "SELECT " + cell + ' FROM "landed" WHERE NOT regexp_full_match(' + cell + ", " + pattern + ") LIMIT 3"
    )
    if wrong:
        raise Misspelled(f"{column.name} ({column.type}) holds {[row[0] for row in wrong]}")


def _same(column: Column, found: str) -> bool:
    return found.replace(" ", "") == type_name(column.type).text.replace(" ", "")


def plain(value: Plain, column: Column) -> Plain:
    """Give a value as a landed row holds it: the Python type of the column, decimals at its scale."""
    match column.type.kind, value:
        case _, None:
            return None
        case "guid", str():
            return UUID(value)
        case "decimal", int() | str() | Decimal():
            return Decimal(value).quantize(Decimal(1).scaleb(-column.type.scale), context=WIDE)
        case "date", datetime():
            return value.date()
        case "date", str():
            return date.fromisoformat(value)
        case "datetime", str():
            return datetime.fromisoformat(value.removesuffix("Z"))
        case _:
            return value


def plain_row(row: Mapping[str, Plain], entity: Entity) -> dict[str, Plain]:
    """Give some cells of a row as a landed row holds them."""
    return {column: plain(value, entity.columns[column]) for column, value in row.items()}
