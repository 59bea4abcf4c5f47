"""The invoicing flow end to end on an embedded DuckDB file: sync, import, post, import, post, write back, and a second day.

    python examples/invoicing/demo.py [--fresh] [--database FILE]

What stands here is the part of the *other* systems, in plain SQL: the project manager's records arrive as CSV files, and the
accountant posts journals and proposals. Everything between is done by the maps in `maps/`, run through the Python
interface. The command line does the same: ``crosswalk --project maps run``.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import duckdb

from crosswalk import api
from crosswalk.results import RunResult

HERE = Path(__file__).parent
MAPS = HERE.parents[1] / "maps"


def main() -> None:
    options = _options()
    loaded = _loaded(options.database)
    if options.fresh or not loaded.database.exists():
        _forget(loaded.database)
        api.make_tables(loaded)
        _day(loaded, "day1")
    print("\n== The same again, without new data: nothing may change ==")
    _show(api.run(loaded))
    print("\n== The second day ==")
    _day(loaded, "day2")
    _totals(loaded)


def _day(loaded: api.Loaded, day: str) -> None:
    load_records(loaded.database, day)
    for act in ("sync and import", "post journals", "import and post proposals"):
        print(f"\n== {day}: {act} ==")
        _show(api.run(loaded))
