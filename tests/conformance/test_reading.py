"""Tables are described and read: whole, what changed since, what is gone, and every cell as it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from crosswalk.exchange import Compare, MarkExpired, Plain, Wanted
from crosswalk.model import Entity
from tests.conformance.bench import Bench, Entry
from tests.conformance.copies import Copy, Key, by_key
from tests.conformance.landed import Row, land, plain_row
from tests.conformance.sent import differences, held
from tests.conformance.shapes import LINES, START, THINGS, WIDE, extreme_things, guid, thing


def whole(rows: Iterable[Row], entity: Entity) -> dict[Key, Row]:
    """Give rows by key, without the version: some systems show one that they make of what only they know."""
    kept = by_key([plain_row(row, entity) for row in rows], entity)
    return {key: {c: cell for c, cell in row.items() if c != entity.row_version} for key, row in kept.items()}


@pytest.mark.behaviour("schema pull")
def test_a_table_is_described_with_the_types_of_its_columns(entry: Entry, bench: Bench) -> None:
    for shape in (THINGS, LINES):
        entity = bench.make(shape)
        system = bench.open()
        table = entity.ref.entity
        assert table in system.tables()
        found = system.describe((table, "no_such_table"))
        assert list(found) == [table]
        wanted = {c.name: entry.describes(c) for c in entity.columns.values()}
        told = {c.name: str(c.type) for c in found[table].columns.values() if c.name not in entry.adds}
        assert told == wanted
        assert found[table].key == entity.key or (not entry.keys_described and not found[table].key)


@pytest.mark.behaviour("full read")
def test_a_read_without_a_mark_gives_every_row_once_over_several_pages(bench: Bench) -> None:
    entity = bench.make(LINES)
    rows: list[Row] = [
        {
            "Company": f"c{n % 3}",
            "Number": f"N{n % 50}",
            "Line": n,
            "Text": str(n),
            "modifiedon": START,
            "versionnumber": n,
        }
        for n in range(2500)
    ]
    bench.put(entity, rows)
    landed = Copy(entity).read(bench.open())
    assert whole(landed.rows, entity) == whole(rows, entity)
    assert landed.mark is not None


@pytest.mark.behaviour("empty table")
def test_an_empty_table_has_no_rows_and_the_first_one_is_seen(bench: Bench) -> None:
    entity = bench.make(THINGS)
    copy = Copy(entity)
    assert copy.read(bench.open()).rows == []
    bench.put(entity, [thing(1)])
    copy.read(bench.open())
    assert list(copy.rows) == [(guid(1),)]


@pytest.mark.behaviour("incremental, ties")
def test_a_row_with_the_modified_time_of_the_last_one_read_is_seen(bench: Bench) -> None:
    entity = bench.make(THINGS)
    bench.put(entity, [thing(n, modifiedon=START) for n in (1, 2)])
    copy = Copy(entity)
    copy.read(bench.open())
    bench.put(entity, [thing(3, modifiedon=START)])
    bench.change(entity, {"Id": guid(1)}, {"Name": "changed", "modifiedon": START, "versionnumber": 77})
    copy.read(bench.open())
    assert whole(copy.rows.values(), entity) == whole(bench.rows(entity), entity)
    assert copy.rows[(guid(1),)]["Name"] == "changed"


@pytest.mark.behaviour("incremental, late rows")
def test_a_row_that_comes_with_an_earlier_modified_time_is_seen(bench: Bench) -> None:
    entity = bench.make(THINGS)
    bench.put(entity, [thing(n) for n in range(1, 20)])
    copy = Copy(entity)
    copy.read(bench.open())
    bench.put(entity, [thing(20, modifiedon=START - timedelta(seconds=200))])
    copy.read(bench.open())
    assert whole(copy.rows.values(), entity) == whole(bench.rows(entity), entity)


@pytest.mark.behaviour("incremental, changes only")
def test_what_changed_is_read_again_and_a_far_older_row_is_not(bench: Bench) -> None:
    entity = bench.make(THINGS)
    bench.put(entity, [thing(1, modifiedon=START - timedelta(days=30)), thing(2), thing(3)])
    copy = Copy(entity)
    copy.read(bench.open())
    later = START + timedelta(days=1)
    bench.change(entity, {"Id": guid(2)}, {"Quantity": 222, "modifiedon": later, "versionnumber": 78})
    landed = copy.read(bench.open())
    assert whole(copy.rows.values(), entity) == whole(bench.rows(entity), entity)
    assert (guid(1),) not in by_key(landed.rows, entity)


@pytest.mark.behaviour("deletes seen")
def test_a_row_that_was_removed_is_told(bench: Bench) -> None:
    entity = bench.make(THINGS)
    bench.put(entity, [thing(n) for n in range(1, 6)])
    copy = Copy(entity)
    copy.read(bench.open())
    bench.remove(entity, {"Id": guid(2)})
    bench.remove(entity, {"Id": guid(5)})
    copy.read(bench.open())
    assert sorted(copy.rows) == [(guid(1),), (guid(3),), (guid(4),)]


@pytest.mark.behaviour("left the filter")
def test_a_row_that_no_longer_meets_the_filter_is_seen_once_more(bench: Bench) -> None:
    entity = bench.make(THINGS)
    bench.put(entity, [thing(1, Name="in"), thing(2, Name="in"), thing(3, Name="out")])
    copy = Copy(entity)
    only = Compare("Name", "=", "in")
    copy.read(bench.open(), only)
    assert sorted(copy.rows) == [(guid(1),), (guid(2),)]
    later = START + timedelta(hours=1)
    bench.change(entity, {"Id": guid(2)}, {"Name": "out", "modifiedon": later, "versionnumber": 79})
    copy.read(bench.open(), only)
    assert copy.rows[(guid(2),)]["Name"] == "out"


@pytest.mark.behaviour("mark of another table")
def test_a_mark_that_the_system_does_not_know_is_refused_before_the_first_page(bench: Bench) -> None:
    entity = bench.make(THINGS)
    bench.put(entity, [thing(1)])
    with pytest.raises(MarkExpired):
        land(bench.open().read(Wanted(entity, "no such mark")), entity)


@pytest.mark.behaviour("every type read exact")
def test_every_value_is_read_as_it_stands(entry: Entry, bench: Bench) -> None:
    entity = bench.make(THINGS)
    rows = held(entry, extreme_things())
    bench.put(entity, rows)
    found = whole(Copy(entity).read(bench.open()).rows, entity)
    assert differences(found, whole(rows, entity)) == []


@pytest.mark.behaviour("nulls read")
def test_null_is_read_as_null_and_empty_text_as_empty_text(entry: Entry, bench: Bench) -> None:
    entity = bench.make(THINGS)
    nulls = [row for row in extreme_things() if row["Id"] == guid(999)]
    rows = held(entry, [*nulls, thing(1, Name="", Note="")])
    bench.put(entity, rows)
    assert whole(Copy(entity).read(bench.open()).rows, entity) == whole(rows, entity)


@pytest.mark.behaviour("wide rows")
def test_three_hundred_columns_are_read_and_written(bench: Bench) -> None:
    entity = bench.make(WIDE)
    row: dict[str, Plain] = {
        name: (n if n % 2 == 0 else f"v{n}") for n, name in enumerate(f"C{n:03}" for n in range(297))
    }
    rows: list[Row] = [{"Id": n, **row, "modifiedon": START, "versionnumber": 1} for n in range(20)]
    bench.put(entity, rows)
    found = whole(Copy(entity).read(bench.open()).rows, entity)
    assert found == whole(rows, entity)


@pytest.mark.behaviour("long rows")
def test_a_text_of_a_hundred_thousand_characters_is_read_whole(bench: Bench) -> None:
    entity = bench.make(THINGS)
    long = "a\n'\"ä🙂x" * 15000
    bench.put(entity, [thing(1, Note=long), thing(2)])
    found = Copy(entity)
    found.read(bench.open())
    assert found.rows[(guid(1),)]["Note"] == long
