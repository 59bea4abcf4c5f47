"""What passes between the engine and a system outside the database file: pages that come, changes that go, answers.

Cells travel in one of two forms. A page may hold the DuckDB type of the entity's column; or text, and then in one
spelling: ``true`` and ``false``, plain decimals (``-12.50``, never ``1e3``), ISO dates (``2026-11-27``), UTC times
(``2026-11-27T08:00:00.123456``, a final ``Z`` allowed), lower-case GUIDs, codes of choices as they are stored. Time
zones, labels and number formats of a system end at the edge of its connector. The engine checks every cell against its
column when a page lands; a row with a cell that does not fit is kept as a reject, never bent.

Changes carry Python values of the same types: ``UUID`` or text, ``int``, ``Decimal``, ``bool``, ``date``, ``datetime``
without zone in UTC, ``None``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from crosswalk.model import Entity
from crosswalk.sql import Sql

Plain = str | int | bool | Decimal | date | datetime | UUID | None
"""A value of a cell in Python."""


def well_formed(text: str) -> str:
    """Give text that the database can hold: half of a surrogate pair, with which an answer may end, is none."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@dataclass(frozen=True, slots=True)
class Compare:
    """A column against a value, never null."""

    column: str
    operator: Literal["=", "<>", "<", "<=", ">", ">="]
    value: Plain


@dataclass(frozen=True, slots=True)
class IsNull:
    column: str


@dataclass(frozen=True, slots=True)
class Not:
    item: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    items: tuple[Condition, ...]


Condition = Compare | IsNull | Not | AllOf | AnyOf
"""A filter that a system can apply by itself, in the three-valued logic of SQL."""


def told(condition: Condition) -> str:
    """Write a condition as a person reads it."""
    match condition:
        case Compare(column, operator, value):
            return f"{column} {operator} {repr(value) if isinstance(value, str) else value}"
        case IsNull(column):
            return f"{column} is null"
        case Not(IsNull(column)):
            return f"{column} is not null"
        case Not(item):
            return f"not ({told(item)})"
        case AllOf(items):
            return " and ".join(f"({told(item)})" if isinstance(item, AnyOf) else told(item) for item in items)
        case AnyOf(items):
            return " or ".join(f"({told(item)})" if isinstance(item, AllOf) else told(item) for item in items)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read of one table: all columns of its entity. `since` is the mark that an earlier read ended with; None
    asks for every row that meets `filter`. A read with a mark gives what changed since, whether or not it meets the
    filter: a row that no longer does must be seen once more.
    """

    entity: Entity
    since: str | None = None
    filter: Condition | None = None


class MarkExpired(Exception):
    """The system no longer knows the mark, or the table was made anew: the engine reads everything."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows as a query that DuckDB runs, with one column per column of the entity.

    `relation` may read the object `arrow` under the name ``page``, and the values of `bound` as ``$name``; None says
    that there are no rows, only a mark. `kind` tells what the rows are: rows as they are now; ``gone``, the keys of
    rows that were removed; ``present``, keys, and all pages of that kind together hold every key of the table. `mark`
    is where the next read starts once this page and all before it have landed; the last one counts.
    """

    relation: Sql | None
    kind: Literal["rows", "gone", "present"] = "rows"
    bound: Mapping[str, object] = field(default_factory=dict)
    arrow: object | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One row to write. `key` finds it: the columns of the entity's key where they are known, else those that the map
    matches by. `values` are the cells to write: of a new row all that are mapped, of an update those that change.

    `version` is the row version that the row must still have, `before` what the changed cells must still hold, where
    the write has a precondition; both are None where it has none. Rows of one `group` are to be written together or
    not at all, as far as the system can.
    """

    number: int
    operation: Literal["insert", "update", "delete"]
    key: Mapping[str, Plain]
    values: Mapping[str, Plain]
    version: str | None = None
    before: Mapping[str, Plain] | None = None
    group: str | None = None


Batch = tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Ack:
    """What the system said of one change. ``stale``: the precondition failed, nothing was written. `code` and
    `message` are the system's own. `row` is the row after the write where the system gave it at no further cost: cells
    by column, spelled as in a page.
    """

    number: int
    state: Literal["applied", "refused", "stale"]
    code: str = ""
    message: str = ""
    row: Mapping[str, Plain] | None = None


class Delivery(Protocol):
    """The changes of one target table on their way. A connector calls these from one thread, the one that called it.

    The order of calls for each batch is ``sending``, then the request, then ``answered``; what was not answered goes
    through ``unanswered``, which reads the rows back and gives those that were not applied, to be sent again.
    """

    @property
    def id(self) -> str:
        """The same for the same run, whatever is tried: the name of a receipt."""

    @property
    def entity(self) -> Entity: ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that changes may carry, beside the key."""

    @property
    def updated(self) -> tuple[str, ...] | None:
        """The columns that the updates of `stream` set, all of them in each; the others belong to new rows. None: some
        changes have a precondition, which a stream does not carry, so that only `batches` will do.
        """

    def batches(self, most: int) -> Iterator[Batch]:
        """Give the changes that are still to send, at most so many at a time, rows of one group side by side."""

    def sending(self, batch: Batch) -> None:
        """Note, durably, that the request leaves now."""

    def answered(self, acks: Sequence[Ack]) -> None:
        """Note, durably, what the system said."""

    def unanswered(self, batch: Batch) -> Batch:
        """Read the rows back, note those that were applied, and give the rest."""

    def stream(self) -> object:
        """Give all changes as one Arrow stream, for systems that take them whole: ``#number``, ``#operation``, the
        columns of the entity's key, then `columns` with the values as they will be.
        """

    def answered_whole(self) -> None:
        """Note that all changes were applied in one transaction."""
