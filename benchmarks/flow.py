"""The whole flow at volume, compiled from the maps and beside it written by hand, on copies of the same records.

    python benchmarks/flow.py --rows 1000000 [--folder build/benchmarks] [--one-document 100000]

Prints seconds per act and leg, their ratio, rows per second and the highest memory, and stops with an error where the
two ways do not end with the same rows and sums.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter, process_time

import duckdb
import handsql
import measure
import one_document
import records
import same

from crosswalk import api

ROOT = Path(__file__).parents[1]
ACCOUNTANT = ROOT / "examples" / "invoicing"
NEVER = datetime(1900, 1, 1)
COMPILED, HAND = "crosswalk", "by hand"
COLUMNS = (HAND, COMPILED, HAND + " CPU", COMPILED + " CPU")


@dataclass(slots=True)
class Compiled:
    """The flow by the maps."""

    loaded: api.Loaded
    column: str = COMPILED

    @property
    def database(self) -> Path:
        return self.loaded.database

    def run(self) -> dict[str, float]:
        result = api.run(self.loaded, ("tag:invoicing",))
        if result.exit_code:
            sys.exit(result.message)
        return {leg.map_name + ("" if leg.leg == "out" else f":{leg.leg}"): leg.seconds for leg in result.legs}


@dataclass(slots=True)
class ByHand:
    """The flow by one SQL file; it keeps its watermark itself."""

    database: Path
    since: datetime = field(default=NEVER)
    column: str = HAND

    def run(self) -> dict[str, float]:
        self.since, seconds = handsql.run(self.database, self.since)
        return seconds


Side = Compiled | ByHand


def main() -> None:
    options = _options()
    compiled, hand = _databases(options.folder, options.rows, options.overlap)
    clock = measure.Clock()
    for side in (hand, compiled):
        measure.forget_peak()
        _first(side, clock)
        clock.memory[side.column] = measure.peak_mib()
    for side in (hand, compiled):
        records.change(side.database, options.rows, 1000)
        _second(side, clock)
    _print(clock, options.rows)
    same.check(compiled.database, hand.database)
    if options.one_document:
        one_document.show(options.folder, options.one_document)


def _first(side: Side, clock: measure.Clock) -> None:
    """All records are new: send over, post journals, import the lines, post the proposals, write back."""
    _act(side, clock, "1 send over, journals")
    _post(side, clock, "accountant_post_journals.sql")
    _act(side, clock, "2 proposal lines, way back")
    _post(side, clock, "accountant_post_invoices.sql")
    _act(side, clock, "3 way back")


def _second(side: Side, clock: measure.Clock) -> None:
    """One record in a thousand is changed or new; then nothing is."""
    _act(side, clock, "4 one in a thousand")
    _post(side, clock, "accountant_post_journals.sql")
    _act(side, clock, "5 its lines, way back")
    _post(side, clock, "accountant_post_invoices.sql")
    _act(side, clock, "6 its way back")
    _act(side, clock, "7 echo of the way back")
    _act(side, clock, "8 nothing new")


def _act(side: Side, clock: measure.Clock, act: str) -> None:
    began, busy = perf_counter(), process_time()
    seconds = side.run()
    clock.add(side.column, act, perf_counter() - began)
    clock.add(side.column + " CPU", act, process_time() - busy)
    for leg, spent in seconds.items():
        if leg != "prepare":
            clock.add(side.column, f"{act}  . {leg}", spent)
    clock.add(side.column, f"{act}  . open, commit, close", perf_counter() - began - sum(seconds.values()))


def _post(side: Side, clock: measure.Clock, script: str) -> None:
    """What the other system does: the same for both, and in neither's time."""
    with duckdb.connect(str(side.database)) as connection:
        connection.execute((ACCOUNTANT / script).read_text(encoding="utf-8"))


def _databases(folder: Path, rows: int, overlap: str) -> tuple[Compiled, ByHand]:
    folder.mkdir(parents=True, exist_ok=True)
    first, second = folder / "compiled.duckdb", folder / "by_hand.duckdb"
    for file in (first, second):
        file.unlink(missing_ok=True)
        file.with_name(file.name + ".wal").unlink(missing_ok=True)
    loaded = api.load(_maps(folder, overlap))
    loaded = loaded.at(first.resolve())
    api.make_tables(loaded)
    _timed(f"{rows:,} records made", lambda: records.make(first, rows))
    shutil.copyfile(first, second)
    return Compiled(loaded), ByHand(second)


def _maps(folder: Path, overlap: str) -> Path:
    """Copy the maps and set how far before the watermark a run looks again: here days are seconds apart."""
    copy = folder / "maps"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT / "maps", copy)
    with (copy / "crosswalk.yaml").open("a", encoding="utf-8") as file:
        file.write(f"overlap: {overlap}\n")
    return copy


def _timed(text: str, work: Callable[[], None]) -> None:
    began = perf_counter()
    work()
    print(f"{text} in {perf_counter() - began:.1f} s\n")


def _print(clock: measure.Clock, rows: int) -> None:
    """Wall seconds of everything; CPU seconds of whole acts, for a machine that has other work too."""
    print(f"{'seconds':58}{HAND:>9}{COMPILED:>11}{'ratio':>7}{'CPU':>10}{'CPU':>9}{'ratio':>7}")
    for line in sorted(clock.lines()):
        _line(line, [clock.seconds.get((line, column), 0.0) for column in COLUMNS])
    first = [clock.sum(column, "123") for column in COLUMNS]
    _line("first flow, acts 1 to 3", first)
    _line("second flow, acts 4 to 6", [clock.sum(column, "456") for column in COLUMNS])
    print(f"{'records per second, first flow':58}{rows / first[0]:9,.0f}{rows / first[1]:11,.0f}")
    print(f"{'highest memory, first flow, MiB':58}{clock.memory[HAND]:9,}{clock.memory[COMPILED]:11,}\n")


def _line(title: str, seconds: list[float]) -> None:
    hand, compiled, hand_cpu, compiled_cpu = seconds
    shown = f"{title:58}{hand:9.2f}{compiled:11.2f}{_ratio(compiled, hand)}"
    print(shown + (f"{hand_cpu:10.2f}{compiled_cpu:9.2f}{_ratio(compiled_cpu, hand_cpu)}" if hand_cpu else ""))


def _ratio(compiled: float, hand: float) -> str:
    return f"{compiled / hand:7.1f}" if hand >= 0.005 else f"{'':7}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000, help="records of work, a multiple of 20")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "benchmarks", help="where the databases go")
    parser.add_argument("--overlap", default="5m", help="how far before the watermark a run looks again")
    parser.add_argument("--one-document", type=int, default=0, help="also send one proposal with so many lines")
    return parser.parse_args()


if __name__ == "__main__":
    main()
