"""What a run may write, and what it leaves alone, shown on projects made by chance."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crosswalk.model import Entity
from tests.oracle import Row, World
from tests.oracle.cells import key_text
from tests.oracle.legs import Leg, leg_of
from tests.oracle.world import key_of
from tests.properties.made.playing import Stage, day, on_stage, staged, worked
from tests.properties.made.project import IMPORTS, ONE_WAY, Plot, plots
from tests.properties.shop import examples


@examples(24)
@given(data=st.data())
def test_write_back_leaves_every_unmapped_column_bit_equal(data: st.DataObject) -> None:
    """Both ways of a map: a row that was there differs in mapped columns and in its stamps, one version on."""
    with staged(data, ("write_back", "two_way")) as stage:
        for number in range(3):
            if number:
                worked(data, stage, day(number) - timedelta(hours=1))
            for leg in stage.legs:
                before = stage.engine.world()
                ran = stage.engine.run(leg, day(number))
                written = sum(ran.fates.get(fate, 0) for fate in ("updated",))
                assert only_mapped(stage, leg_of(stage.project, leg), before, stage.engine.world()) == written


def only_mapped(stage: Stage, leg: Leg, before: World, after: World) -> int:
    """Count the rows of the target that changed; each in mapped columns only. Every other table is as it was."""
    (way,) = leg.ways
    target, mapped = way.target, {line.target for line in way.lines if not line.create_only}
    for table in before.tables:
        if table != str(target.ref):
            assert after.tables[table] == before.tables[table], f"{leg.name}: {table}"
    there = {key_of(target, row): row for row in after.rows(target.ref)}
    changed = 0
    for row in before.rows(target.ref):
        assert key_of(target, row) in there, f"{leg.name} removed a row"
        now = there[key_of(target, row)]
        if now != row:
            changed += 1
            own = {target.modified, target.row_version}
            assert {column for column in row if row[column] != now[column]} <= mapped | own
            one_version_on(target, row, now)
    if not leg.creates:
        assert len(there) == len(before.rows(target.ref))
    return changed


def one_version_on(entity: Entity, old: Row, new: Row) -> None:
    if entity.row_version is not None:
        version = old[entity.row_version]
        assert new[entity.row_version] == (version if isinstance(version, int) else 0) + 1


@examples(16)
@given(data=st.data())
def test_one_way_leaves_the_source_byte_equal(data: st.DataObject) -> None:
    """All tables that are read stay as they are, in the order in which their rows stand."""
    with staged(data, (*ONE_WAY, *IMPORTS)) as stage:
        if stage.project.maps["one"].settle:
            return
        for number in range(2):
            if number:
                worked(data, stage, day(1) - timedelta(hours=1))
            before = stage.engine.world()
            stage.run(day(number))
            after = stage.engine.world()
            for ref in stage.project.entities:
                assert ref.system != "shop" or repr(after.rows(ref)) == repr(before.rows(ref)), ref


@st.composite
def removing(draw: st.DrawFn) -> Plot:
    """A project whose map removes what leaves its filter."""
    return draw(plots(ONE_WAY)).with_map(on_leave="delete")


@examples(20)
@given(data=st.data())
def test_deletes_touch_only_owned_rows(data: st.DataObject) -> None:
    """A row that goes from a target is one that the ledger says this map had delivered."""
    with on_stage(data, data.draw(removing())) as stage:
        for number in range(3):
            if number:
                worked(data, stage, day(number) - timedelta(hours=1))
            owned = {(str(row[0]), str(row[1])) for row in stage.engine.ledger("lineage", "target, target_key")}
            before = stage.engine.world()
            ran = stage.run(day(number))["one"]
            gone = lost_rows(stage, before, stage.engine.world())
            assert set(gone) <= owned
            assert len(gone) == (ran.result.written["deleted"] if ran.result else 0)


def lost_rows(stage: Stage, before: World, after: World) -> list[tuple[str, str]]:
    """Rows of the targets that are not there any more: the table, and the key as the ledger writes it."""
    gone = []
    for way in leg_of(stage.project, "one").ways:
        names = [line.target for line in way.key]
        kept = [repr([row[name] for name in names]) for row in after.rows(way.target.ref)]
        for row in before.rows(way.target.ref):
            if repr([row[name] for name in names]) not in kept:
                gone.append((str(way.target.ref), key_text([row[name] for name in names])))
    return gone
