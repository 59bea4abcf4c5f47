"""Sends what the steps of a leg say to outside systems, in a way that a killed run can be gone on with.

A leg that writes to an outside system goes like this. Its own transaction is open all the time; what is sent is noted
beside it, in transactions of their own: the changes before the first request leaves, and a receipt per batch after.
When the process dies, its own transaction has never been; the next invocation begins the same run anew, with the same
number, on copies that are not read again. It finds the same changes, and sends those that have no receipt; what was
sent and not answered is looked for in the system first. Where the plan is another one by then, the changes would not be
the same: everything is read again instead, and what was sent is met where it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from crosswalk.contracts import Backend, Outside
from crosswalk.errors import SystemFailure
from crosswalk.exchange import Page
from crosswalk.failpoints import around
from crosswalk.landing import look, page_of
from crosswalk.landing.merging import give_back
from crosswalk.ledger import outbox
from crosswalk.ledger.outbox import Unfinished
from crosswalk.model import Entity, EntityRef
from crosswalk.plan import Deliver, Sent, Settle, Undone
from crosswalk.results import Finding
from crosswalk.runner.changes import ChangeSet, digest, prepare, prepare_undo, prepared
from crosswalk.runner.outsides import Outsides
from crosswalk.runner.posting import Earlier, Posting
from crosswalk.sql import literal


@dataclass(slots=True)
class Post:
    """What one run of a leg sends. `again` says that the run was begun before and had sent something, `exact` that it
    finds the same changes as then; `told` is what is to be said beside the result.
    """

    outsides: Outsides
    run: Unfinished
    again: bool = False
    exact: bool = False
    told: list[Finding] = field(default_factory=list)
    _posting: Posting | None = None

    def takes(self, step: Deliver | Settle) -> bool:
        """Say whether a step writes to an outside system."""
        return self.outsides.takes(written(step))

    def ready(self) -> None:
        """Give a run that is begun anew what it had drawn; to be called inside its transaction."""
        if self.again:
            outbox.promised(self.run.run_id, self.outsides.backend)

    def send(self, number: int, sent: Sent, ref: EntityRef, bound: dict[str, object]) -> list[Finding]:
        """Send the changes of a step and put aside what was refused, before the step writes its copy."""
        outsides = self.outsides
        outside = outsides.systems[ref.system]
        changes = prepare(sent, outsides.entities[ref], bound, outsides.backend, stamps=outside.traits.stamps)
        self._posting = None
        if changes.count == 0 or not outsides.sends:
            return []
        earlier = outbox.receipts_of(self.run.run_id, number, outsides.beside) if self.exact else {}
        self._posting = self._post(number, changes, outside, earlier)
        return self._refused(self._posting, sent, number)

    def _post(self, number: int, changes: ChangeSet, outside: Outside, earlier: Earlier) -> Posting:
        """Note a change set and send it."""
        backend, beside = self.outsides.backend, self.outsides.beside
        posting = Posting(
            run_id=self.run.run_id,
            step=number,
            digest=digest(backend),
            changes=changes,
            outside=outside,
            backend=backend,
            beside=beside,
            earlier=earlier,
        )
        with around("note", str(posting.entity.ref)):
            self._note(posting)
        try:
            outside.write(posting)
        except SystemFailure as failure:
            raise _told(failure, posting) from failure
        return posting

    def _note(self, posting: Posting) -> None:
        """Note the changes durably, before anything leaves."""
        beside = self.outsides.beside
        outbox.begin(self.run, self._drawn(), beside)
        with beside.transaction():
            outbox.take_back(self.run.run_id, posting.step, beside)
            page: list[tuple[object, ...]] = []
            for one in prepared(posting.changes, self.outsides.backend):
                page.append((one.target_key, one.change.operation, one.content, one.source_key, one.payload))
                if len(page) == _PAGE:
                    outbox.put(self.run.run_id, posting.step, str(posting.entity.ref), page, beside)
                    page = []
            if page:
                outbox.put(self.run.run_id, posting.step, str(posting.entity.ref), page, beside)

    def _drawn(self) -> list[tuple[str, str, int]]:
        """List the numbers that this run has drawn: they are in its own transaction, and about to be sent."""
        known = "SELECT sequence, max(number) FROM crosswalk.numbers GROUP BY 1"
        most = {str(sequence): int(str(number)) for sequence, number in self.outsides.beside.rows(known)}
        noted = {
            (str(sequence), str(owner))
            for sequence, owner in self.outsides.beside.rows(
                "SELECT sequence, owner FROM crosswalk.promised WHERE run_id = $run_id", {"run_id": self.run.run_id}
            )
        }
        drawn: list[tuple[str, str, int]] = []
        for (sequence,) in self.outsides.backend.rows("SELECT DISTINCT sequence FROM crosswalk.numbers"):
            rows = self.outsides.backend.rows(
                "SELECT sequence, owner, number FROM crosswalk.numbers WHERE sequence = $sequence AND number > $most",
                {"sequence": sequence, "most": most.get(str(sequence), 0)},
            )
            drawn += [(str(s), str(o), int(str(n))) for s, o, n in rows if (str(s), str(o)) not in noted]
        return drawn

    def _refused(self, posting: Posting, sent: Sent, number: int) -> list[Finding]:
        if not posting.refusals:
            return []
        backend = self.outsides.backend
        rows = json.dumps(
            [
                {"source_key": r.source_key, "arm": r.arm, "state": r.state, "message": r.message}
                for r in posting.refusals
            ]
        )
        columns = '{"source_key": "VARCHAR", "arm": "INTEGER", "state": "VARCHAR", "message": "VARCHAR"}'
        backend.run(
            "CREATE OR REPLACE TEMP TABLE refused AS"
            f" SELECT unnest(from_json(value, {literal(columns).text})) FROM json_each($rows)",
            {"rows": rows},
        )
        findings = list(_findings(posting, backend))
        for nth, undone in enumerate(sent.undone, start=1):
            findings += self._undo(undone, number * _STEPS + nth)
        for statement in sent.refused:
            backend.run(statement.sql)
        return findings

    def _undo(self, undone: Undone, number: int) -> list[Finding]:
        """Take back what went in of a set before a row of it was refused."""
        outsides = self.outsides
        if outsides.takes(undone.target):
            changes = prepare_undo(undone, outsides.entities[undone.target], outsides.backend)
            if changes.count:
                self._doubt(undone.target, changes)
                # What was taken out before has been sent again since: no receipt of an earlier try counts.
                refusals = self._post(number, changes, outsides.systems[undone.target.system], {}).refusals
                if refusals:
                    message = f"rows of broken sets could not be taken out of {undone.target} again"
                    return [Finding("UNDO_REFUSED", message, len(refusals), refusals[0].message)]
        if undone.copy is not None:
            outsides.backend.run(undone.copy.sql)
        return []

    def _doubt(self, target: EntityRef, changes: ChangeSet) -> None:
        """Take back, before rows are taken out, what their receipts say: a run that is killed meanwhile looks again."""
        outsides, at = self.outsides, datetime.now(UTC).replace(tzinfo=None)
        keys = [one.target_key for one in prepared(changes, outsides.backend)]
        for some in _in_pages(keys):
            outbox.taken_back(self.run.run_id, str(target), some, at, outsides.beside)

    def give_back(self, sent: Sent) -> None:
        """Take over what the system made of the rows that it took: times, versions and keys that it gives itself."""
        posting = self._posting
        if posting is None:
            return
        if posting.outside.traits.stamps:
            for by, rows in posting.given.items():
                for some in _in_pages(rows):
                    self._take_over(posting.entity, by, (page_of(posting.entity, some),))
            for by, keys in posting.unseen.items():
                for few in _in_pages(keys):
                    self._take_over(posting.entity, by, posting.outside.find(posting.entity, by, few))
        for statement in sent.after:
            self.outsides.backend.run(statement.sql)
        self._posting = None

    def _take_over(self, entity: Entity, by: tuple[str, ...], pages: Iterable[Page]) -> None:
        backend = self.outsides.backend
        give_back(entity, look(entity, pages, backend), by, backend)

    def done(self) -> None:
        """The run is committed: nothing of it is open any more."""
        outbox.forget(self.run.run_id, self.outsides.beside)


def written(step: Deliver | Settle) -> EntityRef:
    """Name the table that a step writes."""
    return step.target if isinstance(step, Deliver) else step.source


_PAGE = 1000

_MARK = -1
"""Stands for the target in change sets of marks; those of headers have another number below zero."""

_STEPS = 1000
"""More steps than a plan has: what is undone has numbers of its own."""

T = TypeVar("T")


def _in_pages(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), _PAGE):
        yield rows[start : start + _PAGE]


def _told(failure: SystemFailure, posting: Posting) -> SystemFailure:
    """Say how far the changes came: what was taken is known, and the next run goes on from there."""
    taken = f"{posting.applied:,} of {posting.changes.count:,} changes of {posting.entity.ref} were taken before"
    return SystemFailure(f"{failure}; {taken}", code=failure.code, remedy=failure.remedy)


def _findings(posting: Posting, backend: Backend) -> Iterator[Finding]:
    """Refused marks and removals are no fate of a row: they are told beside the result, and tried again."""
    marks = [refusal for refusal in posting.refusals if refusal.arm == _MARK]
    if marks:
        message = f"{posting.entity.ref} refused marks of rows that were delivered"
        yield Finding("MARK_REFUSED", message, len(marks), f"{marks[0].source_key}: {marks[0].message}")
    removals = backend.rows(
        "SELECT count(*), min(refused.source_key || ': ' || refused.message) FROM refused JOIN shaped"
        ' ON shaped."#key" = refused.source_key AND shaped."#arm" = refused.arm WHERE shaped."#fate" = \'deleted\''
    )[0]
    if int(str(removals[0])):
        message = f"{posting.entity.ref} refused to remove rows"
        yield Finding("DELETE_REFUSED", message, int(str(removals[0])), str(removals[1]))
