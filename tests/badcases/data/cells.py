"""Cells that do not fit: every case file is a few columns of one wide table, and one run judges the cells of all.

A file under ``cells`` says for each column what type is read, what the line of the map says, what type is written, and
for each value whether it is taken, and as what, or refused, and with which code. A row has one cell; a refused cell
refuses its row, and no other row may be touched by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import yaml

from crosswalk import api

FOLDER = Path(__file__).parent / "cells"
PROJECT = """\
project: cells
database: cells.duckdb
limits: {rejects: {stop: 100000}}
connections:
  dev:
    raw: {kind: embedded}
    out: {kind: embedded}
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one case: `gives` is what stands in the target as text, `code` why the row is refused, for the
    value that is `shown`.
    """

    column: str
    value: str | None
    gives: str | None
    code: str
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One line of the wide map."""

    name: str
    read: str
    line: str
    written: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that is refused before any row is looked at."""

    read: str
    line: str
    written: str
    code: str


@cache
def documents() -> Mapping[str, Mapping[str, object]]:
    """Give the case files by name; the name begins with the id of the entry that it answers."""
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.yaml"))}


def columns() -> Iterator[Column]:
    for name, document in documents().items():
        for number, one in enumerate(document.get("columns", ())):  # type: ignore[arg-type, var-annotated]
            column = f"{name.replace('-', '_').lower()}_{number}"
            yield Column(column, one["read"], one.get("line", ""), one["written"], tuple(_cells(column, one)))


def _cells(column: str, one: Mapping[str, Mapping[str, object]]) -> Iterator[Cell]:
    for value, gives in one.get("taken", {}).items():
        yield Cell(column, _text(value), _text(gives), "")
    for value, code in one.get("refused", {}).items():
        word, _, shown = str(code).partition(" ")
        yield Cell(column, _text(value), None, word, _text(shown or value))


def _text(value: object) -> str | None:
    """Give a value as it is put; ``x*5000`` between tildes is that text so often."""
    text = None if value is None else str(value)
    if text is not None and text.startswith("~") and text.endswith("~"):
        piece, _, times = text[1:-1].rpartition("*")
        return piece * int(times)
    return text


def refusals() -> Iterator[tuple[str, Refusal]]:
    for name, document in documents().items():
        for one in document.get("maps", ()):  # type: ignore[attr-defined]
            yield name, Refusal(one["read"], one["line"], one["written"], one["code"])


def project(folder: Path, chosen: tuple[Column, ...]) -> api.Loaded:
    """Lay the project of some columns in a folder and load it; `MapError` where a line is refused."""
    files = {
        "crosswalk.yaml": PROJECT,
        "raw.entity.yaml": _entity("raw", [(one.name, one.read) for one in chosen]),
        "out.entity.yaml": _entity("out", [(one.name, one.written) for one in chosen]),
        "cells.map.yaml": "map: cells\nflow: sync\nsource: raw.cells\ntarget: out.cells\nkey: {id: id}\nfields:\n"
        + "".join(f"  {one.name}: {{{', '.join(filter(None, (_source(one), one.line)))}}}\n" for one in chosen),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return api.load(folder)


def _source(one: Column) -> str:
    return "" if one.line.startswith(("expr:", "concat:")) else f"from: {one.name}"


def _entity(system: str, typed: list[tuple[str, str]]) -> str:
    lines = "".join(f"  {name}: {{type: {_type(kind)}}}\n" for name, kind in typed)
    return f"entity: cells\nsystem: {system}\nkey: [id]\ncolumns:\n  id: {{type: int}}\n{lines}"


def _type(kind: str) -> str:
    return kind if kind.startswith("choice") else f'"{kind}"'


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the cells, by number: what stands in the target, or code, column and value of the reject."""

    taken: Mapping[int, str | None]
    refused: Mapping[int, tuple[str, str, str | None]]
    fates: Mapping[str, int]


def judged(folder: Path, chosen: tuple[Column, ...]) -> Judged:
    """Put every cell into a row of its own, run once, and read what became of each."""
    loaded = project(folder, chosen)
    api.make_tables(loaded)
    cells = [cell for one in chosen for cell in one.cells]
    with duckdb.connect(str(loaded.database)) as connection:
        for number, cell in enumerate(cells):
            connection.execute(f'INSERT INTO raw.cells (id, "{cell.column}") VALUES (?, ?)', [number, cell.value])
    result = api.run(loaded)
    assert result.exit_code == 0, result.message
    named = ", ".join(f'CAST("{one.name}" AS VARCHAR)' for one in chosen)
    with duckdb.connect(str(loaded.database), read_only=True) as connection:
        rows = connection.execute(f"SELECT id, {named} FROM out.cells").fetchall()
    places = {one.name: place for place, one in enumerate(chosen, start=1)}
    taken = {row[0]: row[places[cells[row[0]].column]] for row in rows}
    refused = {int(one.key): (one.code, one.column, one.value) for one in api.rejects(loaded)}
    return Judged(taken, refused, result.legs[0].fates)
