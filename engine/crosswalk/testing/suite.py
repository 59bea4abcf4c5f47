"""Runs the chosen unit tests of a project: one database in memory, the plans of each map compiled once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from crosswalk import connectors
from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.compiler import CompiledLeg, compile_project
from crosswalk.errors import Span
from crosswalk.model import Connection, Entity, Project
from crosswalk.runner.invocation import Systems, prepare
from crosswalk.testing.coverage import Coverage, coverage_of
from crosswalk.testing.outcome import TestOutcome
from crosswalk.testing.running import Legs, run_test
from crosswalk.unit_tests import UnitTest


@dataclass(frozen=True, slots=True)
class TestReport:
    """What the chosen tests came to, and what the tests of each map reach."""

    __test__ = False

    outcomes: tuple[TestOutcome, ...]
    coverage: tuple[Coverage, ...]

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

    def run(self, tests: Sequence[UnitTest]) -> Iterator[TestOutcome]:
        """Run tests one after the other."""
        backend = in_memory(self.project)
        try:
            for test in tests:
                yield run_test(test, self.legs[test.map_name], backend)
        finally:
            backend.close()


def suite_of(project: Project, maps: Sequence[str]) -> Suite:
    """Compile the maps for tests. Every step of a test looks at all rows, so all plans are initial ones."""
    legs = compile_project(replace(project, maps={name: project.maps[name] for name in maps}), probed=True)
    entities = {str(entity.ref): entity for entity in project.entities.values()}
    plans: dict[str, dict[str, CompiledLeg]] = {}
    for leg in legs:
        plans.setdefault(leg.map_name, {})[leg.bound.leg.name] = leg
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
    spec = connectors.spec("embedded")
    assert spec is not None, "embedded systems are part of the engine"
    nowhere = Span("", 1, 1)
    systems = {system: spec.open(Connection(system, "embedded", {}, nowhere)) for system in by_system}
    backend = DuckDBBackend(None)
    prepare(Systems(systems, by_system), backend)
    return backend
