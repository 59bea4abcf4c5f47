"""Names and values that are made to be taken for something else are names and values."""

from __future__ import annotations

import pytest

from crosswalk.exchange import Change
from crosswalk.model import Entity
from tests.conformance.bench import Bench, Entry
from tests.conformance.copies import Copy
from tests.conformance.landed import Row, land
from tests.conformance.sent import deliver, inserts, unstamped, update
from tests.conformance.shapes import CODES, HOSTILE, MILD_HOSTILE, START

VALUES = (
    "'; DROP TABLE codes; --", "' OR '1'='1", '") OR 1=1 --', "') or Code ne null or (Code eq '", "a'b", "a''b", 'a"b', "a\\'b",
    "%27 or 1 eq 1", "a&$filter=true", "a/b?c#d", "(1)", "{{7*7}}", "${env:HOME}", "$1", ":x", "?", "@p", "a\r\nPATCH / HTTP/1.1",
    "--changeset_1--", "null", "true", "\ufeffbom", "<!--", "]]>", "ﬀ ｅ", "i\u0307 İ ı", "trailing ", "tab\t", "+", "a+b c%20d", "🙂",
)  # fmt: skip


def hostile_shape(entry: Entry) -> Entity:
    return HOSTILE if entry.names == "any" else MILD_HOSTILE


def codes() -> list[Row]:
    return [{"Code": value, "Text": value, "modifiedon": START, "versionnumber": 1} for value in VALUES]


@pytest.mark.behaviour("hostile names, reading")
def test_a_table_with_hostile_names_is_described_and_read(entry: Entry, bench: Bench) -> None:
    entity = bench.make(hostile_shape(entry))
    bench.put(entity, [row_of(entity)])
    system = bench.open()
    table = entity.ref.entity
    assert table in system.tables()
    described = system.describe((table,))[table]
    assert [column for column in described.columns if column not in entry.adds] == list(entity.columns)
    copy = Copy(entity)
    copy.read(system)
    assert unstamped(copy.rows.values(), entity) == unstamped([row_of(entity)], entity)


@pytest.mark.behaviour("hostile names, writing")
def test_a_table_with_hostile_names_is_written_changed_and_emptied(entry: Entry, bench: Bench) -> None:
    entity, system = bench.make(hostile_shape(entry)), bench.open()
    (key,) = entity.key
    deliver(system, entity, inserts(system, entity, [row_of(entity)]))
    assert unstamped(bench.rows(entity), entity) == unstamped([row_of(entity)], entity)
    plain_columns = [c for c in entity.columns if c not in (key, "modifiedon", "versionnumber")]
    change = update(system, entity, 1, {key: 1}, **dict.fromkeys(plain_columns, "new"))
    assert deliver(system, entity, [change]).states() == {1: "applied"}
    assert {bench.rows(entity)[0][column] for column in plain_columns} == {"new"}


def row_of(entity: Entity) -> Row:
    cells: dict[str, object] = {column: f"in {column}" for column in entity.columns}
    return {**cells, entity.key[0]: 1, "modifiedon": START, "versionnumber": 1}  # type: ignore[dict-item]


@pytest.mark.behaviour("hostile values, reading")
def test_hostile_values_are_read_as_they_stand(bench: Bench) -> None:
    entity = bench.make(CODES)
    bench.put(entity, codes())
    copy = Copy(entity)
    copy.read(bench.open())
    assert unstamped(copy.rows.values(), entity) == unstamped(codes(), entity)


@pytest.mark.behaviour("hostile values, writing")
def test_hostile_values_are_written_changed_and_removed_by_their_key(bench: Bench) -> None:
    entity, system = bench.make(CODES), bench.open()
    delivery = deliver(system, entity, inserts(system, entity, codes()))
    assert set(delivery.states().values()) == {"applied"}, [a for a in delivery.acks.values() if a.state != "applied"]
    assert unstamped(bench.rows(entity), entity) == unstamped(codes(), entity)
    changes = [update(system, entity, n, {"Code": value}, Text=f"new {value}") for n, value in enumerate(VALUES)]
    delivery = deliver(system, entity, changes)
    assert set(delivery.states().values()) == {"applied"}, [a for a in delivery.acks.values() if a.state != "applied"]
    assert {row["Code"]: row["Text"] for row in bench.rows(entity)} == {value: f"new {value}" for value in VALUES}


@pytest.mark.behaviour("hostile values, deleting")
def test_a_delete_by_a_hostile_key_removes_that_row_alone(bench: Bench) -> None:
    entity, system = bench.make(CODES), bench.open()
    bench.put(entity, codes())
    half = VALUES[::2]
    deliver(system, entity, [Change(n, "delete", {"Code": value}, {}) for n, value in enumerate(half)])
    assert {row["Code"] for row in bench.rows(entity)} == set(VALUES) - set(half)


@pytest.mark.behaviour("find by hostile keys")
def test_rows_are_found_by_hostile_keys_and_nothing_else_is(bench: Bench) -> None:
    entity, system = bench.make(CODES), bench.open()
    bench.put(entity, [row for row in codes() if row["Code"] not in VALUES[::3]])
    found = land(system.find(entity, ("Code",), [(value,) for value in VALUES]), entity)
    assert {row["Code"] for row in found.rows} == set(VALUES) - set(VALUES[::3])
    found = land(system.find(entity, ("Text", "Code"), [(value, value) for value in VALUES]), entity)
    assert {row["Code"] for row in found.rows} == set(VALUES) - set(VALUES[::3])
    assert land(system.find(entity, ("Code",), []), entity).rows == []
    assert land(system.find(entity, ("Text",), [(None,)]), entity).rows == []
