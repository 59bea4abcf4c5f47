"""Looks an answer with rows over before it lands: that it is whole, what comes next, and that no number loses a digit.

Why here and not in the database: an answer that breaks off can be asked for again here. Why numbers are looked at:
DuckDB reads a bare JSON number as a double, which keeps 15 digits. Answers with longer ones, from servers that do not
send decimals as text, are written anew with every number in quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from crosswalk.connectors.odata.faults import Answer

Row = Mapping[str, object]
_SAFE_DIGITS = 15
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")


class Unreadable(Exception):
    """An answer is not whole, or not what was asked for; the next try may bring a good one."""


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer with rows, as far as it is needed once it was looked over. `text` can be read by DuckDB; `number`
    counts its rows, `count` those of the whole query where that was asked for; `latest` is the latest modified time
    among them; `removed` are the entries of deleted rows.
    """

    text: str
    headers: Mapping[str, str]
    number: int
    latest: datetime | None
    removed: tuple[Row, ...]
    next_link: str | None
    delta_link: str | None
    count: int | None


def read_rows(answer: Answer, expected: frozenset[str], modified: str | None = None) -> Rows:
    """Read an answer; `Unreadable` where it breaks off, has no rows, or a row lacks one of the `expected` names.
    `modified` names the property with the modified time.
    """
    numbers = _Numbers()
    found = _parsed(answer.text, numbers.exact)
    value = found.get("value")
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Unreadable("the answer has no list of rows")
    rows = tuple(row for row in value if not is_removed(row))
    for row in rows:
        if not expected <= row.keys():
            raise Unreadable(f"a row lacks {', '.join(sorted(expected - row.keys()))}, which was asked for")
    text = answer.text
    if numbers.long or _SURROGATE.search(text):
        text = _LONE.sub("\ufffd", json.dumps(_parsed(text, str), ensure_ascii=False))
    return Rows(
        text=text,
        headers=answer.headers,
        number=len(rows),
        latest=latest(rows, modified) if modified is not None else None,
        removed=tuple(row for row in value if is_removed(row)),
        next_link=_link(found, "nextLink"),
        delta_link=_link(found, "deltaLink"),
        count=_count(found),
    )


class _Numbers:
    """Notes whether a number has more digits than a double surely keeps."""

    def __init__(self) -> None:
        self.long = False

    def exact(self, lexeme: str) -> str:
        if len(lexeme) > _SAFE_DIGITS + 1 or not lexeme.isascii():
            self.long = True
        return lexeme


def _parsed(text: str, number: Callable[[str], str]) -> Mapping[str, object]:
    try:
        found = json.loads(text, parse_float=number, parse_int=number)
    except (ValueError, RecursionError):
        raise Unreadable("the answer breaks off in the middle") from None
    if not isinstance(found, dict):
        raise Unreadable("the answer is no JSON object")
    return cast(Mapping[str, object], found)


def is_removed(row: Row) -> bool:
    """Tell whether an entry says that a row was deleted, in the words of OData 4.0 or of 4.01."""
    return "@removed" in row or str(row.get("@odata.context", "")).endswith("/$deletedEntity")


def _link(found: Mapping[str, object], name: str) -> str | None:
    link = found.get(f"@odata.{name}") or found.get(f"@{name}")
    return link if isinstance(link, str) else None


def _count(found: Mapping[str, object]) -> int | None:
    count = str(found.get("@odata.count", ""))
    return int(count) if count.isdecimal() else None


def latest(rows: tuple[Row, ...], name: str) -> datetime | None:
    """Find the latest time in a property, in UTC; cells that are no time do not count."""
    times = (moment(str(row[name])) for row in rows if row[name] is not None)
    return max((time for time in times if time is not None), default=None)


def moment(text: str) -> datetime | None:
    """Read a time; one without an offset is in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
