"""What columns a file has, and how DuckDB scans several files that have the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crosswalk.connectors.files.arrivals import Read
from crosswalk.connectors.files.form import Form, Format, format_of
from crosswalk.connectors.files.records import broken, head, json_names, long_numbers
from crosswalk.entities import Entity
from crosswalk.sql import Sql, literal, name

OPERATION = "#operation"
"""The column of a file of changes that says what became of a row; no column of an entity has such a name."""

PATH = "#path"
_LONGEST_LINE = 10_000_000
_GROUP_BYTES = 64 << 20
_GROUP_FILES = 500
_READ_BY_DUCKDB = {"utf-8": "utf-8", "utf8": "utf-8", "utf-16": "utf-16", "latin-1": "latin-1", "iso-8859-1": "latin-1"}
_BIG_ENDIAN = b"\xfe\xff"


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file: the name that it gives them, to the name and the DuckDB type that a scan gives them. Where
    it is `sparse`, a column that is not there is null in all rows.
    """

    format: Format
    columns: Mapping[str, tuple[str, str]]
    by_duckdb: bool
    sparse: bool = False

    def column(self, wanted: str) -> tuple[Sql, str] | None:
        """Find a column; case does not matter."""
        found = {known.casefold(): at for known, at in self.columns.items()}.get(wanted.casefold())
        return (name(found[0]), found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one layout that stand side by side; `first` is the place of the first among all that are read."""

    reads: tuple[Read, ...]
    layout: Layout
    first: int

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(read.arrival.path for read in self.reads)


def layout_of(path: Path, form: Form, entity: Entity | None, connection: duckdb.DuckDBPyConnection) -> Layout | None:
    """Look at a file; none where its name ends like nothing that is read. Without entity JSON has no columns."""
    match format_of(path.name, form):
        case "csv":
            columns = _csv_columns(path, form, entity)
            known = form.encoding in _READ_BY_DUCKDB and not _big_endian(path, form)
            return Layout("csv", columns, by_duckdb=known)
        case "json":
            return _json_layout(path, form, entity)
        case "parquet":
            columns = _parquet_columns(path, connection)
            return Layout("parquet", columns, by_duckdb=True, sparse=OPERATION in columns)
        case None:
            return None


def _json_layout(path: Path, form: Form, entity: Entity | None) -> Layout:
    """Give the names that the file itself has; a column that its first objects do not name is sought by its own name.

    DuckDB reads a file in which no number can be longer than a binary real tells.
    """
    there = {called.casefold(): called for called in json_names(path, form)}
    names = [there.get(column.casefold(), column) for column in (entity.columns if entity else ())]
    plain = form.encoding in ("utf-8", "utf8") and not path.name.casefold().endswith(".gz") and not long_numbers(path)
    return Layout("json", {called: (called, "JSON") for called in names}, by_duckdb=plain, sparse=True)


def _big_endian(path: Path, form: Form) -> bool:
    """DuckDB takes any UTF-16 for little-endian, and finds no rows in the other."""
    if form.encoding != "utf-16":
        return False
    with path.open("rb") as opened:
        return opened.read(2) == _BIG_ENDIAN


def _csv_columns(path: Path, form: Form, entity: Entity | None) -> dict[str, tuple[str, str]]:
    try:
        first = head(path, form)
    except LookupError as error:
        raise broken(path, None, f"no encoding is called {form.encoding}") from error
    names = first if form.header else (list(entity.columns) if entity else [f"column{at}" for at in range(len(first))])
    columns = {column: (f"c{at}", "VARCHAR") for at, column in enumerate(names)}
    if len({column.casefold() for column in names}) < len(names):
        raise broken(path, 1, "a column is named twice")
    return columns


def _parquet_columns(path: Path, connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str]]:
    try:
        rows = connection.execute(" ".join(["DESCRIBE SELECT * FROM", scanned((path,)).text])).fetchall()
    except duckdb.Error as error:
        raise broken(path, None, "this is not a whole Parquet file") from error
    return {str(row[0]): (str(row[0]), str(row[1])) for row in rows if row[0] != PATH}


def grouped(reads: list[tuple[int, Read, Layout]]) -> Iterator[Group]:
    """Put neighbours of one layout together, as many as make one page."""
    held: list[tuple[int, Read, Layout]] = []
    for entry in reads:
        size = sum(read.arrival.size for _, read, _ in held) + entry[1].arrival.size
        if held and (entry[2] != held[0][2] or size > _GROUP_BYTES or len(held) == _GROUP_FILES):
            yield _group(held)
            held = []
        held.append(entry)
    if held:
        yield _group(held)


def _group(held: list[tuple[int, Read, Layout]]) -> Group:
    return Group(tuple(read for _, read, _ in held), held[0][2], held[0][0])


def scan(group: Group, form: Form) -> Sql:
    """Scan the files of a group by DuckDB; the column ``#path`` tells the file of a row."""
    if group.layout.format == "parquet":
        return scanned(group.paths)
    if group.layout.format == "json":
        return _json(group)
    columns = ", ".join(f"{literal(at).text}: 'VARCHAR'" for at, _ in group.layout.columns.values())
    settings = {
        "auto_detect": Sql("false"),
        "header": literal(form.header),
        "delim": literal(form.delimiter),
        "quote": literal(form.quote),
        "escape": literal(form.quote),
        "encoding": literal(_READ_BY_DUCKDB[form.encoding]),
        "nullstr": _listed(form.null),
        "allow_quoted_nulls": Sql("true"),
        "max_line_size": literal(_LONGEST_LINE),
        "filename": literal(PATH),
        "columns": Sql("{" + columns + "}"),
    }
    given = ", ".join(f"{setting} = {value.text}" for setting, value in settings.items())
    return Sql(f"read_csv({_names(group.paths)}, {given})")


def _json(group: Group) -> Sql:
    columns = ", ".join(f"{literal(called).text}: 'JSON'" for called in group.layout.columns)
    settings = f"columns = {{{columns}}}, records = true, filename = {literal(PATH).text}"
    return Sql(f"read_json({_names(group.paths)}, {settings})")


def scanned(paths: tuple[Path, ...]) -> Sql:
    """Scan Parquet files."""
    return Sql(f"read_parquet({_names(paths)}, filename = {literal(PATH).text})")


def _names(paths: tuple[Path, ...]) -> str:
    """Name files so that no letter of a name is taken for a pattern."""
    return _listed(tuple("".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path)) for path in paths)).text


def _listed(texts: tuple[str, ...]) -> Sql:
    return Sql("[" + ", ".join(literal(text).text for text in texts) + "]")
