"""Brings entity files up to date with the tables of their system: which edits a file needs, and the file edited.

What a person made better stays: titles, notes, labels of choices, moves, what is personal, a type that says more than
the system does, columns that an overlay adds or takes out. What is gone there stays too, unless pruning is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crosswalk.config import spelling
from crosswalk.config.editing import CannotEditError, Drop, Edit, Put, Replace, edited
from crosswalk.config.entity_files import (
    COLUMN_LIMIT,
    choices_node,
    code_word,
    column_node,
    is_choice,
    is_list,
    labelled,
    relation_node,
    type_word,
    usable,
)
from crosswalk.config.names import folded
from crosswalk.config.nodes import Mapping as Tree
from crosswalk.config.nodes import Node
from crosswalk.config.reader import read
from crosswalk.drift import counterpart, known_type, stays
from crosswalk.errors import Problems
from crosswalk.model import Choice, Column, Entity

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Wish:
    """How files are brought up to date. `relations` are the tables that columns may refer to."""

    relations: Collection[str] = ()
    prune: bool = False


@dataclass(frozen=True, slots=True)
class Patched:
    """The files that changed, by name, and the columns that could not be added, each with the reason."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Step:
    """Edits that belong together; `column` is the name of the new column that they add, where they add one."""

    file: str
    edits: tuple[Edit, ...]
    column: str = ""


def patch(files: Mapping[str, bytes], entity: Entity, live: Entity, wish: Wish) -> Patched:
    """Bring the files of one entity up to date: its own, and overlays that hold columns of it."""
    named = {entity.span.file, *(column.span.file for column in entity.columns.values())}
    trees = {name: tree for name in named if (tree := read(name, files[name], Problems())) is not None}
    steps = [*_changed(entity, live, trees, wish), *_added(entity, live, trees, wish)]
    refused = dict(_unusable(entity, live, trees))
    changed: dict[str, bytes] = {}
    for file in dict.fromkeys(step.file for step in steps):
        content, failed = _edited(files[file], [step for step in steps if step.file == file])
        refused |= {step.column: "the file cannot be edited in place" for step in failed if step.column}
        if content != files[file]:
            changed[file] = content
    return Patched(changed, refused)


def _edited(content: bytes, steps: Sequence[_Step]) -> tuple[bytes, list[_Step]]:
    """Make all edits of a file at once; where that fails, one step after the other, leaving out what cannot be made."""
    text = content.decode("utf-8")
    mark, text = (_BOM, text.removeprefix(_BOM)) if text.startswith(_BOM) else ("", text)
    failed: list[_Step] = []
    try:
        text = edited(text, [edit for step in steps for edit in step.edits])
    except CannotEditError:
        for step in steps:
            try:
                text = edited(text, step.edits)
            except CannotEditError:
                failed.append(step)
    return (mark + text).encode("utf-8"), failed


def _changed(entity: Entity, live: Entity, trees: Mapping[str, Tree], wish: Wish) -> Iterator[_Step]:
    """Find the edits of columns that are there, in the file that each of them stands in."""
    kept = {*entity.key, *(entity.valid or ()), entity.modified, entity.row_version, entity.deleted, entity.company}
    for column in entity.columns.values():
        tree, there = trees.get(column.span.file), counterpart(column.name, live)
        node = _column_of(tree, column.name)
        if node is None:
            continue
        path = ("columns", column.name)
        if there is not None:
            edits = tuple(_of_column(path, node, column, _Other(there, entity, wish)))
        else:
            edits = (Drop(path),) if wish.prune and column.name not in kept else ()
        if edits:
            yield _Step(column.span.file, edits)


def _column_of(tree: Tree | None, name: str) -> Tree | None:
    columns = tree.get("columns") if tree is not None else None
    found = columns.get(name) if isinstance(columns, Tree) else None
    return found if isinstance(found, Tree) else None


