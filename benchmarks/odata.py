"""How fast rows come from an OData server into the engine and go to one, beside bare clients of the same library.

    PYTHONPATH=engine:. python benchmarks/odata.py [--rows 40000] [--writes 8000] [--times 3]

Starts SAP CAP with a table of our maps (`make servers` installs it). Prints seconds, medians of runs that take turns,
their ratio, the share of a stated limit that is reached behind the throttling proxy, and the highest memory at two
sizes. Ends with 1 where a ratio is beyond its bound.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID

import measure
import odata_bare

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connectors.embedded import EmbeddedSystem
from crosswalk.connectors.odata.charting import table_of
from crosswalk.connectors.odata.gate import RealClock
from crosswalk.connectors.odata.system import ODataSystem, open_with
from crosswalk.contracts import Place
from crosswalk.errors import Span
from crosswalk.exchange import Change, Wanted
from crosswalk.landing import read_table
from crosswalk.ledger import tables
from crosswalk.model import Connection, Entity
from tests.engine.connectors.odata.deliveries import MemoryDelivery
from tests.servers.odata import cap, models, proxy
from tests.servers.odata.limits import Throttle

ROOT = Path(__file__).parents[1]
TABLE = "msdyn_actuals"
BOUNDS = {"read and landed": 1.3, "written": 1.2}
LIMIT = Throttle(operations=4010, window=20.0)
"""Four calls of a thousand rows and a few small requests. Answers name whole seconds to wait, so that a short window
would measure the rounding.
"""
CALL = 1000
OF_LIMIT = 0.95
MEMORY = 1.25
"""How much more memory four times the rows may take."""


@dataclass(slots=True)
class Bench:
    """A server, the table, and a folder for database files. `files` counts them, for each read begins with none."""

    server: cap.Server
    folder: Path
    files: int = 0

    @property
    def entity(self) -> Entity:
        return self.server.entities[TABLE]

    def fill(self, rows: int) -> None:
        self.server.clear()
        self.server.load(
            {TABLE: ({"modifiedon": datetime(2026, 11, 1), **key_of(n), **cells_of(n)} for n in range(rows))}
        )

    def land(self) -> int:
        """Read the table into a new database file, as a first run does."""
        self.files += 1
        return land(self.server.url, self.entity, self.folder / f"{self.files}.duckdb")

    def read_bare(self) -> int:
        with closing(system(self.server.url)) as opened:
            binding = opened.binding(self.entity)
        return odata_bare.read(self.server.url, binding, self.entity.key)

    def write(self, url: str, rows: int) -> None:
        with closing(system(url)) as opened:
            delivery = MemoryDelivery(self.entity, changes(rows))
            opened.write(delivery)
        assert delivery.count("applied") == rows

    def write_bare(self, rows: int) -> None:
        with closing(system(self.server.url)) as opened:
            size, table = (
                opened.settings.dialect.multiples_most,
                table_of(self.entity, opened.settings, opened.metadata()),
            )
        assert odata_bare.write(self.server.url, table.entity_set, table.type_name, changes(rows), size) == rows


def system(url: str) -> ODataSystem:
    given = {"url": url, "dialect": "dataverse", "change_tracking": "no"}
    place = Place(ROOT, 0, lambda text: text)
    return open_with(Connection("dataverse", "odata", given, Span("crosswalk.yaml", 1, 1)), place, RealClock())


def land(url: str, entity: Entity, file: Path) -> int:
    backend = DuckDBBackend(file)
    with closing(backend), closing(system(url)) as opened:
        tables.prepare(backend)
        EmbeddedSystem(entity.ref.system).prepare((entity,), backend)
        return read_table(entity, opened, backend).rows


def key_of(number: int) -> dict[str, str]:
    return {"msdyn_actualid": str(UUID(int=number + 1))}


def cells_of(number: int) -> dict[str, str | int | Decimal | bool]:
    return {
        "msdyn_description": f"Work of day {number} on the project, as it was booked",
        "msdyn_amount": Decimal(number % 100_000) / 100,
        "msdyn_quantity": Decimal(number % 24),
        "msdyn_accountingdate": "2026-02-28",
        "msdyn_billingtype": 192350001,
        "statecode": 0,
    }


def changes(rows: int) -> list[Change]:
    return [Change(n, "insert", key_of(n), cells_of(n)) for n in range(rows)]


def taking_turns(ways: dict[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Run each way so many times, the first one first and then last; give the medians, in seconds."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(times):
        for name in list(ways) if turn % 2 == 0 else reversed(ways):
            began = perf_counter()
            ways[name]()
            seconds[name].append(perf_counter() - began)
    return {name: median(found) for name, found in seconds.items()}


def reading(bench: Bench, rows: int, times: int) -> float:
    bench.fill(rows)
    found = taking_turns({"bare": bench.read_bare, "crosswalk": bench.land}, times)
    return _line("read and landed", rows, found)


def writing(bench: Bench, rows: int, times: int) -> float:
    def emptied(write: Callable[[], None]) -> Callable[[], None]:
        return lambda: (bench.server.clear(), write())[1]

    ways = {"bare": lambda: bench.write_bare(rows), "crosswalk": lambda: bench.write(bench.server.url, rows)}
    return _line("written", rows, taking_turns({name: emptied(way) for name, way in ways.items()}, times))


def limited(bench: Bench, rows: int) -> float:
    """Write behind the proxy; give the share of what its limit allows: as many rows at once, and again each window."""
    bench.server.clear()
    assert LIMIT.operations is not None
    least = (-(-rows // (LIMIT.operations // CALL * CALL)) - 1) * LIMIT.window
    with proxy.start(bench.server) as gate:
        gate.throttle = LIMIT
        began = perf_counter()
        bench.write(gate.url, rows)
        seconds = perf_counter() - began
    title = f"written, {LIMIT.operations:,} rows in {LIMIT.window:.0f} s allowed"
    print(f"{title:36}{rows:9,}{least:9.2f}{seconds:11.2f}{least / seconds:8.0%}", flush=True)
    print(f"{'  sent while throttled':36}{LIMIT.violations:9}")
    return least / seconds


def memory(bench: Bench, rows: int) -> float:
    """Read in processes of their own, with four times the rows too; give how much higher the connector's memory is.

    What DuckDB holds of the copy is shown beside: it grows with the copy until its own limit.
    """
    peaks: dict[str, list[int]] = {"alone": [], "landed": []}
    for count in (rows, 4 * rows):
        bench.fill(count)
        for way, found in peaks.items():
            found.append(_peak(bench.server.url, way, bench.folder / f"peak-{count}.duckdb"))
            print(f"{'highest memory, ' + way + ', MiB':36}{count:9,}{'':9}{found[-1]:11}", flush=True)
    return peaks["alone"][1] / peaks["alone"][0]


def _peak(url: str, way: str, file: Path) -> int:
    command = [sys.executable, __file__, "--peak", way, url, str(file)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _read(way: str, url: str, file: Path) -> None:
    """Read the table once: its pages alone, or into a file."""
    entity = models.shipped("dataverse")[TABLE]
    if way == "landed":
        land(url, entity, file)
        return
    with closing(system(url)) as opened:
        for _ in opened.read(Wanted(entity)):
            pass


def _line(name: str, rows: int, found: dict[str, float]) -> float:
    ratio = found["crosswalk"] / found["bare"]
    print(f"{name:36}{rows:9,}{found['bare']:9.2f}{found['crosswalk']:11.2f}{ratio:8.2f}", flush=True)
    return ratio


@contextmanager
def started(folder: Path) -> Iterator[Bench]:
    """Start a server in an empty folder, and end it whatever happens."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entities = models.with_targets(models.shipped("dataverse"), [TABLE])
    with cap.start(entities, models.DATAVERSE, folder / "server") as server:
        yield Bench(server, folder)


def main() -> None:
    options = _options()
    if options.peak:
        way, url, file = options.peak
        _read(way, url, Path(file))
        print(measure.peak_mib())
        return
    print(f"{'':36}{'rows':>9}{'bare s':>9}{'crosswalk':>11}{'ratio':>8}")
    with started(options.folder) as bench:
        good = [
            reading(bench, options.rows, options.times) <= BOUNDS["read and landed"],
            writing(bench, options.writes, options.times) <= BOUNDS["written"],
            limited(bench, 12_000) >= OF_LIMIT,
            memory(bench, options.rows) <= MEMORY,
        ]
    sys.exit(not all(good))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=40_000, help="rows to read")
    parser.add_argument("--writes", type=int, default=8_000, help="rows to write")
    parser.add_argument("--times", type=int, default=3, help="how often each way runs")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "benchmarks" / "odata", help="what is made")
    parser.add_argument("--peak", nargs=3, metavar=("WAY", "URL", "FILE"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
