"""Writes questions as a file to fill in: answers stand in their places, an open question is null with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from crosswalk.dualwrite.questions import Question
from crosswalk.dualwrite.yaml_text import Block, Entry, comments, shown

_HEAD = (
    "What the imported records do not say. Replace null where you know better, then import the same files again:",
    "crosswalk import dual-write FILE... --answers <this file>",
    "needed: without an answer the line, or the map, is left open. assumed: what holds until there is an answer.",
)


def questions_block(questions: Sequence[Question]) -> Block:
    """Write the file of questions."""
    return (*comments(_HEAD), *_below([(question.path, question) for question in questions]))


def _below(items: Sequence[tuple[tuple[str, ...], Question]]) -> Block:
    """Lay questions out as a tree, by the first step of what is left of their paths."""
    entries: list[Entry | str] = []
    for head in dict.fromkeys(path[0] for path, _ in items):
        inner = [(path[1:], question) for path, question in items if path[0] == head]
        if inner[0][0]:
            entries.append(Entry(head, _below(inner)))
        else:
            question = inner[0][1]
            entries.append(Entry(head, question.answer, note=_note(question)))
    return tuple(entries)


def _note(question: Question) -> str:
    if not question.open:
        return ""
    said = ["needed"] if question.needed else []
    said += [f"assumed: {question.assumed}"] if question.assumed and not question.needed else []
    said += [f"proposed: {shown(question.proposed)}"] if question.proposed not in (None, [], question.assumed) else []
    asks = "" if question.path[2] == "types" else f"{question.asks}; "
    return asks + "; ".join(said)
