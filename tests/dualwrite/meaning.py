"""What a record means, whatever way it is written: two records of one meaning move the same values the same ways.

Not part of the meaning: the order of lines and pairs, letter case where the product has none, which table a lookup
leads to where the record leaves it out, and how one blank is told from another.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from crosswalk.dualwrite.catalogue import lookup_of
from crosswalk.dualwrite.filters import odata, ranges
from crosswalk.dualwrite.filters.tree import Comparison, Filter, Group, Match, Negation
from crosswalk.dualwrite.paths import read_path, singular
from crosswalk.dualwrite.records import Line, Record

TRUTH = {"true": "true", "false": "false"}


def meaning(record: Record) -> dict[str, Any]:
    """Give the meaning as plain values that can be compared."""
    yes_no = {
        line.finance.casefold()
        for line in record.lines
        if line.pairs and {"yes", "no"} <= {key.casefold() for key, _ in line.pairs}
    }
    return {
        "tables": (record.finance.casefold(), record.dataverse.casefold()),
        "finance filter": _filter(record.finance_filter, "finance", yes_no),
        "sales filter": _filter(record.dataverse_filter, "dataverse", set()),
        "lines": _lines(record),
    }


def differences(before: Record, after: Record) -> list[str]:
    """Say in which parts two records mean different things."""
    left, right = meaning(before), meaning(after)
    found = [f"{part}: {left[part]} / {right[part]}" for part in left if part != "lines" and left[part] != right[part]]
    for column in sorted({*left["lines"], *right["lines"]}):
        if left["lines"].get(column) != right["lines"].get(column):
            found.append(f"{column}: {left['lines'].get(column)} / {right['lines'].get(column)}")
    return found


def _lines(record: Record) -> dict[str, Any]:
    """Gather lines by finance column: a column that two lines write is one matter with several ends."""
    by_column: dict[str, list[Line]] = defaultdict(list)
    for line in record.lines:
        if not line.fault:
            by_column[line.finance.casefold() or f"constant for {line.dataverse}"].append(line)
    return {
        column: (
            frozenset((_column(line.dataverse), _pairs(line), _default(line)) for line in lines),
            frozenset(way for line in lines for way in _ways(line)),
        )
        for column, lines in by_column.items()
    }


def _ways(line: Line) -> tuple[str, ...]:
    return ("to_dataverse", "to_finance") if line.direction == "both" else (line.direction,)


def _column(text: str) -> object:
    path = read_path(text)
    if path is None or not path.branches:
        return text.casefold()
    branches = frozenset((singular(one.table).casefold(), one.columns) for one in path.branches)
    return path.head.casefold(), branches


def _pairs(line: Line) -> object:
    if line.pairs is None:
        return None
    return frozenset((key.strip(), TRUTH.get(value.casefold(), value.strip())) for key, value in line.pairs)


def _default(line: Line) -> object:
    return None if line.default is None else TRUTH.get(line.default.casefold(), line.default)


def _filter(text: str, side: str, yes_no: set[str]) -> object:
    if not text.strip():
        return None
    return _tree(ranges.parse(text) if side == "finance" else odata.parse(text), side, yes_no)


def _tree(tree: Filter, side: str, yes_no: set[str]) -> object:
    match tree:
        case Group(word, parts):
            return word, frozenset(_tree(part, side, yes_no) for part in parts)
        case Negation(of):
            return "not", _tree(of, side, yes_no)
        case Match(column, shape, text):
            return lookup_of(column).casefold(), shape, text.casefold()
        case Comparison(column, sign, operand):
            name, value = lookup_of(column).casefold(), operand.text.casefold()
            if side == "finance" and name in yes_no:
                value = {"1": "yes", "0": "no"}.get(value, value)
            kind = "value" if side == "finance" else operand.kind
            return name, sign, kind, value
