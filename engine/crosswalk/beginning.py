"""Finds out what a new project can begin with: a folder of files, a database file, or a kind of systems."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from crosswalk import connectors
from crosswalk.config.first_project import first_project
from crosswalk.contracts import ConnectorSpec
from crosswalk.errors import UsageError, nearest

_HEADS = {"duckdb": re.compile(rb".{8}DUCK", re.DOTALL), "sqlite": re.compile(rb"SQLite format 3\0")}
_UNSAFE = re.compile(r"[^\w-]+")


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first project file for a system. `reachable` says that nothing has to be filled in before it can be read."""

    system: str
    text: str
    reachable: bool


def begin_with(source: str, project: str) -> Beginning:
    """Write the project file for a path or a kind; `UsageError` where it is neither."""
    path = Path(source)
    if path.exists():
        spec, setting = _spec_of(path)
        system = _UNSAFE.sub("_", path.resolve().stem).strip("_") or spec.kind
        given = {setting: path.resolve().as_posix()}
        return Beginning(system, first_project(project, system, spec, given), reachable=True)
    found = connectors.spec(source)
    if found is None or found.embedded:
        kinds = [spec.kind for spec in connectors.all_specs() if not spec.embedded]
        message = f"'{source}' is no file or folder that is there, and no kind of system"
        remedy = nearest(source, kinds) or f"kinds: {', '.join(kinds)}"
        raise UsageError(message, code="UNKNOWN_KIND", remedy=remedy)
    return Beginning(found.kind, first_project(project, found.kind, found, {}), reachable=False)


def _spec_of(path: Path) -> tuple[ConnectorSpec, str]:
    """Tell by its first bytes what a file is; a folder is one of arriving files."""
    kind, setting = ("files", "folder") if path.is_dir() else (_kind_of(path), "file")
    spec = connectors.spec(kind)
    if spec is None:
        message = f"{path} is neither a DuckDB nor a SQLite file"
        raise UsageError(message, code="FILE_KIND", remedy="name a database file, or the folder that files arrive in")
    return spec, setting


def _kind_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(16)
    return next((kind for kind, pattern in _HEADS.items() if pattern.match(head)), "")
