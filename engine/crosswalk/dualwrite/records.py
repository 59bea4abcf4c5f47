"""A table-map record as values, whatever file it came in: two tables, their filters, and pairs of columns.

The words of the record are kept to the names `finance` and `dataverse` of its two sides; in the record the first is the
source of a leg and the second its destination, and each pair of columns has a direction of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Direction = Literal["to_dataverse", "to_finance", "both"]
Side = Literal["finance", "dataverse"]


@dataclass(frozen=True, slots=True)
class Line:
    """One pair of columns. An empty `finance` or `dataverse` makes it a constant, `default`, for the other side.

    `pairs` are (finance value, dataverse value). `fault` says why the line cannot be used as it is.
    """

    direction: Direction
    finance: str
    dataverse: str
    related: str = ""
    pairs: tuple[tuple[str, str], ...] | None = None
    default: str | None = None
    fault: str = ""

    @property
    def name(self) -> str:
        sign = {"to_dataverse": ">", "to_finance": "<", "both": "="}[self.direction]
        return f"{self.finance or '(constant)'} {sign} {self.dataverse or '(constant)'}"


@dataclass(frozen=True, slots=True)
class Record:
    """One leg of one version of a map. `origin` is the file; `notes` are what was read past."""

    origin: str
    title: str
    finance: str
    dataverse: str
    version: str = ""
    description: str = ""
    finance_filter: str = ""
    dataverse_filter: str = ""
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.title.casefold(), self.finance.casefold(), self.dataverse.casefold()


def number_of(version: str) -> tuple[int, ...]:
    """Give a version as numbers: 1.0.0.10 comes after 1.0.0.9."""
    return tuple(int(part) if part.isdigit() else 0 for part in version.split(".")) if version else ()


def chosen(records: tuple[Record, ...], version: str = "") -> tuple[Record, ...]:
    """Take one version of each map: `version` where there is one of that name, else the highest."""
    by_map: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        by_map.setdefault(record.identity, []).append(record)
    return tuple(_one(some, version) for some in by_map.values())


def _one(some: list[Record], version: str) -> Record:
    asked = [record for record in some if version and number_of(record.version) == number_of(version)]
    best = max(asked or some, key=lambda record: number_of(record.version))
    left = sorted({record.version for record in some} - {best.version}, key=number_of)
    if not left:
        return best
    return replace(best, notes=(*best.notes, f"version {best.version} was taken; left aside: {', '.join(left)}"))
