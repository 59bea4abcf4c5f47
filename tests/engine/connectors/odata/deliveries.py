"""A delivery that lies in memory: what a connector may do with the changes of one table, checked while it does it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from crosswalk.exchange import Ack, Batch, Change
from crosswalk.model import Entity


@dataclass(slots=True)
class MemoryDelivery:
    """The changes of one table. `applied` reads one row back and says whether it is as the change wants it; `events`
    tells what the connector did, in order: ``sending``, ``answered``, ``unanswered`` with the numbers of changes.
    """

    entity: Entity
    changes: Sequence[Change]
    applied: Callable[[Change], bool] = lambda change: False
    id: str = "run-1"
    acks: dict[int, Ack] = field(default_factory=dict)
    sent: dict[int, int] = field(default_factory=dict)
    on_the_way: set[int] = field(default_factory=set)
    events: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    _thread: threading.Thread = field(default_factory=threading.current_thread)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for change in self.changes for name in change.values))

    @property
    def updated(self) -> tuple[str, ...] | None:
        return None

    def batches(self, most: int) -> Iterator[Batch]:
        """Give the changes, most of them at a time, no group cut unless it is larger than that."""
        piece: list[Change] = []
        for _, members in groupby(self.changes, key=lambda c: (c.group, c.number if c.group is None else -1)):
            run = list(members)
            if piece and len(piece) + len(run) > most:
                yield tuple(piece)
                piece = []
            piece += run
            while len(piece) >= most:
                yield tuple(piece[:most])
                piece = piece[most:]
        if piece:
            yield tuple(piece)

    def sending(self, batch: Batch) -> None:
        self._note("sending", batch)
        for change in batch:
            assert change.number not in self.acks, "what is answered is not sent again"
            assert change.number not in self.on_the_way, "what got no answer is read back before it is sent again"
            self.on_the_way.add(change.number)
            self.sent[change.number] = self.sent.get(change.number, 0) + 1

    def answered(self, acks: Sequence[Ack]) -> None:
        self._note("answered", acks)
        for ack in acks:
            assert ack.number in self.on_the_way, "an answer to what was not sent"
            self.on_the_way.remove(ack.number)
            self.acks[ack.number] = ack

    def unanswered(self, batch: Batch) -> Batch:
        self._note("unanswered", batch)
        self.on_the_way -= {change.number for change in batch}
        there = [change for change in batch if self.applied(change)]
        self.acks |= {change.number: Ack(change.number, "applied") for change in there}
        return tuple(change for change in batch if change not in there)

    def stream(self) -> object:
        raise NotImplementedError

    def answered_whole(self) -> None:
        raise NotImplementedError

    def _note(self, event: str, items: Sequence[Change] | Sequence[Ack]) -> None:
        assert threading.current_thread() is self._thread, "a delivery is called from one thread"
        self.events.append((event, tuple(item.number for item in items)))

    def states(self) -> dict[int, str]:
        return {number: ack.state for number, ack in sorted(self.acks.items())}

    def count(self, state: str) -> int:
        return sum(ack.state == state for ack in self.acks.values())
