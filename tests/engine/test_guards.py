"""What stops a run before anything is written, and what is only reported."""

from __future__ import annotations

import pytest

from crosswalk import api
from crosswalk.errors import MapError, UsageError
from tests.engine.shop import Shop, orders

FOREIGN = "INSERT INTO books.sales (Number) VALUES ('X')"


def many(count: int) -> list[dict[str, object]]:
    return orders(*((key, f"N{key:03}", "Chair") for key in range(1, count + 1)))


@pytest.mark.parametrize(("policy", "found"), [("report", {"GUARD_FOREIGN_ROWS": (1, "X")}), ("ignore", {})])
def test_rows_made_by_others_are_reported_or_ignored(shop: Shop, policy: str, found: dict[str, object]) -> None:
    shop.map(f"guard: {{foreign_rows: {policy}}}").put("store.orders", *orders((1, "A", "Chair"))).sql(FOREIGN)
    assert shop.one() == {"inserted": 1}
    assert shop.findings() == found
    assert shop.sales("Number") == [("A",), ("X",)]


def test_rows_made_by_others_stop_a_map_that_says_so(shop: Shop) -> None:
    shop.map("guard: {foreign_rows: stop}").put("store.orders", *orders((1, "A", "Chair"))).sql(FOREIGN)
    assert shop.stopped() == "GUARD_FOREIGN_ROWS"
    shop.remove("books.sales", "Number = 'X'")
    assert shop.one() == {"inserted": 1}


def test_a_scope_says_which_rows_are_the_maps_own(shop: Shop) -> None:
    shop.map("guard: {foreign_rows: stop}\nscope: Kind = 'shop'\nfields: {Title: title, Kind: {value: shop}}")
    shop.put("store.orders", *orders((1, "A", "Chair"))).sql(FOREIGN)
    assert shop.one() == {"inserted": 1}
    assert shop.one() == {}
    shop.sql("UPDATE books.sales SET Kind = 'shop'")
    assert shop.stopped() == "GUARD_FOREIGN_ROWS"


def test_two_maps_share_a_table_by_their_scopes(shop: Shop) -> None:
    for number, kind in enumerate(("chair", "desk"), start=1):
        shop.map(
            f"map: {kind}\nfilter: quantity = {number}\nguard: {{foreign_rows: stop, missing_rows: stop}}\n"
            f"scope: Kind = '{kind}'\non_leave: delete\nfields: {{Kind: {{value: {kind}}}}}",
            kind,
        )
    shop.put("store.orders", {"id": 1, "number": "A", "quantity": 1}, {"id": 2, "number": "B", "quantity": 2})
    assert shop.run() == {"chair": {"inserted": 1, "filtered": 1}, "desk": {"inserted": 1, "filtered": 1}}
    shop.put("store.orders", {"id": 1, "quantity": 2})
    fates = shop.run()
    assert fates["chair"]["deleted"] == 1
    assert fates["desk"]["inserted"] == 1
    assert shop.sales("Number Kind") == [("A", "desk"), ("B", "desk")]


def test_missing_rows_are_reported(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    shop.remove("books.sales", "Number = 'A'")
    assert shop.one() == {}
    assert shop.findings() == {"GUARD_MISSING_ROWS": (1, "A")}
    assert shop.sales("Number") == [("B",)]


def test_missing_rows_are_restored_where_the_map_says_so(shop: Shop) -> None:
    shop.map("guard: {missing_rows: restore}").put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    shop.remove("books.sales", "Number = 'A'")
    assert shop.one() == {"inserted": 1}
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]
    assert shop.one() == {}


def test_missing_rows_of_a_leg_that_only_creates_are_restored(shop: Shop) -> None:
    shop.map("allow: [create]\nguard: {missing_rows: restore}").put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.put("store.orders", {"id": 1, "title": "Stool"}).remove("books.sales", "TRUE")
    assert shop.one() == {"inserted": 1}
    assert shop.sales() == [("A", "Stool")]


def test_missing_rows_stop_a_map_that_says_so(shop: Shop) -> None:
    shop.map("guard: {missing_rows: stop}").put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    shop.remove("books.sales", "Number = 'A'").put("store.orders", {"id": 2, "title": "Table"})
    assert shop.stopped() == "GUARD_MISSING_ROWS"


def test_a_first_run_with_nothing_but_rejects_stops(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, None, "Chair"), (2, None, "Desk")))
    assert shop.stopped() == "GUARD_REJECTS"


def test_an_empty_first_run_is_no_fault(shop: Shop) -> None:
    shop.map().sql("SELECT 1")
    assert shop.one() == {}
    assert shop.sales("Number") == []


