"""Made projects in folders, with files as a user has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import duckdb

from crosswalk import api
from crosswalk.model import EntityRef
from crosswalk.sql import name, table, type_name
from tests.oracle import World
from tests.properties.engine import inserting
from tests.properties.made.project import Plot
from tests.properties.made.words import Naming, plain_name


@dataclass(frozen=True)
class Folder:
    """A project in a folder of its own."""

    root: Path
    loaded: api.Loaded

    def fill(self, world: World) -> None:
        """Put rows into the tables of the one database file."""
        with duckdb.connect(str(api.make_tables(self.loaded))) as connection:
            for ref, entity in self.loaded.project.entities.items():
                if rows := world.rows(ref):
                    connection.execute(inserting(entity, table(ref), rows))

    def fill_outside(self, file: str, system: str, world: World) -> None:
        """Make the tables of a system in a database file of its own, with their rows."""
        with duckdb.connect(str(self.root / file)) as connection:
            for ref, entity in self.loaded.project.entities.items():
                if ref.system == system:
                    columns = ", ".join(
                        f"{name(c.name).text} {type_name(c.type).text}" for c in entity.columns.values()
                    )
                    connection.execute(f"CREATE TABLE {name(ref.entity).text} ({columns})")
                    if rows := world.rows(ref):
                        connection.execute(inserting(entity, name(ref.entity), rows))

    def outside_rows(self, file: str, ref: EntityRef) -> list[str]:
        with duckdb.connect(str(self.root / file), read_only=True) as connection:
            return sorted(map(repr, connection.execute(f"SELECT * FROM {name(ref.entity).text}").fetchall()))

    def prints(self) -> Mapping[str, tuple[str, int]]:
        """Of every file its digest and the time it was written."""
        files = [file for file in sorted(self.root.rglob("*")) if file.is_file()]
        return {str(file.relative_to(self.root)): (sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns) for file in files}  # fmt: skip


def laid(plot: Plot, root: Path, naming: Naming = plain_name) -> Folder:
    """Write a project into a folder."""
    for file, content in plot.files(naming).items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Folder(root, api.load(root))
