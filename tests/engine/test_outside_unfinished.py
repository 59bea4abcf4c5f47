"""Runs that broke off while they sent: the next invocation finishes them as they were asked for, or says how not to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from crosswalk.connectors.drill import server
from crosswalk.connectors.drill.system import DrillSystem
from crosswalk.errors import SystemFailure
from crosswalk.exchange import Ack, Batch, Change, Delivery
from crosswalk.results import RunResult
from tests.engine.test_outside import MAP, SALES, Shop, fates, order, spoil

LAST = ', faults: [{on: write, fault: refused, at: last, times: "4"}]'


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path).lay()
    found.order(*(order(n, f"{n}.50") for n in range(1, 8)))
    return found


def broken_off(shop: Shop, run: Callable[[], RunResult] | None = None) -> RunResult:
    """Run until the last request, which the system does not take."""
    shop.faults["books"] = LAST
    result = (run or shop.lay().run)()
    assert result.exit_code == 5
    return result


def sent(shop: Shop) -> int:
    """Count the changes that arrived."""
    counted = "SELECT sum(row_count) FROM \"#requests\" WHERE operation = 'write' AND outcome LIKE 'answered%'"
    return int(str(shop.bench("books").query(counted)[0][0]))


def whys(result: RunResult) -> list[tuple[str, str]]:
    return [(leg.mode, leg.why_mode) for leg in result.legs]


def test_a_row_that_changed_meanwhile_is_sent_as_it_was_and_then_as_it_is(shop: Shop) -> None:
    broken_off(shop)
    shop.bench("shop").change(shop.entity("shop", "orders"), {"number": 1}, {"total": "9.99"})
    result = shop.run()
    assert [fates(result, 0), fates(result, 1)] == [{"inserted": 7}, {"updated": 1}]
    assert shop.sales()["S1"] == ("9.99", None, None)
    assert sent(shop) == 8
    assert api.rejects(shop.loaded) == ()


def test_a_run_of_one_key_is_finished_as_a_run_of_one_key(shop: Shop) -> None:
    shop.faults["books"] = LAST
    shop.lay()
    broken_off(shop, lambda: api.run(shop.loaded, key="5"))
    result = api.run(shop.loaded, key="5")
    assert whys(result) == [("key", "asked for 5; begun before, and finished now"), ("key", "asked for 5")]
    assert list(shop.sales()) == ["S5"]


def test_what_is_asked_for_is_done_after_what_was_begun(shop: Shop) -> None:
    broken_off(shop)
    result = api.run(shop.loaded, key="5")
    assert [(mode, fates(result, n)) for n, (mode, _) in enumerate(whys(result))] == [
        ("initial", {"inserted": 7}),
        ("key", {"unchanged": 1}),
    ]


def test_a_retry_is_finished_as_a_retry(shop: Shop) -> None:
    shop.faults["books"] = ", faults: [{on: write, fault: refuse_row, rows: [S2], code: E, message: no}]"
    shop.lay().run()
    shop.faults["books"] = ', faults: [{on: read, fault: slow}, {on: write, fault: refused, times: "4"}]'
    shop.lay()
    assert api.retry(shop.loaded).exit_code == 5
    result = api.retry(shop.loaded)
    assert [(mode, fates(result, n)) for n, (mode, _) in enumerate(whys(result))] == [
        ("open", {"inserted": 1}),
        ("open", {}),
    ]


def test_a_map_that_changed_meanwhile_meets_what_was_sent_where_it_is(shop: Shop) -> None:
    broken_off(shop)
    (shop.root / "sales.map.yaml").write_text(
        MAP.replace("  basket: basket\n", "  note: remark\n").format(more="").lstrip(), encoding="utf-8"
    )
    result = shop.run()
    assert result.exit_code == 0
    assert fates(result) == {"inserted": 1, "unchanged": 6}
    assert sent(shop) == 7


def test_a_map_that_changed_has_all_rows_looked_at_even_when_that_breaks_off_too(shop: Shop) -> None:
    shop.run()
    shop.bench("shop").change(shop.entity("shop", "orders"), {"number": 3}, {"total": "9.99"})
    shop.faults["books"] = ', faults: [{on: write, fault: refused, at: last, times: "8"}]'
    assert shop.lay().run().exit_code == 5
    spoil(shop, "UPDATE orders SET remark = 'new', changed = '2026-01-01T00:00:00'")
    text = MAP.replace("  basket: basket\n", "  note: remark\n").format(more="").lstrip()
    (shop.root / "sales.map.yaml").write_text(text, encoding="utf-8")
    assert shop.run().exit_code == 5
    result = shop.run()
    assert (result.legs[0].mode, fates(result)) == ("initial", {"updated": 7})
    assert {note for _, _, note in shop.sales().values()} == {"new"}


def test_a_copy_that_is_gone_is_read_anew(shop: Shop) -> None:
    broken_off(shop)
    with duckdb.connect(str(shop.root / "outside.duckdb")) as connection:
        connection.execute("DROP TABLE books.sales")
        connection.execute("DELETE FROM crosswalk.landings WHERE entity = 'books.sales'")
    assert fates(shop.run()) == {"inserted": 1, "unchanged": 6}
    assert sent(shop) == 7


def test_a_run_whose_map_is_gone_is_given_up_and_told(shop: Shop) -> None:
    broken_off(shop)
    (shop.root / "sales.map.yaml").unlink()
    (shop.root / "other.map.yaml").write_text(
        MAP.replace("map: sales", "map: other").format(more="").lstrip(), encoding="utf-8"
    )
    result = api.run(shop.loaded)
    assert fates(result) == {"inserted": 1, "unchanged": 6}
    assert [(found.code, found.count) for found in result.legs[0].findings] == [("RUN_GIVEN_UP", 6)]
    assert shop.ledger("SELECT count(*) FROM crosswalk.deliveries") == [(0,)]


NUMBERED = SALES.replace("  note:", "  serial: {type: text(10)}\n  note:")


def numbered(shop: Shop, name: str) -> None:
    project = (shop.root / "crosswalk.yaml").read_text(encoding="utf-8")
    if "sequences" not in project:
        (shop.root / "crosswalk.yaml").write_text(
            project + 'sequences:\n  run: {format: "N-{0000}"}\n', encoding="utf-8"
        )
    (shop.root / "sales.entity.yaml").write_text(NUMBERED.lstrip(), encoding="utf-8")
    text = MAP.replace("map: sales", f"map: {name}") + "  serial: {{sequence: run}}\n"
    (shop.root / f"{name}.map.yaml").write_text(text.format(more="").lstrip(), encoding="utf-8")


def test_numbers_of_a_run_that_is_given_up_are_never_drawn_again(shop: Shop) -> None:
    shop.faults["books"] = LAST
    numbered(shop.lay(), "sales")
    assert shop.run().exit_code == 5
    (shop.root / "sales.map.yaml").unlink()
    numbered(shop, "other")
    assert shop.run().exit_code == 0
    serials = [row["serial"] for row in shop.bench("books").rows(shop.entity("books", "sales"))]
    assert len(set(serials)) == len(serials) == 7


def stopped_again(shop: Shop) -> RunResult:
    """A run breaks off; before it is finished its map changes and its source is emptied."""
    shop.more = "limits: {empty_source: stop}"
    shop.lay().run()
    shop.bench("shop").change(shop.entity("shop", "orders"), {"number": 3}, {"total": "9.99"})
    broken_off(shop)
    spoil(shop, "DELETE FROM orders")
    (shop.root / "sales.map.yaml").write_text(
        MAP.replace("  basket: basket\n", "  note: remark\n").format(more=shop.more).lstrip(), encoding="utf-8"
    )
    return shop.run()


def test_a_guard_that_stops_what_was_begun_says_how_to_go_on_without_it(shop: Shop) -> None:
    stopped = stopped_again(shop)
    assert stopped.exit_code == 4
    assert "the run of 'sales' begun at " in stopped.message
    assert "has to be finished first" in stopped.message
    assert stopped.next_command.endswith("crosswalk run --full --select sales gives it up and starts anew")
    anew = shop.run(full=True)
    assert "has to be finished first" not in anew.message
    assert shop.ledger("SELECT count(*) FROM crosswalk.deliveries") == [(0,)]


def test_a_full_run_finishes_what_was_begun_when_nothing_stopped_it(shop: Shop) -> None:
    broken_off(shop)
    result = shop.run(full=True)
    assert [fates(result, 0), fates(result, 1)] == [{"inserted": 7}, {"unchanged": 7}]
    assert sent(shop) == 7


def test_a_second_failure_while_a_run_is_finished_says_which_run_it_is(shop: Shop) -> None:
    shop.faults["books"] = ', faults: [{on: write, fault: refused, at: last, times: "8"}]'
    shop.lay().run()
    again = shop.run()
    assert again.exit_code == 5
    assert "the run of 'sales' begun at " in again.message
    assert fates(shop.run()) == {"inserted": 7}
    assert sent(shop) == 7


SETS = "allow: [create]\nall_or_nothing: {by: [basket], else: SET_BROKEN}"


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make the system fail before or after it takes rows out: by `when`, once."""
    faults: dict[str, str] = {}
    write = DrillSystem.write

    def writing(system: DrillSystem, delivery: Delivery) -> None:
        taking = {c.operation for batch in delivery.batches(100) for c in batch} == {"delete"}
        when = faults.pop("when", "") if taking else ""
        if when != "before":
            write(system, delivery)
        if when:
            raise SystemFailure("gone", code="SYSTEM_UNREACHABLE", remedy="run again")

    monkeypatch.setattr(DrillSystem, "write", writing)
    return faults


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_set_whose_taking_back_broke_off_is_whole_in_the_end(shop: Shop, breaking: dict[str, str], when: str) -> None:
    shop.more = SETS
    shop.faults["books"] = ", faults: [{on: write, fault: refuse_row, at: '6', rows: [S14], code: E1, message: full}]"
    shop.lay()
    shop.order(*(order(n, basket="B1") for n in range(11, 16)))
    breaking["when"] = when
    assert shop.run().exit_code == 5
    assert fates(shop.run()) == {"inserted": 12}
    assert {f"S{n}" for n in range(11, 16)} <= set(shop.sales())


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_set_that_is_refused_again_is_taken_back_again(shop: Shop, breaking: dict[str, str], when: str) -> None:
    shop.more = SETS
    refuse = "{on: write, fault: refuse_row, rows: [S14], at: '%s', times: '9', code: E1, message: full}"
    shop.faults["books"] = f", faults: [{', '.join(refuse % at for at in range(1, 8))}]"
    shop.lay()
    shop.order(*(order(n, basket="B1") for n in range(11, 16)))
    breaking["when"] = when
    assert shop.run().exit_code == 5
    shop.run()
    assert not {f"S{n}" for n in range(11, 16)} & set(shop.sales())
    assert {reject.key for reject in api.rejects(shop.loaded)} == {"11", "12", "13", "14", "15"}


