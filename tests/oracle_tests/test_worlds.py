"""Over generated worlds the oracle keeps the promises that the engine has to keep."""

from collections import Counter
from copy import deepcopy
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle import State, World, run
from tests.oracle.example import legs, shop_project
from tests.oracle.generate import edited, reference, worlds
from tests.oracle.sound import disturbed, sound_world

PROJECT = shop_project()
NOW = datetime(2026, 5, 1, 12)
KEEPING = ("lines_to_staging", "orders_to_sales")
"""Legs that look after what they delivered when its source row is gone."""

few = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def live_keys(state: State, leg: str) -> set[str]:
    return {key for key, link in state.links(leg).items() if not link.left}


def source_of(leg: str) -> str:
    table_map = PROJECT.maps[leg.partition(":")[0]]
    return str(table_map.arms[0].target if leg.endswith(":back") else table_map.source)


@pytest.mark.parametrize("leg", legs(PROJECT))
@few
@given(data=st.data())
def test_every_row_has_one_fate_and_a_second_run_changes_nothing(leg: str, data: st.DataObject) -> None:
    there, state = data.draw(worlds(PROJECT, [leg], twice=[source_of(leg)])), State()
    examined = examined_rows(there, leg)
    first = run(PROJECT, leg, there, state, NOW)
    assert sum(first.totals.values()) == examined
    assert {row.fate for row in first.rows if row.code} <= {"held", "rejected"}
    before = deepcopy((there, state))
    again = run(PROJECT, leg, there, state, NOW + timedelta(days=1))
    assert again.effects == Counter()
    assert (there.tables, state.numbers, state.documents) == (before[0].tables, before[1].numbers, before[1].documents)


@pytest.mark.parametrize("leg", ["orders_to_sales", "lines_to_staging", "order_notes"])
@few
@given(data=st.data())
def test_a_sync_after_edits_leaves_its_source_as_it_is(leg: str, data: st.DataObject) -> None:
    there, state = data.draw(worlds(PROJECT, [leg])), State()
    run(PROJECT, leg, there, state, NOW)
    after = data.draw(edited(PROJECT, there, [source_of(leg)]))
    source = deepcopy(after.tables[source_of(leg)])
    run(PROJECT, leg, after, state, NOW + timedelta(days=1))
    assert after.tables[source_of(leg)] == source


@pytest.mark.parametrize("leg", legs(PROJECT))
def test_in_the_sound_world_every_leg_finds_work(leg: str) -> None:
    there, state = sound_world(PROJECT), State()
    outcome = run(PROJECT, leg, there, state, NOW)
    assert outcome.totals["inserted"] + outcome.totals["updated"] >= 2


@few
@given(data=st.data())
def test_disturbed_worlds_settle_after_one_run_of_all_legs(data: st.DataObject) -> None:
    there, state = sound_world(PROJECT), State()
    for day in range(3):
        there = data.draw(disturbed(PROJECT, legs(PROJECT), there))
        for leg in legs(PROJECT):
            examined, links = examined_rows(there, leg), live_keys(state, leg)
            outcome = run(PROJECT, leg, there, state, NOW + timedelta(days=day))
            gone = (
                0 if outcome.stop or leg not in KEEPING else len(links - {row.key for row in outcome.rows[:examined]})
            )
            assert sum(outcome.totals.values()) == examined + gone
            assert run(PROJECT, leg, there, state, NOW + timedelta(days=day, hours=1)).effects == Counter()


@few
@given(data=st.data())
def test_the_order_of_rows_does_not_matter(data: st.DataObject) -> None:
    there = data.draw(worlds(PROJECT, legs(PROJECT), twice=["ledger.staging"]))
    turned = World({name: list(reversed(rows)) for name, rows in there.copy().tables.items()})
    for leg in legs(PROJECT):
        first, second = State(), State()
        one, other = there.copy(), turned.copy()
        assert run(PROJECT, leg, one, first, NOW).fates == run(PROJECT, leg, other, second, NOW).fates
        assert as_set(one) == as_set(other)
        assert (first.lineage, first.numbers) == (second.lineage, second.numbers)


def examined_rows(there: World, leg: str) -> int:
    """The rows of a leg's source but those that the source marks as removed."""
    deleted = PROJECT.entities[reference(source_of(leg))].deleted
    return sum(deleted is None or row[deleted] is not True for row in there.tables[source_of(leg)])


def as_set(world: World) -> Counter[str]:
    return Counter(f"{name}: {sorted(row.items())!r}" for name, rows in world.tables.items() for row in rows)
