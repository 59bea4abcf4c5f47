"""An incremental run ends where an initial one would, whatever changed: the rows, or the rows that they look up."""

from __future__ import annotations

import pytest

from tests.engine.shop import START, Shop, orders

NAMES = "fields: {Title: title, Name: customer.name}"
COUNTRY = "fields: {Title: title, Name: customer.country.region.name}"


def agrees(shop: Shop, name: str = "orders") -> None:
    """Check that a run over all rows finds nothing to write and nothing else to reject."""
    open_rows = shop.rejects(name)
    fates = shop.run(name, full=True)[name]
    assert {fate for fate in fates if fate in ("inserted", "updated", "deleted")} == set()
    assert shop.rejects(name) == open_rows


@pytest.fixture
def world(shop: Shop) -> Shop:
    """Three orders of two customers in two countries of two regions; the newest row of each table is used by none."""
    shop.put("store.regions", {"code": "n", "name": "North"}, {"code": "s", "name": "South"}, {"code": "x"})
    shop.put("store.countries", {"code": "NO", "region": "n"}, {"code": "ES", "region": "s"}, {"code": "XX"})
    shop.put("store.customers", {"id": 1, "name": "Ann", "country": "NO"}, {"id": 2, "name": "Bob", "country": "ES"})
    shop.put("store.customers", {"id": 5, "name": "Eve"})
    rows = orders((1, "A", "Chair"), (2, "B", "Desk"), (3, "C", "Lamp"))
    return shop.put("store.orders", *(row | {"customer": key} for row, key in zip(rows, (1, 2, 1), strict=True)))


def test_inserts_updates_and_deletes_of_the_source_end_as_an_initial_run(shop: Shop) -> None:
    shop.map("on_leave: delete").put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"), (3, "C", "Lamp")))
    shop.run()
    shop.put("store.orders", {"id": 2, "title": "Table"}, *orders((4, "D", "Sofa")))
    shop.remove("store.orders", "id = 1")
    assert shop.one() == {"inserted": 1, "updated": 1, "deleted": 1}
    assert shop.sales() == [("B", "Table"), ("C", "Lamp"), ("D", "Sofa")]
    agrees(shop)


def test_a_changed_looked_up_row_reaches_the_rows_that_refer_to_it(world: Shop) -> None:
    world.map(NAMES).run()
    world.put("store.customers", {"id": 1, "name": "Anna"})
    assert world.one() == {"updated": 2}
    assert world.sales("Number Name") == [("A", "Anna"), ("B", "Bob"), ("C", "Anna")]
    agrees(world)


def test_a_change_three_hops_away_reaches_the_rows(world: Shop) -> None:
    world.map(COUNTRY).run()
    assert world.sales("Number Name") == [("A", "North"), ("B", "South"), ("C", "North")]
    world.put("store.regions", {"code": "n", "name": "Far North"})
    assert world.one() == {"updated": 2}
    assert world.sales("Number Name") == [("A", "Far North"), ("B", "South"), ("C", "Far North")]
    agrees(world)


def test_a_middle_row_that_points_elsewhere_reaches_the_rows(world: Shop) -> None:
    world.map(COUNTRY).run()
    world.put("store.customers", {"id": 1, "country": "ES"})
    assert world.one() == {"updated": 2}
    assert world.sales("Number Name") == [("A", "South"), ("B", "South"), ("C", "South")]
    agrees(world)


def test_a_deleted_looked_up_row_is_noticed(world: Shop) -> None:
    world.map(NAMES).run()
    world.remove("store.customers", "id = 1")
    assert world.one() == {"rejected": 2}
    assert world.rejects() == [("1", "rejected", "LOOKUP_MISSING"), ("3", "rejected", "LOOKUP_MISSING")]
    agrees(world)
    world.put("store.customers", {"id": 1, "name": "Ann"})
    assert world.one() == {"unchanged": 2}
    assert world.rejects() == []


def test_a_deleted_row_three_hops_away_is_noticed(world: Shop) -> None:
    world.map(COUNTRY).run()
    world.remove("store.regions", "code = 'n'")
    assert world.one() == {"rejected": 2}
    agrees(world)


def test_a_deleted_looked_up_row_is_noticed_beside_a_new_one(world: Shop) -> None:
    world.map(NAMES).run()
    world.remove("store.customers", "id = 1")
    world.put("store.customers", {"id": 9, "name": "Zoe"})
    assert world.one() == {"rejected": 2}
    agrees(world)


def test_a_deleted_looked_up_row_is_noticed_beside_a_late_one(world: Shop) -> None:
    """The late row has the modified time of the watermark, so neither the time nor the number of rows tells."""
    world.map(NAMES).run()
    world.remove("store.customers", "id = 1")
    ((latest,),) = world.read("SELECT max(changed) FROM store.customers")
    world.put("store.customers", {"id": 9, "name": "Zoe", "changed": latest})
    assert world.one() == {"rejected": 2}
    agrees(world)


