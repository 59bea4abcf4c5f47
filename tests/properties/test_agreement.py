"""The compiled SQL and the row-by-row oracle agree: fates, reasons and columns, findings, and every cell of every table."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import State, World, run
from tests.oracle.sound import disturbed, sound_world
from tests.properties.compare import same_fates, same_findings, same_tables
from tests.properties.edits import edits
from tests.properties.engine import Engine
from tests.properties.shop import FIRST, LEGS, PROJECT, examples, shop_engine


def day_agrees(engine: Engine, world: World, state: State, start: datetime) -> bool:
    """Run all legs on both sides and compare after each; False when a guard has stopped one, as both sides said."""
    for number, leg in enumerate(engine.legs):
        now = start + timedelta(minutes=number)
        ran = engine.run(leg, now)
        if ran.mode == "initial" or ran.stop:
            outcome = run(engine.project, leg, world, state, now, mode=ran.mode)
        else:
            outcome = run(engine.project, leg, world, state, now, mode=ran.mode, only={row.key for row in ran.rows})
        same_fates(ran, outcome, leg)
        same_findings(ran, outcome, leg)
        same_tables(engine.project, engine.world(), world, leg)
        assert sum(ran.fates.values()) == (ran.result.examined if ran.result else 0)
        if ran.stop:
            return False
    return True


@examples(25)
@given(data=st.data())
def test_engine_and_oracle_agree_on_a_first_day(data: st.DataObject) -> None:
    engine, world = shop_engine(), data.draw(disturbed(PROJECT, LEGS, sound_world(PROJECT), most=8))
    engine.fill(world)
    day_agrees(engine, world, State(), FIRST)


@examples(15)
@given(data=st.data())
def test_engine_and_oracle_agree_on_the_rows_that_later_days_examine(data: st.DataObject) -> None:
    engine, state = shop_engine(), State()
    world = data.draw(disturbed(PROJECT, LEGS, sound_world(PROJECT), most=2))
    engine.fill(world)
    for day in range(2):
        start = FIRST + timedelta(days=day)
        if day:
            before, world = world, data.draw(edits(PROJECT, LEGS, world, start - timedelta(hours=1)))
            engine.change(before, world)
        if not day_agrees(engine, world, state, start):
            break
