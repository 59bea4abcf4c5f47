"""A drill as people of its system see it: a file below the project's folder, named after the system."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from crosswalk.model import Entity
from tests.conformance.benches.drill import DrillBench
from tests.conformance.landed import Row


class DrillPeople(DrillBench):
    """One system of a project at `root`."""

    def __init__(self, root: Path, system: str) -> None:
        super().__init__(root, "server")
        self._system = system

    @property
    def file(self) -> Path:
        return self.root / f"{self._system}.sqlite"

    def save(self, entity: Entity, rows: Iterable[Row]) -> None:
        there = {tuple(row[column] for column in entity.key) for row in self.rows(entity)}
        rows = list(rows)
        for row in rows:
            key = {column: row[column] for column in entity.key}
            if tuple(key.values()) in there:
                self.change(entity, key, {column: cell for column, cell in row.items() if column not in key})
        self.put(entity, [row for row in rows if tuple(row[column] for column in entity.key) not in there])

    def keep(self, folder: Path) -> Path:
        return Path(shutil.copy(self.file, folder / self.file.name))

    def restore(self, kept: Path) -> None:
        shutil.copy(kept, self.file)

    def settings(self, more: str = "") -> str:
        return f'{{kind: drill, file: {self.file.name}, batch: "20"{more}}}'
