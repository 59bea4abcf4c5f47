"""Reads one table out of the packages of a folder: of each key the row that comes last, by package and by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from crosswalk.connectors.delta.filters import condition, spelled
from crosswalk.connectors.dmf.cells import read
from crosswalk.connectors.dmf.manifest import Content
from crosswalk.connectors.dmf.unpacking import contents, packages, rows
from crosswalk.exchange import MarkExpired, Page, Plain, Wanted
from crosswalk.model import Entity
from crosswalk.sql import Sql, all_of, literal, name, type_name

PAGE_ROWS = 5_000


_EVERY = Sql("TRUE")
Held = tuple[Path, Content]


@dataclass(frozen=True, slots=True)
class Query:
    """Which of the rows that come last are asked for."""

    where: Sql = _EVERY
    bound: Mapping[str, object] = field(default_factory=dict)


def read_rows(folder: Path, called: str, wanted: Wanted) -> Iterator[Page]:
    """Give the rows of exported packages that the mark does not name; a package is known by its name, size and time.
    One that was taken away since has told what it had to tell: its rows stay.
    """
    entity = wanted.entity
    now = {path.name: f"{path.stat().st_size}.{path.stat().st_mtime_ns}" for path in packages(folder)}
    taken = _taken(wanted.since)
    query = Query()
    if wanted.filter is not None and wanted.since is None:
        query = Query(condition(wanted.filter, lambda column: _typed(entity, column)))
    fresh = [folder / each for each in sorted(now) if taken.get(each) != now[each]]
    yield from _pages(_exported(fresh, called), entity, query)
    yield Page(None, mark=json.dumps(now, sort_keys=True))


def _taken(mark: str | None) -> dict[str, str]:
    try:
        found = json.loads(mark) if mark is not None else {}
        return {str(key): str(value) for key, value in found.items()}
    except (ValueError, AttributeError):
        raise MarkExpired(f"no mark of a folder of packages: {mark}") from None


def find_rows(
    folder: Path, called: str, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]
) -> Iterator[Page]:
    """Give the rows with these keys as the packages have them, the newest file last: names of deliveries have no order.
    What the system made of the rows is not known.
    """
    kinds = [_kind(entity, column) for column in by]
    sought = Sql(", ".join(f"CAST(unnest(CAST($k{n} AS VARCHAR[])) AS {kind})" for n, kind in enumerate(kinds)))
    cells = Sql(", ".join(_typed(entity, column).text for column in by))
    among = Sql(" ".join([f"({cells.text}) IN (SELECT", sought.text, ")"]))
    bound = {f"k{place}": [spelled(key[place]) for key in keys] for place in range(len(by))}
    if keys:
        files = sorted(packages(folder), key=lambda path: (path.stat().st_mtime_ns, path.name))
        yield from _pages(_held(files, called), entity, Query(among, bound))


def _pages(held: Iterator[Held], entity: Entity, query: Query) -> Iterator[Page]:
    """Lay the rows of packages out, and give the last of each key that the query asks for."""
    cells = (f"unnest(CAST($c{n} AS VARCHAR[])) AS {_name(column)}" for n, column in enumerate(entity.columns))
    relation = Sql(" ".join(["SELECT", ", ".join(cells)]))
    with TemporaryDirectory(prefix="crosswalk-") as folder, duckdb.connect(":memory:") as here:
        here.execute(f"SET temp_directory = {literal(folder).text}")
        here.execute("SET enable_external_access = false")
        here.execute(f"CREATE TABLE laid (place BIGINT, {', '.join(f'{_name(c)} VARCHAR' for c in entity.columns)})")
        for batch in _batches((row for path, content in held for row in rows(path, content)), PAGE_ROWS):
            _lay(here, entity, batch)
        found = here.execute(_last(entity, query).text, dict(query.bound))
        while taken := found.fetchmany(PAGE_ROWS):
            yield Page(relation, bound={f"c{n}": list(cells) for n, cells in enumerate(zip(*taken, strict=True))})


def _held(files: list[Path], called: str) -> Iterator[Held]:
    """Give the places in some packages where a table is."""
    for path in files:
        yield from ((path, content) for content in contents(path) if content.entity == called)


def _exported(files: list[Path], called: str) -> Iterator[Held]:
    return ((path, content) for path, content in _held(files, called) if not content.ours)


def _batches(given: Iterator[dict[str, str]], size: int) -> Iterator[list[tuple[int, dict[str, str]]]]:
    numbered = enumerate(given)
    while batch := list(islice(numbered, size)):
        yield batch


def _lay(here: duckdb.DuckDBPyConnection, entity: Entity, batch: list[tuple[int, dict[str, str]]]) -> None:
    bound: dict[str, object] = {"place": [place for place, _ in batch]}
    for n, column in enumerate(entity.columns.values()):
        bound[f"c{n}"] = [read(row.get(column.name, ""), column) for _, row in batch]
    values = ", ".join(f"unnest(${key})" for key in bound)
    here.execute(" ".join(["INSERT INTO laid SELECT", values]), bound)


def _last(entity: Entity, query: Query) -> Sql:
    """Write the query for the last row of each key; a row without a key is given by itself."""
    columns = ", ".join(_name(column) for column in entity.columns)
    kept = ["SELECT", columns, "FROM laid WHERE", query.where.text]
    if entity.key:
        key = [_typed(entity, column) for column in entity.key]
        by = ", ".join(part.text for part in key)
        whole = all_of([Sql(f"{part.text} IS NOT NULL") for part in key])
        newest = ["SELECT max(place) FROM laid WHERE", whole.text, "GROUP BY", by]
        kept += ["AND (place IN (", *newest, ") OR NOT", whole.wrapped, ")"]
    return Sql(" ".join([*kept, "ORDER BY place"]))


def _typed(entity: Entity, column: str) -> Sql:
    return Sql(f"TRY_CAST({_name(column)} AS {_kind(entity, column)})")


def _kind(entity: Entity, column: str) -> str:
    return type_name(entity.columns[column].type).text


def _name(column: str) -> str:
    return name(column).text
