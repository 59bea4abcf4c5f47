"""Files become the model as it was written, and whatever is wrong with them is one exception."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path as File

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk.config.load import kind_of, load, show
from crosswalk.errors import MapError, Problem, Span
from crosswalk.model import (
    Choice,
    Concat,
    Constant,
    DataType,
    EntityRef,
    Expression,
    First,
    Limits,
    Path,
    Permission,
    Sequence,
    TableMap,
)

BASE = File(__file__).parent.parent / "badmaps" / "base"
FILES = {path.relative_to(BASE).as_posix(): path.read_bytes() for path in sorted(BASE.rglob("*.yaml"))}
HEAD = "map: more\nflow: sync\nsource: shop.orders\ntarget: ledger.postings\nkey: {Number: number}\n"


def problems_of(files: dict[str, bytes]) -> tuple[Problem, ...]:
    try:
        load(files)
    except MapError as error:
        return error.problems
    return ()


def table_map(text: str, head: str = HEAD) -> TableMap:
    return load(FILES | {"more.map.yaml": (head + text).encode()}).maps["more"]


def test_the_project_file_is_built_with_its_defaults():
    built = load(FILES)
    assert (built.name, built.default_profile, built.overlap_seconds) == ("shop", "dev", 300)
    assert built.profiles["dev"]["ledger"].kind == "embedded"
    assert built.sequences["posting"].format == "P-{000000}"
    assert built.lines["orders.map.yaml"][0] == "map: orders"


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("2h", 7200), ("1d", 86400)])
def test_the_overlap_has_units(text: str, seconds: int):
    content = FILES["crosswalk.yaml"] + f"overlap: {text}\n".encode()
    assert load(FILES | {"crosswalk.yaml": content}).overlap_seconds == seconds


def test_an_entity_is_built_with_types_relations_and_choices():
    orders = load(FILES).entities[EntityRef("shop", "orders")]
    assert (orders.key, orders.modified, orders.row_version) == (("order_id",), "modified_at", "version")
    assert orders.columns["amount"].type == DataType("decimal", precision=19, scale=4)
    assert orders.columns["note"].type == DataType("text", length=200)
    assert orders.columns["customer_id"].relation == ("customers",)
    assert orders.columns["status"].type == DataType("choice", coded="int")
    assert orders.columns["status"].choices[1] == Choice(1, "Paid")
    assert orders.columns["order_id"].required


@pytest.mark.parametrize("choices", ["[open, paid]", "{010: Open, 1: Paid}", "{'1': Open, 2: Paid}"])
def test_codes_are_text_unless_all_are_whole_numbers(choices: str):
    head = "entity: items\nsystem: shop\nkey: [id]\ncolumns:\n  id: {type: int}\n"
    text = f"{head}  c: {{type: choice, choices: {choices}}}\n"
    column = load(FILES | {"items.entity.yaml": text.encode()}).entities[EntityRef("shop", "items")].columns["c"]
    assert column.type.coded == "text"
    assert all(isinstance(choice.code, str) for choice in column.choices)


def test_a_bare_line_is_a_path_at_its_place():
    line = load(FILES).maps["orders"].fields[0]
    assert line.source == Path("customer_id.name", Span("orders.map.yaml", 10, 13, 16))
    assert line.span == Span("orders.map.yaml", 10, 3, 8)


def test_every_source_is_built():
    fields = """fields:
  A: {value: 010}
  B: {value: '010'}
  C: {value: null}
  D: {value: 'null'}
  E: {first: [note, {value: none}]}
  F: {concat: [{value: "No. "}, number, {expr: upper(note)}]}
  G: {expr: "coalesce(note, number)"}
  H: {sequence: posting}
"""
    a, b, c, d, e, f, g, h = (line.source for line in table_map(fields).fields)
    assert [(x.value, x.quoted) for x in (a, b, c, d) if isinstance(x, Constant)] == [
        ("010", False),
        ("010", True),
        (None, False),
        ("null", True),
    ]
    assert isinstance(e, First)
    assert [type(item) for item in e.items] == [Path, Constant]
    assert isinstance(f, Concat)
    assert [type(item) for item in f.items] == [Constant, Path, Expression]
    assert isinstance(g, Expression)
    assert g.text.value == "coalesce(note, number)"
    assert g.span == Span("more.map.yaml", 13, 14, 22)
    assert h == Sequence("posting", Span("more.map.yaml", 14, 17, 7))


def test_transforms_stand_in_the_order_of_the_language_with_plain_arguments():
    fields = """fields:
  A: {from: note, fit: truncate, default: 'pass', pad: {to: 10, with: 0, side: left}, upper: true, trim: true}
  B: {from: status, values: {0: open, 1: null, '': none}, otherwise: 'hold', back: {open: 0}}
  C: {from: status, values: order_status, otherwise: hold}
  D: {from: note, as: date, timezone: UTC}
  E: {from: amount, multiply: 0.01, round: {to: 2, mode: half_up}}
  F: {from: amount, round: 2, default: 0.00}
