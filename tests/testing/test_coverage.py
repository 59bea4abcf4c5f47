"""Coverage counts what the map itself says, and only what a passed test has shown."""

import pytest

from tests.testing.bench import Bench

ALL = """\
    map: orders
    flow: sync
    source: shop.orders
    target: books.postings
    filter: status <> 'Draft'
    on_leave: delete
    allow: {create: kind <> 'Gift', update: target.Posted is null}
    guard: {missing_rows: restore}
    lookups:
      customer_row: {in: shop.customers, where: {id: customer}, missing: hold, else: CUSTOMER_MISSING}
    requires:
      - {that: amount > 0, else: AMOUNT_MISSING}
    key: {Number: number}
    fields:
      Customer: {from: customer_row.name, required: reject, else: NAME_MISSING}
      Amount: amount
      Day: placed
      Kind: {from: kind, values: {Goods: thing, Gift: thing, Work: hours}}
      Voucher: {from: partner, fit: reject}
"""
WHOLE = """\
  - name: every column
    given:
      shop.orders:
        - {id: o1, partner: P}
        - {id: o2, number: N-2, customer: ada, status: Paid, amount: 1, kind: Work}
    expect:
      insert:
        - {Number: N-1, Customer: Ada, Amount: 12.5, Day: 2026-03-01, Kind: thing, Voucher: P}
        - {Number: N-2, Kind: hours}
  - name: drafts stay
    given: {shop.orders: [{id: o1, status: Draft}]}
    expect: {filtered: 1}
  - name: what is missing
    given:
      shop.customers: [{id: nameless}]
      shop.orders:
        - {id: o1, customer: bob}
        - {id: o2, number: N-2, customer: ada, status: Paid, amount: 0}
        - {id: o3, number: N-3, customer: nameless, status: Paid, amount: 1}
        - {id: o4, number: N-4, customer: ada, status: Paid, amount: 1, partner: a partner of many letters}
        - {id: o5, number: N-5, customer: ada, status: Paid, amount: 1, kind: Gift}
    expect:
      held: [{key: o1, code: CUSTOMER_MISSING}, {key: o2, code: AMOUNT_MISSING}]
      reject:
        - {key: o3, code: NAME_MISSING}
        - {key: o4, code: TOO_LONG}
        - {key: o5, code: TARGET_MISSING}
  - name: a gift that is there already follows its order, and leaves with it, but a posted one does neither
    given:
      shop.orders: [{id: o1, kind: Gift}, {id: o2, number: N-2, customer: ada, status: Paid, amount: 1}]
      books.postings: [{Number: N-1}, {Number: N-2, Posted: true}]
    expect:
      update: [{Number: N-1, Kind: thing}]
      reject: [{key: o2, code: UPDATE_NOT_ALLOWED}]
    then:
      - given: {shop.orders: [{id: o1, status: Draft}]}
        expect: {delete: [{Number: N-1}], reject: 1}
  - name: a posting that is gone is made again
    expect: {insert: 1}
    then:
      - gone: {books.postings: all}
        expect: {insert: 1}
"""


def without(part: str, put: str = "") -> str:
    assert part in WHOLE
    return WHOLE.replace(part, put)


def test_all_that_a_map_says_can_be_reached(bench: Bench) -> None:
    bench.map(ALL).tests(WHOLE)
    assert bench.missed() == set()
    assert bench.run().covers(100)


@pytest.mark.parametrize(
    ("part", "put", "missed"),
    [
        ("Amount: 12.5, ", "", {"column Amount"}),
        (", Voucher: P}", "}", {"column Voucher"}),
        ("Kind: hours}", "Amount: 1}", {"value Work"}),
        ("Kind: thing, ", "", {"value Goods"}),
        ("[{Number: N-1, Kind: thing}]", "1", {"value Gift"}),
        (", code: CUSTOMER_MISSING", "", {"reason CUSTOMER_MISSING customer_row"}),
        (", code: AMOUNT_MISSING", "", {"requirement not met"}),
        (", code: NAME_MISSING", "", {"reason NAME_MISSING Customer"}),
        (", code: TOO_LONG", "", {"reason TOO_LONG Voucher"}),
        (", code: TARGET_MISSING", "", {"allow create false"}),
        (", code: UPDATE_NOT_ALLOWED", "", {"allow update false"}),
        ("      - gone: {books.postings: all}\n        expect: {insert: 1}", "      - expect: {unchanged: 1}", {"restore a missing row"}),
        ("[{id: o1, status: Draft}]}\n        expect: {delete: [{Number: N-1}], reject: 1}", "[]}\n        expect: {unchanged: 1, reject: 1}", {"leave delete"}),
    ],
)  # fmt: skip
def test_what_a_test_does_not_say_is_not_reached(bench: Bench, part: str, put: str, missed: set[str]) -> None:
    bench.map(ALL).tests(without(part, put))
    assert bench.missed() == missed


