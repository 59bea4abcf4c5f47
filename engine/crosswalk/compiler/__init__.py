"""Compiles the maps of a project into plans: legs, bound names, and one builder per step.

The order of `PASSES` is the architecture. A pass turns one value into the next and knows nothing of the others:

1. ``legs_of``   a table map becomes one or two legs, each with one direction
2. ``refer``     lines with a path on the left become one line that writes a reference
3. ``bind``      every name of a leg is resolved, every value typed, every reason numbered
4. ``in_two_passes``  references that cannot be known yet get a leg of their own
5. ``BUILDERS``  a bound leg becomes the statements of its steps, for one mode

Problems of all maps are collected and raised together. The compiler is pure: it sees a `Project` and gives values.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from crosswalk.compiler.bind import bind
from crosswalk.compiler.bound import Bound
from crosswalk.compiler.deliver import deliver
from crosswalk.compiler.divert import divert
from crosswalk.compiler.extract import extract
from crosswalk.compiler.finish import advance, settle
from crosswalk.compiler.left_paths import refer
from crosswalk.compiler.legs import legs_of
from crosswalk.compiler.limits import may_empty
from crosswalk.compiler.order import in_order, why_waits
from crosswalk.compiler.pushing import scope_of
from crosswalk.compiler.second_pass import in_two_passes
from crosswalk.compiler.shape import shape
from crosswalk.errors import MapError, Problems
from crosswalk.exchange import Condition
from crosswalk.model import Project
from crosswalk.plan import Mode, Plan, Step, digest_of

PASSES = (legs_of, refer, bind)
BUILDERS = (extract, shape, divert, deliver, settle, advance)


@dataclass(frozen=True, slots=True)
class CompiledLeg:
    """A leg ready to be planned in any mode. `scope` is what an outside system is asked for of its source."""

    bound: Bound
    scope: Condition | None = None
    _plans: dict[Mode, Plan] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.bound.leg.ledger_name

    @property
    def map_name(self) -> str:
        return self.bound.leg.map.name

    def plan(self, mode: Mode) -> Plan:
        """Build the plan of a mode. The digest is that of the initial mode: it stands for what the map means."""
        if "initial" not in self._plans:
            initial = _plan(self.bound, "initial", self.scope)
            self._plans["initial"] = replace(initial, digest=digest_of(initial.steps))
        if mode not in self._plans:
            self._plans[mode] = replace(_plan(self.bound, mode, self.scope), digest=self._plans["initial"].digest)
        return self._plans[mode]


def compile_project(project: Project, *, probed: bool = False) -> tuple[CompiledLeg, ...]:
    """Compile every map; raise `MapError` with the problems of all of them; give the legs in the order they run.

    `probed` legs let their shaped rows tell more, for the coverage of unit tests.
    """
    problems = Problems()
    bound: list[Bound] = []
    for table_map in project.maps.values():
        for leg in legs_of(table_map, project):
            try:
                bound.append(bind(refer(replace(leg, probed=probed))))
            except MapError as error:
                problems.extend(error.problems)
    problems.done()
    legs = in_order(in_two_passes(bound, bind, why_waits))
    return tuple(CompiledLeg(leg, scope_of(leg, legs)) for leg in legs)


def _plan(bound: Bound, mode: Mode, scope: Condition | None) -> Plan:
    leg = bound.leg
    steps: tuple[Step, ...] = (
        extract(bound, mode),
        shape(bound, mode),
        divert(bound, mode),
        *deliver(bound),
        *settle(bound),
        advance(bound, mode),
    )
    return Plan(
        map_name=leg.map.name,
        leg=leg.label,
        title=leg.map.title,
        mode=mode,
        source=leg.source.ref,
        targets=tuple(arm.target.ref for arm in bound.arms),
        steps=steps,
        reads=bound.reads,
        writes=bound.writes,
        file=leg.map.span.file,
        why=f"a second pass, for {leg.second}" if leg.second else "",
        scope=scope,
        may_empty=may_empty(bound),
    )
