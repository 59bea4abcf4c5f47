"""Fan-out: one row of the source makes several rows of the target, one for each entry of a table or of a list."""

from __future__ import annotations

from textwrap import dedent

import pytest

from crosswalk import api
from crosswalk.errors import MapError
from tests.engine.shop import Shop, orders

FIRMS = """\
key: {Number: {concat: [number, {value: "-"}, firm.code]}}
fields: {Title: title, Name: firm.code, Count: quantity}
on_leave: delete
each: {firm: {in: store.companies%s}}
"""
KINDS = """\
lookups: {rich: {in: store.customers, where: {id: customer}, missing: null}}
each:
  kind:
    - {suffix: "-1", type: Time}
    - {suffix: "-5", type: Extra, when: rich.name = 'Ann'}
key: {Number: {concat: [number, kind.suffix]}}
fields: {Title: title, Kind: kind.type}
on_leave: delete
"""


@pytest.fixture
def world(shop: Shop) -> Shop:
    """Two companies, two orders."""
    shop.put("store.companies", {"id": 1, "code": "A"}, {"id": 2, "code": "B"})
    return shop.put("store.orders", *orders((1, "N1", "Chair"), (2, "N2", "Desk")))


def agrees(shop: Shop) -> None:
    """Check that nothing is left to do, for a run of what changed and for a run over all rows."""
    open_rows = shop.rejects()
    for full in (False, True):
        fates = shop.one(full=full)
        assert {fate for fate in fates if fate in ("inserted", "updated", "deleted")} == set()
        assert shop.rejects() == open_rows


def numbers(shop: Shop) -> list[str]:
    return [number for (number,) in shop.sales("Number")]


def test_a_row_makes_one_row_for_every_entry_of_a_table(world: Shop) -> None:
    world.map(FIRMS % "")
    assert world.one() == {"inserted": 2}
    assert world.sales("Number Name") == [("N1-A", "A"), ("N1-B", "B"), ("N2-A", "A"), ("N2-B", "B")]
    agrees(world)


def test_the_rows_that_are_written_are_counted_beside_the_fates(world: Shop) -> None:
    world.map(FIRMS % "").run()
    assert world.leg().effects == {"books.sales": 4}
    assert world.leg().written == {"inserted": 4, "updated": 0, "deleted": 0}
    world.put("store.orders", {"id": 1, "title": "Sofa"})
    assert world.one() == {"updated": 1}
    assert world.leg().written == {"inserted": 0, "updated": 2, "deleted": 0}
    counted = "SELECT examined, inserted, updated, rows_inserted, rows_updated FROM crosswalk.runs ORDER BY started_at"
    assert world.read(counted) == [(2, 2, 0, 4, 0), (1, 0, 1, 0, 2)]


def test_an_entry_that_comes_later_makes_a_row_for_every_row(world: Shop) -> None:
    world.map(FIRMS % "").run()
    world.put("store.companies", {"id": 3, "code": "C"})
    assert world.one() == {"inserted": 2}
    assert numbers(world) == ["N1-A", "N1-B", "N1-C", "N2-A", "N2-B", "N2-C"]
    agrees(world)


def test_an_entry_that_is_removed_takes_its_rows_with_it(world: Shop) -> None:
    world.map(FIRMS % "").run()
    world.remove("store.companies", "id = 2")
    assert world.one() == {"deleted": 2}
    assert world.sales("Number Name") == [("N1-A", "A"), ("N2-A", "A")]
    agrees(world)


def test_an_entry_that_is_removed_leaves_its_rows_where_the_map_says_report(world: Shop) -> None:
    world.map((FIRMS % "").replace("delete", "report")).run()
    world.remove("store.companies", "id = 2")
    assert world.one() == {"unchanged": 2}
    assert world.findings()["LEFT_FILTER"] == (2, "1|2")
    assert len(numbers(world)) == 4


def test_an_entry_that_changes_changes_the_rows_made_of_it(world: Shop) -> None:
    world.map((FIRMS % "").replace("firm.code]}", "firm.id]}")).run()
    assert world.sales("Number Name") == [("N1-1", "A"), ("N1-2", "B"), ("N2-1", "A"), ("N2-2", "B")]
    world.put("store.companies", {"id": 2, "code": "Z"})
    assert world.one() == {"updated": 2}
    assert world.sales("Number Name") == [("N1-1", "A"), ("N1-2", "Z"), ("N2-1", "A"), ("N2-2", "Z")]
    agrees(world)


def test_an_entry_with_another_key_takes_over_the_rows_of_the_old_one(world: Shop) -> None:
    """The rows are found by their own key: they must not be removed for the entry that is gone."""
    world.map(FIRMS % "").run()
    world.remove("store.companies", "id = 2").put("store.companies", {"id": 7, "code": "B"})
    world.one()
    assert numbers(world) == ["N1-A", "N1-B", "N2-A", "N2-B"]
    agrees(world)


