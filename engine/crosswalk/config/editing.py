"""Edits a YAML file in place: what is not meant stays as it is, byte for byte.

Why every edit is proved: YAML has many ways to write one thing. The edited text is read again and must hold what the
edits say, and nothing else changed; where it does not, nothing is edited, and the author is asked to do it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from crosswalk.config import spelling
from crosswalk.config.extents import Entry, Extent, extents, line_end, line_start
from crosswalk.config.nodes import Mapping, Node, Scalar
from crosswalk.config.nodes import Sequence as Listed
from crosswalk.config.reader import read
from crosswalk.config.scalars import WHOLE
from crosswalk.errors import Problems

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Replace:
    """Another word in the place of one, or another list or mapping in braces."""

    path: Steps
    value: Node


@dataclass(frozen=True, slots=True)
class Put:
    """A new entry at the end of the mapping at `path`; without a key, of the list there."""

    path: Steps
    key: Scalar | None
    value: Node


@dataclass(frozen=True, slots=True)
class Drop:
    """The entry at `path` is taken out."""

    path: Steps


Edit = Replace | Put | Drop


class CannotEditError(Exception):
    """The file is written in a way that cannot be edited without a change to something else."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """``text[start:end]`` becomes `new`."""

    start: int
    end: int
    new: str


def edited(text: str, edits: Sequence[Edit]) -> str:
    """Give the text with the edits made; `CannotEditError` where that is not sure to be right.

    `text` is without a byte order mark and has been read without a problem. Several edits may meet in one mapping.
    """
    tree, whole = _read(text), extents(text)
    if tree is None:
        raise CannotEditError
    changed = text
    for cut in sorted(_cuts(text, whole, edits), key=lambda one: (one.start, one.end), reverse=True):
        changed = changed[: cut.start] + cut.new + changed[cut.end :]
    after = _read(changed)
    if after is None or not same(after, done(tree, edits)):
        raise CannotEditError
    return changed


def _read(text: str) -> Mapping | None:
    problems = Problems()
    found = read("", text.encode("utf-8"), problems)
    return None if problems.found else found


def same(one: Node | None, other: Node | None) -> bool:
    """Whether two trees say the same, wherever and however it is written."""
    match one, other:
        case Scalar(), Scalar():
            numbers = WHOLE.fullmatch(one.text) is None or one.plain == other.plain
            return one.text == other.text and one.is_null == other.is_null and numbers
        case Listed(), Listed():
            return len(one.items) == len(other.items) and all(map(same, one.items, other.items))
        case Mapping(), Mapping():
            pairs = zip(one.entries, other.entries, strict=False)
            return len(one.entries) == len(other.entries) and all(
                same(key, name) and same(value, wanted) for (key, value), (name, wanted) in pairs
            )
        case _:
            return one is None and other is None


def done(tree: Node, edits: Iterable[Edit]) -> Node:
    """Make the edits on a tree: what a file must say after them. Entries are taken out last."""
    whole = list(edits)
    drops = sorted((one for one in whole if isinstance(one, Drop)), key=_number, reverse=True)
    for edit in [*(one for one in whole if not isinstance(one, Drop)), *drops]:
        tree = _done(tree, edit, edit.path)
    return tree


def _number(drop: Drop) -> int:
    last = drop.path[-1]
    return last if isinstance(last, int) else 0


def _done(node: Node, edit: Edit, path: Steps) -> Node:
    if not path or (len(path) == 1 and isinstance(edit, Drop)):
        return _done_here(node, edit, path)
    step = path[0]
    match node:
        case Mapping(entries):
            below = [(key, _done(value, edit, path[1:]) if key.text == step else value) for key, value in entries]
            return replace(node, entries=tuple(below))
        case Listed(items):
            changed = [_done(item, edit, path[1:]) if i == step else item for i, item in enumerate(items)]
            return replace(node, items=tuple(changed))
        case Scalar():
            raise CannotEditError


def _done_here(node: Node, edit: Edit, path: Steps) -> Node:
    match edit, node:
        case Replace(value=value), _:
            return value
        case Put(key=Scalar() as key, value=value), Mapping(entries):
            return replace(node, entries=(*entries, (key, value)))
        case Put(key=None, value=value), Listed(items):
            return replace(node, items=(*items, value))
        case Drop(), Mapping(entries):
            return replace(node, entries=tuple(pair for pair in entries if pair[0].text != path[0]))
        case Drop(), Listed(items):
            return replace(node, items=tuple(item for i, item in enumerate(items) if i != path[0]))
        case _:
            raise CannotEditError


def _cuts(text: str, whole: Extent, edits: Sequence[Edit]) -> Iterator[_Cut]:
    """Turn edits into changes of the text, those of one mapping together."""
    holders = [(edit.path[:-1] if isinstance(edit, Drop) else edit.path, edit) for edit in edits]
    for path, group in groupby(sorted(holders, key=lambda one: _order(one[0])), key=lambda one: one[0]):
        of = [edit for _, edit in group]
        extent, inside = _find(whole, path)
        puts, drops = [one for one in of if isinstance(one, Put)], [one for one in of if isinstance(one, Drop)]
        for one in of:
            if isinstance(one, Replace):
                yield _other(extent, one.value, inside=inside)
        if drops:
            yield from _without(text, extent, [one.path[-1] for one in drops])
        if puts:
            yield from (_longer_flow if extent.flow else _longer_block)(text, extent, puts)


def _other(extent: Extent, value: Node, *, inside: bool) -> _Cut:
    if extent.parts and not extent.flow:
        raise CannotEditError
    new = spelling.word(value, inside=inside) if isinstance(value, Scalar) else spelling.flow(value)
    return _Cut(extent.start, extent.end, new)


def _order(path: Steps) -> tuple[str, ...]:
    return tuple(str(step) for step in path)


def _find(whole: Extent, path: Steps) -> tuple[Extent, bool]:
    """Find what stands at a path, and whether it stands inside braces."""
    here, inside = whole, False
    for step in path:
        found = here.get(step)
        if found is None:
            raise CannotEditError
        inside = inside or here.flow
        here = found.value
        if here.shared:
            raise CannotEditError
    return here, inside


def _longer_flow(text: str, extent: Extent, puts: list[Put]) -> Iterator[_Cut]:
    """Add entries before the closing brace; where each stands on a line of its own, so do the new ones."""
    new = [_in_flow(one) for one in puts]
    if not extent.parts:
        yield _Cut(extent.start + 1, extent.start + 1, ", ".join(new))
        return
    last = extent.parts[-1]
    start, end = line_start(text, last.start), line_end(text, last.end)
    indent = text[start : last.start]
    if indent.strip() or end > extent.end - 1:
        yield _Cut(last.end, last.end, "".join(f", {one}" for one in new))
        return
    comma = "" if text[last.end : end].lstrip().startswith(",") else ","
    broken = _line_break(text)
    if comma:
        yield _Cut(last.end, last.end, comma)
    yield _Cut(end, end, f",{broken}".join(indent + one for one in new) + (broken if comma else f",{broken}"))


def _in_flow(put: Put) -> str:
    value = spelling.flow(put.value)
    return f"{spelling.word(put.key, inside=True)}: {value}" if put.key else value


def _longer_block(text: str, extent: Extent, puts: list[Put]) -> Iterator[_Cut]:
    """Add lines behind the last entry, comments on its line included."""
    if not extent.parts:
        raise CannotEditError
    first, last = extent.parts[0], extent.parts[-1]
    indent = text[line_start(text, first.start) : first.start]
    dash = next((one.key is None for one in puts), False)
    if indent.strip(" ") != ("-" if dash else ""):
        raise CannotEditError
    end, broken = line_end(text, last.end), _line_break(text)
    new = [line for one in puts for line in _in_block(one, indent, last)]
    opened = end == len(text) and not text.endswith(("\n", "\r"))
    yield _Cut(end, end, broken + broken.join(new) if opened else broken.join([*new, ""]))


def _in_block(put: Put, indent: str, last: Entry) -> list[str]:
    if put.key is None:
        return [indent + spelling.flow(put.value)]
    return spelling.lines(put.key, put.value, len(indent), braces=last.value.flow or not last.value.parts)


def _line_break(text: str) -> str:
    first = text[: line_end(text, 0)]
    return next((broken for broken in ("\r\n", "\n", "\r") if first.endswith(broken)), "\n")


def _without(text: str, extent: Extent, steps: list[str | int]) -> Iterator[_Cut]:
    """Take entries out; not all of them, for nothing would be left."""
    gone = [extent.get(step) for step in steps]
    kept = [part for part in extent.parts if part not in gone]
    if None in gone or not kept:
        raise CannotEditError
    for number, part in enumerate(extent.parts):
        if part in kept:
            continue
        if not extent.flow:
            yield _Cut(*_lines_of(text, part), "")
            continue
        leading = part.start < kept[0].start
        start = part.start if leading else extent.parts[number - 1].end
        end = extent.parts[number + 1].start if leading else part.end
        if "#" in text[start : part.start] + text[part.end : end]:
            raise CannotEditError
        yield _Cut(start, end, "")


def _lines_of(text: str, part: Entry) -> tuple[int, int]:
    """Give the lines that an entry of a block stands on, which must hold nothing else but a comment at their end."""
    start = line_start(text, part.start)
    if text[start : part.start].strip(" -"):
        raise CannotEditError
    return start, line_end(text, part.end)
