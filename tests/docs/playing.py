"""Plays the example of a page: writes its files, puts its rows, runs it, and gives the tables that come out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from crosswalk import api
from crosswalk.config.load import show
from crosswalk.errors import MapError
from crosswalk.model import Entity, EntityRef
from crosswalk.problems import render
from crosswalk.results import RunResult
from crosswalk.testing.outcome import TestOutcome
from tests.docs.pages import FOLDER, Part, lines_of, parts, rows, table

WAITS = "SELECT leg AS map, source_key AS row, fate, code FROM crosswalk.rejects WHERE state = 'open' ORDER BY ALL"
BLOCK = re.compile(r"^(?=[A-Za-z_])", re.MULTILINE)


def files_of(lines: list[str], found: list[Part]) -> dict[str, str]:
    """Give the files that a page shows, by name."""
    shown = [part for part in found if part.kind == "file"]
    return {part.head: "\n".join(lines[part.first + 1 : part.last]) + "\n" for part in shown}


def small_project() -> dict[str, str]:
    """Give the files that stand on the index page: every example starts with them."""
    lines = lines_of(FOLDER / "README.md")
    return files_of(lines, list(parts(lines)))


def changed(text: str, lines: str) -> str:
    """Put blocks of lines in the place of those of the same name; new ones come last."""
    blocks = {_name(block): block for block in BLOCK.split(text) if block.strip()}
    return "".join({**blocks, **{_name(block): block for block in BLOCK.split(lines) if block.strip()}}.values())


def _name(block: str) -> str:
    return block.partition(":")[0]


def said_of(files: Mapping[str, str]) -> list[str]:
    """Load a project with a mistake; give what a person reads."""
    folder = _written(files)
    try:
        api.load(folder)
    except MapError as error:
        content = {name: text.encode() for name, text in files.items()}
        return render(error.problems, show(content)).rstrip().splitlines()
    return ["no problem"]


_FOLDERS: list[Path] = []


def use(folder: Path) -> None:
    """Say where projects may be written; a test gives its own folder."""
    _FOLDERS[:] = [folder]


def _written(files: Mapping[str, str]) -> Path:
    folder = _FOLDERS[0] / f"project{len(list(_FOLDERS[0].iterdir()))}"
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


class Play:
    """One project on its way through the steps of a page. A run happens when a page asks what comes out."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.loaded = api.load(_written(files))
        self.done = False
        self.result: RunResult | None = None
        api.make_tables(self.loaded)

    def given(self, ref: str, lines: list[str]) -> None:
        """Put rows: one that is there, by its key, is changed in the columns named."""
        self.done = False
        heads, cells = rows(lines)
        entity = self.loaded.project.entities[EntityRef(*ref.split("."))]
        with duckdb.connect(str(self.loaded.database)) as connection:
            for row in cells:
                _put(connection, entity, dict(zip(heads, row, strict=True)))

    def outcome(self, part: Part, lines: list[str]) -> list[str]:
        """Give the lines that should stand where `lines` stand."""
        if part.kind == "tests":
            found = api.unit_tests(self.loaded).outcomes
            return table(["test", "found"], [[one.test.name, "; ".join(_told(one)) or "as expected"] for one in found])
        if not self.done:
            self.result, self.done = api.run(self.loaded), True
        match part.kind:
            case "gives":
                return self._read(part.head, rows(lines)[0])
            case "waits":
                return self._ask(WAITS)
            case _:
                return self._noticed()

    def _noticed(self) -> list[str]:
        assert self.result is not None
        if self.result.message:
            return table(["code"], [[self.result.message.partition(":")[0]]])
        found = [[leg.map_name, one.code, str(one.count)] for leg in self.result.legs for one in leg.findings]
        return table(["map", "code", "rows"], [list(row) for row in found])

    def _read(self, ref: str, heads: list[str]) -> list[str]:
        system, _, entity = ref.partition(".")
        known = list(self.loaded.project.entities[EntityRef(system, entity)].columns)
        named = [head for head in heads if head in known] or known
        columns = ", ".join(f'"{head}"' for head in named)
        return self._ask(f'SELECT {columns} FROM "{system}"."{entity}" ORDER BY ALL')

    def _ask(self, sql: str) -> list[str]:
        heads, found = api.query(self.loaded, sql)
        return table(list(heads), [[_text(cell) for cell in row] for row in found])


def _told(outcome: TestOutcome) -> list[str]:
    return [
        f"{one.outcome} {one.key} {one.column}: {one.expected} expected, {one.got or 'nothing'} found"
        for one in outcome.differences
    ]


def _text(cell: object) -> str | None:
    return str(cell).lower() if isinstance(cell, bool) else None if cell is None else str(cell)


def _put(connection: duckdb.DuckDBPyConnection, entity: Entity, row: dict[str, str | None]) -> None:
    names = f'"{entity.ref.system}"."{entity.ref.entity}"'
    where = " AND ".join(f'"{column}" = ${column}' for column in entity.key)
    key = {column: row[column] for column in entity.key}
    old = connection.execute(f"SELECT count(*) FROM {names} WHERE {where}", key).fetchone()
    if entity.modified:
        row[entity.modified] = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
    if old == (0,):
        fresh = {**({entity.row_version: "1"} if entity.row_version else {}), **row}
        heads, holes = ", ".join(f'"{one}"' for one in fresh), ", ".join(f"${one}" for one in fresh)
        connection.execute(f"INSERT INTO {names} ({heads}) VALUES ({holes})", fresh)
        return
    cells = ", ".join(f'"{one}" = ${one}' for one in row if one not in entity.key)
    raised = f', "{entity.row_version}" = "{entity.row_version}" + 1' if entity.row_version else ""
    connection.execute(f"UPDATE {names} SET {cells}{raised} WHERE {where}", row)
