"""Rows that are fanned out or merged: tests name units by their keys, and coverage counts entries and parts."""

from tests.testing.bench import Bench

EACH = """\
    map: orders
    flow: sync
    source: shop.orders
    target: books.postings
    filter: status = 'Paid'
    each:
      line: [{suffix: "-1", word: base}, {suffix: "-2", word: extra, when: amount > 100}]
    key: {Number: {concat: [number, line.suffix]}}
    fields: {Kind: line.word}
"""
PLAIN = """\
  - name: a small order makes one line
    expect:
      insert: [{Number: N-1-1, Kind: base}]
      filtered: [o1|-2|extra]
"""
LARGE = """\
  - name: a large one makes two
    given: {shop.orders: [{id: o1, amount: 200}]}
    expect: {insert: [{Number: N-1-1}, {Number: N-1-2, Kind: extra}]}
"""
DRAFT = """\
  - name: a draft makes none
    given: {shop.orders: [{id: o1, status: Draft}]}
    expect: {filtered: [o1|-1|base, o1|-2|extra]}
"""


def test_every_entry_of_a_list_is_a_point_and_so_is_its_condition(bench: Bench) -> None:
    bench.map(EACH).tests(PLAIN)
    assert bench.missed() == {"filter false", "each line -2 extra"}
    bench.tests(LARGE)
    assert bench.missed() == {"filter false", "each line -2 extra, left out"}
    bench.tests(PLAIN + LARGE + DRAFT)
    assert bench.missed() == set()


def test_a_row_that_the_filter_leaves_out_says_nothing_of_the_conditions_of_entries(bench: Bench) -> None:
    bench.map(EACH).tests(LARGE + DRAFT)
    assert bench.missed() == {"each line -2 extra, left out"}


def test_an_entry_of_a_table_is_found_or_missed(bench: Bench) -> None:
    bench.map("""\
        map: orders
        flow: sync
        source: shop.orders
        target: books.postings
        each:
          payer: {in: shop.customers, where: {name: partner}, missing: hold, else: NO_PAYER}
        key: {Number: {concat: [number, payer.name]}}
        fields: {Customer: payer.name}
    """)
    nobody = "  - {name: nobody pays, expect: {held: [{key: 'o1|\\-', code: NO_PAYER}]}}\n"
    bench.tests(nobody)
    assert bench.missed() == {"column Number", "column Customer", "each payer"}
    bench.tests(
        nobody
        + """\
      - name: one does
        given: {shop.orders: [{id: o1, partner: Ada}]}
        expect: {insert: [{Number: N-1Ada, Customer: Ada}]}
    """.replace("\n      ", "\n  ").replace("      - name: one", "  - name: one", 1)
    )
    assert bench.missed() == set()


def test_every_part_of_a_merged_row_is_a_point_and_so_is_one_that_is_waited_for(bench: Bench) -> None:
    bench.map("""\
        map: orders
        flow: sync
        source: shop.orders
        target: books.postings
        merge:
          by: {Pair: number}
          parts: {goods: kind = 'Goods', work: kind = 'Work'}
          complete: goods
        key: {Number: merge.Pair}
        fields: {Amount: goods.amount}
    """)
    late = """\
  - name: work without goods waits
    gone: {shop.orders: all}
    given: {shop.orders: [{id: o2, number: N-1, kind: Work}]}
    expect: {held: [{key: N-1, code: PART_MISSING}]}
"""
    goods = "  - {name: goods go alone, expect: {insert: [{Number: N-1, Amount: 12.5}]}}\n"
    both = """\
  - name: both make one
    given: {shop.orders: [{id: o2, number: N-1, kind: Work}]}
    expect: {insert: [{Number: N-1, Amount: 12.5}]}
"""
    bench.tests(goods)
    assert bench.missed() == {"merge work", "reason PART_MISSING goods"}
    bench.tests(goods + late + both)
    assert bench.missed() == set()


def test_a_unit_that_is_not_as_expected_is_told_by_its_key(bench: Bench) -> None:
    bench.map(EACH).tests("  - {name: the extra is forgotten, expect: {insert: 1}}\n")
    assert [one[:3] for one in bench.told()] == [("unexpected", "filtered", "o1|-2|extra")]
