"""Rows whose key the system makes up, and rows that refer to each other, can be tested like any others."""

import pytest

from tests.testing.bench import Bench

PEOPLE = """\
    entity: people
    system: shop
    key: [id]
    columns:
      id: {type: guid, required: true}
      name: {type: text(60)}
      boss: {type: guid, to: people}
      note: {type: text(20)}
"""
STAFF = """\
    entity: staff
    system: books
    key: [Name]
    modified: Changed
    row_version: Version
    columns:
      Name: {type: text(60), required: true}
      Boss: {type: text(60)}
      Note: {type: text(20)}
      Changed: {type: datetime}
      Version: {type: int}
"""
MAP = """\
    map: orders
    flow: sync
    source: books.staff
    target: shop.people
    key: {name: Name}
    both:
      note: Note
      boss.name: Boss
    back: {allow: [create, update], conflict: reject}
"""


@pytest.fixture
def staff(bench: Bench) -> Bench:
    bench.write("entities/people.entity.yaml", PEOPLE.replace("\n    ", "\n").strip() + "\n")
    bench.write("entities/staff.entity.yaml", STAFF.replace("\n    ", "\n").strip() + "\n")
    return bench.map(MAP)


def of(tests: str) -> str:
    return "map: orders\ngiven:\n  books.staff: [{Name: Ada, Note: first}, {Name: Bob, Boss: Ada}]\ntests:\n" + tests


def test_a_row_with_a_key_made_up_is_told_by_its_other_columns(staff: Bench) -> None:
    staff.write("orders.test.yaml", of("- {name: one, expect: {insert: [{name: Ada, note: first}, {name: Bob}]}}\n"))
    assert staff.passes(), staff.told()
    staff.write("orders.test.yaml", of("- {name: one, expect: {insert: [{name: Ada, note: last}, {name: Bob}]}}\n"))
    assert [one[3:] for one in staff.told()] == [("note", "last", "first")]


def test_the_second_pass_is_a_way_of_its_own(staff: Bench) -> None:
    staff.write(
        "orders.test.yaml",
        of(
            "- name: two passes\n"
            "  given: {shop.people: [{id: ada, name: Ada}, {id: bob, name: Bob}]}\n"
            "  expect: {update: [{id: ada, note: first}], unchanged: [Bob]}\n"
            "  then: [{leg: references, expect: {update: [{id: bob, boss: ada}], unchanged: [Ada]}}]\n"
        ),
    )
    assert staff.passes(), staff.told()


def test_a_map_whose_columns_all_go_both_ways_disputes_no_whole_row(staff: Bench) -> None:
    staff.write("orders.test.yaml", of("- {name: one, expect: {insert: 2}}\n"))
    assert "reason CONFLICT_STALE" not in staff.missed()
    alone = MAP.replace("{allow: [create, update], conflict: reject}", "{fields: {Boss: note}}")
    staff.map(alone.replace("      boss.name: Boss\n", ""))
    assert "reason CONFLICT_STALE" in staff.missed()
