"""A small project whose maps are tested by tests under test: it is written to a folder, and its report is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from crosswalk import api
from crosswalk.testing.outcome import Difference

KEPT = "  changed: {type: datetime}\n  version: {type: int}\n"
FILES = {
    "crosswalk.yaml": """\
        project: bench
        connections:
          dev:
            shop: {kind: embedded}
            books: {kind: embedded}
        sequences:
          journals: {format: "J-{00}"}
        """,
    "entities/orders.entity.yaml": """\
        entity: orders
        system: shop
        key: [id]
        modified: changed
        row_version: version
        columns:
          id: {type: guid, required: true}
          number: {type: text(20)}
          customer: {type: guid, to: customers}
          status: {type: choice, choices: {0: Draft, 1: Paid, 2: Refunded}}
          kind: {type: choice, choices: {1: Goods, 2: Work, 3: Gift}}
          amount: {type: "decimal(12,2)"}
          placed: {type: date}
          partner: {type: text(40)}
          booked: {type: text(20)}
          changed: {type: datetime}
          version: {type: int}
        """,
    "entities/customers.entity.yaml": """\
        entity: customers
        system: shop
        key: [id]
        columns:
          id: {type: guid, required: true}
          name: {type: text(60)}
        """,
    "entities/postings.entity.yaml": """\
        entity: postings
        system: books
        key: [Number]
        modified: Changed
        row_version: Version
        columns:
          Number: {type: text(20), required: true}
          Customer: {type: text(60)}
          Kind: {type: text(10)}
          Amount: {type: "decimal(12,2)"}
          Day: {type: date}
          Journal: {type: text(20)}
          Voucher: {type: text(20)}
          Posted: {type: boolean}
          Changed: {type: datetime}
          Version: {type: int}
        """,
    "entities/gifts.entity.yaml": """\
        entity: gifts
        system: books
        key: [Number]
        columns:
          Number: {type: text(20), required: true}
          Kind: {type: text(10)}
        """,
    "entities/journals.entity.yaml": """\
        entity: journals
        system: books
        key: [Id]
        columns:
          Id: {type: text(20), required: true}
          Day: {type: date}
        """,
}
MAP = """\
map: orders
flow: sync
source: shop.orders
target: books.postings
filter: status = 'Paid'
key: {Number: number}
fields:
  Customer: customer.name
  Amount: amount
"""
GIVEN = """\
given:
  shop.customers: [{id: ada, name: Ada}]
  shop.orders: [{id: o1, number: N-1, customer: ada, status: Paid, amount: 12.50, kind: Goods, placed: 2026-03-01}]
"""


class Bench:
    """A project in a folder with one map, `orders`, and its tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report: api.TestReport | None = None
        for name, text in FILES.items():
            self.write(name, dedent(text))
        self.write("orders.map.yaml", MAP)

    def write(self, name: str, text: str) -> Bench:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return self

    def map(self, text: str) -> Bench:
        return self.write("orders.map.yaml", dedent(text))

    def tests(self, text: str) -> Bench:
        """Write the tests; the usual rows are given to all of them."""
        return self.write("orders.test.yaml", "map: orders\n" + GIVEN + "tests:\n" + dedent(text))

    def run(self, wanted: Sequence[str] = (), pattern: str = "") -> api.TestReport:
        self.report = api.unit_tests(api.load(self.folder), wanted, pattern)
        return self.report

    def passes(self) -> bool:
        return self.run().passed

    def told(self) -> list[tuple[str, str, str, str, str, str]]:
        """List the differences: kind, outcome, key, column, expected, got."""
        return [
            (one.kind, one.outcome, one.key, one.column, one.expected, one.got)
            for outcome in self.run().outcomes
            for one in outcome.differences
        ]

    def differences(self) -> list[Difference]:
        return [one for outcome in self.run().outcomes for one in outcome.differences]

    def missed(self) -> set[str]:
        """Name the points that the tests do not reach; they have to pass."""
        report = self.run()
        assert report.passed, self.told()
        return {f"{point.kind} {point.what}" for one in report.coverage for point in one.missed}
