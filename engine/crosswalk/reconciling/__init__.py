"""Compares both sides of the legs of a project, and puts right what a run can put right.

Everything happens on a private copy of the database. Tables of outside systems are read into it as a whole, so that
what is compared is what stands there now, and not what was read from there before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from crosswalk.compiler import CompiledLeg
from crosswalk.compiler.comparison import compare, linked_once, restoring
from crosswalk.connecting import connect
from crosswalk.contracts import Backend
from crosswalk.landing.misfits import reading_leg
from crosswalk.ledger.reading import rejects
from crosswalk.loading import Loaded
from crosswalk.opening import copied, make_ready
from crosswalk.plan import Extract, Mode, Plan
from crosswalk.reconciling.discrepancies import Compared, Discrepancy, Kind, Reconciled
from crosswalk.reconciling.facing import face
from crosswalk.reconciling.once import told_once
from crosswalk.results import Reject
from crosswalk.runner.outsides import Outsides

__all__ = ["Compared", "Discrepancy", "Kind", "Reconciled", "Restoring", "reconcile", "restored"]

Progress = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Restoring:
    """A leg that makes delivered rows again where they are missing, whatever its map says of them, and puts its links
    in order first. It keeps the digest of its map: for the next run nothing has changed.
    """

    leg: CompiledLeg
    again: CompiledLeg

    @property
    def name(self) -> str:
        return self.leg.name

    def plan(self, mode: Mode) -> Plan:
        plan = self.again.plan(mode)
        first, *rest = plan.steps
        assert isinstance(first, Extract), "a plan begins with the step that chooses rows"
        first = replace(first, statements=(linked_once(self.leg.bound), *first.statements))
        return replace(plan, steps=(first, *rest), digest=self.leg.plan("initial").digest)


def restored(leg: CompiledLeg) -> Restoring:
    """Give the leg that a repair runs."""
    return Restoring(leg, CompiledLeg(restoring(leg.bound), leg.scope))


def reconcile(loaded: Loaded, legs: Sequence[CompiledLeg], waiting: timedelta | None, progress: Progress) -> Reconciled:
    """Compare both sides of legs, in the order in which they run; writes nothing but to a copy."""
    with TemporaryDirectory(prefix="crosswalk-reconcile-") as folder, copied(loaded, Path(folder)) as backend:
        make_ready(loaded, backend)
        known = rejects(backend)
        outsides = connect(loaded, backend)
        try:
            compared = [_compared(leg, backend, outsides, progress) for leg in legs]
        finally:
            if outsides is not None:
                outsides.close()
        found = [*told_once(compared), *_unreadable(legs, known, backend)]
    return Reconciled(tuple(_with_waiting(found, legs, known, waiting)))


def _compared(leg: CompiledLeg, backend: Backend, outsides: Outsides | None, progress: Progress) -> Compared:
    again = restored(leg)
    if outsides is not None:
        progress(leg.name, "read")
        outsides.full, outsides.sends = True, False
        outsides.refresh(again.plan("initial"))
    progress(leg.name, "compare")
    return face(again.plan("initial"), compare(leg.bound), backend)


def _unreadable(legs: Sequence[CompiledLeg], known: Sequence[Reject], backend: Backend) -> list[Compared]:
    """Tell of rows of outside tables that could not be read and of which no run has said so."""
    before = {(one.map_name, one.key) for one in known}
    fresh = [one for one in rejects(backend) if one.map_name in _reads(legs) and (one.map_name, one.key) not in before]
    return [
        Compared(name, name, "", 0, tuple(_rejected(one, "rejected") for one in fresh if one.map_name == name))
        for name in dict.fromkeys(one.map_name for one in fresh)
    ]


def _reads(legs: Sequence[CompiledLeg]) -> frozenset[str]:
    tables = {ref for leg in legs for ref in (*leg.bound.reads, *leg.bound.writes)}
    return frozenset(reading_leg(str(ref)) for ref in tables)


def _with_waiting(
    found: list[Compared], legs: Sequence[CompiledLeg], known: Sequence[Reject], waiting: timedelta | None
) -> list[Compared]:
    """Add the rows that have been open for longer than was asked for."""
    if waiting is None:
        return found
    since = datetime.now(UTC).replace(tzinfo=None) - waiting
    chosen = _reads(legs) | {leg.name for leg in legs}
    old = [one for one in known if _name(one) in chosen and datetime.fromisoformat(one.first_seen) < since]
    names = {leg.leg for leg in found}
    more = [Compared(name, name, "", 0, ()) for name in dict.fromkeys(map(_name, old)) if name not in names]
    return [
        replace(leg, found=(*leg.found, *(_rejected(one, "waiting") for one in old if _name(one) == leg.leg)))
        for leg in (*found, *more)
    ]


def _name(reject: Reject) -> str:
    return reject.map_name if reject.leg == "out" else f"{reject.map_name}:{reject.leg}"


def _rejected(one: Reject, kind: Kind) -> Discrepancy:
    since = f"{one.fate} since {one.first_seen[:19]}" if kind == "waiting" else ""
    note = "  ".join(part for part in (one.column, one.place, since) if part)
    return Discrepancy(_name(one), kind, one.key, code=one.code, note=note)
