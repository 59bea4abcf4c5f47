"""Who reads while runs go on sees the state before or after a whole invocation, also where a run is killed.

``CROSSWALK_READER_ROUNDS`` says how many runs are watched.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crosswalk import api
from tests.engine.shop import Shop
from tests.publishing.reading import ask, file_of, orders

ROUNDS = int(os.environ.get("CROSSWALK_READER_ROUNDS", "12"))

WATCH = """
import json, sys, duckdb
from pathlib import Path
file, stop = sys.argv[1], Path(sys.argv[2])
looks, torn, faults, seen = 0, [], [], []
print("begun", flush=True)
last = False
while not last:
    last = stop.exists()
    try:
        with duckdb.connect(file, read_only=True) as connection:
            both = [connection.execute(
                f"SELECT count(*), sum(length(Title)), (SELECT sum(inserted + updated) FROM crosswalk.runs WHERE leg = '{leg}')"
                f" FROM books.{table}").fetchall() for table, leg in (("sales", "orders"), ("fees", "fees"))]
    except Exception as error:
        faults.append(repr(error))
        continue
    looks += 1
    if both[0] != both[1]:
        torn.append(both)
    if both[0][0][0] not in seen:
        seen.append(both[0][0][0])
print(json.dumps([looks, torn, faults, seen]))
"""


def test_a_reader_sees_whole_invocations_only(shop: Shop, tmp_path: Path) -> None:
    shop.put("store.orders", *orders("A1"))
    api.run(shop.loaded)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", WATCH, str(file_of(shop)), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "begun\n"
        for turn in range(ROUNDS):
            shop.put("store.orders", {"id": 1, "title": "x" * turn}, *orders(f"B{turn + 2}"))
            assert api.run(shop.loaded).published
        stop.touch()
        looks, torn, faults, seen = json.loads(reader.communicate()[0])
    assert (torn, faults) == ([], [])
    assert looks > ROUNDS
    assert seen == sorted(seen)
    assert seen[-1] == ROUNDS + 1


RUN = "import sys; from crosswalk.cli import main; sys.exit(main(['-q', '--project', sys.argv[1], 'run']))"
POINTS = [f"{point}:{moment}" for point in ("publish", "swap") for moment in ("before", "after")]
KILLED = ["commit:after:2", "publish:after:3", "close:after:1", *POINTS]


@pytest.mark.parametrize("point", KILLED if os.environ.get("CROSSWALK_READER_ROUNDS") else KILLED[::3])
def test_after_a_kill_readers_have_a_whole_state_and_the_next_run_publishes(shop: Shop, point: str) -> None:
    shop.put("store.orders", *orders("A1"))
    api.run(shop.loaded)
    shop.put("store.orders", *orders("A2"))
    root = shop.loaded.root
    killed = subprocess.run([sys.executable, "-c", RUN, str(root)], env={**os.environ, "CROSSWALK_FAILPOINT": point})
    assert killed.returncode == -signal.SIGKILL
    both = "SELECT (SELECT count(*) FROM books.sales), (SELECT count(*) FROM books.fees)"
    swapped = point == "swap:after"
    assert ask(file_of(shop), both) == [(2, 2) if swapped else (1, 1)]
    again = api.run(shop.loaded)
    assert (again.published, sum(leg.fates["inserted"] for leg in again.legs)) == (True, 0)
    assert ask(file_of(shop), both) == [(2, 2)]
    assert sorted(path.name for path in root.glob("*.new*")) == []
