"""The compiled SQL and the row-by-row oracle agree: fates, reasons, columns, findings, every cell of every table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import given, note
from hypothesis import strategies as st

from tests.oracle import State, World, run
from tests.oracle.sound import disturbed, sound_world
from tests.properties.compare import changed_cells, same_fates, same_findings, same_tables
from tests.properties.edits import edits
from tests.properties.engine import Engine
from tests.properties.shop import FIRST, LEGS, PROJECT, examples, shop_engine


def legs_agree(
    engine: Engine, world: World, state: State, clock: Callable[[], datetime], *, full: bool = False
) -> bool:
    """Run all legs on both sides and compare after each; False when a guard has stopped one, as both sides said.

    In an incremental run the oracle looks at the rows that the engine has chosen: which ones these must be is the
    matter of other properties.
    """
    for leg in engine.legs:
        now = clock()
        ran = engine.run(leg, now, full=full)
        only = None if ran.mode == "initial" or ran.stop else {row.key for row in ran.rows}
        outcome = run(engine.project, leg, world, state, now, first=ran.mode == "initial", only=only)
        same_fates(ran, outcome, leg)
        same_findings(ran, outcome, leg)
        same_tables(engine.project, engine.world(engine.touched(leg)), world, leg)
        assert sum(ran.fates.values()) == (ran.result.examined if ran.result else 0)
        if ran.stop:
            return False
    same_tables(engine.project, engine.world(), world, "all tables")
    return True


def ticking(start: datetime) -> Callable[[], datetime]:
    minutes = iter(range(1000))
    return lambda: start + timedelta(minutes=next(minutes))


@examples(32)
@given(data=st.data())
def test_engine_and_oracle_agree_on_a_first_day(data: st.DataObject) -> None:
    engine, world = shop_engine(), data.draw(disturbed(PROJECT, LEGS, sound_world(PROJECT), most=8))
    note("\n".join(changed_cells(sound_world(PROJECT), world)))
    engine.fill(world)
    legs_agree(engine, world, State(), ticking(FIRST))


@examples(12)
@given(data=st.data())
def test_engine_and_oracle_agree_on_the_rows_that_later_days_examine(data: st.DataObject) -> None:
    engine, state = shop_engine(), State()
    world = data.draw(disturbed(PROJECT, LEGS, sound_world(PROJECT), most=2))
    note("\n".join(changed_cells(sound_world(PROJECT), world)))
    engine.fill(world)
    for day in range(2):
        start = FIRST + timedelta(days=day)
        if day:
            before, world = world, data.draw(edits(PROJECT, LEGS, world, start - timedelta(hours=1)))
            note("\n".join(changed_cells(before, world)))
            engine.change(before, world)
        if not legs_agree(engine, world, state, ticking(start), full=data.draw(st.booleans())):
            break
