"""How a record names a column of the other side: itself, over lookups, or over a lookup to one of several tables.

``customerid.Account(accountnumber).Contact(contactnumber)`` names a lookup, and for each table that it may lead to
the column by which the row is found there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = r"[^\W\d]\w*"
_DOTTED = re.compile(rf"{_NAME}(\.{_NAME})*")
_BRANCH = re.compile(rf"\.({_NAME})\(\s*({_NAME}(?:\.{_NAME})*(?:\s*,\s*{_NAME}(?:\.{_NAME})*)*)\s*\)")


@dataclass(frozen=True, slots=True)
class Branch:
    """One table that a lookup may lead to, as the record calls it, and the columns that find a row there."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataversePath:
    """`parts` of a path; or the lookup alone, with its `branches`."""

    parts: tuple[str, ...]
    branches: tuple[Branch, ...] = ()

    @property
    def head(self) -> str:
        return self.parts[0]

    @property
    def plain(self) -> bool:
        return len(self.parts) == 1 and not self.branches


def read_path(text: str) -> DataversePath | None:
    """Read the name of a column; None where it is none."""
    if _DOTTED.fullmatch(text):
        return DataversePath(tuple(text.split(".")))
    head = re.match(_NAME, text)
    if head is None:
        return None
    branches, at = [], head.end()
    while found := _BRANCH.match(text, at):
        branches.append(Branch(found.group(1), tuple(part.strip() for part in found.group(2).split(","))))
        at = found.end()
    return DataversePath((head.group(),), tuple(branches)) if branches and at == len(text) else None


def write_branches(head: str, branches: tuple[Branch, ...]) -> str:
    return head + "".join(f".{branch.table}({', '.join(branch.columns)})" for branch in branches)


def singular(table: str) -> str:
    """Give the name of one row of a table, as the platform forms it: currencies, boxes, accounts."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if table.lower().endswith(ending) and len(table) > len(ending):
            return table[: -len(ending)] + instead
    return table


def plural(table: str) -> str:
    """Give the name of a table from that of one row."""
    lower = table.lower()
    if lower.endswith("y") and lower[-2:-1] not in ("a", "e", "i", "o", "u"):
        return table[:-1] + "ies"
    return table + ("es" if lower.endswith(("s", "x", "ch", "sh")) else "s")
