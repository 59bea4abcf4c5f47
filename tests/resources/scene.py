"""A project with a table of many rows, before its first run, before its second, and after each; and what it came to."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from tests.engine.shop import Shop
from tests.resources.children import Children
from tests.resources.warm import Ended

ROWS = 1000
MOMENTS = ("initial", "incremental")
DATABASE = "work.duckdb"
STATE = {
    "sales": 'SELECT * EXCLUDE ("Changed", "Version") FROM books.sales ORDER BY ALL',
    "fees": 'SELECT * EXCLUDE ("Changed", "Version") FROM books.fees ORDER BY ALL',
    "orders": "SELECT id, number, title, done FROM store.orders ORDER BY ALL",
    "rejects": "SELECT leg, source_key, fate, code, state, attempts, source_row FROM crosswalk.rejects ORDER BY ALL",
    "lineage": "SELECT leg, source_key, source_version, target, target_key, state FROM crosswalk.lineage ORDER BY ALL",
    "watermarks": "SELECT leg, entity, row_count FROM crosswalk.watermarks ORDER BY ALL",
    "runs": (
        "SELECT leg, mode, examined, inserted, updated, deleted, unchanged, filtered, held, rejected, superseded"
        " FROM crosswalk.runs ORDER BY ALL"
    ),
}
MAPS = {
    "orders": "on_leave: delete\nsettle: {done: {done: target.Number}}\nfields: {Title: {from: title, required: reject}}",
    "fees": "map: fees\nsource: books.sales\ntarget: books.fees\nafter: [orders]\nkey: {Number: Number}\n"
    "fields: {Title: Title}\nlimits: {volume: 1}",
}

State = dict[str, list[tuple[Any, ...]]]


def state(database: Path) -> State:
    """Read what must be the same however often a run was disturbed: all but times, run ids and versions.

    It is read from a copy: looking changes nothing, and DuckDB asks the real path of a file, which one on the small disk
    does not have here.
    """
    if not database.exists():
        return {}
    with TemporaryDirectory() as folder:
        for file in database.parent.glob(f"{database.name}*"):
            if file.suffix in (database.suffix, ".wal"):
                shutil.copy(file, folder)
        return _read(Path(folder) / database.name)


def _read(database: Path) -> State:
    connection = duckdb.connect(str(database))
    try:
        tables = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        there = {name for (name,) in tables}
        asked = {name: sql for name, sql in STATE.items() if sql.split(" FROM ")[1].split()[0] in there}
        return {name: connection.execute(sql).fetchall() for name, sql in asked.items()}
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Scene:
    """The project as it stands before each moment, kept in a folder of its own, and the state after it."""

    kept: Path
    children: Children
    before: dict[str, State]
    after: dict[str, State]

    def lay(self, moment: str, folder: Path) -> Path:
        """Put the project into a folder as it stands before a moment; give the path of its database."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.kept / moment, folder)
        folder.chmod(0o755)
        return folder / DATABASE

    def run(self, folder: Path, *arguments: str, **limits: Any) -> Ended:  # noqa: ANN401 - the fields of `Limits`
        return self.children.run("--project", str(folder), *(arguments or ("run",)), **limits)


def scene_of(folder: Path, children: Children) -> Scene:
    """Play the project once without any disturbance."""
    shop = Shop(folder)
    for name, lines in MAPS.items():
        shop.map(lines, name)
    fill(shop)
    shop.close()
    scene = Scene(folder / "kept", children, {}, {})
    for moment in MOMENTS:
        if moment == "incremental":
            change(shop)
        shutil.copytree(shop.root, scene.kept / moment)
        scene.before[moment] = state(shop.database)
        ended = scene.run(shop.root)
        assert ended.code == 0, ended.said
        scene.after[moment] = state(shop.database)
    return scene


def fill(shop: Shop) -> None:
    """Put rows of which some cannot go, in one statement."""
    shop.sql(
        "INSERT INTO store.orders BY NAME SELECT range AS id, 'N' || range AS number,"
        " CASE WHEN range % 50 = 7 THEN NULL ELSE md5(CAST(range AS VARCHAR))[:20] END AS title,"
        f" TIMESTAMP '2025-01-01' + INTERVAL 1 SECOND * range AS changed, 1 AS version FROM range({ROWS})"
    )


def change(shop: Shop) -> None:
    """Change rows, mend some that could not go, take some away, and let some come."""
    shop.sql(
        "UPDATE store.orders SET title = 'changed ' || id, changed = now()::TIMESTAMP, version = version + 1 WHERE id % 3 = 0",
        "DELETE FROM store.orders WHERE id % 20 = 19",
        "INSERT INTO store.orders BY NAME SELECT 10000 + range AS id, 'M' || range AS number, 'new' AS title,"
        " now()::TIMESTAMP AS changed, 1 AS version FROM range(500)",
    ).close()


def settled(found: State) -> State:
    """Leave out what counts how often something was tried: the runs, and the attempts of rejects."""
    rejects = [(*row[:5], row[6]) for row in found.get("rejects", [])]
    return {**{name: rows for name, rows in found.items() if name != "runs"}, "rejects": rejects}


def held(scene: Scene, moment: str, folder: Path, ended: Ended) -> str:
    """See that a disturbed run kept its promises, run again without disturbance, and see that it ends as it should.

    Gives what became of the disturbed run: ``done``, ``nothing``, or ``part`` where legs before the disturbed one stay.
    """
    found, before, after = state(folder / DATABASE), scene.before[moment], scene.after[moment]
    assert "Traceback" not in ended.said
    assert "DEFECT" not in ended.said
    if ended.code == 0:
        assert found == after
        became = "done"
    else:
        assert ended.code == 6, ended.said
        became = "nothing" if found == before else "part"
    if became == "part":
        assert settled(found)["sales"] == after["sales"]
        assert found.get("fees", []) == before.get("fees", [])
        assert "the leg before it stays" in ended.said
    again = scene.run(folder)
    assert again.code == 0, again.said
    assert settled(state(folder / DATABASE)) == settled(after)
    return became
