"""What a comparison of both sides finds, as values.

===============  ==========================================================================================
missing right    a source row that should have a target row has none
missing left     a target row that the map made, or that stands in its scope, has no source row
different        the target row holds something else than the map would write; by column
doubled          the target, or the ledger, holds several rows of one key
held, rejected   a row cannot go on, and no run has said so yet
ledger           both sides agree, and the ledger knows something else of the row, or of how far a leg has read
waiting          a row has been held or rejected for longer than was asked for
===============  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["missing right", "missing left", "different", "doubled", "held", "rejected", "ledger", "waiting"]


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One row that is not as the map says. `cells` maps a column to what is there and what the map would write, as
    text; for the kind ``ledger`` to what the ledger holds and what the tables say. `mends` says that a repair puts it
    right; what does not mend belongs to a person.
    """

    leg: str
    kind: Kind
    key: str = ""
    target: str = ""
    target_key: str = ""
    cells: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    code: str = ""
    note: str = ""
    mends: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing one leg gave. `judged` counts the source rows, `blocked` are the keys of those that cannot go on,
    whether a run knows of them or not.
    """

    leg: str
    map_name: str
    source: str
    judged: int
    found: tuple[Discrepancy, ...]
    blocked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What the chosen legs gave, in their order; what a read of outside tables gave comes last."""

    legs: tuple[Compared, ...]

    @property
    def found(self) -> tuple[Discrepancy, ...]:
        return tuple(one for leg in self.legs for one in leg.found)

    @property
    def mending(self) -> tuple[str, ...]:
        """The legs that a repair would run."""
        return tuple(dict.fromkeys(one.leg for one in self.found if one.mends))
