"""Let entity files follow the tables of a system: pull shows what would change, and writes with --write.

New columns, changed types and new choices go into the file as it is written; comments, titles, labels and everything
else stay as they are. A table without an entity file gets one when --table names it, or when its system has none yet.
"""

from __future__ import annotations

import shlex
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.blocks import number_of
from crosswalk.cli.differences import difference, difference_lines
from crosswalk.cli.failures import problem_as_json
from crosswalk.cli.finding import ROOT_FILE, shown_path, with_lines
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session, words
from crosswalk.cli.spec import CommandSpec
from crosswalk.problems import render

if TYPE_CHECKING:
    from crosswalk.api import FileChange, Pulled

CHANGES = 10
"""Exit code where files differ from the tables, when that is asked for."""


class Action(StrEnum):
    """What can be done with entities."""

    pull = "pull"


def entity(
    session: Session,
    *,
    action: Annotated[Action, typer.Argument(metavar="pull", help="Read the tables of a system.")],
    system: Annotated[
        str | None, typer.Argument(metavar="SYSTEM", help="The system; all of the profile by default.")
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", "-t", metavar="NAME", help="Tables, or patterns such as 'sales_*'; may be repeated."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="COLUMN", help="The key of a new table that does not tell it; a,b for several."),
    ] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Also take out columns and choices that are gone.")] = False,
    write: Annotated[bool, typer.Option("--write", "-w", help="Write the files.")] = False,
    check: Annotated[bool, typer.Option("--check", help="End with 10 when files would change.")] = False,
) -> int:
    """Let entity files follow the tables of a system."""
    from crosswalk import api

    request = api.PullRequest(system, tuple(table or ()), words(key), prune)
    found = api.pull(session.folder, session.settings.profile, request)
    if write:
        api.keep(found)
    code = CHANGES if check and found.changes and not write else 0
    following = _following(session, found, request_words(system, table, key, prune=prune), written=write)
    if session.screen.as_json:
        session.screen.json(_as_json(session, found, following) | {"written": write, "exit": code})
    else:
        _show(session, found, following, written=write)
    return code


def request_words(
    system: str | None, tables: list[str] | None, key: list[str] | None, *, prune: bool
) -> tuple[str, ...]:
    """Write the arguments of a call again."""
    named = [word for name in tables or () for word in ("--table", name)]
    keyed = [word for name in key or () for word in ("--key", name)]
    return (*([system] if system else []), *named, *keyed, *(["--prune"] if prune else []))


def _following(session: Session, found: Pulled, asked: tuple[str, ...], *, written: bool) -> str:
    if not found.changes:
        return ""
    if written:
        return session.next(f"{PROGRAM} validate")
    return session.next(shlex.join([PROGRAM, "entity", "pull", *asked, "--write"]))


def _show(session: Session, found: Pulled, following: str, *, written: bool) -> None:
    for change in found.changes:
        session.screen.lines(difference_lines(_path(found, change), change.before, change.after))
    problems, lines = with_lines(found.left, session.folder)
    session.screen.lines(Line(line) for line in render(problems, lines).splitlines())
    session.screen.lines(Line(line) for line in _remarks(found))
    session.screen.lines([_ending(found, following, written=written)])


def _remarks(found: Pulled) -> list[str]:
    made = [f"{system} is embedded: its tables are made from its entity files" for system in found.embedded]
    counted = {system: number_of(count, "table") for system, count in found.more.items() if count}
    adds = "without an entity file: --table NAME adds one"
    return [*made, *(f"{system} has {tables} {adds}" for system, tables in counted.items())]


def _ending(found: Pulled, following: str, *, written: bool) -> Line:
    if not found.changes:
        return Line("no file would change", "green")
    new = sum(change.before is None for change in found.changes)
    old = len(found.changes) - new
    counted = " and ".join([*([f"{old} changed"] if old else []), *([f"{new} new"] if new else [])])
    files = f"file{'s' * (len(found.changes) != 1)}"
    if written:
        return Line(f"{files} written: {counted}; next: {following}", "bold green")
    return Line(f"nothing written; {files} to write: {counted}; next: {following}", "bold")


def _as_json(session: Session, found: Pulled, following: str) -> dict[str, object]:
    problems, _ = with_lines(found.left, session.folder)
    return {
        "changes": [
            {
                "file": (path := _path(found, change)),
                "new": change.before is None,
                "difference": "\n".join(difference(path, change.before, change.after)),
            }
            for change in found.changes
        ],
        "problems": [problem_as_json(problem) for problem in problems],
        "embedded": list(found.embedded),
        "more": dict(found.more),
        "next": following,
    }


def _path(found: Pulled, change: FileChange) -> str:
    root = found.root.parent if found.root.name == ROOT_FILE else found.root
    return shown_path(root / change.name)


SPEC = CommandSpec(run=entity)
