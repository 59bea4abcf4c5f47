"""Reads and compiles a project from a folder: the files come from the disk here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosswalk import compiler
from crosswalk.compiler import CompiledLeg
from crosswalk.config.load import load as read_project
from crosswalk.config.load import read_all
from crosswalk.errors import MapError, UsageError, nearest
from crosswalk.failpoints import around
from crosswalk.model import Project

ROOT_FILE = "crosswalk.yaml"
ENTITY_FILES = ".entity.yaml"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project that was read and compiled: `legs` stand in the order they run."""

    root: Path
    project: Project
    legs: tuple[CompiledLeg, ...]
    profile: str

    @property
    def database(self) -> Path:
        """The file of the ledger and of the embedded systems in this profile; relative paths start at the folder of
        crosswalk.yaml.
        """
        return _database(self)

    def at(self, database: Path) -> Loaded:
        """Give the same project on another database file, whatever the profile names."""
        beside = {profile: replace(publish, file="") for profile, publish in self.project.publish.items()}
        return replace(self, project=replace(self.project, database=str(database), databases={}, publish=beside))


def load(folder: str | Path = ".", profile: str | None = None, *, tests: bool = True) -> Loaded:
    """Read and compile a project; `folder` holds crosswalk.yaml, or is that file. Raises `MapError`
    with all problems. Files of unit tests may be left out: a run does not need them.
    """
    root = _root(Path(folder))
    with around("load"):
        files = _files(root)
    project = _checked({name: text for name, text in files.items() if tests or not name.endswith(".test.yaml")})
    chosen = choose(project, profile)
    with around("validate"):
        legs = compiler.compile_project(project)
    return Loaded(root, project, legs, chosen)


def load_entities(folder: str | Path = ".", profile: str | None = None) -> tuple[Loaded, Mapping[str, bytes]]:
    """Read a project as far as its entities, and give the files that say them: maps may have mistakes, or read tables
    that have no entity file yet.
    """
    root = _root(Path(folder))
    files = {name: text for name, text in _files(root).items() if name == ROOT_FILE or name.endswith(ENTITY_FILES)}
    project = read_project(files)
    return Loaded(root, project, (), choose(project, profile)), files


def choose(project: Project, profile: str | None) -> str:
    """Choose the profile that was asked for, or the usual one; `UsageError` where there is none of that name."""
    chosen = profile or project.default_profile
    if chosen not in project.profiles:
        raise UsageError(
            f"there is no profile '{chosen}'",
            code="UNKNOWN_PROFILE",
            remedy=nearest(chosen, project.profiles) or f"known: {', '.join(sorted(project.profiles))}",
        )
    return chosen


def _checked(files: Mapping[str, bytes]) -> Project:
    """Read a project. Where some maps have problems, the others are compiled all the same, so that all is told at once.

    Where anything else has problems, nothing is compiled: what maps say of a broken entity would be consequences.
    """
    project, problems = read_all(files)
    faulty = {problem.span.file for problem in problems.found}
    if project is not None and faulty and all(file.endswith((".map.yaml", ".test.yaml")) for file in faulty):
        sound = {n: found for n, found in project.maps.items() if not faulty & {found.span.file, *found.overlays}}
        try:
            compiler.compile_project(replace(project, maps=sound))
        except MapError as error:
            problems.extend(error.problems)
    problems.done()
    assert project is not None, "a project file without problems has been built"
    return project


def select(loaded: Loaded, wanted: Sequence[str] = ()) -> tuple[CompiledLeg, ...]:
    """Choose legs by map name, ``map:back`` or ``tag:name``; nothing asked for means all."""
    if not wanted:
        return loaded.legs
    chosen = [leg for leg in loaded.legs if any(_matches(leg, word) for word in wanted)]
    for word in wanted:
        if not any(_matches(leg, word) for leg in loaded.legs):
            raise _unknown(loaded, word)
    return tuple(chosen)


def _unknown(loaded: Loaded, word: str) -> UsageError:
    tag, name, back = word.startswith("tag:"), word.removesuffix(":back"), word.endswith(":back")
    if back and any(leg.map_name == name for leg in loaded.legs):
        return UsageError(f"'{name}' has no way back", code="UNKNOWN_MAP", remedy=f"write '{name}'")
    if tag:
        message = f"no map has the tag '{word.removeprefix('tag:')}'"
        known = {f"tag:{tag}" for leg in loaded.legs for tag in leg.bound.leg.map.tags}
    else:
        message = f"no map is called '{word}'"
        known = {name for leg in loaded.legs for name in (leg.name, leg.map_name)}
    hint = nearest(word, known) or (f"known: {', '.join(sorted(known))}" if known else "no map has a tag")
    return UsageError(message, code="UNKNOWN_MAP", remedy=hint)


def _database(loaded: Loaded) -> Path:
    path = Path(loaded.project.databases.get(loaded.profile, loaded.project.database))
    return path if path.is_absolute() else (loaded.root / path).resolve()


def _root(folder: Path) -> Path:
    """Find the folder of the project: the one named, or the one that holds the file named."""
    root = folder.parent if folder.name == ROOT_FILE else folder
    if not (root / ROOT_FILE).is_file():
        message = f"{root} holds no {ROOT_FILE}"
        raise UsageError(message, code="PROJECT_MISSING", remedy="crosswalk init, or --project <folder>")
    return root.resolve()


def _files(root: Path) -> dict[str, bytes]:
    """Read every YAML file below the root; links that lead out of it are left alone."""
    found = sorted(path for path in root.rglob("*.yaml") if path.is_file() and path.resolve().is_relative_to(root))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def _matches(leg: CompiledLeg, word: str) -> bool:
    tags = leg.bound.leg.map.tags
    return word in (leg.name, leg.map_name) or (word.startswith("tag:") and word.removeprefix("tag:") in tags)