def test_a_row_that_is_gone_takes_all_its_rows_with_it_and_counts_once(world: Shop) -> None:
    world.map(FIRMS % "").run()
    world.remove("store.orders", "id = 1")
    assert world.one() == {"deleted": 1}
    assert world.leg().written["deleted"] == 2
    assert numbers(world) == ["N2-A", "N2-B"]
    agrees(world)


def test_where_and_filter_of_an_entry_see_the_row(world: Shop) -> None:
    world.put("store.orders", {"id": 1, "company": "A"}, {"id": 2, "quantity": 2})
    world.map(FIRMS % ", where: {code: company}").run()
    assert numbers(world) == ["N1-A"]
    world.map(FIRMS % ", filter: id >= row.quantity and row.customer.name is null")
    assert world.one() == {"inserted": 1, "deleted": 1}
    assert numbers(world) == ["N2-B"]
    world.put("store.orders", {"id": 1, "quantity": 1})
    assert world.one() == {"inserted": 1}
    assert numbers(world) == ["N1-A", "N1-B", "N2-B"]
    agrees(world)


@pytest.mark.parametrize(
    ("missing", "fates", "open_rows"),
    [
        ("", {"inserted": 1, "filtered": 1}, []),
        (", missing: null", {"inserted": 1, "filtered": 1}, []),
        (", missing: hold", {"inserted": 1, "held": 1}, [("2|\\-", "held", "NO_ENTRY")]),
        (", missing: reject, else: NOWHERE", {"inserted": 1, "rejected": 1}, [("2|\\-", "rejected", "NOWHERE")]),
    ],
)
def test_a_row_without_an_entry_has_the_fate_that_the_map_says(
    world: Shop, missing: str, fates: dict[str, int], open_rows: list[tuple[str, str, str]]
) -> None:
    world.put("store.orders", {"id": 1, "company": "A"})
    world.map(FIRMS % f", where: {{code: company}}{missing}")
    assert world.one() == fates
    assert world.rejects() == open_rows
    world.put("store.orders", {"id": 2, "company": "B"})
    assert world.one()["inserted"] == 1
    assert world.rejects() == []
    agrees(world)


def test_either_half_of_a_filter_is_asked_beside_where(world: Shop) -> None:
    world.put("store.orders", {"id": 1, "company": "A"}, {"id": 2, "company": None})
    world.map(FIRMS % ", where: {code: company}, filter: id > 5 or row.quantity is null")
    assert world.one() == {"inserted": 1, "filtered": 1}
    assert numbers(world) == ["N1-A"]


def test_a_fault_of_one_entry_stops_only_its_row(world: Shop) -> None:
    world.put("store.customers", {"id": 1, "name": "A"})
    world.map(
        FIRMS.replace("firm.code, Count", "who.name, Count") % ""
        + "lookups: {who: {in: store.customers, where: {name: firm.code}}}"
    )
    assert world.one() == {"rejected": 2}
    assert world.rejects() == [("1|2", "rejected", "LOOKUP_MISSING"), ("2|2", "rejected", "LOOKUP_MISSING")]
    assert [row.row["title"] for row in world.open_rows()] == ["Chair", "Desk"]
    assert numbers(world) == ["N1-A", "N2-A"]
    world.put("store.customers", {"id": 2, "name": "B"})
    assert world.one() == {"inserted": 2}
    assert numbers(world) == ["N1-A", "N1-B", "N2-A", "N2-B"]
    agrees(world)


def test_a_list_makes_a_row_for_every_entry_whose_condition_holds(world: Shop) -> None:
    world.put("store.customers", {"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"})
    world.put("store.orders", {"id": 1, "customer": 1}, {"id": 2, "customer": 2})
    world.map(KINDS)
    assert world.one() == {"inserted": 2}
    assert world.sales("Number Kind") == [("N1-1", "Time"), ("N1-5", "Extra"), ("N2-1", "Time")]
    world.put("store.customers", {"id": 1, "name": "Eve"}, {"id": 2, "name": "Ann"})
    assert world.one() == {"inserted": 1, "deleted": 1}
    assert world.sales("Number Kind") == [("N1-1", "Time"), ("N2-1", "Time"), ("N2-5", "Extra")]
    agrees(world)


def test_the_order_of_a_list_says_nothing(world: Shop) -> None:
    world.map(KINDS).run()
    lines = KINDS.splitlines(keepends=True)
    world.map("".join([*lines[:3], lines[4], lines[3], *lines[5:]]))
    assert world.one() == {"unchanged": 2}
    assert numbers(world) == ["N1-1", "N2-1"]


