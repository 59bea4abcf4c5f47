"""For syncs an incremental run after any script of edits ends where a first run over everything would."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.oracle.legs import leg_of
from tests.oracle.sound import disturbed, sound_world
from tests.properties.compare import changed_cells
from tests.properties.edits import Columns, columns_of, edits
from tests.properties.engine import Engine
from tests.properties.shop import FIRST, PROJECT, SYNCS, examples, shop_engine

KEYS: Columns = {("shop.orders", "number"), ("shop.orders", "company"), ("shop.companies", "code")}
"""What the key of a sale is made of: a row that gets another key leaves its old target row behind."""


@pytest.mark.parametrize("leg", SYNCS)
@examples(16)
@given(data=st.data())
def test_an_incremental_run_ends_where_a_first_run_would(leg: str, data: st.DataObject) -> None:
    """Compared are the rows that stand in the target for a source row: not what is left of rows that cannot go on,

    went away, or are closed to updates, and not columns that are written when a row is made.
    """
    engine, fixed = shop_engine(), {*KEYS, *columns_of(PROJECT, target_of(leg))}
    world = data.draw(disturbed(PROJECT, [leg], sound_world(PROJECT), most=2, twice=False))
    note("\n".join(changed_cells(sound_world(PROJECT), world)))
    engine.fill(world)
    engine.run(leg, FIRST)
    there = world
    for day in range(1, 3):
        after = data.draw(edits(PROJECT, [leg], there, FIRST + timedelta(days=day), but=fixed, only=sources(leg)))
        note("\n".join(changed_cells(there, after)))
        engine.change(there, after)
        assert engine.run(leg, FIRST + timedelta(days=day, hours=1)).mode in ("incremental", "initial")
        there = after
    delivered, waiting = state(engine, leg)
    there.tables[str(target_of(leg))] = world.tables[str(target_of(leg))]
    engine.fill(there)
    engine.run(leg, FIRST + timedelta(days=9))
    at_once, open_at_once = state(engine, leg)
    closed = {key for key, (_, code) in waiting.items() if code == "UPDATE_NOT_ALLOWED"}
    if closed:  # the other row of a shared key goes on where this one is refused for its target's sake
        closed |= {key for key, (_, code) in open_at_once.items() if code == "KEY_DUPLICATE"}
    agree(without(waiting, closed), without(open_at_once, closed))
    agree(without(delivered, {*waiting, *closed}), without(at_once, {*waiting, *closed}))


def without(found: dict[str, tuple[str, str]], keys: Collection[str]) -> dict[str, tuple[str, str]]:
    return {key: value for key, value in found.items() if key not in keys}


def agree(incremental: dict[str, tuple[str, str]], first: dict[str, tuple[str, str]]) -> None:
    keys = {*incremental, *first}
    wrong = {key: (incremental.get(key), first.get(key)) for key in keys if incremental.get(key) != first.get(key)}
    assert not wrong, f"(incremental, first run) {wrong}"


def target_of(leg: str):
    return leg_of(PROJECT, leg).ways[0].target.ref


def sources(leg: str) -> list[str]:
    """Every table but the one that the leg writes."""
    return [str(ref) for ref in PROJECT.entities if ref != target_of(leg)]


def state(engine: Engine, leg: str) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    """By source key: the delivered row (its lasting columns), and why a row waits."""
    way = leg_of(PROJECT, leg).ways[0]
    lasting = [line.target for line in way.lines if not line.create_only]
    rows = {"|".join(str(row[line.target]) for line in way.key): row for row in engine.rows_of(way.target.ref)}
    links = engine.ledger("lineage", "source_key, target_key, leg, state")
    delivered = {
        str(key): (str(target_key), repr({column: rows[str(target_key)][column] for column in lasting}))
        for key, target_key, name, state in links
        if name == leg and state == "live" and str(target_key) in rows
    }
    return delivered, {row.key: (row.fate, row.code) for row in engine.open_rows() if row.leg == leg}
