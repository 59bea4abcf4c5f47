"""The bench of OData: a real server, SAP CAP, with our proxy in front of it for change tracking, waiting and faults.

It shows that we speak OData; what the two products do otherwise than OData says is played by that server and the proxy,
which are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.model import Column, Connection, Entity
from crosswalk.sql import name
from tests.conformance.bench import FarSide, Fault, Wish
from tests.conformance.landed import Row, plain, plain_row
from tests.conformance.shapes import HOSTILE, SHAPES
from tests.servers.odata import faults as played
from tests.servers.odata import models, proxy, stored
from tests.servers.odata.cap import Server
from tests.servers.odata.fixtures import Servers
from tests.servers.odata.proxy import Gate

TABLES = [shape for shape in SHAPES if shape is not HOSTILE]
SERVICES = {"dataverse": models.DATAVERSE, "finops": models.FINOPS}
PLACES = {"first": 1, "middle": 2, "last": 3}
KINDS: Mapping[str, played.Fault] = {
    "lost_answer": played.Fault("lost"),
    "cut": played.Fault("batch cut"),
    "throttled": played.Fault("status", status=429, retry_after=0.05),
    "server_error": played.Fault("status", status=503),
}


def noon(column: Column) -> str:
    """Say what the metadata of a service tell that keeps dates as times."""
    return "datetime" if column.type.kind == "date" else kept(column)


def kept(column: Column) -> str:
    """Say what the metadata tell of a column."""
    if column.type.kind == "choice":
        return "int" if column.type.coded == "int" else "text(100)"
    return str(column.type)


class OData:
    """The tables of the suite on one server, spoken to in one dialect."""

    def __init__(self, root: Path, server: Server, gate: Gate, settings: Mapping[str, str]) -> None:
        self._root, self._server, self._gate, self._settings = root, server, gate, settings
        self.scripted = 0

    @property
    def root(self) -> Path:
        return self._root

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        if any(fault.on == "write" and fault.at != "first" for fault in faults):
            raise KeyError("a later request: so few rows go in one; tests/engine/connectors/odata plays the others")
        self._gate.script(*(_fault(fault) for fault in faults))
        self.scripted = len(faults)
        limits = {"concurrency": "1"} if faults else {}
        settings = {**self._settings, "url": self._gate.url, "auth": {"kind": "none"}, "limits": limits}
        return Connection(
            "far", "odata", {**settings, "page_size": "100" if faults else "1000"}, Span("crosswalk.yaml", 1, 1)
        )

    def make(self, entity: Entity) -> Entity:
        """The server was emptied when the bench was opened."""
        return entity

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        """The server gives row versions of its own: change tracking goes by them."""
        loaded = [{**plain_row(row, entity), entity.row_version or "": None} for row in rows]
        self._server.load({entity.ref.entity: loaded})

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        wanted = plain_row(key, entity)
        (row,) = (row for row in self.rows(entity) if all(row[column] == value for column, value in wanted.items()))
        self.put(entity, [{**row, **cells}])

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        columns = [entity.columns[column] for column in key]
        meets = " AND ".join(f"{name(column.name).text} = ?" for column in columns)
        values = [stored._write(plain(key[column.name], column), column) for column in columns]
        with self._server._file() as connection:
            table = name(models.table_name(self._server.service, entity)).text
            assert connection.execute(f"DELETE FROM {table} WHERE {meets}", values).rowcount == 1

    def rows(self, entity: Entity) -> list[Row]:
        return [plain_row(row, entity) for row in self._server.rows(entity.ref.entity)]


def _fault(fault: Fault) -> played.Fault:
    kind = KINDS[fault.name]
    if fault.on == "read":
        return played.Fault(**{**_words(kind), "at": PLACES[fault.at], "times": fault.times, "path": r"/lines\?"})  # type: ignore[arg-type]
    return played.Fault(**{**_words(kind), "at": PLACES[fault.at], "times": fault.times, "method": "POST"})  # type: ignore[arg-type]


def _words(kind: played.Fault) -> dict[str, object]:
    return {word: getattr(kind, word) for word in ("kind", "status", "retry_after")}


@contextmanager
def odata(root: Path, wish: Wish, dialect: str, tracking: str = "no") -> Iterator[FarSide]:
    server = cast(Servers, wish("odata_servers")).get(TABLES, SERVICES[dialect])
    with proxy.start(server) as gate:
        far = OData(root, server, gate, {"dialect": dialect, "change_tracking": tracking})
        yield far
        assert gate.faults.met >= far.scripted, "a fault was set and never met"
        assert gate.broken == []