"""
    a, b, c, d, e, f = ([(call.name, call.argument) for call in line.transforms] for line in table_map(fields).fields)
    assert a == [
        ("trim", True),
        ("upper", True),
        ("pad", {"to": 10, "with": "0", "side": "left"}),
        ("default", {"value": "pass"}),
        ("fit", "truncate"),
    ]
    values = {"0": "open", "1": None, "": "none"}
    assert b == [("values", {"values": values, "otherwise": {"value": "hold"}, "back": {"open": "0"}})]
    assert c == [("values", {"values": "order_status", "otherwise": "hold"})]
    assert d == [("as", {"as": "date", "timezone": "UTC"})]
    assert [(name, Decimal(str(value)) if name == "multiply" else value) for name, value in e] == [
        ("multiply", Decimal("0.01")),
        ("round", {"to": 2, "mode": "half_up"}),
    ]
    assert f == [("round", 2), ("default", "0.00")]


def test_required_write_and_owner_are_built():
    text = """fields:
  Note: {from: note, required: hold, else: NOTE_MISSING, write: create}
both:
  Amount: {from: amount, owner: target}
  PostedOn: ordered_on
back:
  filter: State = 'paid'
"""
    built = table_map(text)
    line = built.fields[0]
    assert (line.required, line.otherwise_code, line.write, line.owner) == ("hold", "NOTE_MISSING", "create", None)
    assert [(line.target, line.owner) for line in built.both] == [("Amount", "target"), ("PostedOn", None)]
    assert built.back is not None
    assert built.back.allow == Permission(create=False, update=True)
    assert built.back.filter is not None


def test_lookups_are_built_in_order():
    text = """lookups:
  rate: {in: ledger.rates, where: {Currency: {value: EUR}}, as_of: ordered_on, missing: null}
  sums: {in: ledger.rates, total: {n: count(*)}, missing: hold, else: NONE_YET, first_by: [ValidFrom, -Rate]}
"""
    rate, sums = table_map(text).lookups
    assert (rate.entity, rate.missing, rate.code) == (EntityRef("ledger", "rates"), "null", "LOOKUP_MISSING")
    assert rate.as_of is not None
    assert rate.as_of.text == "ordered_on"
    assert rate.where[0].source == Constant("EUR", Span("more.map.yaml", 7, 54, 3))
    assert (sums.missing, sums.code) == ("hold", "NONE_YET")
    assert sums.total["n"].value == "count(*)"
    assert [one.value for one in sums.first_by] == ["ValidFrom", "-Rate"]


@pytest.mark.parametrize(
    ("allow", "expected"),
    [
        ("", Permission(create=True, update=True)),
        ("allow: [create]", Permission(create=True, update=False)),
        ("allow: [create, update, delete]", Permission(delete=True)),
        ("allow: {update: false}", Permission(create=True, update=False)),
    ],
)
def test_allow_is_a_list_or_a_mapping(allow: str, expected: Permission):
    assert table_map(allow + "\n").allow == expected


def test_allow_takes_conditions():
    update = table_map("allow: {update: target.State <> 'closed'}\n").allow.update
    assert not isinstance(update, bool)
    assert update.value == "target.State <> 'closed'"


def test_a_write_back_updates_only_and_may_find_rows_by_a_path():
    head = HEAD.replace("flow: sync", "flow: write_back").replace("{Number", "{party.code: note, Number")
    built = table_map("conflict: source\n", head)
    assert built.allow == Permission(create=False)
    assert built.conflict == "source"
    assert [line.target for line in built.key] == ["party.code", "Number"]


def test_the_rest_of_a_map_is_built():
    text = """tags: [daily]
after: [orders]
on_leave: keep
absent: hold
guard: {missing_rows: restore}
limits: {rejects: {stop: 0.5}}
company: customer_id.name
requires:
  - that: amount > 0
  - {that: rush, else: NOT_RUSH}
all_or_nothing: {by: [customer_id], expect: count(*) = 2}
document:
  target: ledger.postings
  by: {Day: ordered_on}
  order: [ordered_on]
  lines: 200
  fields: {Number: {sequence: posting}}
settle: {done: {note: target.Number}}
"""
    built = table_map(text)
    assert (built.tags, built.after, built.on_leave, built.absent) == (("daily",), ("orders",), "keep", "hold")
    assert (built.guard.missing_rows, built.guard.foreign_rows) == ("restore", "report")
    assert built.limits == Limits(rejects_stop=0.5)
    assert [one.code for one in built.requires] == ["REQUIREMENT_NOT_MET", "NOT_RUSH"]
    assert built.all_or_nothing is not None
    assert built.all_or_nothing.code == "SET_INCOMPLETE"
    assert built.document is not None
    assert (built.document.lines, built.document.by[0].target) == (200, "Day")
    assert built.settle[0].source == Path("target.Number", Span("more.map.yaml", 23, 23, 13))


def test_the_limits_of_a_map_go_before_those_of_the_project():
    content = FILES["crosswalk.yaml"] + b"limits: {volume: 0.2, rejects: {stop: 0.1}}\n"
    built = load(FILES | {"crosswalk.yaml": content, "more.map.yaml": (HEAD + "limits: {volume: 1}\n").encode()})
    assert built.maps["more"].limits == Limits(volume=1.0, rejects_stop=0.1)


def test_several_targets_add_to_the_common_lines():
    head = HEAD.replace("target: ledger.postings\n", "")
    arms = """targets:
  - {target: ledger.postings, when: rush, fields: {Note: note}}
  - {target: ledger.postings, when: not rush}
