"""Lays the entities of a project beside the tables of its systems: what differs, and how the files would follow.

`pulled` says how the files would change and changes none; `keep` writes what was shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import cast

from crosswalk.config.following import Tables, follow
from crosswalk.connecting import connection_of, place_of
from crosswalk.contracts import Outside
from crosswalk.drift import drift, respelled
from crosswalk.errors import Problem, UsageError, nearest
from crosswalk.loading import Loaded, choose
from crosswalk.model import Entity, Project
from crosswalk.whole_files import put


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What to pull: one system or all, tables by name or pattern, by default those that have entity files.

    `key` names the key of a table whose system tells none.
    """

    system: str | None = None
    tables: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    prune: bool = False


@dataclass(frozen=True, slots=True)
class FileChange:
    """What would become of one file; `before` is None where it is new."""

    name: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Pulled:
    """How the entity files would follow their systems. `left` is what differs still; `embedded` are systems whose
    tables are made from the entities, so that there is nothing to follow; `more` counts tables without entity file.
    """

    root: Path
    changes: tuple[FileChange, ...] = ()
    left: tuple[Problem, ...] = ()
    embedded: tuple[str, ...] = ()
    more: Mapping[str, int] = field(default_factory=dict)


def compare(loaded: Loaded, profile: str) -> tuple[Problem, ...]:
    """Compare the entities of every outside system of a profile with its tables, sorted by place."""
    here = replace(loaded, profile=choose(loaded.project, profile))
    found: list[Problem] = []
    for system in _systems(here.project):
        with _opened(here, system) as outside:
            found += _compared(_entities(here.project, system), outside) if outside is not None else []
    return tuple(sorted(found, key=lambda one: (one.span, one.code, one.message)))


def _compared(entities: Sequence[Entity], outside: Outside) -> list[Problem]:
    """Compare tables; one that is not there is no difference where the system makes it when it is first written."""
    described = _in_our_words(entities, outside, tuple(one.ref.entity for one in entities))
    names = outside.tables() if len(described) < len(entities) else ()
    there = [one for one in entities if one.ref.entity in described or not outside.traits.makes]
    return [found.problem for one in there for found in drift(one, described.get(one.ref.entity), names)]


def _in_our_words(entities: Sequence[Entity], outside: Outside, tables: tuple[str, ...]) -> dict[str, Entity]:
    """Describe tables, in the spelling of the entities where the system does not tell case apart."""
    described = dict(outside.describe(tables))
    if not outside.traits.folds_case:
        return described
    known = {one.ref.entity: one for one in entities}
    return {name: respelled(known[name], live) if name in known else live for name, live in described.items()}


def embedded_in(loaded: Loaded, profile: str) -> tuple[str, ...]:
    """Name the systems of a profile whose tables are made from the entities."""
    here = replace(loaded, profile=choose(loaded.project, profile))
    return tuple(system for system in _systems(here.project) if connection_of(here, system)[1].embedded)


def pulled(loaded: Loaded, files: Mapping[str, bytes], request: PullRequest) -> Pulled:
    """Say how the entity files would follow the systems; `files` are the project file and those of the entities."""
    result = Pulled(loaded.root)
    for system in _asked_systems(loaded, request):
        with _opened(loaded, system) as outside:
            if outside is None:
                result = replace(result, embedded=(*result.embedded, system))
                continue
            tables = _tables(loaded, system, request, outside)
        found = follow(files, loaded.project, tables, prune=request.prune)
        changes = tuple(FileChange(name, files.get(name), after) for name, after in found.files.items())
        known = {*tables.chosen, *(one.ref.entity for one in _entities(loaded.project, system))}
        more = {system: len(set(tables.names) - known)}
        left = (*result.left, *found.left)
        result = replace(result, changes=(*result.changes, *changes), left=left, more={**result.more, **more})
    return result


def keep(found: Pulled) -> tuple[str, ...]:
    """Write the files that were shown, each as a whole or not at all; give their names."""
    for change in found.changes:
        path = found.root / change.name
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, change.after)
    return tuple(change.name for change in found.changes)


@contextmanager
def _opened(loaded: Loaded, system: str) -> Iterator[Outside | None]:
    """Open a system of the profile; None where its tables stand in the database file."""
    connection, spec = connection_of(loaded, system)
    if spec.embedded:
        yield None
        return
    outside = cast("Outside", spec.open(connection, place_of(loaded, connection)))
    try:
        yield outside
    finally:
        outside.close()


def _systems(project: Project) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ref.system for ref in project.entities))


def _entities(project: Project, system: str) -> list[Entity]:
    return [one for ref, one in project.entities.items() if ref.system == system]


def _asked_systems(loaded: Loaded, request: PullRequest) -> tuple[str, ...]:
    """Give the systems to pull; tables are named of one system."""
    known = tuple(loaded.project.profiles[loaded.profile])
    if request.system is not None:
        if request.system not in known:
            message = f"profile '{loaded.profile}' has no connection for '{request.system}'"
            hint = nearest(request.system, known) or f"known: {', '.join(known)}"
            raise UsageError(message, code="UNKNOWN_SYSTEM", remedy=hint)
        return (request.system,)
    outside = tuple(system for system in known if not connection_of(loaded, system)[1].embedded)
    if request.tables and len(outside) > 1:
        message = "tables are named of one system, and none is said"
        raise UsageError(message, code="UNKNOWN_SYSTEM", remedy=f"say one of: {', '.join(outside)}")
    return outside if request.tables else known


def _tables(loaded: Loaded, system: str, request: PullRequest, outside: Outside) -> Tables:
    """Describe the tables that are meant: as asked, else those that have entity files, else all."""
    names = outside.tables()
    ours = [one.ref.entity for one in _entities(loaded.project, system)]
    known = [*ours, *(name for name in names if name not in ours)]
    chosen = _chosen(known, request.tables) if request.tables else ours or list(names)
    described = _in_our_words(_entities(loaded.project, system), outside, tuple(chosen)) if chosen else {}
    if request.key:
        fresh = [name for name in described if name not in ours]
        described |= {name: _with_key(described[name], request.key) for name in fresh}
    place = loaded.project.profiles[loaded.profile][system].span
    there = tuple(name for name in chosen if name in described or not outside.traits.makes)
    return Tables(system, names, there, described, place)


def _chosen(known: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Choose tables by names and patterns, each of which must find one."""
    for pattern in patterns:
        if not any(_matches(name, pattern) for name in known):
            hint = nearest(pattern, known) or "list them with a pattern: --table '*'"
            raise UsageError(f"there is no table '{pattern}'", code="UNKNOWN_TABLE", remedy=hint)
    return [name for name in known if any(_matches(name, pattern) for pattern in patterns)]


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _with_key(live: Entity, key: tuple[str, ...]) -> Entity:
    for name in key:
        if name not in live.columns:
            message = f"{live.ref} has no column '{name}'"
            raise UsageError(message, code="UNKNOWN_COLUMN", remedy=nearest(name, live.columns))
    return replace(live, key=key)
