"""What happens to the copies of outside tables when reads are odd: rows that come and go, keys that are missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.cli import main
from crosswalk.connectors.drill.cells import page
from crosswalk.connectors.drill.system import DrillSystem
from crosswalk.errors import UsageError
from crosswalk.exchange import Page, Wanted
from crosswalk.landing import Wish, read_table
from crosswalk.model import Entity
from tests.engine.test_outside import Shop, order, spoil


class Scripted(DrillSystem):
    """A system that gives the pages that a test says."""

    def __init__(self, *pages: Page) -> None:
        self._pages = pages

    def read(self, wanted: Wanted) -> Iterator[Page]:
        yield from self._pages


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path).lay()
    found.order(*(order(n, f"{n}.50") for n in range(1, 4)))
    found.run()
    return found


@pytest.fixture
def orders(shop: Shop) -> Entity:
    return shop.entity("shop", "orders")


@pytest.fixture
def backend(shop: Shop) -> Iterator[DuckDBBackend]:
    opened = DuckDBBackend(shop.root / "outside.duckdb")
    yield opened
    opened.close()


def rows(entity: Entity, *cells: tuple[int | None, str]) -> Page:
    given = [{"number": number, "total": total} for number, total in cells]
    columns = tuple(entity.columns)
    return page(columns, [tuple(row.get(column) for column in columns) for row in given])


def gone(number: int) -> Page:
    return page(("number",), [(number,)], "gone")


def held(backend: DuckDBBackend) -> list[object]:
    return [number for (number,) in backend.rows("SELECT number FROM shop.orders ORDER BY 1")]


def waiting(backend: DuckDBBackend) -> list[tuple[object, ...]]:
    return backend.rows("SELECT source_key, code FROM crosswalk.rejects WHERE state = 'open' ORDER BY ALL")


def test_a_row_that_came_and_went_in_one_read_is_not_there(orders: Entity, backend: DuckDBBackend) -> None:
    read_table(orders, Scripted(rows(orders, (9, "1.00")), gone(9)), backend)
    assert held(backend) == [1, 2, 3]


def test_a_row_that_went_and_came_in_one_read_is_there(orders: Entity, backend: DuckDBBackend) -> None:
    read_table(orders, Scripted(gone(1), rows(orders, (1, "1.00"))), backend)
    assert held(backend) == [1, 2, 3]


def test_a_row_that_could_not_be_read_and_went_waits_no_more(orders: Entity, backend: DuckDBBackend) -> None:
    read_table(orders, Scripted(rows(orders, (2, "1.001"))), backend)
    assert waiting(backend) == [("2", "CELL_UNREADABLE")]
    read_table(orders, Scripted(gone(2)), backend)
    assert (held(backend), waiting(backend)) == ([1, 3], [])


def test_a_row_that_could_not_be_read_and_is_not_among_all_keys_waits_no_more(
    orders: Entity, backend: DuckDBBackend
) -> None:
    read_table(orders, Scripted(rows(orders, (2, "1.001"))), backend)
    listed = page(("number",), [(1,), (3,)])
    read_table(orders, Scripted(Page(listed.relation, "present", listed.bound)), backend)
    assert (held(backend), waiting(backend)) == ([1, 3], [])


def test_a_row_without_key_waits_once_however_often_it_is_read(orders: Entity, backend: DuckDBBackend) -> None:
    for _ in range(2):
        read_table(orders, Scripted(rows(orders, (None, "1.00"))), backend)
    assert waiting(backend) == [("", "KEY_NULL")]
    read_table(orders, Scripted(rows(orders, (1, "1.00"))), backend, Wish(full=True))
    assert (held(backend), waiting(backend)) == ([1], [])


def test_one_database_does_not_serve_two_profiles_that_reach_other_places(shop: Shop) -> None:
    file = shop.root / "crosswalk.yaml"
    text = file.read_text(encoding="utf-8")
    other = text.partition("  wire:\n")[2].replace("shop.sqlite", "other.sqlite")
    file.write_text(f"{text}  live:\n{other}", encoding="utf-8")
    with pytest.raises(UsageError, match="copies of 'shop' of the profile 'wire'"):
        api.run(api.load(shop.root, "live"))
    assert api.run(api.load(shop.root, "wire")).exit_code == 0


def test_a_profile_may_be_renamed_and_its_settings_may_change(shop: Shop) -> None:
    file = shop.root / "crosswalk.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("  wire:\n", "  live:\n"), encoding="utf-8")
    assert api.run(api.load(shop.root)).exit_code == 0
    file.write_text(file.read_text(encoding="utf-8").replace('page: "3"', 'page: "4"'), encoding="utf-8")
    assert api.run(api.load(shop.root)).exit_code == 0


def test_rows_that_could_not_be_read_can_be_listed_by_themselves(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(shop, "UPDATE orders SET total = '1.001' WHERE number = 2")
    shop.run()
    words = ("rejects", "--project", str(shop.root), "--map", "read shop.orders", "--output", "json")
    assert main(words) == 0
    assert [row["key"] for row in json.loads(capsys.readouterr().out)] == ["2"]


def emptied(shop: Shop, *, full: bool = False) -> tuple[int, str]:
    spoil(shop, "DELETE FROM orders")
    result = shop.run(full=full)
    return result.exit_code, result.message


@pytest.mark.parametrize("full", [False, True])
def test_an_empty_answer_stops_the_run_and_leaves_the_copy(shop: Shop, full: bool) -> None:
    assert emptied(shop, full=full) == (4, "GUARD_EMPTY_SOURCE: shop.orders came back empty, and its copy holds 3 rows")
    assert shop.ledger("SELECT number FROM shop.orders ORDER BY ALL") == [(1,), (2,), (3,)]
    result = shop.run()
    assert result.next_command == (
        "check the system; if this is meant, crosswalk run --allow empty_source, or write limits:"
        " {empty_source: allow} in sales.map.yaml"
    )


def test_an_empty_answer_is_taken_by_a_run_that_may_pass_the_guard(shop: Shop) -> None:
    spoil(shop, "DELETE FROM orders")
    result = api.run(shop.loaded, allow=("empty_source",))
    assert result.exit_code == 0
    assert [found.code for found in result.legs[0].findings] == ["LEFT_FILTER", "GUARD_EMPTY_SOURCE"][::-1]
    assert shop.ledger("SELECT number FROM shop.orders") == []


def test_an_empty_answer_is_taken_where_the_map_says_so(tmp_path: Path) -> None:
    shop = Shop(tmp_path, more="on_leave: delete\nallow: {delete: true}\nlimits: {empty_source: allow}").lay()
    shop.order(order(1, "1.50"))
    shop.run()
    assert emptied(shop) == (0, "")
    assert shop.ledger("SELECT count(*) FROM books.sales") == [(0,)]


def test_a_filter_that_no_row_passes_any_more_is_no_empty_source(tmp_path: Path) -> None:
    shop = Shop(tmp_path, more="filter: basket = 'b'").lay()
    shop.order(*(order(n, f"{n}.50", "b") for n in range(1, 4)))
    shop.run()
    assert shop.loaded.legs[0].scope is not None
    spoil(shop, "UPDATE orders SET basket = 'c'")
    result = shop.run(full=True)
    assert (result.exit_code, result.message) == (0, "")
    assert shop.ledger("SELECT count(*) FROM shop.orders") == [(0,)]


def test_a_table_that_is_empty_behind_a_filter_stops_the_run(tmp_path: Path) -> None:
    shop = Shop(tmp_path, more="filter: basket = 'b'").lay()
    shop.order(*(order(n, f"{n}.50", "b") for n in range(1, 4)))
    shop.run()
    assert emptied(shop, full=True)[0] == 4
    assert shop.ledger("SELECT count(*) FROM shop.orders") == [(3,)]


def test_a_row_that_could_not_be_read_and_was_dismissed_stays_so_while_it_is_the_same(shop: Shop) -> None:
    spoil(shop, "UPDATE orders SET total = '1.001' WHERE number = 2")
    shop.run()
    assert [row.key for row in api.dismiss(shop.loaded, "read shop.orders", "known", key="2")] == ["2"]
    shop.run(full=True)
    assert api.rejects(shop.loaded) == ()
    spoil(shop, "UPDATE orders SET total = '1.002' WHERE number = 2")
    shop.run()
    assert [row.value for row in api.rejects(shop.loaded)] == ["1.002"]
    spoil(shop, "UPDATE orders SET total = '1.001' WHERE number = 2")
    shop.run(full=True)
    kept = api.rejects(shop.loaded, closed=True)
    assert [(row.value, row.state) for row in kept] == [("1.001", "dismissed"), ("1.001", "open")]
