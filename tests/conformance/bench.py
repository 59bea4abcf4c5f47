"""What a system brings to the suite: its connector, and ways to look at it and to change it past the connector.

A bench signs up in `tests.conformance.registry`. What it cannot do it names with a reason, behaviour by behaviour: the
matrix shows the reason, and nothing is left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, cast

import jsonschema

from crosswalk.connectors import spec
from crosswalk.contracts import Outside, Place
from crosswalk.exchange import Plain
from crosswalk.model import Column, Connection, Entity
from crosswalk.secrets import reveal
from tests.conformance.landed import FOLDERS, Row

FaultName = Literal["lost_answer", "throttled", "login_expired", "server_error", "cut"]
Operation = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to go wrong once, or `times` in a row, at the first, a middle or the last request of an operation."""

    on: Operation
    name: FaultName
    at: Literal["first", "middle", "last"] = "first"
    times: int = 1


class FarSide(Protocol):
    """A system under test, as its author brings it. It lives for one test or longer; `make` makes its tables anew."""

    @property
    def root(self) -> Path:
        """The folder of the project that has the connection."""

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        """Give a connection to the system, through whatever plays the faults. `KeyError` for a fault that cannot be
        played: the behaviour is then left out by name.
        """

    def make(self, entity: Entity) -> Entity:
        """Make sure that a table of this shape is there and empty; give the entity as this system has it."""

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        """Insert whole rows past the connector, with the stamps that they carry."""

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        """Change cells of one row past the connector; new stamps are among the cells."""

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        """Remove one row past the connector."""

    def rows(self, entity: Entity) -> list[Row]:
        """Read all rows past the connector, as Python values."""


Wish = Callable[[str], object]
"""Gives a fixture by its name: servers that live for the whole session."""

OVERLAP = 300
"""How far before a mark a connector looks again, in seconds: the default of the house."""


class Bench:
    """A far side with the connector that speaks to it, opened as the engine does."""

    def __init__(self, far: FarSide) -> None:
        self.far = far
        self.make, self.put, self.change, self.remove, self.rows = far.make, far.put, far.change, far.remove, far.rows
        self._opened: list[Outside] = []

    def open(self, faults: Sequence[Fault] = ()) -> Outside:
        """Open the connector; it is closed at the end of the test."""
        opened = open_connection(self.far.connection(faults), self.far.root)
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        for opened in self._opened:
            opened.close()
        FOLDERS.clear()


def open_connection(connection: Connection, root: Path) -> Outside:
    """Open a connection by its kind; settings are checked as those of a project are."""
    found = spec(connection.kind)
    assert found is not None, connection.kind
    jsonschema.validate(dict(connection.settings), found.settings)
    place = Place(root, OVERLAP, lambda text: reveal(text, root))
    opened = found.open(connection, place)
    FOLDERS.update(found.folders(connection, place))
    return cast(Outside, opened)


@dataclass(frozen=True, slots=True)
class Entry:
    """One connector in the matrix.

    `cannot` names behaviours that the system does not have, each with the reason. `narrower` lists values by column of
    `THINGS` that the system itself cannot hold (not the connector!), with `why_narrower`. `names` tells how far names
    may go: ``any`` or ``words`` (letters, digits and _, but any word). `describes` says as what type a column comes back
    from a system that keeps less than an entity says, and `keys_described` whether it knows its keys. `adds` names columns that
    the connector makes by itself. Without `upserts` a row that is there already is refused, not written over.
    """

    name: str
    open: Callable[[Path, Wish], AbstractContextManager[FarSide]]
    cannot: Mapping[str, str] = field(default_factory=dict)
    narrower: Mapping[str, Callable[[Plain], bool]] = field(default_factory=dict)
    why_narrower: str = ""
    names: Literal["any", "words"] = "any"
    describes: Callable[[Column], str] = lambda column: str(column.type)
    keys_described: bool = True
    adds: tuple[str, ...] = ()
    upserts: bool = True
