"""Writes entities as the files that people write: one line for each column, choices with their labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from crosswalk.config import spelling
from crosswalk.config.names import check_name, folded
from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.drift import known_type
from crosswalk.errors import Problems
from crosswalk.model import Choice, Column, Entity

COLUMN_LIMIT = 1000
_ROLES = {"modified": "datetime", "row_version": "int", "deleted": "boolean"}


def usable(names: Iterable[str], taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Choose the names that columns can have here, none of which is one name with another."""
    seen = {folded(name) for name in taken}
    found: list[str] = []
    for name in names:
        if folded(name) not in seen and can_be_name(name):
            seen.add(folded(name))
            found.append(name)
    return tuple(found)


def can_be_name(name: str) -> bool:
    return check_name(Scalar(name, True, spelling.NOWHERE), "column", Problems())


def entity_file(live: Entity, relations: Collection[str]) -> str:
    """Write the file of a table; `relations` are the tables that a column may refer to. Columns whose names cannot be
    used are left out, and so are roles of columns of another type.
    """
    names = usable(live.columns)[:COLUMN_LIMIT]
    columns = [(spelling.text(name), column_node(live.columns[name], relations)) for name in names]
    entries = [*_head(live, names), (spelling.text("columns"), spelling.mapping(*columns))]
    return "\n".join(line for key, node in entries for line in _entry(key, node)) + "\n"


def _entry(key: Scalar, node: Node) -> list[str]:
    if not isinstance(node, Mapping):
        return spelling.lines(key, node, 0, braces=True)
    below = [spelling.lines(name, value, 2, braces=True) for name, value in node.entries]
    return [f"{key.text}:", *(line for one in below for line in one)]


def _head(live: Entity, names: Collection[str]) -> Iterator[tuple[Scalar, Node]]:
    yield spelling.text("entity"), spelling.text(live.ref.entity)
    yield spelling.text("system"), spelling.text(live.ref.system)
    if live.title and live.title != live.ref.entity:
        yield spelling.text("title"), spelling.text(live.title)
    yield spelling.text("key"), spelling.listed(*map(spelling.text, live.key))
    for role, kind in _ROLES.items():
        named = getattr(live, role)
        if named in names and live.columns[named].type.kind == kind:
            yield spelling.text(role), spelling.text(named)
    if live.company in names:
        yield spelling.text("company"), spelling.text(str(live.company))
    if live.valid and set(live.valid) <= set(names):
        yield spelling.text("valid"), spelling.listed(*map(spelling.text, live.valid))


def column_node(column: Column, relations: Collection[str]) -> Mapping:
    """Write one column as its properties."""
    entries: list[tuple[Scalar, Node]] = [(spelling.text("type"), type_word(column))]
    if column.required:
        entries.append((spelling.text("required"), spelling.bare("true")))
    to = relation_node(column, relations)
    if to is not None:
        entries.append((spelling.text("to"), to))
    if is_choice(column):
        entries.append((spelling.text("choices"), choices_node(column)))
    if column.title and column.title != column.name:
        entries.append((spelling.text("title"), spelling.text(column.title)))
    return spelling.mapping(*entries)


def is_choice(column: Column) -> bool:
    """Whether a column is written as one of choices."""
    return known_type(column).kind == "choice"


def type_word(column: Column) -> Scalar:
    return spelling.bare(str(known_type(column)))


def relation_node(column: Column, relations: Collection[str]) -> Node | None:
    """Write the tables that a column refers to, where there is an entity for each."""
    found = [spelling.text(name) for name in column.relation]
    if not found or not set(column.relation) <= set(relations):
        return None
    return found[0] if len(found) == 1 else spelling.listed(*found)


def choices_node(column: Column) -> Node:
    """Write choices: code and label, or a list where each code is its own label."""
    coded = column.type.coded
    if all(str(one.code) == one.label for one in column.choices):
        return spelling.listed(*(code_word(one.code, coded) for one in column.choices))
    return spelling.mapping(
        *((code_word(one.code, coded), spelling.text(label)) for one, label in labelled(column.choices))
    )


def code_word(code: str | int, coded: str) -> Scalar:
    return spelling.bare(str(code)) if coded == "int" else spelling.text(str(code))


def labelled(fresh: Iterable[Choice], taken: Iterable[str] = ()) -> Iterator[tuple[Choice, str]]:
    """Give each choice a label that no other has: two of one label are told apart by their codes."""
    seen = set(taken)
    for one in fresh:
        label = one.label or str(one.code)
        label = f"{label} ({one.code})" if label in seen else label
        seen.add(label)
        yield one, label


def is_list(node: Node | None) -> bool:
    return isinstance(node, Sequence)
