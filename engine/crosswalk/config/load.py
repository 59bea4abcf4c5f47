"""The files of a project, as bytes by name, become one `Project`, or one `MapError` with every mistake in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from crosswalk.config.access import scalar
from crosswalk.config.characters import lines_of
from crosswalk.config.check import check
from crosswalk.config.entities import build_entity
from crosswalk.config.known import Known, extended, gather, name_of
from crosswalk.config.names import folded
from crosswalk.config.nodes import Mapping as Tree
from crosswalk.config.overlays import Overlays
from crosswalk.config.project_file import ProjectFile, build_project_file
from crosswalk.config.publish import check_tables
from crosswalk.config.reader import read
from crosswalk.config.schemas import OVERLAYS, FileKind
from crosswalk.config.secrets import hidden
from crosswalk.config.table_maps import build_table_map
from crosswalk.config.typed_rows import TypedRows
from crosswalk.config.unit_tests import build_tests, check_tested
from crosswalk.config.value_maps import build_value_map
from crosswalk.errors import MapError, Problem, Problems, Span
from crosswalk.model import Entity, Limits, Project, TableMap, ValueMap
from crosswalk.unit_tests import UnitTest

FILE_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class _File:
    """One file as it was written, and what of it is sound by its schema (None: too little to build on).

    `overlays` names the files that were laid over it.
    """

    name: str
    kind: FileKind
    written: Tree
    sound: Tree | None
    overlays: tuple[str, ...] = ()


@dataclass(slots=True)
class _Files:
    read: list[_File] = field(default_factory=list)
    unsure: set[FileKind] = field(default_factory=set)

    def sound(self, kind: FileKind) -> Iterator[tuple[_File, Tree]]:
        return ((file, file.sound) for file in self.read if file.kind == kind and file.sound is not None)

    def extend(self, known: Known, problems: Problems) -> None:
        """Lay overlays over the files that they change."""
        for file in self.read:
            if file.kind in OVERLAYS.values() and file.sound is not None:
                known.check_extended(file.kind, scalar(file.sound.get("extends")), problems)
        self.read = [self._extended(file, problems) for file in self.read]

    def _extended(self, file: _File, problems: Problems) -> _File:
        if file.kind not in OVERLAYS or file.sound is None:
            return file
        name = name_of(file.kind, file.written)
        above = [over for over in self.read if over.kind == OVERLAYS[file.kind] and extended(over.written) == name]
        if not above:
            return file
        sound = Overlays(problems).over(file.sound, [over.sound for over in above if over.sound is not None])
        written = Overlays(Problems()).over(file.written, [over.written for over in above if over.sound is not None])
        return replace(file, written=written, sound=sound, overlays=tuple(over.name for over in above))


def load(files: Mapping[str, bytes], root_file: str = "crosswalk.yaml") -> Project:
    """Build a project from its files.

    `files` maps each name, relative and with forward slashes, to its bytes; `root_file` is the project file among them.
    Raises `MapError` with all problems of all files.
    """
    project, problems = read_all(files, root_file)
    problems.done()
    assert project is not None, "a project file without problems has been built"
    return project


def read_all(files: Mapping[str, bytes], root_file: str = "crosswalk.yaml") -> tuple[Project | None, Problems]:
    """Build what can be built, with the problems of all files; faulty parts are left out.

    The project is None where there is no sound project file.
    """
    problems = Problems()
    _check_names(files, root_file, problems)
    found = _read(files, root_file, problems)
    known = gather([(file.kind, file.written) for file in found.read], found.unsure)
    root = next((build_project_file(tree, problems) for _, tree in found.sound("project")), None)
    found.extend(known, problems)
    entities = [build_entity(file.written, tree, known, problems) for file, tree in found.sound("entity")]
    values = [build_value_map(tree, problems) for _, tree in found.sound("value_map")]
    maps = _maps(found, known, root.limits if root else Limits(), problems)
    tests = _tests(found, maps, TypedRows({str(one.ref): one for one in entities}, known, problems))
    _check_twice(((str(one.ref), one.span) for one in entities), "entities", problems)
    _check_twice(((one.name, one.span) for one in maps), "maps", problems)
    _check_twice(((one.name, one.span) for one in values), "value maps", problems)
    if root is None:
        return None, problems
    if "entity" not in found.unsure:
        check_tables(root.publish.values(), (str(one.ref) for one in entities), problems)
    built = _project(root, entities, values, maps)
    return replace(built, tests=tests, lines=show(files, root_file)), problems


def show(files: Mapping[str, bytes], root_file: str = "crosswalk.yaml") -> dict[str, tuple[str, ...]]:
    """Give the lines of every file, for showing problems in them. Secrets in the project file are hidden."""
    lines = {name: lines_of(content) for name, content in files.items()}
    if root_file in lines:
        lines[root_file] = tuple(hidden(line) for line in lines[root_file])
    return lines


def kind_of(name: str, root_file: str = "crosswalk.yaml") -> FileKind | None:
    """Tell what kind of file a name stands for; None where it stands for none."""
    path = PurePosixPath(name)
    if name == root_file:
        return "project"
    if path.name.endswith(".entity.yaml"):
        return "entity"
    if path.name.endswith(".map.yaml"):
        return "table_map"
    if path.name.endswith(".test.yaml"):
        return "unit_test"
    return "value_map" if path.suffix == ".yaml" and path.parent.name == "value_maps" else None


def _project(root: ProjectFile, entities: list[Entity], values: list[ValueMap], maps: list[TableMap]) -> Project:
    return Project(
        name=root.name,
        database=root.database,
        databases=root.databases,
        default_profile=root.default_profile,
        profiles=root.profiles,
        entities={one.ref: one for one in entities},
        maps={one.name: one for one in maps},
        value_maps={one.name: one for one in values},
        sequences=root.sequences,
        overlap_seconds=root.overlap_seconds,
        publish=root.publish,
        history_seconds=root.history_seconds,
    )


def _check_names(files: Mapping[str, bytes], root_file: str, problems: Problems) -> None:
    if root_file not in files:
        problems.add("PROJECT_MISSING", f"there is no project file '{root_file}'", Span(root_file, 1, 1))
    seen: dict[str, str] = {}
    for name in sorted(files):
        first = seen.setdefault(folded(name), name)
        if first != name:
            message = f"'{name}' and '{first}' are one file on systems that do not tell case apart"
            problems.add("FILE_CLASH", message, Span(name, 1, 1), "rename one of them")
    if len(files) > FILE_LIMIT:
        name = sorted(files)[FILE_LIMIT]
        problems.add("TOO_MANY", f"{len(files):,} files; the limit is {FILE_LIMIT:,}", Span(name, 1, 1))
        raise MapError(problems.found)


def _read(files: Mapping[str, bytes], root_file: str, problems: Problems) -> _Files:
    found = _Files()
    for name in sorted(files):
        kind = kind_of(name, root_file)
        if kind is None:
            problems.extend([_misnamed(name)])
            continue
        written = read(name, files[name], problems)
        if written is None:
            found.unsure.add(kind)
        else:
            kind = OVERLAYS.get(kind, kind) if written.get("extends") else kind
            found.read.append(_File(name, kind, written, check(written, kind, problems)))
    if root_file not in files:
        found.unsure.add("project")
    return found


def _misnamed(name: str) -> Problem:
    hint = "files are named *.map.yaml, *.test.yaml or *.entity.yaml, and value maps stand in a folder value_maps"
    if name.endswith(".yml") and kind_of(f"{name.removesuffix('.yml')}.yaml") is not None:
        hint = f"did you mean '{name.removesuffix('.yml')}.yaml'?"
    return Problem("FILE_KIND", f"'{name}' does not tell what it holds", Span(name, 1, 1), hint)


def _maps(found: _Files, known: Known, house: Limits, problems: Problems) -> list[TableMap]:
    built = ((file, build_table_map(tree, known, house, problems)) for file, tree in found.sound("table_map"))
    return [replace(one, overlays=file.overlays) for file, one in built if one is not None]


def _tests(found: _Files, maps: list[TableMap], typed: TypedRows) -> Mapping[str, tuple[UnitTest, ...]]:
    files = [tree for _, tree in found.sound("unit_test")]
    check_tested(files, typed.known, typed.problems)
    return build_tests([*(tree for _, tree in found.sound("table_map")), *files], maps, typed)


def _check_twice(names: Iterable[tuple[str, Span]], what: str, problems: Problems) -> None:
    """Find two things of one name; both places are told, case and Unicode form do not make a difference."""
    seen: dict[str, Span] = {}
    for name, span in names:
        first = seen.setdefault(folded(name), span)
        if first is not span:
            message = f"two {what} have the name '{name}': here and in {first}"
            problems.add("NAME_TWICE", message, span, "rename one of them")
