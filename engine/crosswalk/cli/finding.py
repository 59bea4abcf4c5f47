"""Finds the project that a command means, and shows its files by the path that a terminal can open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from crosswalk.errors import Problem

ROOT_FILE = "crosswalk.yaml"
USUAL_FOLDER = "maps"
_SIZE_LIMIT = 5 * 1024 * 1024


def project_folder(asked: Path | None, start: Path) -> Path:
    """Give the folder of the project: the one asked for, the nearest upwards that holds one, or the usual one here."""
    if asked is not None:
        return asked if asked.name == ROOT_FILE else _here_or_usual(asked)
    for folder in (start, *start.parents):
        if _is_file(folder / ROOT_FILE):
            return folder
    return _here_or_usual(start)


def _here_or_usual(folder: Path) -> Path:
    usual = folder / USUAL_FOLDER
    return usual if not _is_file(folder / ROOT_FILE) and _is_file(usual / ROOT_FILE) else folder


def _is_file(path: Path) -> bool:
    """Say whether a file is there; a name that the system cannot hold, because it is too long, is no file."""
    try:
        return path.is_file()
    except OSError:
        return False


def shown_path(path: Path) -> str:
    """Write a path as seen from the current folder where it lies below it."""
    absolute = path.absolute()
    here = Path.cwd()
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else absolute.as_posix()


def with_lines(problems: Iterable[Problem], folder: Path) -> tuple[list[Problem], dict[str, tuple[str, ...]]]:
    """Name the files of problems as seen from here, and give the lines of those files."""
    root = folder.parent if folder.name == ROOT_FILE else folder
    moved: list[Problem] = []
    lines: dict[str, tuple[str, ...]] = {}
    for problem in problems:
        file = root / problem.span.file
        name = shown_path(file)
        moved.append(replace(problem, span=replace(problem.span, file=name)))
        if name not in lines:
            lines[name] = _lines(file)
    return moved, lines


def _lines(file: Path) -> tuple[str, ...]:
    if not _is_file(file) or file.stat().st_size > _SIZE_LIMIT:
        return ()
    return tuple(re.split(r"\r\n|\n|\r", file.read_bytes().decode("utf-8-sig", errors="replace")))