@dataclass(frozen=True, slots=True)
class _Other:
    """The column as the system has it, the entity that it is compared for, and how."""

    column: Column
    entity: Entity
    wish: Wish

    def fits_role(self, name: str) -> bool:
        """Whether a column may have this type: one that has a role in its entity needs a certain one."""
        entity, kind = self.entity, self.column.type.kind
        roles = ((entity.modified, ("datetime",)), (entity.row_version, ("int",)), (entity.deleted, ("boolean",)))
        dates = [(one, ("date", "datetime")) for one in entity.valid or ()]
        return all(kind in kinds for named, kinds in (*roles, *dates) if named == name)


def _of_column(path: tuple[str, str], node: Tree, column: Column, other: _Other) -> Iterator[Edit]:
    there = other.column
    if column.type.kind != "choice" and not stays(column.type, known_type(there)) and other.fits_role(column.name):
        yield Replace((*path, "type"), type_word(there))
        if is_choice(there):
            yield Put(path, spelling.text("choices"), choices_node(there))
    elif column.type == there.type and is_choice(there):
        yield from _of_choices((*path, "choices"), node.get("choices"), column, other)
    if there.required and node.get("required") is None:
        yield Put(path, spelling.text("required"), spelling.bare("true"))
    to = relation_node(there, other.wish.relations)
    if to is not None and node.get("to") is None:
        yield Put(path, spelling.text("to"), to)


def _of_choices(path: tuple[str, str, str], node: Node | None, column: Column, other: _Other) -> Iterator[Edit]:
    """Add the choices that are new; the labels of known ones are the author's."""
    ours = {one.code for one in column.choices}
    gone = _gone(column, other)
    if len(gone) == len(column.choices):
        yield Replace(path, choices_node(other.column))
        return
    fresh = [one for one in other.column.choices if one.code not in ours]
    for one, label in labelled(fresh, (known.label for known in column.choices if known not in gone)):
        code = code_word(one.code, column.type.coded)
        yield Put(path, None, code) if is_list(node) else Put(path, code, spelling.text(label))
    yield from (Drop((*path, _step(one, column, node))) for one in gone)


def _gone(column: Column, other: _Other) -> list[Choice]:
    """Name the choices to take out: those that no move speaks of."""
    if not other.wish.prune:
        return []
    theirs = {one.code for one in other.column.choices}
    moved = {*column.moves, *(label for labels in column.moves.values() for label in labels)}
    return [one for one in column.choices if one.code not in theirs and one.label not in moved]


def _step(one: Choice, column: Column, node: Node | None) -> str | int:
    return column.choices.index(one) if is_list(node) else str(one.code)


def _added(entity: Entity, live: Entity, trees: Mapping[str, Tree], wish: Wish) -> Iterator[_Step]:
    """Find the columns to add, in the file of the entity; those that an overlay has taken out stay out."""
    file = entity.span.file
    taken = _taken(entity, trees)
    room = COLUMN_LIMIT - len(entity.columns)
    for name in usable((name for name in live.columns if name not in taken), taken)[:room]:
        node = column_node(live.columns[name], wish.relations)
        yield _Step(file, (Put(("columns",), spelling.text(name), node),), name)


def _taken(entity: Entity, trees: Mapping[str, Tree]) -> frozenset[str]:
    """Name the columns that the entity has, or had before an overlay took them out."""
    columns = trees[entity.span.file].get("columns") if entity.span.file in trees else None
    written = columns.names() if isinstance(columns, Tree) else ()
    return frozenset({*entity.columns, *written})


def _unusable(entity: Entity, live: Entity, trees: Mapping[str, Tree]) -> Iterator[tuple[str, str]]:
    """Name the columns that cannot be added for their names, each with the reason."""
    taken = _taken(entity, trees)
    fresh = [name for name in live.columns if name not in taken]
    added = usable(fresh, taken)
    by_fold = {folded(name): name for name in (*added, *taken)}
    for name in fresh:
        if name not in added:
            other = by_fold.get(folded(name))
            yield name, f"'{other}' is the same name to a database" if other else "its name cannot be used here"
