"""Says whether a row of a state is one that a ledger could hold: its columns, their types, the words that they take."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime

_OPTIONAL: Mapping[str, frozenset[str]] = {
    "runs": frozenset(
        {"why_mode", "finished_at", "seconds", "host", "user_name", "pid", "version", "engine_version"}
        | {"rows_inserted", "rows_updated", "rows_deleted"}
    ),
    "watermarks": frozenset({"cursor", "content"}),
    "lineage": frozenset({"source_version", "target", "target_key", "first_run", "last_run"}),
    "agreed": frozenset({"target_key"}),
    "numbers": frozenset(),
    "documents": frozenset(),
    "rejects": frozenset(
        {"column_name", "value", "place", "digest", "resolved_run", "resolved_at", "note", "resolved_by"}
    ),
}
"""Columns that may be null, or missing: some came with a later version."""

_WORDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("runs", "mode"): frozenset({"initial", "incremental", "key", "open"}),
    ("lineage", "state"): frozenset({"live", "left", "filtered"}),
    ("rejects", "fate"): frozenset({"held", "rejected"}),
    ("rejects", "state"): frozenset({"open", "dismissed"}),
}
_TIME = re.compile(r"\d{4,6}-\d\d-\d\d( \(BC\))?[ T]\d\d:\d\d:\d\d(\.\d{1,9})?( \(BC\))?")
_CELL = {"column_name", "source", "target"}


def checked(table: str, cells: object, columns: Mapping[str, str]) -> str:
    """Say what is wrong with a row; nothing where it is as it should be."""
    if not isinstance(cells, dict):
        return "a row is an object of columns"
    if unknown := [column for column in cells if column not in columns]:
        return f"'{unknown[0]}' is no column of this ledger"
    for column, kind in columns.items():
        value = cells.get(column)
        if value is None:
            if column not in _OPTIONAL[table]:
                return f"'{column}' is missing"
        elif wrong := _typed(kind)(value) or _worded(table, column, value):
            return f"'{column}' {wrong}"
    return ""


def _worded(table: str, column: str, value: object) -> str:
    words = _WORDS.get((table, column))
    if words is not None and value not in words:
        return f"is none of {', '.join(sorted(words))}"
    return _source_row(value) if column == "source_row" else ""


def _typed(kind: str) -> Callable[[object], str]:
    match kind:
        case "VARCHAR":
            return _text
        case "BIGINT":
            return _whole
        case "DOUBLE":
            return _number
        case "TIMESTAMP":
            return _time
        case _:
            return _cells


def _text(value: object) -> str:
    if not isinstance(value, str):
        return "is no text"
    return "" if value.isprintable() or _encodes(value) else "is no text that can be kept"


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(value: object) -> str:
    good = isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    return "" if good else "is no whole number"


def _number(value: object) -> str:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return "" if good else "is no number"


def _time(value: object) -> str:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return "is no time"
    if " (BC)" in value or value[4] != "-":
        return ""
    try:
        datetime.fromisoformat(value[:19])
    except ValueError as error:
        return f"is no time: {error}"
    return ""


def _cells(value: object) -> str:
    good = isinstance(value, list) and all(
        isinstance(cell, dict)
        and cell.keys() == _CELL
        and all(part is None or not _text(part) for part in cell.values())
        for cell in value
    )
    return "" if good else "is no list of cells"


def _source_row(value: object) -> str:
    """A reject holds its row, or the rows that were to be merged, every value as text."""
    try:
        kept = json.loads(str(value))
    except (ValueError, RecursionError):
        return "holds no row"
    rows = kept if isinstance(kept, list) and kept else [kept]
    good = all(isinstance(row, dict) and all(map(_is_cell, row.values())) for row in rows)
    return "" if good else "holds no row"


def _is_cell(value: object) -> bool:
    return value is None or (isinstance(value, str) and _encodes(value))