def test_a_later_run_stops_when_more_than_ten_new_rows_are_all_rejected(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.put("store.orders", *orders(*((key, None, "Chair") for key in range(2, 12))))
    assert shop.one() == {"rejected": 10}
    shop.put("store.orders", *orders(*((key, None, "Chair") for key in range(12, 23))))
    assert shop.stopped() == "GUARD_REJECTS"
    assert shop.said() == (
        "orders: too many rows of store.orders are rejected: 11 of 11 rows (100%),"
        " a run in which every row is rejected stops, for example 12",
        "look at the rows, then crosswalk run --allow rejects,"
        " or write limits: {rejects: {stop: ..}} in orders.map.yaml",
    )
    assert shop.one(allow=("rejects",))["rejected"] == 21


@pytest.mark.parametrize("limit", ["0.5", "2"])
def test_too_many_rejects_stop_a_run(shop: Shop, limit: str) -> None:
    shop.map(f"limits: {{rejects: {{stop: {limit}}}}}")
    rows = orders((1, "A", "Chair"), (2, None, "B"), (3, None, "C"), (4, None, "D"))
    shop.put("store.orders", *rows)
    assert shop.stopped() == "GUARD_REJECTS"
    shop.put("store.orders", {"id": 2, "number": "B"})
    assert shop.one() == {"inserted": 2, "rejected": 2}


def test_rejects_above_the_warning_are_published_with_exit_three(shop: Shop) -> None:
    shop.map("limits: {rejects: {warn: 0.4}}")
    shop.put("store.orders", *orders((1, "A", "Chair"), (2, None, "B")))
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.last is not None
    assert shop.last.exit_code == 3
    assert shop.findings()["REJECTS_ABOVE_LIMIT"] == (1, "2")
    assert shop.sales("Number") == [("A",)]


def test_too_many_removals_stop_a_run(shop: Shop) -> None:
    shop.map("on_leave: delete").put("store.orders", *many(20)).run()
    shop.remove("store.orders", "id <= 11")
    assert shop.stopped() == "GUARD_VOLUME"
    assert shop.said() == (
        "orders: rows of books.sales would be removed: 11 of 20 rows (55%), the limit is 50%, for example 1",
        "look at crosswalk plan; if this is meant, crosswalk run --allow volume,"
        " or write limits: {volume: 1} in orders.map.yaml",
    )
    shop.put("store.orders", *many(1))
    assert shop.one()["deleted"] == 10
    assert len(shop.sales("Number")) == 10


def test_a_run_that_says_so_removes_more_than_the_limit_once(shop: Shop) -> None:
    shop.map("on_leave: delete").put("store.orders", *many(40)).run()
    shop.remove("store.orders", "id <= 24")
    assert shop.one(allow=("volume",))["deleted"] == 24
    assert shop.findings()["GUARD_VOLUME"] == (24, "1")
    shop.remove("store.orders", "id <= 37")
    assert shop.stopped() == "GUARD_VOLUME"


def test_removals_are_judged_by_the_rows_that_are_the_maps_own(shop: Shop) -> None:
    shop.map("scope: Kind = 'shop'\non_leave: delete\nfields: {Kind: {value: shop}}")
    shop.put("books.sales", *({"Number": f"X{n}", "Kind": "hand"} for n in range(40)))
    shop.put("store.orders", *many(20)).run()
    shop.remove("store.orders", "id <= 11")
    assert shop.stopped() == "GUARD_VOLUME"
    assert "11 of 20 rows (55%)" in shop.said()[0]


def test_a_limit_of_a_map_is_told_as_it_is_written(shop: Shop) -> None:
    shop.map("on_leave: delete\nlimits: {volume: 0.125}").put("store.orders", *many(80)).run()
    shop.remove("store.orders", "id <= 11")
    assert shop.stopped() == "GUARD_VOLUME"
    assert "11 of 80 rows (13.8%), the limit is 12.5%" in shop.said()[0]


def test_changes_of_most_rows_stop_a_run_unless_the_map_itself_was_changed(shop: Shop) -> None:
    shop.map().put("store.orders", *many(120)).run()
    shop.sql("UPDATE store.orders SET title = 'Desk', version = 2, changed = changed + INTERVAL 9 DAY")
    assert shop.stopped() == "GUARD_VOLUME"
    assert "would be changed: 120 of 120 rows (100%), the limit is 50%" in shop.said()[0]
    assert shop.stopped(full=True) == "GUARD_VOLUME"
    shop.map("fields: {Title: title, Kind: {value: new}}")
    assert shop.one() == {"updated": 120}
    shop.sql("UPDATE store.orders SET title = 'Stool', version = 3, changed = changed + INTERVAL 9 DAY")
    assert shop.one(allow=("volume",)) == {"updated": 120}


def test_changes_of_a_hundred_rows_are_not_too_many(shop: Shop) -> None:
    shop.map().put("store.orders", *many(100)).run()
    shop.sql("UPDATE store.orders SET title = 'Desk', version = 2, changed = changed + INTERVAL 9 DAY")
    assert shop.one() == {"updated": 100}


def test_too_many_changes_stop_a_map_with_a_limit(shop: Shop) -> None:
    shop.map("limits: {volume: 0.5}").put("store.orders", *many(20)).run()
    shop.sql("UPDATE store.orders SET title = 'Desk', version = 2")
    assert shop.stopped(full=True) == "GUARD_VOLUME"
    shop.map("limits: {volume: 1}")
    assert shop.one(full=True) == {"updated": 20}


@pytest.mark.parametrize("lines", ["", "on_leave: delete", "on_leave: delete\nlimits: {empty_source: stop}"])
def test_a_source_that_is_empty_now_stops_a_run(shop: Shop, lines: str) -> None:
    shop.map(lines).put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    shop.remove("store.orders", "TRUE")
    assert shop.stopped() == "GUARD_EMPTY_SOURCE"
    assert shop.said() == (
        "orders: store.orders is empty, and rows of it were delivered before: 2 of them, for example 1",
        "check the source; if this is meant, crosswalk run --allow empty_source,"
        " or write limits: {empty_source: allow} in orders.map.yaml",
    )
    assert shop.sales("Number") == [("A",), ("B",)]


def test_an_empty_source_is_passed_by_a_map_that_says_so(shop: Shop) -> None:
    shop.map("on_leave: delete\nlimits: {empty_source: allow}").put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.remove("store.orders", "TRUE")
    assert shop.one() == {"deleted": 1}
    assert shop.findings()["GUARD_EMPTY_SOURCE"] == (1, "1")


def test_an_empty_source_is_passed_once_by_a_run_that_says_so_and_the_ledger_keeps_that(shop: Shop) -> None:
    shop.map("on_leave: delete").put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.remove("store.orders", "TRUE")
    assert shop.plan(allow=("empty_source",)) == {"orders": {"deleted": 1}}
    assert shop.one(allow=("empty_source",)) == {"deleted": 1}
    told = "store.orders is empty, and rows of it were delivered before: 1 of them; this run was allowed to go on"
    assert shop.read("SELECT code, message, row_count FROM crosswalk.findings") == [("GUARD_EMPTY_SOURCE", told, 1)]


def test_a_source_that_is_cleared_after_an_import_stops_nothing(shop: Shop) -> None:
    shop.map("allow: [create]").put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.remove("store.orders", "TRUE")
    assert shop.one() == {}
    assert shop.sales("Number") == [("A",)]
    shop.map("allow: [create]\nlimits: {empty_source: stop}")
    assert shop.stopped() == "GUARD_EMPTY_SOURCE"


def test_a_guard_that_does_not_exist_cannot_be_passed(shop: Shop) -> None:
    with pytest.raises(UsageError) as error:
        api.run(shop.map().loaded, allow=("volumes",))
    assert (error.value.code, error.value.remedy) == ("UNKNOWN_GUARD", "did you mean 'volume'?")


def test_passing_one_guard_passes_no_other(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.remove("store.orders", "TRUE")
    assert shop.stopped(allow=("volume", "rejects")) == "GUARD_EMPTY_SOURCE"


def test_a_target_with_two_rows_of_one_key_stops(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.sql("INSERT INTO books.sales (Number) VALUES ('A'), ('A')")
    assert shop.stopped() == "TARGET_DUPLICATE"


def test_a_stopped_map_leaves_those_before_it_and_ends_the_run(shop: Shop) -> None:
    shop.map("map: first", "a")
    shop.map("map: second\ntarget: books.fees\nguard: {foreign_rows: stop}\nafter: [first]", "b")
    shop.map("map: third\nsource: books.fees\ntarget: books.headers\nkey: {Id: Number}\nfields: {Group: Title}", "c")
    shop.put("store.orders", *orders((1, "A", "Chair"))).sql("INSERT INTO books.fees (Number) VALUES ('X')")
    result = api.run(shop.loaded)
    assert result.exit_code == 4
    assert [leg.map_name for leg in result.legs] == ["first"]
    assert shop.sales("Number") == [("A",)]
    assert shop.rows("books.fees", "Number") == [("X",)]
    assert shop.read("SELECT leg FROM crosswalk.runs") == [("first",)]
    assert shop.read("SELECT DISTINCT leg FROM crosswalk.watermarks") == [("first",)]


def test_a_map_that_does_not_compile_runs_nothing(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair")))
    shop.map("fields: {Title: titel}")
    with pytest.raises(MapError) as error:
        shop.run()
    assert error.value.code == "UNKNOWN_COLUMN"


def test_a_key_that_stands_outside_the_scope_is_not_made_a_second_time(shop: Shop) -> None:
    shop.map("scope: Kind = 'shop'\nfields: {Title: title, Kind: {value: shop, write: create}}")
    shop.put("books.sales", {"Number": "A", "Title": "Theirs", "Kind": "hand"})
    shop.put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("1", "rejected", "TARGET_EXISTS")]
    assert shop.sales() == [("A", "Theirs"), ("B", "Desk")]
    shop.remove("books.sales", "Number = 'A'")
    assert shop.one() == {"inserted": 1}
