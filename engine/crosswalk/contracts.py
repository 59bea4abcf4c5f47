"""What the parts of the engine ask of each other: transforms, connectors, backends.

A new transform or connector is one file that exports ``SPEC``; it is found by its file name, and everything else about
it (schema, documents, tests) is read from the spec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

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

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: commit at the end, roll back on any exception."""


class Connector(Protocol):
    """One configured system."""

    def prepare(self, entities: tuple[Entity, ...], backend: Backend) -> tuple[str, ...]:
        """Make sure that the tables can be read and written; give the names of those that were made."""

    def drift(self, entity: Entity, backend: Backend) -> tuple[str, ...]:
        """Say how the table differs from its entity: one sentence each, nothing when they agree."""


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """A kind of system. `embedded` systems are schemas of the database file and are written in its transactions."""

    kind: str
    summary: str
    settings: Mapping[str, object]
    open: Callable[[Connection], Connector]
    embedded: bool
