"""What holds for every run: a second one changes nothing, rejects lose nothing, order and threads do not matter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from crosswalk.model import Entity
from tests.oracle import Row, Value, World
from tests.oracle.generate import reference
from tests.oracle.sound import disturbed, sound_world
from tests.oracle.world import key_of, source_key
from tests.properties.compare import by_key, content, same_content
from tests.properties.edits import shuffled, stamp
from tests.properties.engine import Engine, Ran, read
from tests.properties.shop import FIRST, LEGS, PROJECT, examples, shop_engine

CHANGES = ("inserted", "updated", "deleted")
LINKS = "leg, source_key, source_version, target, target_key, state"


def played(engine: Engine, world: World, start: datetime = FIRST) -> dict[str, Ran]:
    """Fill the database and run all legs once."""
    engine.fill(world)
    return again(engine, start)


def again(engine: Engine, start: datetime) -> dict[str, Ran]:
    return {leg: engine.run(leg, start + timedelta(minutes=number)) for number, leg in enumerate(engine.legs)}


@cache
def two_threads() -> Engine:
    return Engine(PROJECT, threads=2)


@examples(8)
@given(data=st.data())
def test_a_second_run_changes_nothing(data: st.DataObject) -> None:
    """All legs run twice before: a way back of the first round may be news for the legs before it."""
    engine = shop_engine()
    first = played(engine, data.draw(disturbed(PROJECT, LEGS, sound_world(PROJECT), most=6)))
    again(engine, FIRST + timedelta(days=1))
    before, numbers, lineage = engine.world(), engine.ledger("numbers"), engine.ledger("lineage", LINKS)
    for leg, ran in again(engine, FIRST + timedelta(days=2)).items():
        assert not {*ran.fates} & {*CHANGES}, f"{leg}: {ran.fates}"
        assert (ran.stop == "TARGET_DUPLICATE") == (first[leg].stop == "TARGET_DUPLICATE")
    assert engine.world() == before
    assert (engine.ledger("numbers"), engine.ledger("lineage", LINKS)) == (numbers, lineage)


def numbers_of(engine: Engine) -> list[tuple[object, ...]]:
    """The numbers given; the owner of a header's number names the run that made it, which is left out."""
    rows = engine.ledger("numbers")
    return sorted((str(row[0]), re.sub(r"#[0-9a-f]{12}#", "#", str(row[1])), str(row[2])) for row in rows)


@examples(8)
@given(data=st.data())
def test_the_order_of_rows_and_the_number_of_threads_do_not_matter(data: st.DataObject) -> None:
    """Rows of one key and one content are left out: which of them counts as the other's copy is nobody's business."""
    world = data.draw(disturbed(PROJECT, LEGS, sound_world(PROJECT), most=4, twice=False))
    one, other = shop_engine(), two_threads()
    first, second = played(one, world), played(other, shuffled(world, Random(data.draw(st.integers(0, 99)))))
    for leg in LEGS:
        assert by_key(first[leg].rows) == by_key(second[leg].rows), leg
        assert (first[leg].stop, first[leg].findings) == (second[leg].stop, second[leg].findings), leg
    same_content(content(PROJECT, one.world()), content(PROJECT, other.world()))
    assert numbers_of(one) == numbers_of(other)
    for table, columns in (("documents", "leg, group_key, header_key, last_line"), ("lineage", LINKS)):
        assert one.ledger(table, columns) == other.ledger(table, columns), table


@examples(10)
@given(data=st.data())
def test_open_rows_hold_their_source_row_without_loss(data: st.DataObject) -> None:
    engine = shop_engine()
    engine.fill(data.draw(disturbed(PROJECT, LEGS, sound_world(PROJECT), most=8)))
    for number, leg in enumerate(LEGS):
        entity = source_of(leg)
        sources = engine.rows_of(entity.ref)
        ran = engine.run(leg, FIRST + timedelta(minutes=number))
        waiting = sorted(row.key for row in ran.rows if row.fate in ("held", "rejected"))
        kept = [row for row in engine.open_rows() if row.leg == leg]
        assert sorted(row.key for row in kept) == waiting
        for row in kept:
            rebuilt = typed(entity, row.row)
            assert rebuilt in sources, f"{leg} {row.key}: {rebuilt}"
            assert source_key(entity, rebuilt) == row.key


def source_of(leg: str) -> Entity:
    table_map = PROJECT.maps[leg.partition(":")[0]]
    return PROJECT.entities[table_map.arms[0].target if leg.endswith(":back") else table_map.source]


def typed(entity: Entity, row: Mapping[str, str | None]) -> Row:
    assert list(row) == list(entity.columns)
    return {name: read(row[name], column.type) for name, column in entity.columns.items()}


SYNCED = (("lines_to_staging", "orders_to_sales", "lines_to_staging:back"), ("receipts_to_orders",))
"""Legs that may run together and whose work depends on no history: receipts close orders, and closed ones are left."""

BREAKABLE: tuple[tuple[str, str, Value], ...] = (
    ("shop.orders", "rate_text", "12.34567"),
    ("shop.orders", "number", None),
    ("shop.orders", "company", None),
    ("shop.order_lines", "kind", None),
    ("shop.order_lines", "sale", None),
    ("shop.order_lines", "amount", Decimal("99999999.9999")),
    ("ledger.receipts", "sale", None),
    ("ledger.receipts", "sale", "nobody"),
)
"""Cells that stop their row, or may."""


@examples(10)
@given(data=st.data())
def test_a_mended_row_retried_equals_one_that_was_never_rejected(data: st.DataObject) -> None:
    engine, sound = shop_engine(), sound_world(PROJECT)
    cells = data.draw(st.lists(st.sampled_from(BREAKABLE), min_size=1, max_size=3, unique_by=lambda cell: cell[:2]))
    places = [(cell, data.draw(st.integers(0, len(sound.tables[cell[0]]) - 1))) for cell in cells]
    legs = data.draw(st.sampled_from(SYNCED))
    wanted, waiting = ended(engine, sound, legs)
    broken = sound.copy()
    for (name, column, value), number in places:
        broken.tables[name][number][column] = value
    ended(engine, broken, legs)
    before = engine.world()
    after = before.copy()
    for (name, column, _), number in places:
        entity, row = PROJECT.entities[reference(name)], sound.tables[name][number]
        there = next(other for other in after.tables[name] if key_of(entity, other) == key_of(entity, row))
        there[column] = row[column]
        stamp(entity, there, FIRST + timedelta(hours=1))
    engine.change(before, after)
    for leg in legs:
        engine.run(leg, FIRST + timedelta(days=1), retry=True)
        engine.run(leg, FIRST + timedelta(days=2))
    same_content(content(PROJECT, engine.world(), stamps=False), wanted)
    assert [(row.leg, row.key, row.code) for row in engine.open_rows()] == waiting


def ended(engine: Engine, world: World, legs: Sequence[str]) -> tuple[dict[str, list[str]], list[tuple[str, str, str]]]:
    """What the legs without history make of a world: the tables without stamps, and the rows that wait."""
    engine.fill(world)
    for leg in legs:
        engine.run(leg, FIRST)
    return content(PROJECT, engine.world(), stamps=False), [(row.leg, row.key, row.code) for row in engine.open_rows()]
