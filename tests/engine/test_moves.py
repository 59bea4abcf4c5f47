"""A choice of the target moves only as its entity allows."""

from __future__ import annotations

import pytest

from tests.engine.shop import Shop, orders

STATE = "  State: {type: choice, choices: {0: Draft, 1: Posted}}\n"
MOVES = (
    "  State: {type: choice, choices: {0: Draft, 1: Open, 2: Posted}, moves: {Draft: [Open], Open: [Draft, Posted]}}\n"
)
MAP = "fields: {Title: title, State: {from: quantity, values: {0: Draft, 1: Open, 2: Posted}, otherwise: null}}"


def standing(shop: Shop, state: int | None, lines: str = MAP) -> Shop:
    """One order that was delivered, and stands in the state given."""
    shop.edit("books.sales", STATE, MOVES)
    shop.map(lines).put("store.orders", *orders((1, "A", "Chair"))).put("store.orders", {"id": 1, "quantity": state})
    shop.run()
    assert shop.sales("State") == [(state,)]
    return shop


@pytest.mark.parametrize(
    ("state", "to", "allowed"),
    [
        (0, 1, True),
        (1, 0, True),
        (1, 2, True),
        (0, 2, False),
        (2, 1, False),
        (2, 2, True),
        (None, 2, True),
        (1, None, False),
    ],
)
def test_a_choice_makes_the_moves_that_are_listed_and_no_other(
    shop: Shop, state: int | None, to: int | None, allowed: bool
) -> None:
    standing(shop, state).put("store.orders", {"id": 1, "quantity": to, "title": "Stool"})
    assert shop.one() == ({"updated": 1} if allowed else {"rejected": 1})
    assert shop.sales("Title State") == ([("Stool", to)] if allowed else [("Chair", state)])
    assert shop.rejects() == ([] if allowed else [("1", "rejected", "UPDATE_NOT_ALLOWED")])


def test_a_new_row_may_begin_in_any_state(shop: Shop) -> None:
    standing(shop, 2)


def test_a_move_must_be_listed_and_the_map_must_allow_it(shop: Shop) -> None:
    standing(shop, 0, "allow: {create: true, update: target.Title <> 'Chair'}\n" + MAP)
    shop.put("store.orders", {"id": 1, "quantity": 1})
    assert shop.one() == {"rejected": 1}


def test_a_state_that_is_written_once_is_not_judged_afterwards(shop: Shop) -> None:
    once = "fields: {Title: title, State: {value: Draft, write: create}}"
    shop.edit("books.sales", STATE, MOVES)
    shop.map(once).put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.sql("UPDATE books.sales SET State = 2").put("store.orders", {"id": 1, "title": "Stool"})
    assert shop.one() == {"updated": 1}


def test_a_state_that_the_other_side_moved_is_no_move_back(shop: Shop) -> None:
    two_way = (
        "fields: {Title: title}\nboth: {State: {from: quantity, values: {0: Draft, 1: Open, 2: Posted}}}\nback: {}"
    )
    standing(shop, 1, two_way)
    shop.sql("UPDATE books.sales SET State = 2, Changed = now() AT TIME ZONE 'UTC', Version = Version + 1")
    shop.put("store.orders", {"id": 1, "title": "Stool"})
    fates = shop.run()
    assert (fates["orders"], fates["orders:back"]) == ({"updated": 1}, {"updated": 1})
    assert shop.rows("store.orders", "title quantity") == [("Stool", 2)]
    assert shop.sales("Title State") == [("Stool", 2)]
