"""Make a project: commented files and sample data.

It runs as it stands, without a network.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from crosswalk.cli import starter
from crosswalk.cli.finding import USUAL_FOLDER, shown_path
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.schemas import write_schemas
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import UsageError

SAMPLE = "sample_data.sql"
_HIDDEN = "dot_"


def init(
    session: Session,
    *,
    folder: Annotated[Path, typer.Argument(help="Where the project is made; the current folder by default.")] = Path(),
) -> int:
    """Make a project: commented files and sample data."""
    planned = {folder / _name(path): text for path, text in _starter(files(starter), Path())}
    _refuse_to_overwrite([*planned, folder / "schemas"])
    for path, text in planned.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    schemas = write_schemas(folder / "schemas")
    database = _fill(folder, planned[folder / SAMPLE])
    _tell(session, folder, [*planned, *schemas, database])
    return 0


def _starter(here: Traversable, path: Path) -> list[tuple[Path, str]]:
    """List the files of the starter with their text."""
    found: list[tuple[Path, str]] = []
    for item in sorted(here.iterdir(), key=lambda item: item.name):
        if item.is_dir() and not item.name.startswith("__"):
            found += _starter(item, path / item.name)
        elif item.is_file() and not item.name.endswith((".py", ".pyc")):
            found.append((path / item.name, item.read_text(encoding="utf-8")))
    return found


def _name(path: Path) -> Path:
    """Give a file of the starter its name in a project; names that start with a dot are spelled out in the package."""
    return Path(*(f".{part.removeprefix(_HIDDEN)}" if part.startswith(_HIDDEN) else part for part in path.parts))


def _refuse_to_overwrite(planned: list[Path]) -> None:
    there = [path for path in planned if path.exists()]
    if there:
        message = f"{shown_path(there[0])} is there already; nothing was written"
        raise UsageError(message, code="FILE_EXISTS", remedy=f"{PROGRAM} init <another folder>")


def _fill(folder: Path, sample: str) -> Path:
    """Make the tables of the sample systems and put the sample rows in."""
    from crosswalk import api

    loaded = api.load(folder / USUAL_FOLDER)
    path = api.make_tables(loaded)
    with api.writing(loaded) as backend:
        backend.run(sample)
    return path


def _tell(session: Session, folder: Path, written: list[Path]) -> None:
    here = folder.resolve() == Path.cwd()
    following = f"{PROGRAM} plan" if here else f"cd {shown_path(folder)} && {PROGRAM} plan"
    names = [shown_path(path) for path in written]
    if session.screen.as_json:
        session.screen.json({"written": names, "exit": 0, "next": following})
        return
    session.screen.lines(Line(f"  {name}") for name in names)
    session.screen.lines([Line(f"{len(names)} files written; next: {following}", "bold")])


SPEC = CommandSpec(run=init)
