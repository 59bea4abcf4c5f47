"""Keeps requests under way: several at a time, while the delivery hears of them from the one thread that called.

What was not carried out is sent again; what may have been is read back first, and what turns out not to be there is
sent again, a bounded number of times. When one request fails for good, the others that are under way are waited for,
so that their answers are on record, and nothing new leaves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field, replace
from itertools import groupby

from crosswalk.connectors.odata.sending import Work
from crosswalk.connectors.odata.session import Session
from crosswalk.connectors.odata.verdicts import Outcome
from crosswalk.errors import CrosswalkError, SystemFailure
from crosswalk.exchange import Batch, Change, Delivery

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0


@dataclass(slots=True)
class Flights:
    """The requests of one delivery. `most` is how many changes go in one; it shrinks where that is too large."""

    delivery: Delivery
    session: Session
    pool: Executor
    send: Callable[[Work], Outcome]
    most: int
    waiting: deque[Work] = field(default_factory=deque)
    under_way: dict[Future[Outcome], Work] = field(default_factory=dict)
    failure: CrosswalkError | None = None

    def run(self) -> None:
        """Send everything; raises what made it stop, after all that was under way is answered."""
        for batch in self.delivery.batches(self.most):
            self._queue(batch, Work(()), self.most)
            self._launch()
            if self.failure:
                break
        while self.waiting or self.under_way:
            self._launch()
            self._settle()
        if self.failure:
            raise self.failure

    def _queue(self, batch: Batch, work: Work, most: int) -> None:
        """Put changes before all others that wait, so that a failure for good is found out early."""
        found = [replace(work, batch=piece) for piece in pieces(batch, most)]
        self.waiting.extendleft(reversed(found))

    def _launch(self) -> None:
        while self.waiting and not self.failure:
            if len(self.under_way) >= self.session.gate.allowed:
                self._settle()
                continue
            work = self.waiting.popleft()
            if len(work.batch) > self.most:
                self._queue(work.batch, work, self.most)
                continue
            if not work.noted:
                self.delivery.sending(work.batch)
            self.under_way[self.pool.submit(self.send, work)] = work

    def _settle(self) -> None:
        done, _ = wait(self.under_way, return_when=FIRST_COMPLETED)
        for future in done:
            work = self.under_way.pop(future)
            try:
                self._take(work, future.result())
            except CrosswalkError as failure:
                self._stop(failure)

    def _stop(self, failure: CrosswalkError) -> None:
        self.failure = self.failure or failure
        self.waiting.clear()

    def _take(self, work: Work, outcome: Outcome) -> None:
        if outcome.acks:
            self.delivery.answered(outcome.acks)
        if self.failure:
            return
        if outcome.most and outcome.lasting:
            self.most = min(self.most, outcome.most)
        if outcome.again:
            self._again(work, outcome)
        if outcome.unknown:
            self._read_back(work, outcome)

    def _again(self, work: Work, outcome: Outcome) -> None:
        """Send again what was not carried out; only waiting, or another manner, costs no try."""
        free = outcome.wait is not None or outcome.manner or outcome.most
        waited = work.waited + (outcome.wait or 0.0)
        if outcome.wait is not None:
            self.session.gate.close_for(outcome.wait)
        if waited > self.session.settings.limits.patience:
            raise self._given_up("SYSTEM_THROTTLED", "throttles for longer than the settings allow")
        tries = work.tries if free else self._next(work, outcome)
        next_ = replace(work, manner=outcome.manner or work.manner, tries=tries, waited=waited, noted=True)
        self._queue(outcome.again, next_, outcome.most or self.most)

    def _read_back(self, work: Work, outcome: Outcome) -> None:
        """Learn what was applied before anything is sent again. The wait lets a write that is still going on end;
        where fewer go at a time, no try is counted, for that has an end by itself.
        """
        tries = work.tries if outcome.most else self._next(work, outcome)
        if not outcome.most:
            self.session.clock.sleep(min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (tries - 1)))
        rest = self.delivery.unanswered(outcome.unknown)
        next_ = replace(work, manner=outcome.manner or work.manner, tries=tries, noted=False)
        self._queue(rest, next_, outcome.most or self.most)

    def _next(self, work: Work, outcome: Outcome) -> int:
        tries = work.tries + 1
        if tries >= self.session.settings.limits.tries:
            raise self._given_up("SYSTEM_ANSWER", f"did not answer a write {tries} times: {outcome.reason}")
        return tries

    def _given_up(self, code: str, what: str) -> SystemFailure:
        remedy = "run the same command again: it reads back what was not answered and goes on from there"
        return SystemFailure(f"{self.session.settings.system} {what}", code=code, remedy=remedy)


def pieces(batch: Batch, most: int) -> Iterator[Batch]:
    """Cut a batch into pieces of at most so many changes, between groups where the groups are not larger than that."""
    piece: list[Change] = []
    for _, members in groupby(batch, key=lambda change: (change.group, change.number if change.group is None else 0)):
        run = list(members)
        if piece and len(piece) + len(run) > most:
            yield tuple(piece)
            piece = []
        piece += run
        while len(piece) > most:
            yield tuple(piece[:most])
            piece = piece[most:]
    if piece:
        yield tuple(piece)