"""
    first, second = table_map(arms, head).arms
    assert first.when is not None
    assert first.when.value == "rush"
    assert [line.target for line in first.fields] == ["Note"]
    assert second.fields == ()


def test_what_follows_from_a_file_that_cannot_be_read_is_not_told():
    with pytest.raises(MapError) as caught:
        load(FILES | {"entities/ledger/postings.entity.yaml": b"entity: [\n", "value_maps/order_status.yaml": b"\n"})
    assert {one.code for one in caught.value.problems} == {"YAML_SYNTAX", "MAP_EMPTY"}


def test_a_column_with_a_mistake_is_a_column_all_the_same():
    content = FILES["entities/shop/orders.entity.yaml"].replace(b"type: guid, required", b"type: uuid, requird")
    with pytest.raises(MapError) as caught:
        load(FILES | {"entities/shop/orders.entity.yaml": content})
    assert [one.code for one in caught.value.problems] == ["UNKNOWN_TYPE", "UNKNOWN_PROPERTY"]


def test_problems_of_all_files_come_sorted():
    broken = {"b.map.yaml": b"map: b\n", "a.map.yaml": b"a: 1\na: 2\n", "crosswalk.yaml": b"project: x\n"}
    with pytest.raises(MapError) as caught:
        load(FILES | broken)
    places = [(one.span.file, one.span.line, one.span.column) for one in caught.value.problems]
    assert places == sorted(places)
    assert {file for file, _, _ in places} == set(broken)


def test_secrets_are_not_shown():
    lines = show(
        {"crosswalk.yaml": b"a: {password: hunter2, user: me, api_key: '${env:KEY}', url: 'https://u:pw@x'}\n"}
    )
    assert (
        lines["crosswalk.yaml"][0] == "a: {password: *******, user: me, api_key: '${env:KEY}', url: 'https://****@x'}"
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("crosswalk.yaml", "project"),
        ("entities/shop/a.entity.yaml", "entity"),
        ("deep/a.map.yaml", "table_map"),
        ("value_maps/a.yaml", "value_map"),
        ("a.yaml", None),
        ("deep/crosswalk.yaml", None),
        ("a.map.yml", None),
    ],
)
def test_files_are_told_apart_by_name(name: str, kind: str | None):
    assert kind_of(name) == kind


def test_a_map_of_a_thousand_lines_loads_quickly():
    columns = "".join(f"  c{n}: {{type: text(20)}}\n" for n in range(999))
    entity = f"entity: wide\nsystem: shop\nkey: [id]\ncolumns:\n  id: {{type: guid}}\n{columns}".encode()
    lines = "".join(f"  c{n}: {{from: c{n}, trim: true, fit: truncate}}\n" for n in range(990))
    started = time.perf_counter()
    load(FILES | {"wide.entity.yaml": entity, "more.map.yaml": (HEAD + "fields:\n" + lines).encode()})
    assert time.perf_counter() - started < 5


def test_too_many_files_are_refused_at_once():
    with pytest.raises(MapError) as caught:
        load(FILES | {f"m{n}.map.yaml": b"x" for n in range(10_001)})
    assert [one.code for one in caught.value.problems] == ["TOO_MANY"]


@given(
    st.dictionaries(
        st.sampled_from(["crosswalk.yaml", "a.map.yaml", "a.entity.yaml", "value_maps/a.yaml"]), st.binary()
    )
)
def test_no_bytes_raise_anything_else(content: dict[str, bytes]):
    with pytest.raises(MapError):
        load(content)


WORDS = [
    "fields",
    "key",
    "from",
    "null",
    "true",
    "010",
    "[a, b]",
    "{a: b}",
    "{value: x}",
    "''",
    "*a",
    "&a",
    "- a",
    "a: b",
]


@given(
    st.sampled_from(sorted(FILES)),
    st.lists(
        st.tuples(st.integers(0, 600), st.integers(0, 12), st.sampled_from([*WORDS, "", " ", "\n", "\n  "])), max_size=4
    ),
)
def test_damaged_files_load_or_are_refused_with_places(name: str, edits: list[tuple[int, int, str]]):
    text = FILES[name].decode()
    for start, length, word in edits:
        text = text[: start % (len(text) + 1)] + word + text[start % (len(text) + 1) + length :]
    found = problems_of(FILES | {name: text.encode()})
    assert all(one.message and one.span.line >= 1 for one in found)
