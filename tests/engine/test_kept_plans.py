"""A plan that is kept in a file is carried out exactly, or refused with nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.errors import StoppedError, UsageError
from crosswalk.promises import KeptPlan, promised_by, read_plan
from tests.engine.shop import Shop, orders

TWO = orders((1, "A", "Chair"), (2, "B", "Desk"))


def kept(shop: Shop, *, full: bool = False) -> KeptPlan:
    return KeptPlan("dev", full=full, legs=promised_by(api.plan(shop.loaded, full=full, sealed=True)))


def refused(shop: Shop, plan: KeptPlan) -> str:
    """Try to carry out a plan; see that nothing is written, and give what is said."""
    before = shop.everything()
    result = api.carry_out(shop.loaded, plan)
    assert (result.exit_code, result.message.partition(":")[0]) == (4, "PLAN_STALE")
    assert shop.everything() == before
    assert result.next_command == "look at a new plan: crosswalk plan --out FILE"
    return result.message


def test_a_plan_is_carried_out_as_long_as_nothing_changed(shop: Shop) -> None:
    plan = kept(shop.map().put("store.orders", *TWO))
    result = api.carry_out(shop.loaded, plan)
    assert (result.exit_code, result.legs[0].fates["inserted"]) == (0, 2)
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]
    assert "1 rows" not in refused(shop, plan)


CHANGES = {
    "a cell of the source": "UPDATE store.orders SET title = 'Stool' WHERE id = 1",
    "a new row": "INSERT INTO store.orders (id, number, title, version, changed) VALUES (3, 'C', 'x', 1, '2027-01-01')",
    "a row that is gone": "DELETE FROM store.orders WHERE id = 2",
    "a row of the target that is to be changed": "UPDATE books.sales SET Title = 'Other'",
    "a row that would be rejected now": "UPDATE store.orders SET number = NULL WHERE id = 2",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_data_that_changed_since_makes_a_plan_stale(shop: Shop, change: str) -> None:
    shop.map().put("store.orders", *TWO).put("books.sales", {"Number": "A", "Title": "Before"})
    plan = kept(shop)
    shop.sql(change)
    message = refused(shop, plan)
    assert "orders: the data changed since the plan was made: it named 2 rows to write or keep back" in message


def test_rows_that_change_nothing_leave_a_plan_as_it_was(shop: Shop) -> None:
    shop.map().put("store.orders", *TWO).put("books.sales", {"Number": "X", "Title": "Theirs"})
    plan = kept(shop)
    shop.sql("UPDATE store.orders SET quantity = 7", "UPDATE books.sales SET Title = 'Other', Name = 'y'")
    assert api.carry_out(shop.loaded, plan).exit_code == 0


def test_two_rows_that_change_places_make_a_plan_stale(shop: Shop) -> None:
    shop.map().put("store.orders", *TWO)
    plan = kept(shop)
    shop.sql("UPDATE store.orders SET title = CASE id WHEN 1 THEN 'Desk' ELSE 'Chair' END")
    assert "some of them are others now" in refused(shop, plan)


def test_a_map_that_changed_since_makes_a_plan_stale_before_the_database_is_opened(shop: Shop) -> None:
    shop.map().put("store.orders", *TWO)
    plan = kept(shop)
    shop.map("fields: {Title: title, Name: title}")
    before = shop.database.read_bytes()
    with pytest.raises(StoppedError) as stale:
        api.carry_out(shop.loaded, plan)
    assert (stale.value.code, str(stale.value)) == ("PLAN_STALE", "maps changed since the plan was made: orders")
    assert shop.database.read_bytes() == before


def test_a_map_that_was_added_or_removed_makes_a_plan_stale(shop: Shop) -> None:
    shop.map().put("store.orders", *TWO)
    plan = kept(shop)
    shop.map("map: fees\ntarget: books.fees", "fees")
    with pytest.raises(StoppedError, match="maps changed since the plan was made: fees"):
        api.carry_out(shop.loaded, plan)


def test_comments_and_layout_of_a_map_do_not_make_a_plan_stale(shop: Shop) -> None:
    shop.map().put("store.orders", *TWO)
    plan = kept(shop)
    shop.map("# a remark\n\nfields:\n  Title: title  # the same")
    assert api.carry_out(shop.loaded, plan).exit_code == 0


def test_a_leg_that_reads_what_another_wrote_is_promised_too(shop: Shop) -> None:
    shop.map("map: first", "a")
    shop.map("map: second\nsource: books.sales\ntarget: books.fees\nkey: {Number: Number}\nfields: {Title: Title}", "b")
    shop.put("store.orders", *TWO)
    plan = kept(shop)
    assert list(plan.legs) == ["first", "second"]
    assert api.carry_out(shop.loaded, plan).exit_code == 0
    assert shop.rows("books.fees", "Number") == [("A",), ("B",)]


def test_a_plan_over_all_rows_is_carried_out_over_all_rows(shop: Shop) -> None:
    shop.map().put("store.orders", *TWO).run()
    shop.sql("UPDATE store.orders SET title = 'Stool' WHERE id = 1")
    plan = kept(shop, full=True)
    result = api.carry_out(shop.loaded, plan)
    assert (result.legs[0].mode, result.legs[0].fates["updated"]) == ("initial", 1)


def test_a_plan_says_nothing_of_values(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair of Ms. Olsen")))
    assert "Olsen" not in json.dumps(kept(shop).form)


def written(folder: Path, **changed: object) -> Path:
    file = folder / "plan.json"
    file.write_text(json.dumps({"exit": 0, "promise": KeptPlan("dev").form, **changed}), encoding="utf-8")
    return file


def test_a_plan_is_read_as_it_was_written(shop: Shop, tmp_path: Path) -> None:
    plan = kept(shop.map().put("store.orders", *TWO), full=True)
    assert read_plan(written(tmp_path, promise=plan.form)) == plan


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"exit": 4}, "keeps a plan that was stopped"),
        ({"promise": None}, "is not a plan that can be carried out"),
        ({"promise": {"form": 1}}, "is not a plan that can be carried out"),
        ({"promise": {"form": 1, "legs": [], "wanted": 3}}, "is not a plan that can be carried out"),
        ({"promise": {**KeptPlan("dev").form, "form": 2}}, "was written by another release"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        read_plan(written(tmp_path, **changed))
    assert error.value.code == "PLAN_UNREADABLE"


def test_a_file_that_is_not_there_or_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"\xff\x00")
    for name in ("none", "other"):
        with pytest.raises(UsageError, match="is not a plan that can be carried out"):
            read_plan(tmp_path / name)
