"""Every code that Crosswalk gives a mistake, a row or a stop, with what it means and what to do.

Why a table in text, ``codes.txt``: it is read more often than anything else in this package, by people too. A heading
names the stage that finds the mistake; an entry is ``CODE summary``, and below it, indented, ``explanation | remedy``.

Codes that a map chooses itself with ``else:`` are not listed: they mean what the map says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, cast

Stage = Literal["config", "compile", "advice", "row", "stop", "machine", "doctor", "usage"]


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What `crosswalk explain CODE` says. `stage` tells who finds it: reading, compiling, a row of a run, a guard."""

    summary: str
    explanation: str
    remedy: str
    stage: Stage


def _entries(table: str) -> Iterator[tuple[str, CodeEntry]]:
    stage = ""
    for block in table.replace("\n  ", " ").strip().splitlines():
        if block.startswith("["):
            stage = block.strip("[]")
        elif block:
            head, _, remedy = block.partition(" | ")
            code, _, rest = head.partition(" ")
            summary, _, explanation = rest.partition(". ")
            yield (
                code,
                CodeEntry(f"{summary.strip().rstrip('.')}.", explanation.strip(), remedy.strip(), cast(Stage, stage)),
            )


_TABLE = files("crosswalk").joinpath("codes.txt").read_text(encoding="utf-8")

CODES: Mapping[str, CodeEntry] = MappingProxyType(dict(_entries(_TABLE)))
