"""Shows how a file would change, as a unified difference."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from crosswalk.cli.screen import Line

_NOTHING = "/dev/null"
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def difference(path: str, before: bytes | None, after: bytes) -> Iterator[str]:
    """Give the lines of a unified difference; a file without `before` is new."""
    old, new = _lines(before or b""), _lines(after)
    return unified_diff(old, new, _NOTHING if before is None else path, path, lineterm="")


def difference_lines(path: str, before: bytes | None, after: bytes) -> Iterator[Line]:
    """Give the same in colours."""
    for number, line in enumerate(difference(path, before, after)):
        yield Line(line, "bold" if number < 2 else _STYLES.get(line[:1], ""))


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8-sig").splitlines()