def test_a_new_row_that_is_there_with_other_values_is_changed_and_not_made_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that stores a value in another way, and whose answer is lost."""
    shop.faults["books"] = ", faults: [{on: write, fault: lost_answer, at: first}]"
    shop.lay()
    seen: list[tuple[str, object]] = []
    changed = server._changed

    def changing(connection: object, entity: object, change: Change, cells: tuple[object, object, object]) -> Ack:
        seen.append((change.operation, change.key["code"]))
        if change.operation == "insert":
            key, values, before = cells
            assert isinstance(values, dict)
            cells = (key, {**values, "amount": "0.00"}, before)
        return changed(connection, entity, change, cells)  # type: ignore[arg-type]

    monkeypatch.setattr(server, "_changed", changing)
    assert fates(shop.run()) == {"inserted": 7}
    assert [operation for operation, key in seen if key == "S1"] == ["insert", "update"]
    assert shop.sales()["S1"] == ("1.50", None, None)


def test_words_that_are_no_whole_text_are_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusals(entity: object, batch: Batch, faults: object) -> dict[int, Ack]:
        return {c.number: Ack(c.number, "refused", "E", "half \ud800 and \x00 and '") for c in batch if c.number == 2}

    monkeypatch.setattr(server, "_refusals", refusals)
    assert fates(shop.run()) == {"inserted": 6, "rejected": 1}
    assert [reject.value for reject in api.rejects(shop.loaded)] == ["E: half \ufffd and \x00 and '"]
