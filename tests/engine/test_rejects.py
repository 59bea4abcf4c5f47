"""Rows that cannot go on: kept whole, tried again, resolved; and runs over chosen rows only."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from crosswalk import api
from tests.engine.shop import Shop, orders

THINGS = """
key: [id]
modified: changed
columns:
  id: {type: guid}
  name: {type: text}
  price: {type: "decimal(38,10)"}
  big: {type: int}
  yes: {type: boolean}
  day: {type: date}
  at: {type: datetime}
  kind: {type: choice, choices: {a: A, b: B}}
  none: {type: text}
  changed: {type: datetime}
"""
TEXTS = [
    "plain",
    "",
    " blanks ",
    "quotes \" and ' and `",
    "back\\slash \\n \\u0041",
    "line\nbreak\r\ttab",
    "\x01\x1f\x7f control",
    "æøå ß Ł 漢字 😀 \u202e \ufeff \u2028",
    "e\u0301 and \u00e9",
    "{{ 7 * 7 }} %s {0} $1 ${x} '; DROP TABLE x; --",
    '{"json": [1, null]}',
]


def test_a_reject_holds_any_text_as_it_is(shop: Shop) -> None:
    shop.entity("store.things", THINGS)
    shop.map(
        "source: store.things\nkey: {Number: name}\nfields: {Name: {from: none, required: reject}}\nlimits:"
        " {rejects: {stop: 100}}"
    )
    shop.put("store.things", *({"id": UUID(int=n), "name": text, "kind": "a"} for n, text in enumerate(TEXTS)))
    assert shop.one() == {"rejected": len(TEXTS)}
    assert {one.key: one.row["name"] for one in shop.open_rows()} == {
        str(UUID(int=n)): text for n, text in enumerate(TEXTS)
    }


def test_a_reject_holds_the_whole_source_row(shop: Shop) -> None:
    shop.entity("store.things", THINGS)
    shop.map(
        "source: store.things\nkey: {Number: {from: kind, as: text}}\nfields: {Title: {value: x}, Name: {from:"
        " none, required: reject}}"
    )
    key = UUID("00000000-0000-4000-8000-00000000000a")
    row: dict[str, object] = {
        "id": key,
        "name": "",
        "price": Decimal("12345678901234567890.0123456789"),
        "big": -(2**63),
        "yes": True,
        "day": date(1, 1, 1),
        "at": datetime(2025, 12, 31, 23, 59, 59, 999999),
        "kind": "a",
        "changed": datetime(2025, 1, 1),
    }
    shop.put("store.things", row, {"id": UUID(int=1), "kind": "b", "none": "there"})
    assert shop.one() == {"inserted": 1, "rejected": 1}
    (reject,) = shop.open_rows()
    assert reject.key == str(key)
    kept = reject.row
    assert kept["name"] == ""
    assert UUID(str(kept["id"])) == key
    assert Decimal(str(kept["price"])) == row["price"]
    assert int(str(kept["big"])) == row["big"]
    assert kept["yes"] == "true"
    assert date.fromisoformat(str(kept["day"])) == row["day"]
    assert datetime.fromisoformat(str(kept["at"])) == row["at"]
    assert (kept["kind"], kept["none"]) == ("a", None)
    assert set(kept) == {"id", "name", "price", "big", "yes", "day", "at", "kind", "none", "changed"}


def test_a_reject_says_where_why_and_by_what_value(shop: Shop) -> None:
    shop.map("fields: {Title: title}").put("store.orders", *orders((1, "A", "x" * 21), (2, "B", "fine")))
    shop.run()
    (reject,) = shop.open_rows()
    assert (reject.map_name, reject.leg, reject.key, reject.fate) == ("orders", "out", "1", "rejected")
    assert (reject.code, reject.column, reject.value) == ("TOO_LONG", "Title", "x" * 21)
    assert reject.place == "orders.map.yaml:6"
    assert reject.run_id == shop.leg().run_id
    assert shop.leg().reasons == (("rejected", "TOO_LONG", "Title", 1),)
    assert shop.last is not None
    assert shop.last.next_command == "crosswalk rejects"


def test_attempts_are_counted_and_the_first_day_stays(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, None, "x"), (2, "B", "y"))).run()
    (first,) = shop.open_rows()
    for attempt in (2, 3):
        assert shop.one() == {"rejected": 1}
        (again,) = shop.open_rows()
        assert (again.attempts, again.first_seen) == (attempt, first.first_seen)
        assert again.run_id == shop.leg().run_id


def test_a_reject_with_another_reason_stays_one_entry(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, None, "x"), (2, "B", "y"))).run()
    shop.put("store.orders", {"id": 1, "number": "A", "title": "x" * 30})
    assert shop.one() == {"rejected": 1}
    (reject,) = shop.open_rows()
    assert (reject.code, reject.attempts) == ("TOO_LONG", 2)
    assert reject.row["number"] == "A"


def test_a_mended_row_is_delivered_and_its_reject_resolved(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, None, "x"), (2, "B", "y"))).run()
    shop.put("store.orders", {"id": 1, "number": "A"})
    assert shop.one() == {"inserted": 1}
    assert shop.open_rows() == ()
    ((state, run),) = shop.read("SELECT state, resolved_run FROM crosswalk.rejects")
    assert (state, run) == ("resolved", shop.leg().run_id)
    assert shop.sales() == [("A", "x"), ("B", "y")]


def test_a_mended_map_resolves_what_it_rejected(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "x" * 30), (2, "B", "y"))).run()
    shop.map("fields: {Title: {from: title, fit: truncate}}")
    assert shop.one() == {"inserted": 1, "unchanged": 1}
    assert shop.open_rows() == ()


def test_a_mended_row_equals_one_that_was_never_rejected(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, None, "same"), (2, "B", "same"))).run()
    shop.put("store.orders", {"id": 1, "number": "A"}).run()
    columns = "Title Name Amount Count Day Kind Header Place State Version"
    first, second = shop.sales(columns)
    assert first == second
    assert shop.one(full=True) == {"unchanged": 2}


def test_a_reject_whose_row_is_gone_is_resolved(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, None, "x"), (2, "B", "y"))).run()
    shop.remove("store.orders", "id = 1")
    assert shop.one() == {}
    assert shop.open_rows() == ()
    assert shop.read("SELECT source_key, state FROM crosswalk.rejects") == [("1", "resolved")]


def test_a_reject_that_no_longer_passes_the_filter_is_resolved(shop: Shop) -> None:
    shop.map("filter: title <> 'no'").put("store.orders", *orders((1, None, "x"), (2, "B", "y"))).run()
    shop.put("store.orders", {"id": 1, "title": "no"})
    assert shop.one() == {"filtered": 1}
    assert shop.open_rows() == ()


def test_a_row_that_was_delivered_and_is_rejected_now_keeps_its_target(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "x"), (2, "B", "y"))).run()
    shop.put("store.orders", {"id": 1, "title": "x" * 30})
    assert shop.one() == {"rejected": 1}
    assert shop.sales() == [("A", "x"), ("B", "y")]
    shop.put("store.orders", {"id": 1, "title": "z"})
    assert shop.one() == {"updated": 1}
    assert shop.sales() == [("A", "z"), ("B", "y")]


def broken(shop: Shop) -> Shop:
    """Two rows with two faults, mended since; and a new row that no run has seen."""
    shop.map().put("store.orders", *orders((1, None, "x"), (2, "B", "y" * 30), (3, "C", "z"))).run()
    return shop.put("store.orders", {"id": 1, "number": "A"}, {"id": 2, "title": "y"}, *orders((4, "D", "new")))


def test_only_the_rows_of_a_code_are_tried_again(shop: Shop) -> None:
    assert broken(shop).retry(code="TOO_LONG") == {"orders": {"inserted": 1}}
    assert shop.sales("Number") == [("B",), ("C",)]
    assert shop.rejects() == [("1", "rejected", "KEY_NULL")]


def test_only_the_row_of_a_key_is_tried_again(shop: Shop) -> None:
    assert broken(shop).retry(key="1") == {"orders": {"inserted": 1}}
    assert shop.sales("Number") == [("A",), ("C",)]
    assert shop.rejects() == [("2", "rejected", "TOO_LONG")]


def test_trying_again_examines_open_rows_only_and_moves_no_watermark(shop: Shop) -> None:
    assert broken(shop).retry() == {"orders": {"inserted": 2}}
    assert shop.sales("Number") == [("A",), ("B",), ("C",)]
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Number") == [("A",), ("B",), ("C",), ("D",)]


def test_a_run_for_one_key_examines_that_record_only(shop: Shop) -> None:
    broken(shop)
    assert shop.one(key="4") == {"inserted": 1}
    assert shop.leg().why_mode == "asked for 4"
    assert shop.sales("Number") == [("C",), ("D",)]
    assert shop.one(key="99") == {}
    assert shop.one() == {"inserted": 2}


def test_a_run_for_one_set_examines_all_its_members(shop: Shop) -> None:
    shop.map("allow: [create]\nall_or_nothing: {by: [currency, status]}")
    rows = orders((1, "A", "x"), (2, "B", "y"), (3, "C", "z"), (4, "D", "u"))
    sets = (("EUR", 1), ("EUR", 1), ("EUR", 2), ("NOK", 1))
    shop.put("store.orders", *(row | {"currency": c, "status": s} for row, (c, s) in zip(rows, sets, strict=True)))
    assert shop.one(key="EUR|1") == {"inserted": 2}
    assert shop.one(key="4") == {"inserted": 1}
    assert shop.sales("Number") == [("A",), ("B",), ("D",)]
    assert shop.one() == {"inserted": 1, "unchanged": 3}


def test_a_duplicate_that_is_tried_alone_is_a_duplicate_still(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "x"), (2, "A", "y"), (3, "C", "z"))).run()
    shop.retry(key="1")
    assert shop.rejects() == [("1", "rejected", "KEY_DUPLICATE"), ("2", "rejected", "KEY_DUPLICATE")]
    assert shop.sales("Number") == [("C",)]
    shop.run(key="2")
    assert shop.rejects() == [("1", "rejected", "KEY_DUPLICATE"), ("2", "rejected", "KEY_DUPLICATE")]
    assert shop.sales("Number") == [("C",)]


def test_the_story_of_a_row_tells_what_decides_now(shop: Shop) -> None:
    broken(shop)
    (mended,) = api.why(shop.loaded, "orders", "1")
    assert (mended.now, mended.reason) == ("inserted", None)
    assert [one.code for one in mended.open_rows] == ["KEY_NULL"]
    shop.put("store.orders", {"id": 3, "title": "x" * 30})
    before = shop.everything()
    (story,) = api.why(shop.loaded, "orders", "3")
    assert story.now == "rejected"
    assert story.reason is not None
    assert (story.reason.code, story.reason.span.line) == ("TOO_LONG", 6)
    assert [target[:2] for target in story.targets] == [("books.sales", "C")]
    assert shop.everything() == before
