"""Measures how long 500 unit tests of the shipped maps take, with one worker and with one for each processor.

The tests that ship are repeated until there are enough of them; loading and compiling the project is part of the time.

    python benchmarks/unit_tests.py [COUNT]
"""

from __future__ import annotations

import os
import sys
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time

from crosswalk import api
from crosswalk.testing.suite import suite_of

MAPS = Path(__file__).parents[1] / "maps"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for workers in dict.fromkeys((1, os.cpu_count() or 1)):
        wall, cpu = perf_counter(), process_time()
        loaded = api.load(MAPS)
        maps = tuple(name for name in loaded.project.maps if name in loaded.project.tests)
        suite = suite_of(loaded.project, maps)
        tests = tuple(islice(cycle(suite.tests(maps)), count))
        outcomes = suite.run(tests, workers)
        steps = sum(len(outcome.test.steps) for outcome in outcomes)
        failed = sum(not outcome.passed for outcome in outcomes)
        seconds = f"{perf_counter() - wall:6.1f} s   processor {process_time() - cpu:6.1f} s"
        print(f"{workers} at a time   {len(outcomes)} tests, {steps} runs, {failed} failed   {seconds}")


if __name__ == "__main__":
    main()
