"""Lines whose values may not fit the column that they write: too long, or empty where a value is demanded."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.advice.reading import Reading, Written, written_by
from crosswalk.errors import Problem
from crosswalk.model import Path


def long_texts(reading: Reading) -> Iterator[Problem]:
    """Find texts that may be longer than their column, where the line does not say what happens then."""
    for written in _lines(reading):
        source = written.source
        if written.call("fit") is None and source is not None and "TOO_LONG" in _reasons(written):
            given = f"'{source.name}' is {source.type}, and '{written.column.name}' takes {written.column.type}"
            message = f"{given}: a longer value is rejected"
            hint = "say fit: truncate, or fit: reject where that is meant"
            yield Problem("TEXT_MAY_BE_LONG", message, written.line.source.span, hint, "note")


def missing_values(reading: Reading) -> Iterator[Problem]:
    """Find lines that may be empty in a column that must not be, where the line does not say what happens then."""
    for written in _lines(reading):
        if written.line.required == "no" and "REQUIRED_NULL" in _reasons(written):
            message = f"'{written.column.name}' must have a value, and this may have none: such a row is rejected"
            hint = "say default: <value>, or required: reject or hold"
            yield Problem("MAY_BE_EMPTY", message, written.line.source.span, hint, "note")


def _lines(reading: Reading) -> Iterator[Written]:
    for bound in reading.bound:
        for written in written_by(bound):
            if isinstance(written.line.source, Path) and not written.is_key:
                yield written


def _reasons(written: Written) -> set[str]:
    return {one.reason.code for one in written.bound.reasons if one.reason.span == written.line.span}
