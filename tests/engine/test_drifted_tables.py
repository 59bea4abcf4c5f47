"""A table of the database file that is not what its entity says stops a run before anything is written."""

from __future__ import annotations

import pytest

from crosswalk import api
from crosswalk.errors import StoppedError
from tests.engine.shop import Shop, orders

PLAIN = "fields:\n  Title: title\n  Count: quantity"


def drifted(shop: Shop) -> StoppedError:
    """Run into drift, and see that nothing at all was written."""
    before = shop.everything()
    with pytest.raises(StoppedError) as stopped:
        api.run(shop.loaded)
    assert (stopped.value.code, stopped.value.exit_code) == ("DRIFT", 4)
    assert shop.everything() == before
    return stopped.value


def filled(shop: Shop) -> Shop:
    shop.map(PLAIN).put("store.orders", *orders((1, "A", "Chair"))).run()
    return shop.put("store.orders", *orders((2, "B", "Desk")))


CHANGES = {
    "ALTER TABLE store.orders DROP COLUMN title": (
        "store.orders has no column 'title' (entities/store/orders.entity.yaml:10),"
        " used in orders.map.yaml:7 `Title: title`"
    ),
    "ALTER TABLE store.orders RENAME COLUMN title TO titel": "orders.entity.yaml:10; did you mean 'titel'?)",
    "ALTER TABLE store.orders RENAME COLUMN quantity TO pieces": "; is it 'pieces' now? The type is the same), used in",
    "ALTER TABLE store.orders ALTER amount TYPE DECIMAL(14,2)": (
        "store.orders.amount is DECIMAL(14,2), and the entity says decimal(12,2)"
    ),
    'ALTER TABLE books.sales ALTER COLUMN "Count" TYPE VARCHAR': (
        "books.sales.Count is VARCHAR, and the entity says int (entities/books/sales.entity.yaml:11),"
        " used in orders.map.yaml:8 `Count: quantity`"
    ),
    'ALTER TABLE books.sales DROP COLUMN "Title"': "books.sales has no column 'Title'",
    'ALTER TABLE books.sales ALTER "Day" SET NOT NULL': (
        "books.sales.Day must have a value there, and the entity does not ask for one"
    ),
}


@pytest.mark.parametrize(("change", "sentence"), CHANGES.items())
def test_a_table_that_differs_from_its_entity_stops_before_anything(shop: Shop, change: str, sentence: str) -> None:
    filled(shop).sql("UPDATE books.sales SET \"Day\" = '2026-01-01'", change)
    error = drifted(shop)
    assert sentence in str(error)
    assert error.remedy == "change the entity file, or the table, so that they agree"


def test_all_differences_are_told_together(shop: Shop) -> None:
    filled(shop).sql(*(f"ALTER TABLE store.orders DROP COLUMN {name}" for name in ("title", "amount", "placed")))
    assert str(drifted(shop)).count("store.orders has no column") == 3


def test_a_value_that_a_source_must_have_is_no_difference(shop: Shop) -> None:
    filled(shop).sql("UPDATE store.orders SET done = ''", "ALTER TABLE store.orders ALTER done SET NOT NULL")
    assert shop.one()["inserted"] == 1


def test_a_column_that_the_entity_does_not_list_and_that_must_have_a_value_stops_the_maps_that_write(
    shop: Shop,
) -> None:
    filled(shop).sql(
        "ALTER TABLE books.sales ADD COLUMN extra INTEGER",
        "UPDATE books.sales SET extra = 1",
        "ALTER TABLE books.sales ALTER extra SET NOT NULL",
    )
    assert "books.sales must have a value in extra; the entity has no such column" in str(drifted(shop))
    shop.sql("ALTER TABLE books.sales ALTER extra SET DEFAULT 7")
    assert shop.one()["inserted"] == 1
    assert shop.sales("Number extra") == [("A", 1), ("B", 7)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("ALTER TABLE store.orders RENAME TO orders_old", "did you mean 'orders_old'?"),
        ("CREATE SCHEMA shop; CREATE TABLE shop.orders AS FROM store.orders; DROP TABLE store.orders", "'shop.orders'"),
        (
            "DROP TABLE store.orders",
            "store.orders is gone, and runs have used it (entities/store/orders.entity.yaml:1)",
        ),
        ("ALTER TABLE books.sales RENAME TO sold", "books.sales is gone, and runs have used it"),
    ],
)
def test_a_table_that_runs_have_used_and_that_is_gone_is_not_simply_made_anew(
    shop: Shop, change: str, sentence: str
) -> None:
    filled(shop).sql(*change.split("; "))
    error = drifted(shop)
    assert sentence in str(error)
    assert error.remedy.endswith("crosswalk run --allow missing_table")


def test_a_table_that_is_meant_to_be_made_anew_is_made_by_a_run_that_says_so(shop: Shop) -> None:
    filled(shop).map(f"guard: {{missing_rows: restore}}\n{PLAIN}").sql("DROP TABLE books.sales")
    assert "books.sales is gone" in str(drifted(shop))
    assert shop.one(allow=("missing_table",)) == {"inserted": 2}
    assert shop.one() == {}


def test_a_table_that_no_run_has_used_is_made(shop: Shop) -> None:
    filled(shop).sql("DROP TABLE books.fees")
    assert shop.one() == {"inserted": 1}
    assert shop.rows("books.fees", "Number") == []


def test_a_new_column_is_told_once_and_left_alone(shop: Shop) -> None:
    filled(shop).sql("ALTER TABLE store.orders ADD COLUMN shelf VARCHAR", "UPDATE store.orders SET shelf = 'x'")
    assert shop.plan() == {"orders": {"inserted": 1}}
    assert shop.findings() == {"DRIFT_NEW_COLUMN": (1, "shelf")}
    shop.run()
    assert shop.findings() == {"DRIFT_NEW_COLUMN": (1, "shelf")}
    shop.run()
    assert shop.findings() == {}
    shop.sql("ALTER TABLE store.orders ADD COLUMN bin VARCHAR").run()
    assert shop.findings() == {"DRIFT_NEW_COLUMN": (1, "bin")}
