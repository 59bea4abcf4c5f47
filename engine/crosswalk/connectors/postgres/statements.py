"""Statements of PostgreSQL from patterns of ours, in whose holes only names, literals and expressions fit.

Why not `crosswalk.sql.fragment`: it checks that a pattern is one DuckDB expression, and these are whole statements of
another dialect. What may fill a hole is the same `Sql`. Literals rely on ``standard_conforming_strings``, which every
session sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crosswalk.sql import Sql, literal, name


def filled(pattern: str, **holes: Sql) -> Sql:
    """Fill the ``{holes}`` of a pattern of ours."""
    return Sql(re.sub(r"\{(\w+)\}", lambda match: holes[match[1]].text, pattern))


def listed(items: Iterable[Sql], by: str = ", ") -> Sql:
    return Sql(by.join(item.text for item in items))


def of(alias: str, column: str) -> Sql:
    """Name a column of a table that stands under an alias of ours: ``t."amount"``."""
    return Sql(f"{alias}.{name(column).text}")


def array(texts: Iterable[str | None]) -> Sql:
    """Write a literal array of texts; none of them may hold a NUL, which no text of PostgreSQL can."""
    listing = literal("{" + ",".join(map(_item, texts)) + "}")
    return Sql(f"{listing.text}::text[]")


def _item(text: str | None) -> str:
    return "NULL" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
