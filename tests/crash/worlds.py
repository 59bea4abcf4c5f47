"""The projects that are killed: one for every kind of map, each with rows for a first run and edits for a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.engine import test_outside
from tests.engine.shop import Shop, now, orders
from tests.engine.test_second_pass import ITEMS, NODES


@dataclass(frozen=True, slots=True)
class World:
    """A kind of map. `first` lays the project and its rows in a folder, `edit` changes rows for the second run; both
    let go of all files.
    """

    name: str
    first: Callable[[Path], Path]
    edit: Callable[[Path], None]


def _shop(
    lay: Callable[[Shop], object], edit: Callable[[Shop], object]
) -> tuple[Callable[..., Path], Callable[..., None]]:
    def first(folder: Path) -> Path:
        shop = Shop(folder)
        lay(shop)
        shop.close()
        return shop.root

    def change(root: Path) -> None:
        shop = Shop.__new__(Shop)
        vars(shop).update(root=root, clock=CLOCK, last=None, _loaded=None, _connection=None, template=None)
        edit(shop)
        shop.close()

    return first, change


CLOCK = now().replace(year=2025, month=6, day=1, hour=0, minute=0, second=0, microsecond=0)


def _plain(shop: Shop) -> None:
    """Settled, numbered, held and rejected rows, and rows that leave; all of it is published."""
    shop.setting("publish: false", "publish: true")
    shop.map(
        "on_leave: delete\nfilter: currency is null\nfields: {Title: title, Kind: {sequence: sales}, Name: customer.name}\n"
        "requires: [{that: quantity is null, else: HAS_QUANTITY}]\nsettle: {done: {done: target.Kind}}"
    )
    shop.put("store.customers", {"id": 1, "name": "Ann"})
    shop.put("store.orders", *orders((1, "A", "a"), (2, "B", "b"), (3, None, "c"), (4, "D", "d"), (5, "E", "x" * 30)))
    shop.put("store.orders", {"id": 6, "number": "F", "quantity": 1}, {"id": 7, "number": "G", "customer": 1})
    shop.put("store.orders", {"id": 8, "number": "H", "customer": 99}, {"id": 9, "number": "I", "currency": "EUR"})


def _plain_later(shop: Shop) -> None:
    shop.put("store.customers", {"id": 1, "name": "Anne"}, {"id": 99, "name": "Bo"})
    shop.put("store.orders", {"id": 1, "title": "new"}, {"id": 2, "currency": "EUR"}, {"id": 3, "number": "C"})
    shop.put("store.orders", {"id": 6, "quantity": None}, *orders((10, "J", "j"))).remove("store.orders", "id = 4")


def _routed(shop: Shop) -> None:
    shop.map(
        "targets:\n- {target: books.sales, when: quantity < 10, fields: {Count: quantity}}\n"
        "- {target: books.fees, when: quantity > 5}\n"
    )
    shop.put(
        "store.orders",
        *({"id": n, "number": f"N{n}", "title": "x", "quantity": q} for n, q in enumerate((1, 20, 7, 3))),
    )


def _routed_later(shop: Shop) -> None:
    shop.put("store.orders", {"id": 0, "quantity": 2}, {"id": 1, "title": "y"}, {"id": 2, "quantity": 30})
    shop.put("store.orders", {"id": 9, "number": "N9", "title": "z", "quantity": 1})


def _documents(shop: Shop) -> None:
    """A staging import: lines under numbered headers, an open header is filled, staged rows are marked."""
    shop.map(
        "flow: staging_import\nallow: [create]\ndocument:\n  target: books.headers\n  by: {Group: currency}\n  order: [placed]\n"
        "  lines: 2\n  reuse: State = 'Draft'\n  fields: {Id: {sequence: headers}, State: {value: Draft}}\n"
        "fields: {Title: title, Header: document.Id, Place: document.line}\nsettle: {done: {done: target.Header}}"
    )
    shop.put("store.orders", *(_line(n, group) for n, group in enumerate(("EUR", "EUR", "EUR", "NOK", None), start=1)))


def _line(number: int, group: str | None) -> dict[str, object]:
    day = f"2025-01-{31 - number}"
    return {"id": number, "number": f"N{number}", "title": "x", "currency": group, "placed": day}


def _documents_later(shop: Shop) -> None:
    shop.put("store.orders", *(_line(n, group) for n, group in enumerate(("EUR", "NOK", "EUR"), start=6)))
    shop.put("store.orders", {"id": 5, "currency": "NOK"})


def _back(shop: Shop) -> None:
    shop.map(
        "fields: {Title: title, State: {value: Draft, write: create}}\n"
        "back:\n  filter: State = 'Posted'\n  fields: {done: Header, quantity: Place}\n"
    )
    shop.put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"), (3, "C", "Lamp")))


def _back_later(shop: Shop) -> None:
    shop.sql(
        "UPDATE books.sales SET State = 1, Header = 'H', Place = 5, Changed = TIMESTAMP '2025-07-01', Version = Version + 1"
        " WHERE Number IN ('A', 'B')"
    )
    shop.put("store.orders", {"id": 2, "title": "Table"}, *orders((4, "D", "Door")))


def _two_way(shop: Shop) -> None:
    shop.edit("store.orders", "  id: {type: int}\n", "  id: {type: guid}\n")
    shop.map(
        "fields: {Amount: amount}\nboth: {Title: {from: title, fit: truncate}, Kind: currency, Count: quantity}\n"
        "back: {allow: [create, update], conflict: reject}\n"
    )
    for letter in "abc":
        shop.put(
            "store.orders", {"id": _guid(letter), "number": letter.upper(), "title": letter * 3, "currency": "EUR"}
        )


def _guid(letter: str) -> str:
    return f"{letter * 8}-0000-0000-0000-000000000000"


def _two_way_later(shop: Shop) -> None:
    at = "TIMESTAMP '2025-07-01'"
    shop.sql(
        f"UPDATE books.sales SET Title = 'books', Changed = {at}, Version = Version + 1 WHERE Number IN ('A', 'B')",
        f"INSERT INTO books.sales (Number, Title, Changed, Version) VALUES ('Z', 'made there', {at}, 1)",
        f"UPDATE store.orders SET title = 'store', changed = {at}, version = version + 1 WHERE number IN ('B', 'C')",
    )


def _each(shop: Shop) -> None:
    shop.map(
        'key: {Number: {concat: [number, {value: "-"}, share.id]}}\n'
        "fields:\n  Title: title\n  Amount: {from: amount, split: {by: share.amount}}\non_leave: delete\n"
        "each: {share: {in: store.parts, where: {order: id}}}\n"
    )
    shop.put("store.orders", *({"id": n, "number": f"N{n}", "amount": "100.00"} for n in (1, 2)))
    shop.put("store.parts", *({"id": n, "order": 1 + n % 2, "amount": 1} for n in range(1, 6)))


def _each_later(shop: Shop) -> None:
    shop.put("store.parts", {"id": 3, "amount": 7}, {"id": 6, "order": 1, "amount": 2}).remove("store.parts", "id = 2")


def _merge(shop: Shop) -> None:
    shop.map(
        "source: store.parts\nmerge:\n  by: {Pair: order}\n"
        "  parts: {cost: item like 'cost%', sales: item like 'sales%'}\n  complete: cost\n"
        "key: {Number: {concat: [merge.Pair]}}\non_leave: delete\n"
        "fields: {Title: {first: [sales.item, cost.item]}, Amount: cost.amount, Count: sales.id}\n"
    )
    rows = ((1, 10, "cost a", 5), (2, 10, "sales a", None), (3, 20, "cost b", 7), (4, 30, "sales c", 1))
    shop.put("store.parts", *({"id": i, "order": o, "item": t, "amount": a} for i, o, t, a in rows))


def _merge_later(shop: Shop) -> None:
    shop.put(
        "store.parts", {"id": 5, "order": 20, "item": "sales b"}, {"id": 6, "order": 30, "item": "cost c", "amount": 2}
    )
    shop.remove("store.parts", "id = 1")


def _second_pass(shop: Shop) -> None:
    for ref, text in {
        "books.items": ITEMS,
        "store.nodes": NODES.replace("  box: {type: guid, to: boxes}\n", ""),
    }.items():
        shop.entity(ref, text)
    shop.map(
        "source: books.items\ntarget: store.nodes\nkey: {code: Code}\nfields: {title: {from: Title, fit: reject}, parent.code: Parent}\n"
    )
    rows = (("a", None), ("b", "a"), ("c", "d"), ("d", "b"))
    shop.put("books.items", *({"Code": code, "Parent": parent, "Title": code} for code, parent in rows))


def _second_pass_later(shop: Shop) -> None:
    shop.put("books.items", {"Code": "e", "Parent": "c", "Title": "e"}, {"Code": "a", "Title": "top"})


def _outside(folder: Path) -> Path:
    root = folder / "maps"
    root.mkdir(parents=True)
    shop = test_outside.Shop(root, more="on_leave: delete").lay()
    shop.order(*(test_outside.order(n, f"{n}.50") for n in range(1, 8)))
    return root


def _outside_later(root: Path) -> None:
    shop = test_outside.Shop(root, more="on_leave: delete")
    entity, desk = shop.entity("shop", "orders"), shop.bench("shop")
    desk.change(entity, {"number": 3}, {"total": "9.99"})
    desk.remove(entity, {"number": 5})
    desk.put(entity, [test_outside.order(9, "9.50"), test_outside.order(10, "1.00")])


WORLDS = {
    world.name: world
    for world in (
        World("sync", *_shop(_plain, _plain_later)),
        World("routed", *_shop(_routed, _routed_later)),
        World("documents", *_shop(_documents, _documents_later)),
        World("way back", *_shop(_back, _back_later)),
        World("two-way", *_shop(_two_way, _two_way_later)),
        World("each and split", *_shop(_each, _each_later)),
        World("merge", *_shop(_merge, _merge_later)),
        World("second pass", *_shop(_second_pass, _second_pass_later)),
        World("outside", _outside, _outside_later),
    )
}
