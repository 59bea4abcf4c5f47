"""Builds the values of choice columns: codes, labels and the moves that are allowed between them.

Codes are whole numbers when all of them are written as such and unquoted; otherwise they are text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from crosswalk.config.access import scalar, scalars
from crosswalk.config.nodes import Mapping, Scalar, Sequence
from crosswalk.config.scalars import WHOLE
from crosswalk.errors import Problems, nearest
from crosswalk.model import Choice, DataType


def build_choices(
    node: Mapping, kind: DataType, problems: Problems
) -> tuple[tuple[Choice, ...], Literal["int", "text"]]:
    """Build the property `choices` of a column; also tell how its codes are stored."""
    written = node.get("choices")
    if (kind.kind == "choice") != (written is not None):
        _mismatch(node, kind, problems)
        return (), "text"
    match written:
        case Mapping(entries):
            pairs = [(code, scalar(label)) for code, label in entries]
        case Sequence(items):
            pairs = [(scalar(item), scalar(item)) for item in items]
        case _:
            return (), "text"
    _check_unique((code for code, _ in pairs), "code", problems)
    if isinstance(written, Mapping):
        _check_unique((label for _, label in pairs), "label", problems)
    whole = all(code.plain and WHOLE.fullmatch(code.text) for code, _ in pairs)
    found = tuple(Choice(int(code.text) if whole else code.text, label.text) for code, label in pairs)
    return found, "int" if whole else "text"


def build_moves(node: Mapping, choices: tuple[Choice, ...], problems: Problems) -> dict[str, tuple[str, ...]]:
    """Build the property `moves`; every name in it must be a label of the column."""
    moves = node.get("moves")
    if not isinstance(moves, Mapping):
        return {}
    labels = [choice.label for choice in choices]
    for label, _ in moves.entries:
        for one in (label, *scalars(moves, label.text)):
            if one.text not in labels and labels:
                hint = nearest(one.text, labels) or f"labels: {', '.join(labels[:8])}"
                problems.add("UNKNOWN_CHOICE", f"'{one.text}' is not a label of this column", one.span, hint)
    return {label.text: tuple(one.text for one in scalars(moves, label.text)) for label, _ in moves.entries}


def _mismatch(node: Mapping, kind: DataType, problems: Problems) -> None:
    if kind.kind == "choice":
        span = scalar(node.get("type")).span
        problems.add("CHOICES_MISSING", "a choice column lists its choices", span, "add choices: {0: Draft, 1: Posted}")
        return
    key = node.key("choices")
    span = key.span if key else node.span
    problems.add("MISPLACED_PROPERTY", f"'choices' belongs to a choice column, and this one is {kind}", span)


def _check_unique(names: Iterable[Scalar], what: str, problems: Problems) -> None:
    seen: dict[str, Scalar] = {}
    for name in names:
        first = seen.setdefault(name.text, name)
        if first is not name:
            where = f"line {first.span.line}, column {first.span.column}"
            problems.add("CHOICE_TWICE", f"the {what} '{name.text}' stands also in {where}", name.span)
