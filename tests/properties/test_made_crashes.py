"""Crashes and late rows: what was lost on the way is made up for by the next run, on projects made by chance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk import failpoints
from crosswalk.failpoints import ArmedFailure
from tests.oracle import Row
from tests.oracle.generate import pool
from tests.oracle.world import source_key
from tests.properties.compare import content, same_content
from tests.properties.engine import Engine
from tests.properties.made.playing import Stage, day, source_of, staged, worked
from tests.properties.made.project import ALL, IMPORTS
from tests.properties.shop import examples

LINKS = "leg, source_key, source_version, target, target_key, state"
LEDGER = {
    "lineage": LINKS,
    "watermarks": "leg, entity, cursor, row_count, content",
    "rejects": "leg, source_key, fate, code, column_name, value, source_row, state",
    "agreed": "*",
    "documents": "leg, group_key, header_key, last_line",
}


class Trap:
    """Fails at the moment of that number, counted over all moments of a run; `passed` counts those reached."""

    def __init__(self, number: int) -> None:
        self.number, self.passed = number, 0

    def spring(self, trap: object, point: str, moment: str, detail: str) -> None:
        self.passed += 1
        if self.passed == self.number:
            raise ArmedFailure(f"{point} {moment} {detail}")


@contextmanager
def armed(trap: Trap) -> Iterator[Trap]:
    with patch.object(failpoints, "_spring", trap.spring), patch.object(failpoints._TRAP, "active", new=True):
        yield trap


@pytest.mark.parametrize("shape", ALL)
@examples(4)
@given(data=st.data())
def test_crash_and_rerun_converge(shape: str, data: st.DataObject) -> None:
    """Runs of two days crash at any of their moments, some of them twice; the end is that of runs that did not."""
    with staged(data, (shape,)) as stage:
        other = Engine(stage.project)
        try:
            other.fill(stage.world)
            for number in range(2):
                if number:
                    before = stage.engine.world()
                    after = worked(data, stage, day(number) - timedelta(hours=1))
                    other.change(before, after)
                for leg in stage.legs:
                    reached = smooth(other, leg, day(number))
                    for moment in data.draw(st.lists(st.integers(1, reached), max_size=2), label="crashes"):
                        crash(stage.engine, leg, day(number), moment)
                    stage.engine.run(leg, day(number))
                same_end(stage, stage.engine, other)
        finally:
            other.backend.close()


def smooth(engine: Engine, leg: str, now: datetime) -> int:
    """Run without a crash; say how many moments there were."""
    with armed(Trap(0)) as trap:
        engine.run(leg, now)
    return trap.passed


def crash(engine: Engine, leg: str, now: datetime, moment: int) -> None:
    """A run that is over before that moment does not crash."""
    with armed(Trap(moment)):
        try:
            engine.run(leg, now)
        except ArmedFailure:
            pass


def same_end(stage: Stage, one: Engine, other: Engine) -> None:
    same_content(content(stage.project, one.world()), content(stage.project, other.world()))
    for table, columns in LEDGER.items():
        assert one.ledger(table, columns) == other.ledger(table, columns), table


@examples(24)
@given(data=st.data())
def test_watermark_never_passes_an_unread_row(data: st.DataObject) -> None:
    """Rows committed late, with the cursor of the last one read or up to a minute before it, are examined next time."""
    with staged(data, ("plain", "arms", *IMPORTS)) as stage:
        source = source_of(stage, "one")
        if source.modified is None or stage.run(day(0))["one"].stop:
            return
        for number in range(1, 3):
            before = stage.engine.world()
            cursors = [row[source.modified] for row in before.rows(source.ref)]
            newest = max((one for one in cursors if isinstance(one, datetime)), default=day(0))
            late = timedelta(seconds=data.draw(st.sampled_from((0, 0, 1, 59, 60, -1))))
            after = before.copy()
            changed = [slipped_in(data, stage, row, newest - late) for row in after.rows(source.ref)]
            stage.engine.change(before, after)
            ran = stage.run(day(number))["one"]
            assert ran.stop or {key for key in changed if key} <= {row.key for row in ran.rows}


def slipped_in(data: st.DataObject, stage: Stage, row: Row, cursor: datetime) -> str:
    """Change a row or not; give its key if so. A row that is marked as removed is no row any more."""
    source = source_of(stage, "one")
    kept = (*source.key, source.modified, source.row_version, source.deleted)
    free = [column for column in source.columns.values() if column.name not in kept]
    if not free or not data.draw(st.booleans()):
        return ""
    column = data.draw(st.sampled_from(free))
    value = data.draw(st.sampled_from(pool(stage.project, source, column)))
    if value == row[column.name]:
        return ""
    row[column.name] = value
    row[source.modified or ""] = cursor
    if source.row_version is not None:
        version = row[source.row_version]
        row[source.row_version] = (version if isinstance(version, int) else 0) + 1
    gone = source.deleted is not None and row[source.deleted] is True
    return "" if gone else source_key(source, row)
