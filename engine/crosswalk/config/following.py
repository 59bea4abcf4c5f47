"""Lets the entity files of one system follow its tables: files of tables that are known change, others are new.

A file that would have a mistake afterwards is left as it is, and the mistake is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from crosswalk.config.entity_files import can_be_name, entity_file, usable
from crosswalk.config.load import read_all
from crosswalk.config.names import folded
from crosswalk.config.pulling import Wish, patch
from crosswalk.drift import drift
from crosswalk.errors import Problem, Span
from crosswalk.model import Entity, EntityRef, Project

Files = Mapping[str, bytes]
_UNSAFE = re.compile(r"[^\w.-]")


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables of a system as it describes them. `names` are all that it has; `chosen` the ones meant, there or not;
    `place` is where the connection stands in the project file.
    """

    system: str
    names: tuple[str, ...]
    chosen: tuple[str, ...]
    described: Mapping[str, Entity]
    place: Span


@dataclass(frozen=True, slots=True)
class Followed:
    """The files that change, by name, and what differs still or could not be done."""

    files: Files = field(default_factory=dict)
    left: tuple[Problem, ...] = ()


def follow(files: Files, project: Project, tables: Tables, *, prune: bool) -> Followed:
    """Say what becomes of the files; `files` are those that `project` was read from."""
    known = {name: one for name in tables.chosen if (one := project.entities.get(EntityRef(tables.system, name)))}
    fresh = {name: tables.described[name] for name in tables.chosen if name in tables.described and name not in known}
    problems = [problem for live in fresh.values() for problem in _unfit(live, tables.place)]
    fresh = {name: live for name, live in fresh.items() if _fits(live)}
    ours = {ref.entity for ref in project.entities if ref.system == tables.system}
    wish = Wish(frozenset({*ours, *fresh}), prune)
    changed: dict[str, bytes] = {}
    for name, entity in known.items():
        if name in tables.described:
            patched = patch(files, entity, tables.described[name], wish)
            changed |= patched.files
            problems += [_refused(entity, column, why) for column, why in patched.refused.items()]
    for live in fresh.values():
        changed[_file_of(live, project, {*files, *changed})] = entity_file(live, wish.relations).encode()
    sound, after, mistakes = _proved(files, changed, tables.place)
    found = [one for name in known for one in _differences(after or project, tables, name)]
    return Followed(sound, (*problems, *mistakes, *found))


def _differences(project: Project, tables: Tables, name: str) -> Iterator[Problem]:
    entity = project.entities[EntityRef(tables.system, name)]
    for one in drift(entity, tables.described.get(name), tables.names):
        if one.severity != "note":
            gone = "--prune takes it out" if one.code == "DRIFT_COLUMN_MISSING" else ""
            yield replace(one.problem, hint=one.hint or gone, severity="warning")


def _fits(live: Entity) -> bool:
    return can_be_name(live.ref.entity) and bool(live.key) and set(live.key) <= set(usable(live.columns))


def _unfit(live: Entity, place: Span) -> Iterator[Problem]:
    """Say why a table gets no file, or which of its columns are left out."""
    names = usable(live.columns)
    if not can_be_name(live.ref.entity):
        yield Problem("IDENT_CHARACTER", f"a table cannot be called '{live.ref.entity}' here", place, "", "warning")
    if not live.key:
        hint = f"name the columns: --table '{live.ref.entity}' --key COLUMN"
        yield Problem("TABLE_WITHOUT_KEY", f"{live.ref} does not tell its key", place, hint, "warning")
    for name in [name for name in live.columns if name not in names]:
        message = f"a column of {live.ref} cannot be called '{name}' here: it is left out"
        yield Problem("IDENT_CHARACTER", message, place, "", "warning")


def _refused(entity: Entity, column: str, why: str) -> Problem:
    message = f"the column '{column}' of {entity.ref} could not be added: {why}"
    return Problem("COLUMN_LEFT_OUT", message, entity.span, "add it by hand, if a map needs it", "warning")


def _file_of(live: Entity, project: Project, taken: Collection[str]) -> str:
    """Name the file of a new table: beside the files of its system, where there are some."""
    beside = [PurePosixPath(one.span.file) for one in project.entities.values() if one.ref.system == live.ref.system]
    folder = beside[0].parent if beside else PurePosixPath("entities") / _UNSAFE.sub("_", live.ref.system)
    stem, used = _UNSAFE.sub("_", live.ref.entity), {folded(name) for name in taken}
    tries = (stem if number == 1 else f"{stem}_{number}" for number in range(1, len(used) + 2))
    return next(file for one in tries if folded(file := str(folder / f"{one}.entity.yaml")) not in used)


def _proved(files: Files, changed: Files, place: Span) -> tuple[Files, Project | None, list[Problem]]:
    """Read the files as they would be; leave those as they are that would have a mistake."""
    told: list[Problem] = []
    while True:
        project, problems = read_all({**files, **changed})
        faulty = {problem.span.file for problem in problems.found} & set(changed)
        if not faulty:
            return changed, project, told
        for problem in problems.found:
            if problem.span.file in faulty:
                message = f"{problem.span.file} is left as it is, for it would have a mistake: {problem.message}"
                told.append(replace(problem, message=message, span=place, severity="warning"))
        changed = {name: content for name, content in changed.items() if name not in faulty}
