"""The invoicing flow with Dataverse and Finance as two OData servers ends as the embedded one, row for row.

Both are SAP CAP with the tables of our maps, so this proves the protocol and not the quirks of either product; see
``tests/servers/odata``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.errors import Span
from crosswalk.model import Connection
from tests.servers.odata.fixtures import Servers
from tests.servers.odata.models import DATAVERSE, FINOPS
from tests.wire.cap_bench import CapBench
from tests.wire.far import FarWorld
from tests.wire.flow import MAPS, end_state, expected, play, tables_of

NOWHERE = Span("crosswalk.yaml", 1, 1)
SERVICES = {"dataverse": DATAVERSE, "finops": FINOPS}


@pytest.fixture
def world(odata_servers: Servers) -> FarWorld:
    return far_world(odata_servers)


def far_world(servers: Servers) -> FarWorld:
    shipped = api.load(MAPS, tests=False)
    tables = {system: tables_of(shipped, system) for system in SERVICES}
    benches = {system: CapBench(servers.get(tables[system], service)) for system, service in SERVICES.items()}
    return FarWorld(benches, tuple(entity for found in tables.values() for entity in found))


def connected(world: FarWorld, root: Path) -> api.Loaded:
    """Give the shipped project with a profile that reaches the servers, and a database file of its own."""
    connections: Mapping[str, Connection] = {
        system: Connection(system, "odata", {"url": bench.server.url, "dialect": system, "auth": "none"}, NOWHERE)
        for system, bench in world.benches.items()
        if isinstance(bench, CapBench)
    }
    shipped = api.load(MAPS, tests=False)
    project = replace(shipped.project, database=str(root / "wire.duckdb"), profiles={"wire": connections})
    return replace(shipped, root=root, project=project, profile="wire", legs=api.select(shipped, ("tag:invoicing",)))


def test_the_flow_between_two_odata_servers_ends_as_the_embedded_one(world: FarWorld, tmp_path: Path) -> None:
    loaded = connected(world, tmp_path)
    play(loaded, world, "day1")
    play(loaded, world, "day2")
    assert end_state(loaded, world) == expected()
