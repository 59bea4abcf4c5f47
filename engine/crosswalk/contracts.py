"""What the parts of the engine ask of each other: transforms, connectors, backends.

A new transform or connector is one file that exports ``SPEC``; it is found by its file name, and everything else about
it (schema, documents, tests) is read from the spec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Literal, Protocol

from crosswalk.drift import Difference
from crosswalk.errors import UsageError
from crosswalk.exchange import Delivery, Page, Plain, Wanted
from crosswalk.model import Column, Connection, DataType, Entity, Scalar
from crosswalk.sql import Sql

Cell = object
"""A value as the database gives it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A condition under which a row cannot go on, found while a value is made."""

    code: str
    when: Sql
    value: Sql
    fate: Literal["held", "rejected"] = "rejected"


@dataclass(frozen=True, slots=True)
class Value:
    """A value on its way through a field line: how to compute it, its type, and what can be wrong with it.

    `column` is the source column where the value is one as it stands; its choices matter to value maps.
    `sql` never raises for any row: a row for which it cannot be computed meets one of `faults` and yields null.
    """

    sql: Sql
    type: DataType
    faults: tuple[Fault, ...] = ()
    column: Column | None = None
    nullable: bool = True


class TransformError(Exception):
    """A transform cannot be used like this: `code` and message become a problem at the place of the call."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class Surroundings(Protocol):
    """What a transform may ask about the place it is used in."""

    @property
    def target(self) -> Column:
        """The column that the field line writes."""

    def value_map(self, name: str) -> Mapping[str, str]:
        """The pairs of a named value map; `TransformError` when there is none of that name."""

    def path(self, text: str) -> Value:
        """The value of another path of the row; `TransformError` when it does not exist."""


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example of a transform: runs as a test, stands in the documents. None as result: the
    row is rejected.
    """

    argument: object
    given: Scalar
    result: Scalar
    type: str = "text"
    target: str = "text(20)"
    code: str = ""


@dataclass(frozen=True, slots=True)
class TransformSpec:
    """A field transform. `rank` is its place in the fixed order of the language; `arguments` a JSON
    Schema (draft-07).
    """

    name: str
    summary: str
    rank: int
    arguments: Mapping[str, object]
    build: Callable[[Value, object, Surroundings], Value]
    examples: tuple[Example, ...] = ()
    beside: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


class Backend(Protocol):
    """Where compiled SQL runs."""

    dialect: str

    def run(self, sql: str, bound: Mapping[str, object] | None = None) -> None:
        """Run one statement."""

    def rows(self, sql: str, bound: Mapping[str, object] | None = None) -> list[tuple[Cell, ...]]:
        """Run one query and give all its rows."""

    def pages(self, sql: str, size: int) -> Iterator[list[tuple[Cell, ...]]]:
        """Run one query and give its rows page by page."""

    def land(self, page: Page, name: str) -> None:
        """Make the rows of a page a temporary table of this name."""

    def stream(self, sql: str) -> object:
        """Give the rows of a query as an Arrow stream; it must be read to its end before the next statement."""

    def beside(self) -> Backend:
        """Open a second connection to the same file, with transactions of its own."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: commit at the end, roll back on any exception."""


class Embedded(Protocol):
    """A system whose tables are a schema of the database file; the copies of outside systems are such schemas too."""

    def prepare(self, entities: tuple[Entity, ...], backend: Backend) -> tuple[str, ...]:
        """Make sure that the tables can be read and written; give the names of those that were made."""

    def drift(self, entity: Entity, backend: Backend) -> tuple[Difference, ...]:
        """Say how the table differs from its entity; nothing when they agree."""

    def unlisted(self, entity: Entity, backend: Backend) -> tuple[str, ...]:
        """Name the columns of the table that its entity does not list."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What the engine leaves to a system. `stamps`: it keeps the modified time and version of a row itself, else the
    engine writes them. `makes`: a table that is not there is made when it is first written, or comes with its first
    rows. `folds_case`: names of columns that differ in case alone are one name, to it or to its connector.
    """

    stamps: bool = False
    makes: bool = False
    folds_case: bool = False


