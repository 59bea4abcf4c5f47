"""Reads and compiles a project from a folder: the files come from the disk here, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosswalk import compiler
from crosswalk.compiler import CompiledLeg
from crosswalk.config.characters import SIZE_LIMIT
from crosswalk.config.load import kind_of, read_all
from crosswalk.config.load import load as read_project
from crosswalk.errors import MachineError, MapError, Problem, Span, UsageError, nearest
from crosswalk.failpoints import around
from crosswalk.model import EntityRef, Project

ROOT_FILE = "crosswalk.yaml"
ENTITY_FILES = ".entity.yaml"
_OTHER_PATH = "name another file under 'database' in crosswalk.yaml"


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
        crosswalk.yaml. Links are followed: what is not in the file yet stands beside the name it was opened by.
        `MachineError` where something else than a file stands there: opening a pipe would never end.
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
        files, strange = _files(root)
    project = _checked({n: text for n, text in files.items() if tests or not n.endswith(".test.yaml")}, strange)
    chosen = choose(project, profile)
    with around("validate"):
        legs = compiler.compile_project(project)
    return Loaded(root, project, legs, chosen)


def load_entities(folder: str | Path = ".", profile: str | None = None) -> tuple[Loaded, Mapping[str, bytes]]:
    """Read a project as far as its entities, and give the files that say them: maps may have mistakes, or read tables
    that have no entity file yet.
    """
    root = _root(Path(folder))
    files = {name: text for name, text in _files(root)[0].items() if name == ROOT_FILE or name.endswith(ENTITY_FILES)}
    project = read_project(files)
    return Loaded(root, project, (), choose(project, profile)), files


def used_in(loaded: Loaded, ref: EntityRef, column: str) -> str:
    """Say where a map first uses a column of a table, with the line as it stands there; empty where none does."""
    word = re.compile(rf"(?<!\w){re.escape(column)}(?!\w)")
    for leg in loaded.legs:
        if ref not in (*leg.bound.reads, *leg.bound.writes):
            continue
        file = leg.bound.leg.map.span.file
        for number, line in enumerate(loaded.project.lines.get(file, ()), start=1):
            if word.search(line.partition(" #")[0]):
                return f"{file}:{number} `{line.strip()}`"
    return ""


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


def _checked(files: Mapping[str, bytes], strange: Sequence[Problem]) -> Project:
    """Read a project; `strange` is what was found of files that cannot be read. Where some maps have problems, the
    others are compiled all the same, so that all is told at once.

    Where anything else has problems, nothing is compiled: what maps say of a broken entity would be consequences.
    """
    project, problems = read_all(files)
    problems.extend(strange)
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
    if word.removeprefix("read ") in {str(ref) for ref in loaded.project.entities}:
        message = f"rows under '{word}' are of no map: they are tried again when the table is read"
        return UsageError(message, code="UNKNOWN_MAP", remedy="crosswalk run --full")
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
    named = loaded.root / loaded.project.databases.get(loaded.profile, loaded.project.database)
    try:
        path = named.resolve()
        strange = path.exists() and not path.is_file()
    except OSError as error:
        raise MachineError(f"{named}: {error.strerror}", code="DISK_OR_FILE", remedy=_OTHER_PATH) from None
    if strange:
        raise MachineError(f"{path} is no plain file", code="DATABASE_UNREADABLE", remedy=_OTHER_PATH)
    return path


def _root(folder: Path) -> Path:
    """Find the folder of the project: the one named, or the one that holds the file named."""
    root = folder.parent if folder.name == ROOT_FILE else folder
    try:
        there = (root / ROOT_FILE).is_file()
    except OSError:  # a name that the system cannot hold
        there = False
    if not there:
        message = f"{root} holds no {ROOT_FILE}"
        raise UsageError(message, code="PROJECT_MISSING", remedy="crosswalk init, or --project <folder>")
    return root.resolve()


def _files(root: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Read every YAML file below the root; what has the name of one and cannot be read is told and not opened, because
    a pipe would never end and a link could lead anywhere. A name that is nearly one of ours is taken too, so that it is
    told and not passed over.
    """
    found: dict[str, bytes] = {}
    strange: list[Problem] = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix != ".yaml" and not _nearly(name):
            continue
        fault = _strange(path, root, Span(name, 1, 1))
        if fault:
            strange.append(fault)
        else:
            found[name] = _content(path)
    return found, strange


def _nearly(name: str) -> bool:
    """Whether a name is one of ours but for its case and its ending."""
    folded = name.casefold()
    return folded.endswith((".yml", ".yaml")) and kind_of(f"{folded.rpartition('.')[0]}.yaml") is not None


def _strange(path: Path, root: Path, span: Span) -> Problem | None:
    if path.is_symlink() and not path.exists():
        return Problem("FILE_KIND", f"'{span.file}' is a link that leads nowhere", span, "remove it")
    if not path.resolve().is_relative_to(root):
        return Problem(
            "PATH_OUTSIDE", f"'{span.file}' leads out of the project", span, "copy the file into the project"
        )
    if path.is_file():
        return None
    held = "a folder" if path.is_dir() else "no plain file"
    return Problem("FILE_KIND", f"'{span.file}' is {held} and has the name of a file", span, "rename it")


def _content(path: Path) -> bytes:
    """Read a file as far as is needed to see that it is too large."""
    with path.open("rb") as file:
        return file.read(SIZE_LIMIT + 1)


def _matches(leg: CompiledLeg, word: str) -> bool:
    tags = leg.bound.leg.map.tags
    return word in (leg.name, leg.map_name) or (word.startswith("tag:") and word.removeprefix("tag:") in tags)
