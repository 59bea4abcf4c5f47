"""The outside systems of one invocation: their tables are compared with the entities, and read before they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crosswalk.contracts import Backend, Outside
from crosswalk.drift import drift, respelled
from crosswalk.errors import StoppedError
from crosswalk.landing import read_table
from crosswalk.ledger.landings import landing_of
from crosswalk.model import Entity, EntityRef
from crosswalk.plan import Plan
from crosswalk.results import Landed


@dataclass(slots=True)
class Outsides:
    """The outside systems that an invocation is connected to. `sends` is false where a plan only looks."""

    systems: Mapping[str, Outside]
    entities: Mapping[EntityRef, Entity]
    backend: Backend
    beside: Backend
    full: bool = False
    sends: bool = True
    landed: list[Landed] = field(default_factory=list)
    _fresh: set[EntityRef] = field(default_factory=set)
    _compared: set[EntityRef] = field(default_factory=set)

    def takes(self, ref: EntityRef) -> bool:
        """Say whether a table is one of an outside system."""
        return ref.system in self.systems

    def refresh(self, plan: Plan, *, kept: bool = False) -> None:
        """Bring the copies of all tables that a plan touches up to date, each once in an invocation; `kept` leaves
        those that were read before as they are.
        """
        touched = [ref for ref in dict.fromkeys((*plan.reads, *plan.writes)) if self.takes(ref)]
        self._compare(touched, plan.writes)
        for ref in touched:
            if ref in self._fresh or (kept and landing_of(str(ref), self.backend) is not None):
                continue
            entity = self.entities[ref]
            scope = plan.scope if ref == plan.source else None
            outside = self.systems[ref.system]
            self.landed.append(read_table(entity, outside, self.backend, full=self.full, scope=scope))
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
            found = [d for ref in there for d in drift(self.entities[ref], live.get(ref.entity))]
            files = {self.entities[ref].span.file for ref in written}
            wrong = [d for d in found if d.severity == "error" and (not d.writing or d.span.file in files)]
            if wrong:
                told = "; ".join(f"{d.message} ({d.span.file}:{d.span.line})" for d in wrong[:_SHOWN])
                message = f"tables differ from their entities: {told}" + (" ..." if len(wrong) > _SHOWN else "")
                remedy = "look closer with crosswalk validate --against, and follow with crosswalk entity pull"
                raise StoppedError(message, code="DRIFT", remedy=remedy)

    def close(self) -> None:
        for outside in self.systems.values():
            outside.close()


_SHOWN = 5
"""So many differences are told before a run stops."""
