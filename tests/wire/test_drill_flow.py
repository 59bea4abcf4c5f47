"""The invoicing flow between two outside systems ends in the same state as the embedded one, row for row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from crosswalk import api
from crosswalk.errors import Span
from crosswalk.model import Connection
from tests.wire.drill_bench import DrillPeople
from tests.wire.far import FarWorld
from tests.wire.flow import MAPS, end_state, expected, play, touched


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[api.Loaded, FarWorld]]:
    root = tmp_path_factory.mktemp("drill")
    shipped = api.load(MAPS)
    nowhere = Span("crosswalk.yaml", 1, 1)
    benches = {system: DrillPeople(root, system) for system in ("dataverse", "finops")}
    connections = {s: Connection(s, "drill", {"file": f"{s}.sqlite"}, nowhere) for s in benches}
    project = replace(shipped.project, database=str(root / "wire.duckdb"), profiles={"wire": connections})
    loaded = replace(shipped, root=root, project=project, profile="wire", legs=api.select(shipped, ("tag:invoicing",)))
    yield loaded, FarWorld(benches, touched(loaded))
    for bench in benches.values():
        bench.close()


def test_the_flow_between_two_outside_systems_ends_as_the_embedded_one(far: tuple[api.Loaded, FarWorld]) -> None:
    loaded, world = far
    world.make()
    play(loaded, world, "day1")
    play(loaded, world, "day2")
    assert end_state(loaded, world) == expected()
