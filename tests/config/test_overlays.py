"""An overlay adds, replaces and removes by name, and the file below it stays as it is."""

from __future__ import annotations

from pathlib import Path as File

from crosswalk.config.load import load
from crosswalk.errors import MapError, Span
from crosswalk.model import Constant, EntityRef, Path, TableMap

BASE = File(__file__).parent.parent / "badmaps" / "base"
FILES = {path.relative_to(BASE).as_posix(): path.read_bytes() for path in sorted(BASE.rglob("*.yaml"))}
TWO = b"""\
map: two
flow: sync
source: shop.orders
targets:
  - {target: ledger.postings, when: rush, key: {Number: number}, fields: {Amount: amount, State: {value: Paid}}}
  - {target: ledger.rates, when: not rush, key: {Currency: number}}
"""
WIDE = b"""\
map: wide
flow: sync
source: shop.orders
target: ledger.postings
key: {Number: number}
lookups: {first: {in: shop.customers}, second: {in: shop.customers}}
requires: [{that: amount > 0}]
tags: [daily]
both: {Customer: note}
back: {fields: {note: Customer, number: Number}}
limits: {volume: 0.5}
"""


def overlaid(text: str, name: str = "orders") -> TableMap:
    return load(FILES | {"wide.map.yaml": WIDE, "two.map.yaml": TWO, "ours/ours.map.yaml": text.encode()}).maps[name]


def test_a_line_is_added_behind_and_one_of_the_same_name_takes_its_place():
    built = overlaid("extends: orders\nfields: {Amount: {value: 1}, Note: note}\n")
    assert [line.target for line in built.fields] == ["Customer", "PostedOn", "Amount", "State", "Note"]
    assert isinstance(built.fields[2].source, Constant)
    assert built.fields[2].span == Span("ours/ours.map.yaml", 2, 10, 6)
    assert built.fields[3].span.file == "orders.map.yaml"
    assert built.overlays == ("ours/ours.map.yaml",)


def test_what_is_not_named_stays():
    assert load(FILES).maps["orders"].overlays == ()
    built = overlaid("extends: orders\nversion: 1.0.0-ours\non_leave: keep\n")
    assert (built.version, built.on_leave, built.title) == ("1.0.0-ours", "keep", "Orders become postings")
    assert [line.target for line in built.key] == ["Number"]


def test_a_column_that_is_removed_is_gone_from_every_block():
    built = overlaid("extends: wide\nremove: [Customer, note]\n", "wide")
    assert built.both == ()
    assert built.back is not None
    assert [line.target for line in built.back.fields] == ["number"]
    built = overlaid("extends: two\nremove: [Amount]\n", "two")
    assert [line.target for line in built.arms[0].fields] == ["State"]


def test_a_column_that_goes_both_ways_now_no_longer_goes_one_way():
    built = overlaid("extends: orders\nboth: {Amount: amount}\nback: {filter: Amount > 0}\n")
    assert "Amount" not in [line.target for line in built.fields]
    assert [line.target for line in built.both] == ["Amount"]


def test_parts_are_entered_and_lists_grow():
    text = """\
extends: wide
back: {conflict: target, fields: {amount: Amount}}
requires: [{that: number is not null}]
tags: [ours]
lookups: {first: {in: ledger.rates}, third: {in: shop.orders}}
limits: {empty_source: stop}
"""
    built = overlaid(text, "wide")
    assert built.back is not None
    assert (built.back.conflict, [line.target for line in built.back.fields]) == (
        "target",
        ["note", "number", "amount"],
    )
    assert [one.that.value for one in built.requires] == ["amount > 0", "number is not null"]
    assert built.tags == ("daily", "ours")
    assert [(one.name, one.entity.entity) for one in built.lookups] == [
        ("first", "rates"),
        ("second", "customers"),
        ("third", "orders"),
    ]
    assert (built.limits.volume, built.limits.empty_source) == (0.5, "stop")


def test_lines_are_added_to_the_target_that_they_name():
    built = overlaid("extends: two\ntargets: [{target: ledger.postings, fields: {Note: note}}]\n", "two")
    assert [line.target for line in built.arms[0].fields] == ["Amount", "State", "Note"]
    assert built.arms[1].target == EntityRef("ledger", "rates")


def test_two_overlays_that_do_not_meet_are_both_laid_over():
    ours = {
        "a.map.yaml": b"extends: orders\nfields: {Note: note}\n",
        "b.map.yaml": b"extends: orders\nversion: 2.0.0\n",
    }
    built = load(FILES | ours).maps["orders"]
    assert (built.version, built.fields[-1].target) == ("2.0.0", "Note")
    assert built.overlays == ("a.map.yaml", "b.map.yaml")


def test_an_entity_and_a_value_map_are_extended_too():
    ours = {
        "ours.entity.yaml": b"extends: shop.orders\ncolumns: {colour: {type: text(9)}, note: {type: text(400)}}\n",
        "value_maps/ours.yaml": b"extends: order_status\nvalues: {Draft: D}\n",
    }
    built = load(FILES | ours)
    columns = built.entities[EntityRef("shop", "orders")].columns
    assert (str(columns["colour"].type), str(columns["note"].type)) == ("text(9)", "text(400)")
    assert list(built.entities[EntityRef("shop", "orders")].columns)[-1] == "colour"
    assert built.value_maps["order_status"].values["Draft"] == "D"


def test_a_mistake_in_an_overlay_is_shown_there():
    try:
        overlaid("extends: orders\nfields: {Amount: {from: amount, values: no_such}}\n")
    except MapError as error:
        (problem,) = error.problems
    assert (problem.code, str(problem.span)) == ("UNKNOWN_VALUE_MAP", "ours/ours.map.yaml:2:41")


def test_a_path_on_the_right_side_of_an_overlay_is_a_path():
    built = overlaid("extends: orders\nfields: {Note: customer_id.name}\n")
    assert built.fields[-1].source == Path("customer_id.name", Span("ours/ours.map.yaml", 2, 16, 16))