def test_filters_and_requirements_are_reached_by_rows_on_either_side(bench: Bench) -> None:
    bench.map(ALL).tests("  - {name: nothing is given, gone: {shop.orders: all}, expect: {insert: 0}}\n")
    missed = bench.missed()
    assert {"filter true", "filter false", "requirement met", "requirement not met", "allow update true"} <= missed
    bench.tests("  - {name: one row, expect: {insert: 1}}\n")
    assert missed - bench.missed() == {"filter true", "requirement met", "allow create true"}


def test_a_number_of_rows_reaches_no_column(bench: Bench) -> None:
    bench.tests("  - {name: a number alone, expect: {insert: 1}}\n")
    assert bench.missed() == {"column Number", "column Customer", "column Amount", "filter false"}


def test_a_null_reaches_no_column(bench: Bench) -> None:
    bench.tests("""\
      - name: a null
        given: {shop.orders: [{id: o1, amount: null}]}
        expect: {insert: [{Number: N-1, Customer: Ada, Amount: null}]}
    """)
    assert "column Amount" in bench.missed()


def test_a_failed_test_reaches_nothing(bench: Bench) -> None:
    bench.tests("  - {name: it fails, expect: {insert: [{Number: N-1, Customer: Bob, Amount: 12.5}]}}\n")
    (coverage,) = bench.run().coverage
    assert coverage.reached == 0


def test_a_column_that_did_not_change_is_not_reached_by_an_update(bench: Bench) -> None:
    bench.tests("""\
      - name: only the amount changes
        given: {books.postings: [{Number: N-1, Customer: Ada, Amount: 1}]}
        expect: {update: [{Number: N-1, Customer: Ada, Amount: 12.5}]}
    """)
    assert "column Customer" in bench.missed()
    assert "column Amount" not in bench.missed()


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ("{Goods: a, Gift: b, Work: c}", {"value Goods", "value Gift", "value Work"}),
        ("{Goods: a}", {"value Goods", "reason VALUE_UNMAPPED Kind"}),
        ("{Goods: a}, otherwise: b", {"value Goods", "value otherwise"}),
        ("{Goods: a}, otherwise: null", {"value Goods", "value otherwise"}),
        ("{Goods: a, Gift: b, Work: c}, otherwise: d", {"value Goods", "value Gift", "value Work"}),
        ("{1: a, 2: b, 3: c, '': d}", {"value 1", "value 2", "value 3", "value ''"}),
        ("{1: a, 2: b, 3: c, '': null}", {"value 1", "value 2", "value 3"}),
    ],
)
def test_the_pairs_of_a_value_map_are_those_that_a_row_can_take(bench: Bench, values: str, points: set[str]) -> None:
    fields = f"    Kind: {{from: kind, values: {values}}}\n"
    bench.map(
        "map: orders\nflow: sync\nsource: shop.orders\ntarget: books.postings\nkey: {Number: number}\nfields:\n"
        + fields
    )
    bench.tests("  - {name: nothing, gone: {shop.orders: all}, expect: {insert: 0}}\n")
    assert {point for point in bench.missed() if not point.startswith("column")} == points


def test_a_shared_value_map_counts_the_keys_that_the_column_knows(bench: Bench) -> None:
    bench.write("value_maps/kinds.yaml", "value_map: kinds\nvalues: {1: a, 2: b, 9: z}\n").map("""\
        map: orders
        flow: sync
        source: shop.orders
        target: books.postings
        key: {Number: number}
        fields:
          Kind: {from: kind, values: kinds}
    """).tests("  - {name: a thing, expect: {insert: [{Number: N-1, Kind: a}]}}\n")
    assert bench.missed() == {"value 2", "reason VALUE_UNMAPPED Kind"}


def test_an_otherwise_is_reached_by_the_row_that_takes_it(bench: Bench) -> None:
    bench.map("""\
        map: orders
        flow: sync
        source: shop.orders
        target: books.postings
        key: {Number: number}
        fields:
          Kind: {from: kind, values: {Work: w}, otherwise: rest}
    """).tests("  - {name: a thing, expect: {insert: [{Number: N-1, Kind: rest}]}}\n")
    assert bench.missed() == {"value Work"}


def test_each_way_of_a_map_has_points_of_its_own(bench: Bench) -> None:
    bench.map("""\
        map: orders
        flow: sync
        source: shop.orders
        target: books.postings
        key: {Number: number}
        both: {Voucher: booked}
        back: {filter: Posted}
    """).tests(
        "  - {name: out, given: {shop.orders: [{id: o1, booked: V}]}, expect: {insert: [{Number: N-1, Voucher: V}]}}\n"
    )
    (coverage,) = bench.run().coverage
    assert {(point.kind, point.what) for point in coverage.missed if point.leg == "back"} >= {
        ("column", "booked"),
        ("filter", "true"),
        ("filter", "false"),
        ("reason", "TARGET_MISSING"),
    }
    assert not [point for point in coverage.missed if point.leg == "out"]


def test_points_stand_at_their_lines(bench: Bench) -> None:
    bench.tests("  - {name: nothing, gone: {shop.orders: all}, expect: {insert: 0}}\n")
    (coverage,) = bench.run().coverage
    assert [(point.span.line, point.kind) for point in coverage.missed] == [
        (5, "filter"),
        (5, "filter"),
        (6, "column"),
        (8, "column"),
        (9, "column"),
    ]
