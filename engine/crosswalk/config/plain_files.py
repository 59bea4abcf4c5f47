"""Reads a YAML file that is no file of a project, such as a list of answers: text, lists and mappings alone."""

from __future__ import annotations

from collections.abc import Mapping

from crosswalk.config.plain import plain
from crosswalk.config.reader import read
from crosswalk.errors import Problems


def read_plain(name: str, content: bytes) -> Mapping[str, object]:
    """Give what a file holds, with all scalars as text; `MapError` with its mistakes."""
    problems = Problems()
    root = read(name, content, problems)
    problems.done()
    found = plain(root, None, {}) if root is not None else {}
    return found if isinstance(found, Mapping) else {}
