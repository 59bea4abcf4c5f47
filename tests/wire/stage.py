"""A moment of a project and its far systems that can be put back as often as wanted."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.wire.far import FarWorld

DATABASE = "wire.duckdb"


@dataclass(frozen=True, slots=True)
class Stage:
    """What `keep` kept of the far systems, by system, and of the database file; None where there was none."""

    root: Path
    world: FarWorld
    kept: Mapping[str, object]
    file: Path | None

    def reset(self) -> None:
        """Put everything back as it was."""
        for file in self.root.glob(f"{DATABASE}*"):
            file.unlink()
        if self.file is not None:
            shutil.copy(self.file, self.root / DATABASE)
        for system, bench in self.world.benches.items():
            bench.restore(self.kept[system])


def keep(root: Path, world: FarWorld, folder: Path) -> Stage:
    """Keep the moment in an empty folder."""
    folder.mkdir()
    there = (root / DATABASE).exists()
    file = Path(shutil.copy(root / DATABASE, folder / DATABASE)) if there else None
    return Stage(root, world, {system: bench.keep(folder) for system, bench in world.benches.items()}, file)
