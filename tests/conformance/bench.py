"""What a system brings to the suite: its connector, and ways to look at it and to change it past the connector.

A bench signs up in `tests.conformance.registry`. What it cannot do it names with a reason, behaviour by behaviour: the
matrix shows the reason, and nothing is left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from crosswalk.contracts import Outside
from crosswalk.exchange import Plain
from crosswalk.model import Entity
from tests.conformance.landed import Row

FaultName = Literal["lost_answer", "throttled", "login_expired", "server_error", "cut"]
Operation = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to go wrong once, or `times` in a row, at the first, a middle or the last request of an operation."""

    on: Operation
    name: FaultName
    at: Literal["first", "middle", "last"] = "first"
    times: int = 1


class Bench(Protocol):
    """A system under test. It lives for one test or longer; its tables are made anew by `make`."""

    def open(self, faults: Sequence[Fault] = ()) -> Outside:
        """Open the connector as a project would; the bench closes it at the end. `KeyError` for a fault that it cannot
        play: the behaviour is then skipped by name.
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One connector in the matrix.

    `cannot` names behaviours that the system does not have, each with the reason. `narrower` lists values by column of
    `THINGS` that the system itself cannot hold (not the connector!), with `why_narrower`. `names` tells how far names
    may go: ``any`` or ``words`` (letters, digits and _, but any word).
    """

    name: str
    open: Callable[[Path], AbstractContextManager[Bench]]
    cannot: Mapping[str, str] = field(default_factory=dict)
    narrower: Mapping[str, Callable[[Plain], bool]] = field(default_factory=dict)
    why_narrower: str = ""
    names: Literal["any", "words"] = "any"
