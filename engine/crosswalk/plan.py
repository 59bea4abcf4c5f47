"""A plan: the few plain steps of one leg, as values with their SQL, printed and run from the same list.

The union of steps is closed. A flow of the language (sync, import, way back) exists only in what the compiler puts
into the steps; who prints a plan and who runs it walk the same list with one `match`.

A step works on two temporary tables. ``examined`` names the source rows that this run looks at; ``shaped`` holds them
mapped, with a fate. Columns whose name starts with ``#`` are ours:

=================  ====================================================================================
``#row``           place of the source row in its table, valid inside one transaction
``#key``           the source key as text: the parts in order, joined by ``|``
``#version``       row version of the source row as text, or null where the entity has none
``#reason``        number of the `Reason` why the row cannot go on, or null
``#value``         the offending value as text
``#passes``        whether the filter of the map holds
``#done``          whether this leg may only create and has delivered the row before
``#arm``           number of the target that takes the row, counted from 0
``#target_row``    place of the row in its target, or null where there is none
``#target_key``    the target key as text
``#differs``       whether a mapped column of the target row differs
``#goes.x``        whether column x, which either side may change, is written
``#clashes.x``     whether both sides changed column x since they agreed, to different values
``#fate``          one of `crosswalk.results.FATES`
=================  ====================================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from crosswalk.errors import Span
from crosswalk.exchange import Condition, told
from crosswalk.model import EntityRef

Mode = Literal["initial", "incremental", "open", "key"]
"""Which rows a run examines: all; the changed and the open ones; the open ones; those of one key."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement. `parameters` names the values that the runner binds: run_id, now, key, code.

    `about` tells what a run that stands alone can do without: statements that only look at what earlier runs left, and
    those that only write what later ones want, history and open rows and watermarks.
    """

    purpose: str
    sql: str
    parameters: tuple[str, ...] = ()
    about: Literal["now", "earlier", "later"] = "now"


@dataclass(frozen=True, slots=True)
class Check:
    """A query that yields one row: count, sample as text and, where there is one, the whole of which the count is a
    share. A count above zero stops the leg or is reported. `limit` says in words what was passed.

    `guard` is the name under which a person may let one run pass; empty where nobody may.
    """

    code: str
    message: str
    query: Statement
    stops: bool
    remedy: str = ""
    limit: str = ""
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row cannot go on. `number` is what stands in ``#reason``; `column` is the target column or the lookup."""

    number: int
    code: str
    column: str
    fate: Literal["held", "rejected", "filtered", "unchanged", "superseded"]
    span: Span


@dataclass(frozen=True, slots=True)
class Extract:
    """Choose the source rows that this run looks at."""

    source: EntityRef
    statements: tuple[Statement, ...]
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """Map the examined rows, find the reasons of those that cannot go on, and match the rest with the target."""

    statements: tuple[Statement, ...]
    reasons: tuple[Reason, ...]
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Divert:
    """Give every examined row its fate; stop at a guard.

    `tally` counts source rows by fate: one row may make several, and several may make one. `change_set` yields how many
    rows would change, be held or be refused, and one digest over them.
    """

    statements: tuple[Statement, ...]
    checks: tuple[Check, ...]
    tally: Statement
    change_set: Statement


@dataclass(frozen=True, slots=True)
class Undone:
    """Rows of a set that went into `target` before another row of the set was refused: they are taken out again.

    `rows` gives them as a change set; `copy` removes those that stand in the copy already, None where none does.
    """

    target: EntityRef
    rows: Statement
    copy: Statement | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a step tells its table where that is one of an outside system: the statements of the step then bring the
    copy of the table in the database file to the same state, for the rows that the system took.

    `rows` gives one row per row to write, and is asked after the first `at` statements. `match` names the columns by
    which the map finds a row of the table, `stamps` those that a system may keep by itself. `refused` runs when rows
    were refused: they stand in the table ``refused`` (source_key, arm, state, message); before it, what `undone` names
    is taken back. `after` runs when the rows are as the system gave them back. `updated`
    names the columns that updates may set.
    """

    rows: Statement
    at: int
    match: tuple[str, ...]
    stamps: tuple[str, ...]
    refused: tuple[Statement, ...]
    after: tuple[Statement, ...] = ()
    undone: tuple[Undone, ...] = ()
    updated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deliver:
    """Write the change set of one target table."""

    target: EntityRef
    statements: tuple[Statement, ...]
    columns: tuple[str, ...] = ()
    sent: Sent | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """Mark the source rows that were delivered."""

    source: EntityRef
    statements: tuple[Statement, ...]
    sent: Sent | None = None


@dataclass(frozen=True, slots=True)
class Advance:
    """Keep the rows that cannot go on, note what was agreed, and move the watermarks, so that the next run starts
    where this one ended.
    """

    statements: tuple[Statement, ...]


Step = Extract | Shape | Divert | Deliver | Settle | Advance


@dataclass(frozen=True, slots=True)
class Plan:
    """What one leg of a map does in one mode. `reads` and `writes` are the tables it touches, for
    order and creation. `scope` is what an outside system is asked for of the source; None: every row. `may_empty`
    are tables that may come back empty though rows of them were there before.
    """

    map_name: str
    leg: str
    title: str
    mode: Mode
    source: EntityRef
    targets: tuple[EntityRef, ...]
    steps: tuple[Step, ...]
    reads: tuple[EntityRef, ...]
    writes: tuple[EntityRef, ...]
    digest: str = ""
    file: str = ""
    why: str = ""
    scope: Condition | None = None
    may_empty: tuple[EntityRef, ...] = ()

    @property
    def asks(self) -> str:
        """Which rows of the source an outside system is asked for, in words; empty where that is every row."""
        return "" if self.scope is None else f"{self.source} is read where {told(self.scope)}"

    @property
    def name(self) -> str:
        """The leg's name in the ledger: the map's name, and for a way back ``map:back``."""
        return self.map_name if self.leg == "out" else f"{self.map_name}:{self.leg}"


def digest_of(steps: tuple[Step, ...]) -> str:
    """Take the digest over the meaning of the steps: their SQL without comments, white space and places in files."""
    whole = sha256()
    for step in steps:
        for statement in step.statements:
            whole.update(_bare(statement.sql).encode())
    return whole.hexdigest()[:16]


_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*\""""
_ASIDE = re.compile(rf"""/\* place \*/ '[^']*'|({_QUOTED})|\s*--[^\n]*\s*|\s+""")
"""Places, comments and white space; quoted text, in which two dashes are no comment, is the one group."""


def _bare(sql: str) -> str:
    return _ASIDE.sub(lambda found: found[1] or " ", sql)
