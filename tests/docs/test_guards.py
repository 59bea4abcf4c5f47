"""The page on guards is true: every message on it is what a run says, and every guard stands on it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.errors import StoppedError
from crosswalk.promises import KeptPlan, promised_by
from crosswalk.results import GUARDS, RunResult
from tests.engine.shop import Shop, orders

PAGE = Path(__file__).parents[2] / "docs" / "guards.md"
BLOCK = re.compile(r"```text\n(.*?)```", re.DOTALL)
TWO = orders((1, "A", "Chair"), (2, "B", "Desk"))


def stopped(result: RunResult) -> str:
    assert result.exit_code == 4
    return f"stopped by {result.message}; nothing written; next: {result.next_command}"


def rejects(shop: Shop) -> str:
    shop.map().put("store.orders", *orders((1, None, "Chair"), (2, None, "Desk")))
    return stopped(api.run(shop.loaded))


def empty_source(shop: Shop) -> str:
    shop.map().put("store.orders", *TWO).run()
    shop.remove("store.orders", "TRUE")
    return stopped(api.run(shop.loaded))


def volume(shop: Shop) -> str:
    shop.map("on_leave: delete").put("store.orders", *orders(*((n, f"N{n}", "Chair") for n in range(100, 200)))).run()
    shop.remove("store.orders", "id < 160")
    return stopped(api.run(shop.loaded))


def foreign_rows(shop: Shop) -> str:
    shop.map("guard: {foreign_rows: stop}").put("store.orders", *TWO).put("books.sales", {"Number": "X"})
    return stopped(api.run(shop.loaded))


def missing_rows(shop: Shop) -> str:
    shop.map("guard: {missing_rows: stop}").put("store.orders", *TWO).run()
    shop.remove("books.sales", "Number = 'A'")
    return stopped(api.run(shop.loaded))


def drifted(shop: Shop, change: str) -> str:
    shop.map("fields:\n  Title: title").put("store.orders", *TWO).run()
    shop.sql(change)
    with pytest.raises(StoppedError) as error:
        api.run(shop.loaded)
    return f"stopped by {error.value.code}: {error.value}; nothing written; next: {error.value.remedy}"


def missing_table(shop: Shop) -> str:
    return drifted(shop, "ALTER TABLE store.orders RENAME TO orders_old")


def stale(shop: Shop) -> str:
    shop.map().put("store.orders", *TWO)
    kept = KeptPlan("dev", legs=promised_by(api.plan(shop.loaded, sealed=True)))
    shop.remove("store.orders", "id = 1")
    return stopped(api.carry_out(shop.loaded, kept))


def renamed(shop: Shop) -> str:
    return drifted(shop, "ALTER TABLE store.orders RENAME COLUMN title TO titel")


def added(shop: Shop) -> str:
    shop.map().put("store.orders", *TWO).sql("ALTER TABLE store.orders ADD COLUMN shelf VARCHAR")
    (found,) = api.plan(shop.loaded).legs[0].findings
    return f"? {found.code}: {found.message}: {found.count}, for example {found.sample}"


SAID = (rejects, empty_source, volume, foreign_rows, missing_rows, missing_table, stale, renamed, added)


def test_the_page_shows_every_message() -> None:
    assert len(BLOCK.findall(PAGE.read_text(encoding="utf-8"))) == len(SAID)


@pytest.mark.parametrize("said", SAID, ids=lambda one: one.__name__)
def test_a_message_on_the_page_is_what_is_said(tmp_path: Path, said: Callable[[Shop], str]) -> None:
    number, text = SAID.index(said), PAGE.read_text(encoding="utf-8")
    found = f"{said(Shop(tmp_path))}\n"
    block = list(BLOCK.finditer(text))[number]
    if os.environ.get("CROSSWALK_REGENERATE"):
        PAGE.write_text(text[: block.start(1)] + found + text[block.end(1) :], encoding="utf-8")
        return
    assert block[1] == found


def test_every_guard_has_its_row_and_its_heading() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert tuple(sorted(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))) == GUARDS
    assert tuple(sorted(re.findall(r"^## (\w+_?\w*)$", text, re.MULTILINE))[1:]) == GUARDS
