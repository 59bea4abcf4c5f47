"""Where the tables of a lake are: folders below one folder, with every link followed and no way out.

Why files are looked at too: the log of a table names its files, and may name any file of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from crosswalk.errors import UsageError

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
LOG = "_delta_log"


def below(root: Path, written: str, what: str) -> Path:
    """Resolve a path that must stay below `root`; an absolute one is taken at its word. `UsageError` otherwise."""
    path = Path(written)
    if path.is_absolute():
        return path.resolve()
    found = (root / path).resolve()
    if not found.is_relative_to(root.resolve()):
        message = f"{what} '{written}' leads out of {root}"
        raise UsageError(message, code="PATH_OUTSIDE", remedy="name a folder inside, or an absolute path")
    return found


def table_folder(folder: Path, named: Mapping[str, str], entity: str) -> Path:
    """Find the folder of a table: below `folder`, whatever it is called and wherever links lead."""
    written = named.get(entity, entity)
    found = (folder / written).resolve()
    if found == folder or not found.is_relative_to(folder):
        message = f"the table '{entity}' leads out of {folder}"
        raise UsageError(message, code="PATH_OUTSIDE", remedy="correct 'tables' of the connection, or the link")
    return found


def table_names(folder: Path, named: Mapping[str, str]) -> tuple[str, ...]:
    """Name the tables that are there: folders with a log, by the name of their entity, sorted."""
    found = set(_there(folder, named)) if folder.is_dir() else set()
    return tuple(sorted(found))


def _there(folder: Path, named: Mapping[str, str]) -> Iterator[str]:
    taken = {str(Path(written)) for written in named.values()}
    yield from (entity for entity, written in named.items() if (folder / written / LOG).is_dir())
    for each in folder.iterdir():
        if (each / LOG).is_dir() and each.name not in taken and each.resolve().is_relative_to(folder):
            yield each.name


def check_files(folder: Path, paths: Iterable[str]) -> None:
    """Refuse files that are not below the folder of their table; `UsageError`."""
    for path in paths:
        plain = unquote(unquote(path))
        inside = all((folder / each).resolve().is_relative_to(folder) for each in {path, unquote(path), plain})
        if not inside or _ELSEWHERE.match(plain):
            message = f"the log of {folder.name} names the file '{path}', which is not below the table"
            remedy = "make a whole copy of the table: files of other tables are not read"
            raise UsageError(message, code="PATH_OUTSIDE", remedy=remedy)
