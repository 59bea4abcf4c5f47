"""Runs the chosen unit tests of a project: one database in memory, the plans of each map compiled once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from threading import Event

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.compiler import CompiledLeg, compile_project
from crosswalk.connectors.embedded import EmbeddedSystem
from crosswalk.model import Entity, Project
from crosswalk.runner.readiness import Systems, prepare
from crosswalk.testing.coverage import Coverage, coverage_of
from crosswalk.testing.outcome import TestOutcome
from crosswalk.testing.running import Legs, run_test
from crosswalk.testing.world import Tables
from crosswalk.unit_tests import UnitTest

_PER_WORKER = 16
"""So many tests are worth a database of their own."""


@dataclass(frozen=True, slots=True)
class TestReport:
    """What the chosen tests came to, and what the tests of each map reach."""

    __test__ = False

    outcomes: tuple[TestOutcome, ...]
    coverage: tuple[Coverage, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        return all(outcome.passed for outcome in self.outcomes)

    def covers(self, percent: float) -> bool:
        """Whether every map is covered to this share."""
        return all(one.percent >= percent for one in self.coverage)


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of a project and the legs that they run."""

    project: Project
    legs: Mapping[str, Legs]
    compiled: tuple[CompiledLeg, ...]

    def tests(self, maps: Sequence[str], pattern: str = "") -> tuple[UnitTest, ...]:
        """Choose tests by map and by a part of their name, in which ``*`` stands for anything."""
        chosen = [test for name in maps for test in self.project.tests.get(name, ())]
        wanted = f"*{pattern.casefold()}*"
        return tuple(test for test in chosen if fnmatchcase(test.name.casefold(), wanted))

    def coverage(self, outcomes: Sequence[TestOutcome]) -> tuple[Coverage, ...]:
        """Count for each map what its tests reach."""
        return tuple(
            coverage_of(
                name,
                [leg for leg in self.compiled if leg.map_name == name],
                [outcome for outcome in outcomes if outcome.test.map_name == name],
            )
            for name in self.legs
        )

    def run(self, tests: Sequence[UnitTest], most: int = 0) -> tuple[TestOutcome, ...]:
        """Run tests side by side, each worker on a database of its own; outcomes stand in the order of the tests.

        `most` limits the workers; by default there is one for each processor.
        """
        workers = max(1, min(most or os.cpu_count() or 1, len(tests) // _PER_WORKER))
        shares = [tests[number::workers] for number in range(workers)]
        ended = Event()
        with ThreadPoolExecutor(workers) as pool:
            try:
                done = list(pool.map(lambda share: self._share(share, ended), shares))
            finally:
                ended.set()
        return tuple(done[place % workers][place // workers] for place in range(len(tests)))

    def _share(self, tests: Sequence[UnitTest], ended: Event) -> list[TestOutcome]:
        """Run some tests one after the other, unless somebody interrupts the whole or another worker fails."""
        backend = in_memory(self.project)
        tables = Tables({str(entity.ref): entity for entity in self.project.entities.values()}, backend)
        try:
            return [run_test(test, self.legs[test.map_name], tables) for test in tests if not ended.is_set()]
        finally:
            backend.close()


def suite_of(project: Project, maps: Sequence[str]) -> Suite:
    """Compile the maps for tests. Every step of a test looks at all rows, so all plans are initial ones."""
    legs = compile_project(replace(project, maps={name: project.maps[name] for name in maps}), probed=True)
    entities = {str(entity.ref): entity for entity in project.entities.values()}
    plans: dict[str, dict[str, CompiledLeg]] = {}
    for leg in legs:
        plans.setdefault(leg.map_name, {})[leg.bound.leg.label] = leg
    found = {
        name: Legs(
            {way: leg.plan("initial") for way, leg in ways.items()},
            entities,
            {way: tuple(probe.alias for probe in leg.bound.probes) for way, leg in ways.items()},
        )
        for name, ways in plans.items()
    }
    return Suite(project, found, legs)


def in_memory(project: Project) -> DuckDBBackend:
    """Open a database in memory with the ledger and an empty table for each entity, whatever the profiles say."""
    by_system: dict[str, tuple[Entity, ...]] = {}
    for entity in project.entities.values():
        by_system[entity.ref.system] = (*by_system.get(entity.ref.system, ()), entity)
    systems = {system: EmbeddedSystem(system) for system in by_system}
    backend = DuckDBBackend(None, few_rows=True)
    prepare(Systems(systems, by_system), backend)
    return backend
