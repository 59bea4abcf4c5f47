"""A unit test passes when all is as expected, and otherwise tells each difference by key and column."""

from tests.testing.bench import Bench


def test_a_test_passes_when_every_fate_is_as_expected(bench: Bench) -> None:
    bench.tests("""\
      - name: paid orders are posted, drafts are not
        given:
          shop.orders: [{id: o2, number: N-2, status: Draft}]
        expect:
          insert: [{Number: N-1, Customer: Ada, Amount: 12.5, Kind: null}]
          filtered: [o2]
    """)
    assert bench.passes()


def test_a_wrong_cell_is_told_by_key_and_column_at_its_place(bench: Bench) -> None:
    bench.tests("""\
      - name: the amount is wrong
        expect:
          insert: [{Number: N-1, Amount: 12, Customer: Ada}]
    """)
    assert bench.told() == [("cell", "insert books.postings", "N-1", "Amount", "12.00", "12.50")]
    (one,) = bench.differences()
    assert (one.place.file, one.place.line) == ("orders.test.yaml", 8)


def test_missing_and_unexpected_rows_are_told(bench: Bench) -> None:
    bench.tests("""\
      - name: another row is expected
        expect:
          insert: [{Number: N-7}]
    """)
    assert [one[:3] for one in bench.told()] == [
        ("missing", "insert books.postings", "N-7"),
        ("unexpected", "insert books.postings", "N-1"),
    ]


def test_a_number_of_rows_is_compared_too(bench: Bench) -> None:
    bench.tests("""\
      - name: three are expected
        expect: {insert: 3}
    """)
    assert bench.told() == [("count", "insert books.postings", "", "", "3", "1")]


def test_a_fate_that_nobody_expects_fails_with_the_line_that_decided(bench: Bench) -> None:
    bench.tests("""\
      - name: a row without a number is passed over in silence
        given: {shop.orders: [{id: o2, status: Paid}]}
        expect: {insert: 1}
    """)
    (one,) = bench.differences()
    assert (one.kind, one.outcome, one.key, one.got) == ("unexpected", "reject", "o2", "KEY_NULL Number")
    assert one.reason is not None
    assert (one.reason.span.file, one.reason.span.line) == ("orders.map.yaml", 6)


def test_every_fate_has_to_be_expected(bench: Bench) -> None:
    bench.tests("""\
      - name: the draft is forgotten
        given: {shop.orders: [{id: o2, number: N-2, status: Draft}]}
        expect: {insert: 1}
      - name: the posting is forgotten
        given: {shop.orders: [{id: o2, number: N-2, status: Draft}]}
        expect: {filtered: 1}
    """)
    assert [one[:3] for one in bench.told()] == [
        ("unexpected", "filtered", "o2"),
        ("unexpected", "insert books.postings", "N-1"),
    ]


def test_a_reason_is_compared_as_far_as_it_is_named(bench: Bench) -> None:
    bench.tests("""\
      - name: the customer is unknown
        given: {shop.orders: [{id: o1, customer: bob}]}
        expect: {reject: [{key: o1, code: TOO_LONG, column: Customer}]}
      - name: only the key is named
        given: {shop.orders: [{id: o1, customer: bob}]}
        expect: {reject: [o1]}
    """)
    assert bench.told() == [("cell", "reject", "o1", "code", "TOO_LONG", "LOOKUP_MISSING")]


def test_a_row_that_has_another_fate_is_told_with_it(bench: Bench) -> None:
    bench.tests("""\
      - name: the row is not held, it is rejected
        given: {shop.orders: [{id: o1, customer: bob}]}
        expect: {held: [o1]}
    """)
    assert bench.told()[0] == ("missing", "held", "o1", "", "held", "rejected LOOKUP_MISSING Customer")


def test_short_names_stand_for_guids_and_failures_speak_in_them(bench: Bench) -> None:
    bench.map("""\
        map: orders
        flow: sync
        source: shop.orders
        target: books.postings
        key: {Number: number}
        fields: {Customer: {from: customer, as: text}}
    """).tests("""\
      - name: a guid in a column of text
        expect: {insert: [{Number: N-1, Customer: {guid: ada}}]}
      - name: another one
        expect: {insert: [{Number: N-1, Customer: {guid: bob}}]}
    """)
    assert bench.told() == [("cell", "insert books.postings", "N-1", "Customer", "bob", "ada")]


