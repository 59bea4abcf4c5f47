"""The invoicing flow at volume between two OData servers: 20,000 actuals go out, become journals and proposals, are
posted and come back with preconditions; it ends as the embedded flow over the same records.

``make wire`` prints how long each act took and each leg of it. CROSSWALK_ROWS asks for another number of actuals.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from time import perf_counter, process_time

import duckdb
import pytest

from crosswalk import api
from crosswalk.exchange import Plain
from crosswalk.model import Entity
from crosswalk.sql import name, table
from tests.examples.test_invoicing import QUERIES, csv_of
from tests.servers.odata.fixtures import Servers
from tests.wire.far import EXAMPLE, FarWorld
from tests.wire.flow import JOURNALS, MAPS, PROPOSALS, end_state
from tests.wire.test_odata_flow import connected, far_world

pytestmark = pytest.mark.slow
ROWS = int(os.environ.get("CROSSWALK_ROWS", "20000"))


@dataclass(slots=True)
class Times:
    """Lines of what took how long: what, seconds on the clock, seconds of this process, rows written."""

    lines: list[tuple[str, float, float, int]] = field(default_factory=list)

    def run(self, act: str, loaded: api.Loaded) -> None:
        began, busy = perf_counter(), process_time()
        result = api.run(loaded, ("tag:invoicing",))
        assert result.exit_code in (0, 3), result.message
        spent = perf_counter() - began
        counts = [sum(leg.written.values()) for leg in result.legs]
        self.lines.append((act, spent, process_time() - busy, sum(counts)))
        for leg, count in zip(result.legs, counts, strict=True):
            self.lines.append((f"  {leg.map_name}:{leg.leg}", leg.seconds, 0.0, count))
        self.lines.append(("  reading", spent - sum(leg.seconds for leg in result.legs), 0.0, 0))

    def told(self) -> Iterator[str]:
        yield f"{'':45}{'seconds':>9}{'own CPU':>9}{'rows':>9}{'rows/s':>9}"
        for what, spent, busy, rows in self.lines:
            own = f"{busy:9.1f}" if busy else " " * 9
            yield f"{what:45}{spent:9.1f}{own}" + (f"{rows:9,}{rows / spent:9,.0f}" if rows else "")


def _records(database: Path, rows: int) -> None:
    """Make the records of the benchmarks in the tables of an embedded project."""
    spec = spec_from_file_location("wire_records", MAPS.parent / "benchmarks" / "records.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["wire_records"] = module
    spec.loader.exec_module(module)
    module.make(database, rows)


def _embedded(root: Path) -> api.Loaded:
    loaded = api.load(MAPS, tests=False)
    loaded = replace(loaded, project=replace(loaded.project, database=str(root / "embedded.duckdb")))
    api.make_tables(loaded)
    _records(loaded.database, ROWS)
    return loaded


def _arrive(world: FarWorld, database: Path) -> None:
    """Save the records of the embedded project in the far systems too."""
    with duckdb.connect(str(database), read_only=True) as connection:
        for entity in world.entities:
            world.benches[entity.ref.system].save(entity, _rows(entity, connection))


def _rows(entity: Entity, connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Plain]]:
    columns = ", ".join(name(column).text for column in entity.columns)
    found = connection.execute(f"SELECT {columns} FROM {table(entity.ref).text}")
    for row in found.fetchall():
        yield dict(zip(entity.columns, row, strict=True))


def test_the_flow_at_volume_ends_as_the_embedded_one(
    odata_servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    embedded, world, times = _embedded(tmp_path), far_world(odata_servers), Times()
    _arrive(world, embedded.database)
    loaded = connected(world, tmp_path)
    times.run("send over, journals", loaded)
    world.act(JOURNALS)
    times.run("proposal lines, way back", loaded)
    world.act(PROPOSALS)
    times.run("way back", loaded)
    times.run("nothing new", loaded)
    for script in ("", JOURNALS, PROPOSALS):
        if script:
            with duckdb.connect(str(embedded.database)) as connection:
                connection.execute((EXAMPLE / script).read_text(encoding="utf-8"))
        assert api.run(embedded, ("tag:invoicing",)).exit_code in (0, 3)
    with capsys.disabled():
        print(f"\n\n{ROWS:,} actuals between two OData servers\n", *times.told(), sep="\n")  # noqa: T201
    ends = end_state(loaded, world)
    with duckdb.connect(str(embedded.database), read_only=True) as connection:
        for query, text in QUERIES.items():
            assert ends[query] == csv_of(connection, text).splitlines(), query
