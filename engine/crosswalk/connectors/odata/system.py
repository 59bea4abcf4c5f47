"""A system that speaks OData version 4, as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock

from crosswalk.connectors.odata.binding import Binding, bind
from crosswalk.connectors.odata.catalogue import read_catalogues
from crosswalk.connectors.odata.describing import describe
from crosswalk.connectors.odata.faults import told
from crosswalk.connectors.odata.finding import find
from crosswalk.connectors.odata.gate import Clock, Gate, RealClock
from crosswalk.connectors.odata.login import open_login
from crosswalk.connectors.odata.metadata import Metadata, read_metadata
from crosswalk.connectors.odata.reading import Reading
from crosswalk.connectors.odata.session import Session, open_client
from crosswalk.connectors.odata.settings import Settings, read_settings
from crosswalk.connectors.odata.writing import write
from crosswalk.contracts import Place, Traits
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Delivery, Page, Plain, Wanted
from crosswalk.model import Connection, Entity


class ODataSystem:
    """One service. What ``$metadata`` says is asked for once."""

    traits = Traits(stamps=True, folds_case=True)

    def __init__(self, session: Session, overlap: int) -> None:
        self.session, self.overlap = session, overlap
        self._metadata: Metadata | None = None
        self._lock = Lock()

    @property
    def settings(self) -> Settings:
        return self.session.settings

    def metadata(self) -> Metadata:
        """Give what ``$metadata`` says."""
        with self._lock:
            if self._metadata is None:
                self._metadata = read_metadata(self._metadata_text(), self.settings.system)
            return self._metadata

    def _metadata_text(self) -> str:
        answer = self.session.send("GET", "$metadata", headers={"Accept": "application/xml"})
        if answer.fine:
            return answer.text
        message = f"{self.settings.system} gives no $metadata: {told(answer)}"
        if answer.status in {403, 404}:
            raise UsageError(message, code="SYSTEM_REFUSED", remedy="check the url of the connection, and the rights")
        raise SystemFailure(message, code="SYSTEM_ANSWER", remedy="run the same command again")

    def binding(self, entity: Entity) -> Binding:
        """Find the properties behind an entity; `UsageError` where one is not there."""
        return bind(entity, self.metadata(), self.settings)

    def tables(self) -> tuple[str, ...]:
        known = {given: name for name, given in self.settings.tables.items()}
        return tuple(sorted(known.get(name, name) for name in self.metadata().sets))

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        logical = {name: self._logical_name(name) for name in tables}
        known = [name for name in logical.values() if name] if self.settings.dialect.catalogue else []
        said = read_catalogues(self.session, known)
        found = {name: describe(name, self.metadata(), self.settings, said.get(logical[name], {})) for name in tables}
        return {name: entity for name, entity in found.items() if entity is not None}

    def _logical_name(self, table: str) -> str:
        """Give the name of the type of a table, without its namespace; nothing where there is no such table."""
        kind = self.metadata().type_of(self.settings.entity_set(table))
        return kind.name.rpartition(".")[2] if kind is not None else ""

    def read(self, wanted: Wanted) -> Iterator[Page]:
        return Reading(self.session, self.binding(wanted.entity), wanted, self.overlap).pages()

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        return find(self.session, self.binding(entity), by, keys)

    def write(self, delivery: Delivery) -> None:
        write(self.session, self.settings.dialect, self.metadata(), delivery)

    def close(self) -> None:
        self.session.close()


def open(connection: Connection, place: Place) -> ODataSystem:
    """Open a connection; nothing is sent yet."""
    return open_with(connection, place, RealClock())


def open_with(connection: Connection, place: Place, clock: Clock) -> ODataSystem:
    """Open a connection whose waiting goes by a given clock."""
    settings = read_settings(connection, place.reveal(str(connection.settings.get("url", ""))), place.root)
    session = Session(
        settings=settings,
        client=open_client(settings),
        clock=clock,
        login=open_login(settings, place, clock),
        gate=Gate(settings.limits.concurrency, clock),
    )
    return ODataSystem(session, place.overlap)