class Outside(Protocol):
    """A system outside the database file. Its tables are read into copies, and its changes are sent in deliveries.

    Every method raises `SystemFailure` when the system cannot be reached or answers nonsense, after the tries that
    its settings allow, and `UsageError` when it refuses the login or does not have what was asked for.
    """

    @property
    def traits(self) -> Traits:
        """What the engine leaves to this system."""

    def tables(self) -> tuple[str, ...]:
        """Name the tables that can be read, sorted."""

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        """Describe the tables of these names as they are now; a table that is not there is left out."""

    def read(self, wanted: Wanted) -> Iterator[Page]:
        """Read a table page by page; `MarkExpired` before the first page when the mark is of no use any more."""

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        """Read the rows that have one of these keys in the columns `by`, as they are at this moment."""

    def write(self, delivery: Delivery) -> None:
        """Send the changes and tell the delivery what was said of each; return when all are answered."""

    def close(self) -> None:
        """Give back what is held."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connector finds itself: the project's folder, below which all its paths are; how far before a mark to
    look again, in seconds; and how to resolve ``${env:NAME}`` and the like, which it does as late as it can.
    """

    root: Path
    overlap: int
    reveal: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Need:
    """What the maps of a project need of one table, beside knowing that it is there.

    `creates` and `updates` name the columns that are written to new rows and to rows that are there, without the stamps
    that the engine may have to write; `leads` the tables that written columns refer to, `led_to` says that this table
    is one of those. `many` says that a written column may refer to one of several tables, this one among them.
    """

    entity: Entity
    reads: bool = False
    creates: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    deletes: bool = False
    leads: tuple[str, ...] = ()
    led_to: bool = False
    many: bool = False
    maps: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return bool(self.creates or self.updates or self.deletes)


@dataclass(frozen=True, slots=True)
class Right:
    """Rights on one table in the words of its system. `statements` give them, where a system is told in a language."""

    table: str
    verbs: tuple[str, ...]
    maps: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()


def plain_rights(connection: Connection, place: Place, needs: Sequence[Need]) -> tuple[Right, ...]:
    """Say what is needed in plain words: a table that is written is read too, for what was sent is looked at again."""
    return tuple(
        Right(
            need.entity.ref.entity,
            tuple(
                verb
                for verb, needed in (
                    ("read", need.reads or need.writes),
                    ("create", bool(need.creates)),
                    ("update", bool(need.updates)),
                    ("delete", need.deletes),
                )
                if needed
            ),
            need.maps,
        )
        for need in needs
        if need.reads or need.writes
    )


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """A kind of system. `settings` is a JSON Schema of what a connection may set; values come as text, as written.

    `embedded` systems are schemas of the database file and are written in its transactions. `folders` names the
    folders that DuckDB itself reads and writes for a connection: nothing else outside the database file is open to it.
    `rights` says in the words of the system what a login must be allowed to do.
    """

    kind: str
    summary: str
    settings: Mapping[str, object]
    open: Callable[[Connection, Place], Embedded | Outside]
    embedded: bool = False
    folders: Callable[[Connection, Place], tuple[Path, ...]] = lambda connection, place: ()
    rights: Callable[[Connection, Place, Sequence[Need]], tuple[Right, ...]] = plain_rights


def opened_by(module: str, extra: str) -> Callable[[Connection, Place], Outside]:
    """Open a connection by the function ``open`` of a module that is loaded only then, for it needs what `extra` of
    this package installs; a spec can be read without.
    """

    def open_by_name(connection: Connection, place: Place) -> Outside:
        try:
            opened: Outside = import_module(module).open(connection, place)
        except ModuleNotFoundError as error:
            message = f"{connection.span}: connections of the kind '{connection.kind}' need the package {error.name}"
            raise UsageError(message, code="EXTRA_MISSING", remedy=f"pip install 'crosswalk[{extra}]'") from error
        return opened

    return open_by_name
