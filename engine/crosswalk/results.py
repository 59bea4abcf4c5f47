"""What a run did, as values: fates, findings, rejects, changes, and the result of a leg and of an invocation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FATES = ("inserted", "updated", "deleted", "unchanged", "filtered", "held", "rejected", "superseded")
"""Every examined source row of a leg has exactly one of these; their sum is the number of rows examined."""


TELLING = ("rejected", "held", "inserted", "updated", "deleted", "superseded", "unchanged", "filtered")
"""Which fate a source row has where it makes several rows: the first of these that one of them has."""


GUARDS = ("empty_source", "foreign_rows", "missing_rows", "missing_table", "rejects", "volume")
"""The guards that a person may let one run pass, by the name that says so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a run noticed and did not decide: a foreign row, a missing row, a row that left the filter."""

    code: str
    message: str
    count: int = 1
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot go on, as the ledger keeps it. `row` holds the full source row, every value as text or null;
    where several rows were to be merged it is the first of them, and `rows` holds all. `state` is open, resolved or
    dismissed; `resolved_at`, `resolved_by` and `note` say when it was closed, and of a dismissed one by whom and why.
    """

    map_name: str
    leg: str
    key: str
    fate: Literal["held", "rejected"]
    code: str
    column: str
    value: str | None
    place: str
    run_id: str
    first_seen: str
    attempts: int
    state: str
    row: Mapping[str, str | None] = field(default_factory=dict)
    rows: tuple[Mapping[str, str | None], ...] = ()
    resolved_at: str = ""
    resolved_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One target row that a run made, changed or removed. `cells` maps a column to its old and new value as text."""

    key: str
    target: str
    target_key: str
    fate: str
    cells: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LegResult:
    """What one run of one leg did. `fates` counts source rows; `written` counts target rows by what was done to them,
    and `effects` per target table. `map_digest` stands for what the map means, `changes_digest` for the rows that
    change, where that was asked for.
    """

    run_id: str
    map_name: str
    leg: str
    source: str
    target: str
    mode: str
    examined: int
    fates: Mapping[str, int]
    effects: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)
    changed_columns: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[tuple[str, str, str, int], ...] = ()
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    seconds: float = 0.0
    why_mode: str = ""
    map_digest: str = ""
    changes_digest: str = ""

    @property
    def name(self) -> str:
        """The leg's name in the ledger."""
        return self.map_name if self.leg == "out" else f"{self.map_name}:{self.leg}"


@dataclass(frozen=True, slots=True)
class Landed:
    """What a read of an outside table came to: rows taken, rows that do not fit, and whether it gave every row."""

    entity: str
    rows: int
    misfits: int
    whole: bool


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one invocation did, leg by leg. `committed` is false for a plan; `landed` is what was read from outside.
    `published` says that the file for readers holds what stands now, `unpublished` why it does not.
    """

    invocation: str
    legs: tuple[LegResult, ...]
    committed: bool
    exit_code: int = 0
    message: str = ""
    next_command: str = ""
    landed: tuple[Landed, ...] = ()
    published: bool = False
    unpublished: str = ""
