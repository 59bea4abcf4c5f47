"""Make a project: commented files and sample data.

It runs as it stands, without a network. With --from it is a project of your own instead: from a database file, a folder
of files, or for a kind of systems, with a connection to fill in.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from crosswalk.cli import starter
from crosswalk.cli.finding import ROOT_FILE, USUAL_FOLDER, shown_path, with_lines
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.schemas import write_schemas
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import UsageError
from crosswalk.problems import render
from crosswalk.whole_files import put

SAMPLE = "sample_data.sql"
_HIDDEN = "dot_"


def init(
    session: Session,
    *,
    folder: Annotated[Path, typer.Argument(help="Where the project is made; the current folder by default.")] = Path(),
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="SOURCE", help="A DuckDB or SQLite file, a folder of files, or a kind of systems."
        ),
    ] = None,
) -> int:
    """Make a project: commented files and sample data."""
    if source is not None:
        return _begin(session, folder, source)
    planned = {folder / _name(path): text for path, text in _starter(files(starter), Path())}
    _write(folder, planned)
    schemas = write_schemas(folder / "schemas")
    database = _fill(folder, planned[folder / SAMPLE])
    _tell(session, folder, [*planned, *schemas, database], f"{PROGRAM} plan")
    return 0


def _begin(session: Session, folder: Path, source: str) -> int:
    """Make a project of one system, with an entity file for each of its tables where they can be read."""
    from crosswalk import api

    found = api.begin_with(source, folder.resolve().name)
    whole = _starter(files(starter), Path())
    planned = {folder / _name(path): text for path, text in whole if path.parts[0].startswith(_HIDDEN)}
    planned[folder / USUAL_FOLDER / ROOT_FILE] = found.text
    _write(folder, planned)
    schemas = write_schemas(folder / "schemas")
    entities = _pull(session, folder / USUAL_FOLDER) if found.reachable else []
    following = "validate" if found.reachable else "entity pull"
    _tell(session, folder, [*planned, *schemas, *entities], f"{PROGRAM} {following}")
    return 0


def _pull(session: Session, maps: Path) -> list[Path]:
    """Write an entity file for each table that has a key; say what is left."""
    from crosswalk import api

    pulled = api.pull(maps, None, api.PullRequest())
    problems, lines = with_lines(pulled.left, maps)
    if not session.screen.as_json:
        session.screen.lines(Line(line) for line in render(problems, lines).splitlines())
    return [maps / name for name in api.keep(pulled)]


def _write(folder: Path, planned: dict[Path, str]) -> None:
    _refuse_to_overwrite([*planned, folder / "schemas"])
    for path, text in planned.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, text)


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


def _tell(session: Session, folder: Path, written: list[Path], command: str) -> None:
    here = folder.resolve() == Path.cwd()
    following = command if here else f"cd {shown_path(folder)} && {command}"
    names = [shown_path(path) for path in written]
    if session.screen.as_json:
        session.screen.json({"written": names, "exit": 0, "next": following})
        return
    session.screen.lines(Line(f"  {name}") for name in names)
    session.screen.lines([Line(f"{len(names)} files written; next: {following}", "bold")])


SPEC = CommandSpec(run=init)