def test_values_of_a_list_take_the_type_of_the_column(world: Shop) -> None:
    world.map(
        dedent("""\
        each: {kind: [{n: 1, state: Draft}, {n: 2, state: Posted}]}
        key: {Number: {concat: [number, kind.n]}}
        fields: {Count: kind.n, State: kind.state, Amount: {expr: kind.n + 0.5}}
        filter: kind.n > 1 or id = 2
        """)
    )
    assert world.one() == {"inserted": 2}
    rows = world.sales("Number Count State Amount")
    assert [(n, c, s, str(a)) for n, c, s, a in rows] == [
        ("N12", 2, 1, "2.50"),
        ("N21", 1, 0, "1.50"),
        ("N22", 2, 1, "2.50"),
    ]


def test_several_names_make_a_row_for_every_combination(world: Shop) -> None:
    world.map(
        dedent("""\
        each:
          firm: {in: store.companies}
          kind: [{suffix: x}, {suffix: y}]
        key: {Number: {concat: [number, firm.code, kind.suffix]}}
        fields: {Title: title}
        on_leave: delete
        """)
    )
    assert world.one() == {"inserted": 2}
    assert numbers(world) == ["N1Ax", "N1Ay", "N1Bx", "N1By", "N2Ax", "N2Ay", "N2Bx", "N2By"]
    world.remove("store.companies", "id = 1")
    assert world.one() == {"deleted": 2}
    assert numbers(world) == ["N1Bx", "N1By", "N2Bx", "N2By"]
    agrees(world)


def test_a_row_is_run_by_its_own_key_and_by_that_of_one_of_its_rows(world: Shop) -> None:
    world.map(FIRMS % "")
    assert world.one(key="1|2") == {"inserted": 1}
    assert numbers(world) == ["N1-B"]
    assert world.one(key="1") == {"inserted": 1}
    assert numbers(world) == ["N1-A", "N1-B"]


def test_why_tells_of_every_row_that_a_row_makes(world: Shop) -> None:
    world.map(FIRMS % "").run()
    world.close()
    assert [(story.key, story.now) for story in api.why(world.loaded, "orders", "1")] == [
        ("1|1", "unchanged"),
        ("1|2", "unchanged"),
    ]
    assert [story.targets[0][1] for story in api.why(world.loaded, "orders", "1|2")] == ["N1-B"]


def test_a_relation_of_an_entry_is_followed(world: Shop) -> None:
    world.put("store.countries", {"code": "NO", "name": "Norway"}, {"code": "ES", "name": "Spain"})
    world.put("store.customers", {"id": 1, "name": "a", "country": "NO"}, {"id": 2, "name": "b", "country": "ES"})
    world.map(
        "each: {who: {in: store.customers}}\nkey: {Number: {concat: [number, who.name]}}\n"
        "fields: {Name: who.country.name}"
    ).run()
    assert world.sales("Number Name") == [("N1a", "Norway"), ("N1b", "Spain"), ("N2a", "Norway"), ("N2b", "Spain")]
    world.put("store.countries", {"code": "ES", "name": "Espana"})
    assert world.one() == {"updated": 2}
    agrees(world)


def test_lines_of_a_fan_out_go_into_documents(world: Shop) -> None:
    world.map(
        (FIRMS % "").replace("Title: title,", "Title: title, Header: document.Id, Place: document.line,")
        + "document: {target: books.headers, by: {Group: firm.code}, order: [id],"
        " fields: {Id: {sequence: headers}, Group: document.Group}}".replace(", Group: document.Group", "")
    )
    assert world.one() == {"inserted": 2}
    assert world.sales("Number Header Place") == [
        ("N1-A", "H-01", 1),
        ("N1-B", "H-02", 1),
        ("N2-A", "H-01", 2),
        ("N2-B", "H-02", 2),
    ]


def test_a_row_goes_in_with_all_its_entries_or_not_at_all(world: Shop) -> None:
    world.put("store.customers", {"id": 1, "name": "A"})
    world.map(
        (FIRMS % "")
        + "lookups: {who: {in: store.customers, where: {name: firm.code}, missing: hold}}\nall_or_nothing: {by: [id]}"
    )
    assert world.one() == {"held": 2}
    assert numbers(world) == []
    world.put("store.customers", {"id": 2, "name": "B"})
    assert world.one() == {"inserted": 2}
    assert len(numbers(world)) == 4


def test_many_entries_without_a_name_in_the_key_are_refused(world: Shop) -> None:
    world.map((FIRMS % "").replace(', {value: "-"}, firm.code', ""))
    with pytest.raises(MapError) as caught:
        api.load(world.root)
    assert [(one.code, one.span.line) for one in caught.value.problems] == [("EACH_UNUSED", 8)]
