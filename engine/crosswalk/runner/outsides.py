"""The outside systems of one invocation: their tables are compared with the entities, and read before they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crosswalk.contracts import Backend, Outside
from crosswalk.drift import Difference, drift, respelled
from crosswalk.errors import StoppedError
from crosswalk.landing import Wish, read_table
from crosswalk.ledger.landings import landing_of
from crosswalk.model import Entity, EntityRef
from crosswalk.plan import Plan
from crosswalk.results import Landed
from crosswalk.runner.readiness import Uses, drifted, nowhere


@dataclass(slots=True)
class Outsides:
    """The outside systems that an invocation is connected to. `sends` is false where a plan only looks."""

    systems: Mapping[str, Outside]
    entities: Mapping[EntityRef, Entity]
    backend: Backend
    beside: Backend
    full: bool = False
    sends: bool = True
    uses: Uses = nowhere
    landed: list[Landed] = field(default_factory=list)
    _fresh: set[EntityRef] = field(default_factory=set)
    _compared: set[EntityRef] = field(default_factory=set)

    def takes(self, ref: EntityRef) -> bool:
        """Say whether a table is one of an outside system."""
        return ref.system in self.systems

    def refresh(self, plan: Plan, allowed: frozenset[str] = frozenset(), *, kept: bool = False) -> None:
        """Bring the copies of all tables that a plan touches up to date, each once in an invocation; `kept` leaves
        those that were read before as they are. A table that is only read and comes back empty stops the run, unless
        that is `allowed` or its map says so.
        """
        touched = [ref for ref in dict.fromkeys((*plan.reads, *plan.writes)) if self.takes(ref)]
        self._compare(touched, plan.writes)
        for ref in touched:
            if ref in self._fresh or (kept and landing_of(str(ref), self.backend) is not None):
                continue
            entity = self.entities[ref]
            scope = plan.scope if ref == plan.source else None
            outside = self.systems[ref.system]
            may_empty = "empty_source" in allowed or ref in (*plan.may_empty, *plan.writes)
            wish = Wish(self.full, scope, may_empty, plan.file)
            self.landed.append(read_table(entity, outside, self.backend, wish))
            self._fresh.add(ref)

    def _compare(self, touched: Sequence[EntityRef], written: Sequence[EntityRef]) -> None:
        """Stop before anything is read where a table is not as its entity says; each is asked for once."""
        new = [ref for ref in touched if ref not in self._compared]
        self._compared |= set(new)
        for system, outside in self.systems.items():
            refs = [ref for ref in new if ref.system == system]
            live = outside.describe(tuple(ref.entity for ref in refs)) if refs else {}
            there = [ref for ref in refs if ref.entity in live or not outside.traits.makes]
            if outside.traits.folds_case:
                live = {name: respelled(self.entities[EntityRef(system, name)], table) for name, table in live.items()}
            found = [(ref, one) for ref in there for one in self._differs(ref, live.get(ref.entity), outside)]
            wrong = [
                (ref, one) for ref, one in found if one.severity == "error" and (ref in written or not one.writing)
            ]
            if wrong:
                told = drifted(wrong, self.uses)
                remedy = "look closer with crosswalk validate --against, and follow with crosswalk entity pull"
                raise StoppedError(f"tables differ from their entities: {told}", code="DRIFT", remedy=remedy)

    def _differs(self, ref: EntityRef, live: Entity | None, outside: Outside) -> tuple[Difference, ...]:
        """Compare a table; the names of others are asked for only where this one is gone."""
        return drift(self.entities[ref], live, outside.tables() if live is None else ())

    def close(self) -> None:
        for outside in self.systems.values():
            outside.close()
