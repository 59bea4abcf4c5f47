"""How a number of a sequence is written, and how new rows get what is known only when they are delivered.

The zeros in braces of a format give the least number of digits. Completed rows take the place of the incomplete ones by
delete and insert: an update in place of text, in the order of a join, takes ten times as long.
"""

from __future__ import annotations

import re

from crosswalk.compiler.bound import BoundArm
from crosswalk.compiler.render import render
from crosswalk.plan import Statement
from crosswalk.sql import Sql, fragment, literal

_ZEROS = re.compile(r"\{(0+)\}")


def formatted(pattern: str, number: Sql) -> Sql:
    """Write a number in the format of its sequence: ``SO-{0000}`` and 42 give ``SO-0042``; null stays null."""
    before, zeros, after = _parts(pattern)
    digits = fragment("CAST({n} AS VARCHAR)", n=number)
    fill = fragment("repeat('0', greatest(0, {width} - length({d})))", width=literal(len(zeros)), d=digits)
    return fragment(
        "{before} || {fill} || {d} || {after}", before=literal(before), fill=fill, d=digits, after=literal(after)
    )


def replaced(arm: BoundArm) -> tuple[Statement, ...]:
    """Put the rows of ``completed`` in the place of the new rows of an arm."""
    return (
        Statement("take the incomplete rows out", render("completed_delete", arm=literal(arm.number))),
        Statement("put the completed ones in", render("completed_insert")),
    )


def _parts(pattern: str) -> tuple[str, str, str]:
    found = _ZEROS.search(pattern)
    if found is None:
        return pattern, "", ""
    return pattern[: found.start()], found[1], pattern[found.end() :]
