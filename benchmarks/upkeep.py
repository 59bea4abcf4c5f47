"""Ten thousand runs of a small project on one database file: how the file grows, and whether a run takes longer.

    python benchmarks/upkeep.py [--runs 10000] [--prune-every 0] [--folder build/upkeep]

Every run is one of a working day: ten rows have changed, one is new, and one that could not go on does, or the other
way round. Prints, after each tenth, the size of the file and the processor time of a run; at the end the last tenth
against the first, and what writing the file anew comes to. With --prune-every N, what is over goes after N runs each.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time

import duckdb

from crosswalk import api

FILES = {
    "crosswalk.yaml": """\
project: upkeep
database: work.duckdb
connections:
  dev:
    store: {kind: embedded}
    books: {kind: embedded}
""",
    "entities/store/orders.entity.yaml": """\
entity: orders
system: store
key: [id]
modified: changed
columns:
  id: {type: int}
  number: {type: text(20)}
  title: {type: text(40)}
  changed: {type: datetime}
""",
    "entities/books/sales.entity.yaml": """\
entity: sales
system: books
key: [number]
columns:
  number: {type: text(20), required: true}
  title: {type: text(40)}
""",
    "orders.map.yaml": """\
map: orders
flow: sync
source: store.orders
target: books.sales
key: {number: number}
fields: {title: title}
""",
}
ROWS = 1000
BEGAN = datetime(2026, 1, 1)
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a tenth of the runs came to: runs so far, the median of their seconds, and bytes of the file."""

    runs: int
    seconds: float
    size: int


def main() -> None:
    options = _options()
    loaded = _project(options.folder)
    stretches: list[Stretch] = []
    for stretch in _played(loaded, options):
        stretches.append(stretch)
        print(f"{stretch.runs:>7,} runs {_mib(stretch.size)} {stretch.seconds * 1000:7.1f} ms a run", flush=True)
    first, last = stretches[0], stretches[-1]
    print(f"last against first: size x{last.size / first.size:.2f}, time x{last.seconds / first.seconds:.2f}")
    done = api.prune(loaded, timedelta(0), smaller=True)
    print(f"pruned and written anew: {_mib(done.sizes.after)}; removed {dict(done.removed)}")


def _mib(size: int) -> str:
    return f"{size / 2**20:8.1f} MiB"


def _played(loaded: api.Loaded, options: argparse.Namespace) -> Iterator[Stretch]:
    times: list[float] = []
    for number in range(1, options.runs + 1):
        _edit(loaded.database, number)
        began = process_time()
        result = api.run(loaded)
        times.append(process_time() - began)
        assert result.exit_code == 0, result.message
        if options.prune_every and number % options.prune_every == 0:
            api.prune(loaded, timedelta(0))
        if number * TENTHS % options.runs == 0:
            yield Stretch(number, median(times), loaded.database.stat().st_size)
            times.clear()


def _edit(database: Path, number: int) -> None:
    """Ten rows change, one comes; of every other edit one row cannot go on until the next one."""
    at = BEGAN + timedelta(minutes=number)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "UPDATE store.orders SET title = 'title ' || $n, changed = $at WHERE (id + $n) % 100 = 0 AND id < $rows",
            {"n": number, "at": at, "rows": ROWS},
        )
        connection.execute("INSERT INTO store.orders VALUES ($id, $id, 'new', $at)", {"id": ROWS + number, "at": at})
        connection.execute(
            "UPDATE store.orders SET number = CASE WHEN $n % 2 = 0 THEN NULL ELSE 'seven' END, changed = $at"
            " WHERE id = 7",
            {"n": number, "at": at},
        )


def _project(folder: Path) -> api.Loaded:
    if folder.exists():
        shutil.rmtree(folder)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    loaded = api.load(folder)
    api.make_tables(loaded)
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute(
            "INSERT INTO store.orders SELECT id, id, 'title', $at FROM range($rows) AS all_ids(id)",
            {"rows": ROWS, "at": BEGAN},
        )
    return loaded


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--prune-every", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("build/upkeep"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