def test_a_row_of_a_test_changes_the_shared_one_with_its_key(bench: Bench) -> None:
    bench.tests("""\
      - name: one column of a shared row is changed
        given: {shop.orders: [{id: o1, amount: 7}]}
        expect: {insert: [{Number: N-1, Amount: 7, Customer: Ada}]}
      - name: and the next test knows nothing of it
        expect: {insert: [{Number: N-1, Amount: 12.5}]}
    """)
    assert bench.passes()


def test_two_rows_of_one_test_may_share_a_key(bench: Bench) -> None:
    bench.tests("""\
      - name: a source key that stands twice
        given: {shop.orders: [{id: o2, number: N-2, status: Paid}, {id: o2, number: N-3, status: Paid}]}
        expect: {insert: 1, reject: [{key: o2, code: KEY_DUPLICATE}]}
    """)
    assert bench.passes()


def test_a_test_may_start_without_shared_rows(bench: Bench) -> None:
    bench.tests("""\
      - name: without any customer
        gone: {shop.customers: all}
        expect: {reject: [{key: o1, code: LOOKUP_MISSING}]}
      - name: without the order that is named
        gone: {shop.orders: [{number: N-1}]}
        given: {shop.orders: [{id: o2, number: N-2, status: Paid}]}
        expect: {insert: [{Number: N-2}]}
    """)
    assert bench.passes()


def test_steps_go_on_with_what_the_step_before_has_left(bench: Bench) -> None:
    bench.tests("""\
      - name: an order is posted, changed and removed again
        expect: {insert: 1}
        then:
          - expect: {unchanged: [o1]}
          - given: {shop.orders: [{id: o1, amount: 9}, {id: o2, number: N-2, status: Paid}]}
            expect: {update: [{Number: N-1, Amount: 9, Customer: Ada}], insert: [{Number: N-2}]}
          - gone: {shop.orders: [{id: o2}]}
            expect: {unchanged: [o1], filtered: [o2]}
    """)
    assert bench.passes()


def test_the_second_step_fails_at_its_own_place(bench: Bench) -> None:
    bench.tests("""\
      - name: nothing changed, and an update is expected
        expect: {insert: 1}
        then:
          - expect: {update: 1}
    """)
    assert [one[:3] for one in bench.told()] == [
        ("count", "update books.postings", ""),
        ("unexpected", "unchanged", "o1"),
    ]
    assert {one.place.line for one in bench.differences()} == {9}


BACK = """\
    map: orders
    flow: sync
    source: shop.orders
    target: books.postings
    key: {Number: number}
    fields: {Amount: amount}
    back:
      filter: Posted
      fields: {booked: Voucher}
"""


def test_the_way_back_finds_what_the_way_out_agreed(bench: Bench) -> None:
    bench.map(BACK).tests("""\
      - name: a voucher comes back, unless the order changed meanwhile
        given: {shop.orders: [{id: o2, number: N-2}]}
        expect: {insert: 2}
        then:
          - leg: back
            given:
              books.postings: [{Number: N-1, Voucher: V-1, Posted: true}, {Number: N-2, Voucher: V-2, Posted: true}]
              shop.orders: [{id: o2, booked: OTHER}]
            expect:
              update: [{id: o1, booked: V-1}]
              reject: [{key: N-2, code: CONFLICT_STALE}]
    """)
    assert bench.passes(), bench.told()


def test_a_guard_stops_a_run_only_where_a_test_asks_for_it(bench: Bench) -> None:
    bench.map("""\
        map: orders
        flow: sync
        source: shop.orders
        target: books.postings
        guard: {foreign_rows: stop}
        key: {Number: number}
        fields: {Amount: amount}
    """).tests("""\
      - name: a foreign row stops the run
        given: {books.postings: [{Number: X-1}]}
        expect: {stop: GUARD_FOREIGN_ROWS}
      - name: nobody asked
        given: {books.postings: [{Number: X-1}]}
        expect: {insert: 1}
      - name: nothing stops the run
        expect: {stop: GUARD_FOREIGN_ROWS}
    """)
    assert bench.told() == [("stop", "stop", "", "", "GUARD_FOREIGN_ROWS", "no guard stops the run")]


