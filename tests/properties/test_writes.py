"""A leg writes what its map says and nothing else: every other column of every table stays bit-equal."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crosswalk.model import Entity
from tests.oracle import Row, World
from tests.oracle.legs import Leg, leg_of
from tests.oracle.sound import disturbed, sound_world
from tests.oracle.world import key_of
from tests.properties.edits import edits
from tests.properties.engine import Ran
from tests.properties.shop import FIRST, LEGS, PROJECT, examples, shop_engine


@examples(8)
@given(data=st.data())
def test_a_leg_writes_its_mapped_columns_and_the_stamps_of_the_rows_that_it_reports(data: st.DataObject) -> None:
    """One-way legs leave their source as it is, but for what they settle; ways back touch the rows that they update."""
    engine, world = shop_engine(), data.draw(disturbed(PROJECT, LEGS, sound_world(PROJECT), most=3, twice=False))
    engine.fill(world)
    for day in range(2):
        start = FIRST + timedelta(days=day)
        if day:
            before = engine.world()
            engine.change(before, data.draw(edits(PROJECT, LEGS, before, start - timedelta(hours=1))))
        for leg in LEGS:
            before = engine.world()
            ran = engine.run(leg, start)
            only_what_is_mapped(leg_of(PROJECT, leg), before, engine.world(), ran)


def only_what_is_mapped(leg: Leg, before: World, after: World, ran: Ran) -> None:
    changed = {name for name in before.tables if sorted_rows(before, name) != sorted_rows(after, name)}
    targets = {str(way.target.ref): {line.target for line in way.lines if not line.create_only} for way in leg.ways}
    settled = {line.target for line in leg.map.settle} if leg.kind == "out" else set()
    headers = {str(leg.map.document.target)} if leg.map.document and leg.kind == "out" else set()
    assert changed <= {*targets, *headers, *([str(leg.source.ref)] if settled else [])}, leg.name
    updated = sum(differing(before, after, way.target.ref, targets[str(way.target.ref)], leg) for way in leg.ways)
    assert updated == ran.fates.get("updated", 0), leg.name
    if settled:
        differing(before, after, leg.source.ref, settled, leg)
    if settled or leg.kind != "out":
        assert not ran.fates.get("deleted"), leg.name


def sorted_rows(world: World, name: str) -> list[str]:
    return sorted(map(repr, world.tables[name]))


def differing(before: World, after: World, ref, mapped: set[str], leg: Leg) -> int:
    """Count the rows that changed; each in mapped columns only, and one version on."""
    entity = PROJECT.entities[ref]
    there = {key_of(entity, row): row for row in after.rows(ref)}
    pairs = [(row, there[key_of(entity, row)]) for row in before.rows(ref) if key_of(entity, row) in there]
    changed = [(old, new) for old, new in pairs if old != new]
    for old, new in changed:
        columns = {column for column in old if old[column] != new[column]} - {entity.modified, entity.row_version}
        assert columns <= mapped, f"{leg.name}: {ref} {columns}"
        one_version_on(entity, old, new)
    return len(changed)


def one_version_on(entity: Entity, old: Row, new: Row) -> None:
    version = old[entity.row_version or ""]
    assert new[entity.row_version or ""] == (version if isinstance(version, int) else 0) + 1