def test_a_looked_up_row_without_a_modified_time_is_noticed(world: Shop) -> None:
    world.map(NAMES).run()
    world.put("store.customers", {"id": 2, "name": "Bert", "changed": None})
    assert world.one()["updated"] == 1
    assert world.sales("Number Name") == [("A", "Ann"), ("B", "Bert"), ("C", "Ann")]
    agrees(world)


def test_a_change_in_a_table_without_modified_time_is_noticed(shop: Shop) -> None:
    shop.map("fields: {Title: title, Name: payer.companies.code}")
    shop.put("store.companies", {"id": 7, "code": "c7"}, {"id": 8, "code": "c8"})
    rows = orders((1, "A", "Chair"), (2, "B", "Desk"))
    shop.put("store.orders", rows[0] | {"payer": 7}, rows[1] | {"payer": 8})
    shop.run()
    shop.put("store.companies", {"id": 7, "code": "c9"})
    assert shop.one()["updated"] == 1
    assert shop.sales("Number Name") == [("A", "c9"), ("B", "c8")]
    agrees(shop)
    assert shop.one() == {}


def test_a_key_lookup_follows_its_row(world: Shop) -> None:
    world.map("lookups: {who: {in: store.customers, where: {id: customer}}}\nfields: {Name: who.name}").run()
    world.put("store.customers", {"id": 2, "name": "Bert"})
    assert world.one() == {"updated": 1}
    world.remove("store.customers", "id = 2")
    assert world.one() == {"rejected": 1}
    agrees(world)


def test_a_lookup_that_may_miss_follows_its_row_in_and_out(world: Shop) -> None:
    lookup = "lookups: {who: {in: store.customers, where: {id: quantity}, missing: null}}\nfields: {Name: who.name}"
    world.map(lookup).put("store.orders", {"id": 1, "quantity": 9}).run()
    assert world.sales("Number Name") == [("A", None), ("B", None), ("C", None)]
    world.put("store.customers", {"id": 9, "name": "Zoe"})
    assert world.one()["updated"] == 1
    assert world.sales("Number Name")[0] == ("A", "Zoe")
    world.remove("store.customers", "id = 9")
    assert world.one()["updated"] == 1
    assert world.sales("Number Name")[0] == ("A", None)
    agrees(world)


def test_a_lookup_by_another_column_follows_a_row_that_moves(world: Shop) -> None:
    lookup = "lookups: {who: {in: store.customers, where: {name: title}, missing: null}}\nfields: {Count: who.id}"
    world.map(lookup).put("store.customers", {"id": 1, "name": "Chair"}).run()
    assert world.sales("Number Count") == [("A", 1), ("B", None), ("C", None)]
    world.put("store.customers", {"id": 1, "name": "Lamp"})
    assert world.one()["updated"] == 2
    assert world.sales("Number Count") == [("A", None), ("B", None), ("C", 1)]
    agrees(world)


def test_a_total_follows_the_rows_below(world: Shop) -> None:
    lookup = (
        "lookups: {parts: {in: store.parts, where: {order: id}, total: {n: count(*), sum: sum(amount)}}}\n"
        "fields: {Count: parts.n, Amount: parts.sum}"
    )
    world.map(lookup).put("store.parts", {"id": 1, "order": 1, "amount": 5}, {"id": 2, "order": 1, "amount": 7})
    world.run()
    assert [tuple(map(str, row)) for row in world.sales("Number Count Amount")] == [
        ("A", "2", "12.00"),
        ("B", "0", "None"),
        ("C", "0", "None"),
    ]
    world.put("store.parts", {"id": 2, "order": 2})
    assert world.one()["updated"] == 2
    world.remove("store.parts", "id = 1")
    assert world.one()["updated"] == 1
    assert world.sales("Number Count") == [("A", 0), ("B", 1), ("C", 0)]
    agrees(world)


def test_a_lookup_with_a_filter_follows_rows_that_enter_and_leave_it(world: Shop) -> None:
    lookup = (
        "lookups: {who: {in: store.customers, where: {id: customer}, filter: country = 'NO', missing: null}}\n"
        "fields: {Name: who.name}"
    )
    world.map(lookup).run()
    assert world.sales("Number Name") == [("A", "Ann"), ("B", None), ("C", "Ann")]
    world.put("store.customers", {"id": 1, "country": "ES"}, {"id": 2, "country": "NO"})
    assert world.one() == {"updated": 3}
    assert world.sales("Number Name") == [("A", None), ("B", "Bob"), ("C", None)]
    agrees(world)


def test_an_effective_date_follows_its_periods(shop: Shop) -> None:
    shop.map(
        "lookups: {rate: {in: store.rates, where: {currency: currency}, as_of: placed, missing: null}}\n"
        "fields: {Amount: {from: rate.rate, round: {to: 2, mode: half_up}}}"
    )
    shop.put("store.rates", {"currency": "EUR", "company": "c1", "since": "2025-01-01", "rate": 2})
    one = {"id": 1, "number": "A", "currency": "EUR", "company": "c1", "placed": "2025-03-01"}
    shop.put("store.orders", one, one | {"id": 2, "number": "B", "placed": "2025-05-01"}).run()
    shop.put("store.rates", {"currency": "EUR", "since": "2025-01-01", "until": "2025-04-01"})
    shop.put("store.rates", {"currency": "EUR", "company": "c1", "since": "2025-04-02", "rate": 3})
    assert shop.one() == {"updated": 1, "unchanged": 1}
    assert [(key, int(amount)) for key, amount in shop.sales("Number Amount")] == [("A", 2), ("B", 3)]
    agrees(shop)