SETTLED = """\
    map: orders
    flow: staging_import
    source: shop.orders
    allow: [create]
    key: {Number: number}
    targets:
      - {target: books.postings, when: kind <> 'Gift', fields: {Amount: amount}}
      - {target: books.gifts, when: kind = 'Gift', fields: {Kind: {value: gift}}}
    settle: {done: {booked: number}}
"""


def test_several_targets_are_expected_by_table_and_none_is_forgotten(bench: Bench) -> None:
    bench.map(SETTLED).tests("""\
      - name: each goes where it belongs, and is marked
        given: {shop.orders: [{id: o2, number: N-2, kind: Gift}]}
        expect:
          insert: {books.postings: [{Number: N-1}], books.gifts: [{Number: N-2, Kind: gift}]}
          settle: [{id: o1, booked: N-1}, {id: o2, booked: N-2}]
      - name: the gift is forgotten, and what is marked is wrong
        given: {shop.orders: [{id: o2, number: N-2, kind: Gift}]}
        expect:
          insert: {books.postings: 1}
          settle: [{id: o1, booked: N-9}, {id: o2, booked: N-2}]
    """)
    assert bench.told() == [
        ("unexpected", "insert books.gifts", "N-2", "", "", ""),
        ("cell", "settle shop.orders", "o1", "booked", "N-9", "N-1"),
    ]


DOCUMENT = """\
    map: orders
    flow: sync
    source: shop.orders
    target: books.postings
    allow: [create]
    key: {Number: number}
    document:
      target: books.journals
      by: {Day: placed}
      fields: {Id: {sequence: journals}}
    fields: {Journal: document.Id}
"""


def test_a_list_leaves_the_headers_of_documents_aside_and_tables_do_not(bench: Bench) -> None:
    bench.map(DOCUMENT).tests("""\
      - name: only the line is spoken of
        expect: {insert: [{Number: N-1, Journal: J-01}]}
      - name: all is spoken of
        expect: {insert: {books.journals: [{Id: J-01, Day: 2026-03-01}], books.postings: 1}}
      - name: the header is forgotten
        expect: {insert: {books.postings: 1}}
    """)
    assert bench.told() == [("unexpected", "insert books.journals", "J-01", "", "", "")]


def test_tests_are_chosen_by_a_part_of_their_name(bench: Bench) -> None:
    bench.tests("""\
      - {name: An order is posted, expect: {insert: 1}}
      - {name: nothing is posted, expect: {insert: 7}}
    """)
    assert [one.test.name for one in bench.run(pattern="an ORDER").outcomes] == ["An order is posted"]
    assert [one.test.name for one in bench.run(pattern="*is*posted").outcomes][1:] == ["nothing is posted"]


def test_many_tests_keep_their_order_and_do_not_see_each_other(bench: Bench) -> None:
    bench.tests("".join(f"  - {{name: test {number:03}, expect: {{insert: 1}}}}\n" for number in range(70)))
    report = bench.run()
    assert report.passed
    assert [one.test.name for one in report.outcomes] == [f"test {number:03}" for number in range(70)]


def test_tests_in_the_map_itself_run_too(bench: Bench) -> None:
    bench.map("""\
        map: orders
        flow: sync
        source: shop.orders
        target: books.postings
        key: {Number: number}
        fields: {Amount: amount}
        tests:
          - name: an order is posted
            given: {shop.orders: [{id: o1, number: N-1, amount: 1}]}
            expect: {insert: [{Number: N-1, Amount: 2}]}
    """)
    assert bench.told() == [("cell", "insert books.postings", "N-1", "Amount", "2.00", "1.00")]


def test_a_way_that_the_map_does_not_have_fails(bench: Bench) -> None:
    bench.tests("""\
      - {name: nowhere, leg: references, expect: {insert: 1}}
    """)
    assert bench.told() == [("stop", "leg", "", "", "references", "the map has no such way")]
