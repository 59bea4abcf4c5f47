"""What a database keeps of deliveries, in the transaction of the rows: a batch that comes again is told, not written.

One table, ``crosswalk_receipts``, is made in the database that is written. A receipt holds the numbers of the changes
of one batch, and those that were not applied with what was said of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crosswalk.exchange import Ack, Batch, Delivery
from crosswalk.sql import Sql

RECEIPTS = "crosswalk_receipts"


@dataclass(frozen=True, slots=True)
class Receipts:
    """The receipts in one database; `table` names where they are."""

    run: Callable[[str, Sequence[object]], list[tuple[object, ...]]]
    table: Sql

    def prepare(self) -> None:
        self.run(
            f"CREATE TABLE IF NOT EXISTS {self.table.text} (delivery VARCHAR, numbers VARCHAR, others VARCHAR)", ()
        )

    def of(self, delivery: str) -> dict[int, Ack]:
        """Give what was said of the changes of a delivery, by number."""
        known: dict[int, Ack] = {}
        statement = " ".join(["SELECT numbers, others FROM", self.table.text, "WHERE delivery = ?"])
        for numbers, others in self.run(statement, (delivery,)):
            known |= {number: Ack(number, "applied") for number in json.loads(str(numbers))}
            known |= {number: Ack(number, state, code, said) for number, state, code, said in json.loads(str(others))}
        return known

    def note(self, delivery: str, acks: Sequence[Ack]) -> None:
        """Write a receipt; the transaction of the rows is still open."""
        others = [(ack.number, ack.state, ack.code, ack.message) for ack in acks if ack.state != "applied"]
        applied = [ack.number for ack in acks if ack.state == "applied"]
        written = (delivery, json.dumps(applied, separators=(",", ":")), json.dumps(others))
        self.run(" ".join(["INSERT INTO", self.table.text, "VALUES (?, ?, ?)"]), written)


def send(delivery: Delivery, receipts: Receipts, most: int, apply: Callable[[Batch], Sequence[Ack]]) -> None:
    """Write a delivery batch by batch. What has a receipt was written by a run that ended before it could say so."""
    receipts.prepare()
    known = receipts.of(delivery.id)
    for batch in delivery.batches(most):
        again = [known[change.number] for change in batch if change.number in known]
        rest = tuple(change for change in batch if change.number not in known)
        delivery.sending(batch)
        delivery.answered([*again, *(apply(rest) if rest else ())])
