"""Loads the shop and its ledger: the maps on which the engine and the oracle have to agree."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from crosswalk.config.load import load
from crosswalk.model import Project

FOLDER = Path(__file__).parent / "project"


def files() -> dict[str, bytes]:
    """The files of the example project, by relative name."""
    return {file.relative_to(FOLDER).as_posix(): file.read_bytes() for file in sorted(FOLDER.rglob("*.yaml"))}


@cache
def shop_project() -> Project:
    return load(files())


def legs(project: Project) -> list[str]:
    """All legs of a project: each map, and its way back where it has one."""
    return [leg for one in project.maps.values() for leg in (one.name, *([f"{one.name}:back"] if one.back else []))]
