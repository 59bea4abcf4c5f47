"""How a number of a sequence is written: the zeros in braces of its format give the least number of digits."""

from __future__ import annotations

import re

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


def _parts(pattern: str) -> tuple[str, str, str]:
    found = _ZEROS.search(pattern)
    if found is None:
        return pattern, "", ""
    return pattern[: found.start()], found[1], pattern[found.end() :]
