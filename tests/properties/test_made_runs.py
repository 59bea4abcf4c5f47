"""What holds for every run of every project, shown on projects made by chance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.world import source_key
from tests.properties.compare import by_key, content, same_content
from tests.properties.edits import shuffled
from tests.properties.engine import Engine, Ran
from tests.properties.made.playing import Stage, day, live, source_of, staged, typed, wild, worked
from tests.properties.made.project import ALL, ONE_WAY
from tests.properties.shop import examples

CHANGES = {"inserted", "updated", "deleted"}
LINKS = "leg, source_key, source_version, target, target_key, state"
ROW_BY_ROW = ("plain", "arms", "document", "write_back", "two_way")


@examples(16)
@given(data=st.data())
def test_conservation(data: st.DataObject) -> None:
    """Every source row has one fate, in the result, in the ledger, and row by row; what waits is in the ledger."""
    with staged(data) as stage:
        for number in range(2):
            if number:
                worked(data, stage, day(1) - timedelta(hours=1))
            for leg in stage.legs:
                there = live(stage, leg)
                ran = stage.engine.run(leg, day(number))
                if not ran.stop:
                    conserved(stage, leg, ran, there)


def conserved(stage: Stage, leg: str, ran: Ran, there: Sequence[str]) -> None:
    assert ran.result is not None
    assert sum(ran.fates.values()) == ran.result.examined
    if stage.plot.shape in ROW_BY_ROW:
        keys = Counter(row.key for row in ran.rows)
        assert set(keys.values()) <= {1}, keys
        examined = [row.key for row in ran.rows if row.fate != "deleted" and row.key in there]
        assert sorted(examined) == sorted(there) or ran.mode != "initial"
    elif ran.mode == "initial":
        assert ran.result.examined >= len(there)
    waiting = sorted(row.key for row in ran.rows if row.fate in ("held", "rejected"))
    kept = sorted(row.key for row in stage.engine.open_rows() if row.leg == leg)
    assert not Counter(waiting) - Counter(kept)
    noted = stage.engine.backend.rows(f"SELECT examined FROM crosswalk.runs WHERE run_id = '{ran.result.run_id}'")
    assert noted == [(ran.result.examined,)]


@examples(16)
@given(data=st.data())
def test_second_run_changes_nothing(data: st.DataObject) -> None:
    """All legs run twice before: a way back of the first round may be news for the leg before it."""
    with staged(data) as stage:
        engine = stage.engine
        stage.run(day(0))
        stage.run(day(1))
        before, ledger = engine.world(), [engine.ledger("numbers"), engine.ledger("lineage", LINKS)]
        for number, full in ((2, False), (3, True)):
            for leg, ran in stage.run(day(number), full=full).items():
                assert not {*ran.fates} & CHANGES, f"{leg}, full: {full}: {ran.fates}"
        assert engine.world() == before
        assert [engine.ledger("numbers"), engine.ledger("lineage", LINKS)] == ledger


@examples(20)
@given(data=st.data())
def test_initial_run_equals_the_sum_of_incremental_runs_over_any_edit_script(data: st.DataObject) -> None:
    """After days of work a run over all rows finds nothing to do, and leaves the same rows waiting for the same."""
    with staged(data, ONE_WAY) as stage:
        for number in range(3):
            if number:
                worked(
                    data,
                    stage,
                    day(number) - timedelta(hours=1),
                    only=[str(source_of(stage, "one").ref), *others(stage)],
                )
            stage.run(day(number))
        incremental, waiting = stage.engine.world(), open_rows(stage)
        for ran in stage.run(day(9), full=True).values():
            if ran.stop:
                return
            assert not {*ran.fates} & CHANGES, ran.fates
        assert stage.engine.world() == incremental
        assert open_rows(stage) == waiting


def others(stage: Stage) -> list[str]:
    return [str(ref) for ref in stage.project.entities if ref.system == "shop"]


def open_rows(stage: Stage) -> list[tuple[str, str, str, str]]:
    return [(row.leg, row.key, row.fate, row.code) for row in stage.engine.open_rows()]


@examples(14)
@given(data=st.data())
def test_order_batch_size_thread_count_and_memory_limit_do_not_matter(data: st.DataObject) -> None:
    """The size of batches has a test of its own: only outside systems have any."""
    with staged(data) as stage:
        first = stage.run(day(0))
        other = Engine(stage.project, threads=2, memory="64MB")
        try:
            other.fill(shuffled(stage.world, Random(data.draw(st.integers(0, 99)))))
            for number, leg in enumerate(stage.legs):
                second = other.run(leg, day(0) + timedelta(minutes=number))
                assert by_key(first[leg].rows) == by_key(second.rows), leg
                assert (first[leg].stop, first[leg].findings) == (second.stop, second.findings), leg
            same_content(content(stage.project, stage.engine.world()), content(stage.project, other.world()))
            assert numbers_of(stage.engine) == numbers_of(other)
            assert stage.engine.ledger("lineage", LINKS) == other.ledger("lineage", LINKS)
        finally:
            other.backend.close()


def numbers_of(engine: Engine) -> list[tuple[str, ...]]:
    """The numbers given; the owner of a header's number names the run that made it, which is left out."""
    rows = engine.ledger("numbers")
    return sorted((str(row[0]), re.sub(r"#[0-9a-f]{12}#", "#", str(row[1])), str(row[2])) for row in rows)


@examples(16)
@given(data=st.data())
def test_a_reject_holds_its_source_row_losslessly(data: st.DataObject) -> None:
    with staged(data, [shape for shape in ALL if shape != "merge"]) as stage:
        world = wild(data, stage.project, stage.world)
        stage.engine.fill(world)
        for number, leg in enumerate(stage.legs):
            source = source_of(stage, leg)
            sources = stage.engine.rows_of(source.ref)
            ran = stage.engine.run(leg, day(0) + timedelta(minutes=number))
            waiting = sorted(row.key for row in ran.rows if row.fate in ("held", "rejected"))
            kept = [row for row in stage.engine.open_rows() if row.leg == leg]
            assert sorted(row.key for row in kept) == waiting
            for row in kept:
                rebuilt = typed(source, row.row)
                assert rebuilt in sources, f"{leg} {row.key}: {rebuilt}"
                assert stage.plot.shape == "each" or source_key(source, rebuilt) == row.key


@pytest.mark.parametrize("shape", ONE_WAY)
@examples(6)
@given(data=st.data())
def test_a_fixed_reject_retried_equals_never_rejected(shape: str, data: st.DataObject) -> None:
    """A row loses the cell that tells when it changed, waits, is given it back, and goes on as if nothing had been."""
    with staged(data, (shape,)) as stage:
        source, engine = source_of(stage, "one"), stage.engine
        if source.modified is None or not stage.world.rows(source.ref):
            return
        never = stage.run(day(0))["one"]
        wanted, waiting = content(stage.project, engine.world(), stamps=False), open_rows(stage)
        broken = stage.world.copy()
        lost = data.draw(st.sampled_from(range(len(broken.rows(source.ref)))))
        broken.rows(source.ref)[lost][source.modified] = None
        engine.fill(broken)
        if never.stop or stage.run(day(0))["one"].stop:
            return
        before = engine.world()
        mended = before.copy()
        mended.rows(source.ref)[lost][source.modified] = stage.world.rows(source.ref)[lost][source.modified]
        engine.change(before, mended)
        stage.run(day(1), retry=True)
        same_content(content(stage.project, engine.world(), stamps=False), wanted, "retried")
        stage.run(day(2))
        same_content(content(stage.project, engine.world(), stamps=False), wanted, "run")
        assert open_rows(stage) == waiting
