"""A small project over the wire: orders of a shop become sales in the books, and remarks on sales come back.

Either system may be an OData server or a PostgreSQL database. The way back writes with preconditions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import duckdb

from crosswalk import api
from crosswalk.exchange import Plain
from crosswalk.model import Entity
from tests.wire.far import FarWorld, People

_ORDERS = """
entity: orders
system: shop
title: Orders
key: [orderid]
modified: modifiedon
row_version: versionnumber
columns:
  orderid: {type: guid, required: true}
  number: {type: text(20)}
  total: {type: "decimal(12,2)"}
  remark: {type: text(50)}
  modifiedon: {type: datetime}
  versionnumber: {type: int}
"""
_SALES = """
entity: Sales
system: books
title: Sales
key: [Code]
modified: ModifiedDateTime
row_version: RecVersion
columns:
  Code: {type: text(20), required: true}
  Amount: {type: "decimal(12,2)"}
  Remark: {type: text(50)}
  ModifiedDateTime: {type: datetime}
  RecVersion: {type: int}
"""
_MAP = """
map: sales
title: Orders become sales
version: 1.0.0.0
flow: sync
source: shop.orders
target: books.Sales
allow: [create, update]
key:
  Code: number
fields:
  Amount: total
back:
  filter: Remark is not null
  allow: [update]
  conflict: reject
  fields:
    remark: Remark
"""
FILES = {"orders.entity.yaml": _ORDERS, "sales.entity.yaml": _SALES, "sales.map.yaml": _MAP}
TABLES = {"out": "books.Sales", "back": "shop.orders"}
"""The table that each leg writes."""


def entities(root: Path) -> Mapping[str, Entity]:
    """Lay the files of the project, with connections that lead nowhere, and give its entities by system."""
    for file, text in FILES.items():
        (root / file).write_text(text.lstrip(), encoding="utf-8")
    connect(root, {"shop": "{kind: embedded}", "books": "{kind: embedded}"})
    return {ref.system: entity for ref, entity in api.load(root).project.entities.items()}


def connect(root: Path, connections: Mapping[str, str]) -> None:
    """Write the project file with connections, as flow mappings by system."""
    lines = "".join(f"    {system}: {settings}\n" for system, settings in connections.items())
    head = "project: parcels\ndatabase: wire.duckdb\nconnections:\n  wire:\n"
    (root / "crosswalk.yaml").write_text(head + lines, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Parcels:
    """The project at `root`, with what people do in both systems."""

    root: Path
    shop: Entity
    books: Entity
    world: FarWorld

    def order(self, count: int, *, more: int = 0) -> None:
        """Save so many orders; `more` is added to each total."""
        self.world.save(self.shop, [_order(number, more) for number in range(1, count + 1)])

    def remark(self, word: str = "seen") -> None:
        """Somebody writes a remark on every sale."""
        rows = self.world.benches["books"].rows(self.books)
        self.world.save(self.books, [{**row, "Remark": f"{word} {row['Code']}"} for row in rows])

    def sales(self) -> dict[Plain, tuple[Plain, Plain]]:
        """Give amount and remark by code; every code is there once, for it is the key."""
        rows = self.world.benches["books"].rows(self.books)
        found = {row["Code"]: (row["Amount"], row["Remark"]) for row in rows}
        assert len(found) == len(rows)
        return found

    def orders(self) -> dict[Plain, tuple[Plain, Plain]]:
        rows = self.world.benches["shop"].rows(self.shop)
        return {row["number"]: (row["total"], row["remark"]) for row in rows}


def parcels(root: Path, known: Mapping[str, Entity], benches: Mapping[str, People]) -> Parcels:
    world = FarWorld(benches, (known["shop"], known["books"]))
    world.make()
    return Parcels(root, known["shop"], known["books"], world)


def _order(number: int, more: int) -> dict[str, Plain]:
    return {
        "orderid": UUID(int=number << 64 | 0x4000_8000_0000_0000 | number),
        "number": f"S{number:05}",
        "total": f"{number + more}.50",
        "remark": None,
    }


LEDGER = {
    "runs": "SELECT leg, sum(inserted), sum(updated), sum(deleted), sum(rows_inserted), sum(rows_updated)"
    " FROM crosswalk.runs GROUP BY 1",
    "lineage": "SELECT leg, source_key, target, target_key, state FROM crosswalk.lineage",
    "rejects": "SELECT leg, source_key, fate, code FROM crosswalk.rejects WHERE state = 'open'",
    "numbers": "SELECT sequence, regexp_replace(owner, '#[0-9a-f]{12}#', '#run#'), number FROM crosswalk.numbers",
    "documents": "SELECT leg, group_key, header_key, last_line FROM crosswalk.documents",
    "changes": "SELECT leg, source_key, target, target_key, fate, CAST(cells AS VARCHAR) FROM crosswalk.changes",
    **{f"left in {t}": f"SELECT count(*) FROM crosswalk.{t}" for t in ("deliveries", "outbox", "receipts", "promised")},
}
"""What the ledger holds of all runs together, whichever run did it."""


def state_of(root: Path, world: FarWorld) -> dict[str, list[str]]:
    """Give all far rows without their stamps, and the ledger without times and numbers of runs; sorted, as text."""
    with duckdb.connect(str(root / "wire.duckdb"), read_only=True) as ledger:
        state = {name: sorted(map(str, ledger.execute(query).fetchall())) for name, query in LEDGER.items()}
    for entity in world.entities:
        columns = [column for column in entity.columns if column not in (entity.modified, entity.row_version)]
        rows = world.benches[entity.ref.system].rows(entity)
        state[str(entity.ref)] = sorted(str([str(row[column]) for column in columns]) for row in rows)
    return state


def differences(found: Mapping[str, list[str]], end: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Give the lines that only one of two states has, with + and -."""
    wrong = {}
    for name in end:
        more, less = Counter(found[name]) - Counter(end[name]), Counter(end[name]) - Counter(found[name])
        if more or less:
            wrong[name] = [*(f"+ {line}" for line in more.elements()), *(f"- {line}" for line in less.elements())]
    return wrong
