"""A process that is killed in the middle of a delivery leaves nothing that a second one does not set right."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.conformance.bench import Bench
from tests.conformance.delivery import LoggedDelivery
from tests.conformance.killed import Errand, run
from tests.conformance.sent import inserts, unstamped
from tests.conformance.shapes import LINES, lines


@pytest.mark.behaviour("killed in the middle")
@pytest.mark.parametrize(("call", "number"), [("after sending", 1), ("answered", 1)])
def test_a_second_process_goes_on_and_each_row_is_there_once(
    bench: Bench, tmp_path: Path, call: str, number: int
) -> None:
    entity, system = bench.make(LINES), bench.open()
    changes = tuple(inserts(system, entity, lines(250)))
    log = tmp_path / "log"
    bench.close()
    errand = Errand(bench.far.connection(), bench.far.root, entity, changes, log, call, number)
    ended = run(errand)
    assert ended == -signal.SIGKILL
    assert run(Errand(bench.far.connection(), bench.far.root, entity, changes, log)) == 0
    after = LoggedDelivery(bench.open(), entity, changes, log=log)
    assert set(after.states().values()) == {"applied"}
    assert unstamped(bench.rows(entity), entity) == unstamped(lines(250), entity)
