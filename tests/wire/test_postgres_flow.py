"""The invoicing flow with Dataverse as an OData server and Finance on PostgreSQL ends as the embedded one.

The OData server is SAP CAP, see ``tests/servers/README.md``; PostgreSQL is the real one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from crosswalk import api
from crosswalk.errors import Span
from crosswalk.model import Connection
from tests.servers.odata.fixtures import Servers
from tests.servers.odata.models import DATAVERSE
from tests.servers.postgres import PostgresServer
from tests.servers.postgres import postgres_server as postgres_server
from tests.wire.cap_bench import CapBench
from tests.wire.far import FarWorld, People
from tests.wire.flow import MAPS, end_state, expected, play, tables_of
from tests.wire.postgres_bench import PostgresBench

NOWHERE = Span("crosswalk.yaml", 1, 1)


def test_the_flow_with_finance_on_postgresql_ends_as_the_embedded_one(
    odata_servers: Servers, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    shipped = api.load(MAPS, tests=False)
    tables = {system: tables_of(shipped, system) for system in ("dataverse", "finops")}
    database = postgres_server.database()
    server = odata_servers.get(tables["dataverse"], DATAVERSE)
    connections = {
        "dataverse": Connection(
            "dataverse", "odata", {"url": server.url, "dialect": "dataverse", "auth": "none"}, NOWHERE
        ),
        "finops": Connection("finops", "postgres", {"uri": database.uri}, NOWHERE),
    }
    project = replace(shipped.project, database=str(tmp_path / "wire.duckdb"), profiles={"wire": connections})
    legs = api.select(shipped, ("tag:invoicing",))
    loaded = replace(shipped, root=tmp_path, project=project, profile="wire", legs=legs)
    benches: dict[str, People] = {"dataverse": CapBench(server), "finops": PostgresBench(database, postgres_server)}
    world = FarWorld(benches, (*tables["dataverse"], *tables["finops"]))
    world.make()
    play(loaded, world, "day1", "day2")
    assert end_state(loaded, world) == expected()
