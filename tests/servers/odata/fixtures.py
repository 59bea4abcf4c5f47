"""Fixtures for tests that talk to an OData server: one server per model for the whole session, emptied for each test.

On a machine without npm the tests that ask for a server are skipped and say why; with CROSSWALK_REQUIRE_SERVERS set, as
in CI, they fail instead.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from crosswalk.entities import Entity
from tests.servers.odata import cap, models, proxy
from tests.servers.odata.cap import Server
from tests.servers.odata.models import Service
from tests.servers.odata.proxy import Gate


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of a session. `get` starts one for a model that has none yet."""

    folder: Path
    running: dict[str, Server] = field(default_factory=dict)
    known: dict[tuple[object, ...], tuple[str, Collection[Entity]]] = field(default_factory=dict)

    def get(self, entities: Collection[Entity], service: Service, etags: Collection[str] | None = None) -> Server:
        """Give the server for these tables, with nothing in it."""
        try:
            name = self._model(entities, service, etags)
            if name not in self.running:
                self.running[name] = cap.start(entities, service, self.folder / str(len(self.running)), etags)
        except cap.NotInstalled as missing:
            if os.environ.get("CROSSWALK_REQUIRE_SERVERS"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        server = self.running[name]
        server.clear()
        return server

    def _model(self, entities: Collection[Entity], service: Service, etags: Collection[str] | None) -> str:
        """Write the model, which tells two servers apart; for the same objects, once."""
        same = (service, None if etags is None else tuple(etags), *map(id, entities))
        if same not in self.known:
            self.known[same] = (json.dumps(models.csn(entities, service, etags), sort_keys=True), tuple(entities))
        return self.known[same][0]

    def stop(self) -> None:
        for server in self.running.values():
            server.stop()


@pytest.fixture(scope="session")
def odata_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    servers = Servers(tmp_path_factory.mktemp("odata"))
    try:
        yield servers
    finally:
        servers.stop()


@pytest.fixture
def dataverse_server(odata_servers: Servers) -> Server:
    """A server with the tables that our maps know of Dataverse, empty."""
    return odata_servers.get(list(models.shipped("dataverse").values()), models.DATAVERSE)


@pytest.fixture
def finops_server(odata_servers: Servers) -> Server:
    """A server with the tables that our maps know of Finance and Operations, empty."""
    return odata_servers.get(list(models.shipped("finops").values()), models.FINOPS)


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A client for looking at a server. It loads no certificates, which takes longer than most of these tests."""
    with httpx.Client(verify=False, timeout=30) as client:
        yield client


@pytest.fixture
def gate_to() -> Iterator[Callable[[Server], Gate]]:
    """Put a proxy in front of a server; it is stopped after the test. Mark the test with ``proxy``."""
    gates: list[Gate] = []

    def start(server: Server) -> Gate:
        gates.append(proxy.start(server))
        return gates[-1]

    try:
        yield start
    finally:
        for gate in gates:
            gate.stop()
    assert [slip for gate in gates for slip in gate.broken] == []
