"""Answers every question of an import mechanically: with what is proposed, or what needs no thought.

Types, companies and times of change are left as they are assumed: text, none, none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crosswalk import api
from crosswalk.dualwrite.yaml_text import Block, Entry, document

LEFT_ALONE = ("company", "types", "modified", "row_version", "required", "read_only")


def answers_of(questions: tuple[api.Question, ...]) -> dict[str, Any]:
    """Take what is proposed wherever something has to be said."""
    tree: dict[str, Any] = {}
    for question in questions:
        value = question.answer or question.proposed
        if value in (None, []) or (question.path[2] in LEFT_ALONE and question.answer is None):
            continue
        below = tree
        for step in question.path[:-1]:
            below = below.setdefault(step, {})
        below[question.path[-1]] = value
    return tree


def imported(files: list[Path], folder: Path, more: dict[str, Any] | None = None) -> api.Imported:
    """Import, answer, and import again until nothing new is asked; the project is laid into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "answers.yml"
    found = api.import_records(files)
    for _ in range(6):
        path.write_text(document(block(merged(answers_of(found.questions), more or {}))), encoding="utf-8")
        again = api.import_records(files, answers=path)
        if [one.path for one in again.questions] == [one.path for one in found.questions] and found.questions != ():
            found = again
            break
        found = again
    api.lay(found.files, folder, force=True)
    return found


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    for key, value in more.items():
        base[key] = (
            merged(base.get(key, {}), value)
            if isinstance(value, dict) and isinstance(base.get(key, {}), dict)
            else value
        )
    return base


def block(tree: dict[str, Any]) -> Block:
    return tuple(
        Entry(key, block(value) if isinstance(value, dict) and value else value) for key, value in tree.items()
    )