def test_a_row_enters_the_filter_because_of_a_looked_up_row(world: Shop) -> None:
    world.map("filter: customer.country.region = 'n'").run()
    assert world.sales("Number") == [("A",), ("C",)]
    world.put("store.countries", {"code": "ES", "region": "n"})
    assert world.one()["inserted"] == 1
    assert world.sales("Number") == [("A",), ("B",), ("C",)]
    agrees(world)


def test_a_second_order_with_the_key_of_a_delivered_one_has_both_rejected(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    shop.put("store.orders", *orders((3, "A", "Lamp")))
    assert shop.one() == {"rejected": 2}
    assert shop.rejects() == [("1", "rejected", "KEY_DUPLICATE"), ("3", "rejected", "KEY_DUPLICATE")]
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]
    agrees(shop)
    shop.put("store.orders", {"id": 3, "number": "C"})
    assert shop.one() == {"inserted": 1, "unchanged": 1}
    assert shop.sales() == [("A", "Chair"), ("B", "Desk"), ("C", "Lamp")]


def test_orders_that_swap_their_keys_are_no_duplicates(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    shop.put("store.orders", {"id": 1, "number": "B"}, {"id": 2, "number": "A"})
    assert shop.one() == {"updated": 2}
    assert shop.sales() == [("A", "Desk"), ("B", "Chair")]
    agrees(shop)


def test_a_key_taken_over_from_a_deleted_order_is_no_duplicate(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    shop.remove("store.orders", "id = 1").put("store.orders", *orders((3, "A", "Lamp")))
    assert shop.one() == {"updated": 1, "filtered": 1}
    assert shop.sales() == [("A", "Lamp"), ("B", "Desk")]
    agrees(shop)


def test_rows_with_one_modified_time_are_all_found(shop: Shop) -> None:
    shop.map().put("store.orders", {"id": 1, "number": "A", "changed": START}).run()
    shop.put("store.orders", {"id": 2, "number": "B", "changed": START})
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Number") == [("A",), ("B",)]


@pytest.mark.parametrize("minutes", [20, 19])
def test_a_row_that_is_committed_late_is_found_within_the_overlap_and_behind_it(shop: Shop, minutes: int) -> None:
    shop.setting("overlap: 60s", "overlap: 10m")
    shop.map().put("store.orders", {"id": 1, "number": "A", "changed": START.replace(minute=30)}).run()
    shop.put("store.orders", {"id": 2, "number": "B", "changed": START.replace(minute=minutes)})
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Number") == [("A",), ("B",)]
    assert shop.one() == {}


def test_a_change_that_is_committed_late_within_the_overlap_is_found(shop: Shop) -> None:
    shop.setting("overlap: 60s", "overlap: 10m")
    times = {1: START.replace(minute=30), 2: START.replace(minute=1)}
    shop.map().put(
        "store.orders", *({"id": key, "number": f"N{key}", "changed": time} for key, time in times.items())
    ).run()
    shop.put("store.orders", {"id": 2, "title": "Stool", "changed": START.replace(minute=20)})
    assert shop.one() == {"updated": 1}
    assert shop.sales() == [("N1", None), ("N2", "Stool")]


def test_a_change_with_the_same_modified_time_is_found_by_its_version(shop: Shop) -> None:
    shop.map().put("store.orders", {"id": 1, "number": "A", "title": "Chair", "changed": START}).run()
    shop.put("store.orders", {"id": 1, "title": "Stool", "changed": START})
    assert shop.one() == {"updated": 1}
    assert shop.sales() == [("A", "Stool")]


def test_a_row_without_a_modified_time_is_rejected_and_the_rest_goes_on(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair")), {"id": 2, "number": "B", "changed": None})
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("2", "rejected", "CURSOR_NULL")]
    shop.put("store.orders", {"id": 2})
    assert shop.one() == {"inserted": 1}
    assert shop.rejects() == []


def test_a_source_without_modified_time_is_compared_whole(shop: Shop) -> None:
    shop.map("source: store.companies\nkey: {Number: {from: id, as: text}}\nfields: {Title: code}\non_leave: delete")
    shop.put("store.companies", {"id": 1, "code": "c1"}, {"id": 2, "code": "c2"}, {"id": 3, "code": "c3"})
    assert shop.one() == {"inserted": 3}
    assert shop.one() == {}
    shop.put("store.companies", {"id": 2, "code": "x"}).remove("store.companies", "id = 3")
    assert shop.one() == {"updated": 1, "unchanged": 1, "deleted": 1}
    assert shop.sales() == [("1", "c1"), ("2", "x")]
    agrees(shop)
