"""Turns lines round, for the way back: ``Code: code`` becomes ``code: Code``, with its value map inverted.

A path on the right becomes a path on the left, by which the reference is found again; a path on the left becomes a path
on the right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crosswalk.contracts import TransformError
from crosswalk.errors import Problems
from crosswalk.model import Column, EntityRef, FieldMapping, Path, Project, Scalar, TableMap, TransformCall
from crosswalk.transforms.conversions.reversing import reversed_pairs, text_of


@dataclass(frozen=True, slots=True)
class Ends:
    """What lines are turned in: their map, its project, and where problems go."""

    map: TableMap
    project: Project
    problems: Problems


def turned(lines: Sequence[FieldMapping], ends: Ends) -> tuple[FieldMapping, ...]:
    """Read lines from their other end; those that cannot be are left out, as a problem each."""
    return tuple(line for one in lines if (line := _turned_line(one, ends)) is not None)


def comes_from_row(line: FieldMapping, ends: Ends) -> bool:
    """Refuse a line of `both` whose value comes from a lookup: only a reference of the row can be found again."""
    outward = {lookup.name for lookup in ends.map.lookups}
    if isinstance(line.source, Path) and line.source.parts[0] in outward:
        message = f"'{line.source.text}' comes from a lookup, which no column of the source refers to"
        hint = "take a path over a column with `to:`, or write one line in fields and one in back: fields"
        ends.problems.add("NOT_REVERSIBLE", message, line.source.span, hint)
        return False
    return True


def _turned_line(line: FieldMapping, ends: Ends) -> FieldMapping | None:
    problems = ends.problems
    if not isinstance(line.source, Path):
        problems.add("NOT_REVERSIBLE", f"'{line.target}' cannot be read from the other end", line.span, _TURN_HINT)
        return None
    lost = [call for call in line.transforms if call.name in _ONE_WAY]
    for call in lost:
        message = f"'{call.name}' is not turned round, so '{line.target}' cannot be read from the other end"
        problems.add("NOT_REVERSIBLE", message, call.span, _SPLIT_HINT)
    before = len(problems.found)
    column = _column_at(line.source, ends)
    calls = tuple(
        _turned_values(call, column, ends) if call.name == "values" else call
        for call in line.transforms
        if call.name in _EITHER_WAY
    )
    if lost or len(problems.found) > before:
        return None
    return FieldMapping(line.source.text, Path(line.target, line.span), line.source.span, calls)


_EITHER_WAY = ("values", "round", "fit")
"""Transforms that mean something either way; trimming and padding belong to the direction they are written in."""

_ONE_WAY = ("multiply", "as")
"""Transforms after which a value means something else, or is of another type."""

_TURN_HINT = "a line that goes both ways takes its value from a plain path"
_SPLIT_HINT = "write one line in fields and one in back: fields"


def _column_at(path: Path, ends: Ends) -> Column | None:
    """Find the column that a path ends in; None where it does not lead anywhere, which is told elsewhere."""
    entity = ends.project.entities[ends.map.source]
    *way, last = path.parts
    for number, part in enumerate(way):
        column = entity.columns.get(part)
        relation = column.relation if column is not None else ()
        named = relation if len(relation) == 1 else tuple(one for one in relation if one in way[number + 1 :])
        if len(named) == 1:
            entity = ends.project.entities[EntityRef(entity.ref.system, named[0])]
        elif part != entity.ref.entity:
            return None
    return entity.columns.get(last)


def _turned_values(call: TransformCall, column: Column | None, ends: Ends) -> TransformCall:
    """Invert a value map. Blank returns as null; what is passed on or waits on the way out does so on the way back."""
    argument = call.argument if isinstance(call.argument, dict) else {}
    try:
        pairs = reversed_pairs(_pairs(argument.get("values"), column, ends), argument.get("back") or {})
    except TransformError as error:
        ends.problems.add(error.code, str(error), call.span, error.hint)
        return call
    pairs.setdefault("", None)
    kept = {"otherwise": argument["otherwise"]} if argument.get("otherwise") in ("pass", "hold") else {}
    return replace(call, argument={"values": pairs, **kept})


def _pairs(values: object, column: Column | None, ends: Ends) -> Mapping[str, Scalar]:
    """Give the pairs of a value map; of a shared one those that the column can have."""
    if not isinstance(values, str):
        return values if isinstance(values, dict) else {}
    shared = ends.project.value_maps.get(values)
    pairs: Mapping[str, Scalar] = shared.values if shared is not None else {}
    if column is None or not column.choices:
        return pairs
    known = {text_of(word) for choice in column.choices for word in (choice.code, choice.label)}
    return {key: code for key, code in pairs.items() if key in known or key == ""}
