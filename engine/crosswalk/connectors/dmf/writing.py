"""What of a delivery can go into a package, and its lines.

A package upserts rows. It cannot delete and it cannot ask what a row holds now: such changes are refused, and so are
the others of their group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from crosswalk.connectors.dmf.cells import quoted, written
from crosswalk.exchange import Ack, Change, Delivery
from crosswalk.sql import Sql, name

BATCH = 10_000
MESSAGES = {
    "KEY_NULL": "a part of the key is missing; without it the system could not find the row again",
    "DELETE_NOT_POSSIBLE": "a data management package cannot delete rows",
    "PRECONDITION_NOT_POSSIBLE": "a data management package cannot ask what a row holds before it is written",
    "GROUP": "another change of the same group cannot be written",
}


def sort_out(delivery: Delivery) -> set[int]:
    """Note the changes as sent, refuse what cannot go, and give the numbers of the rest."""
    codes: dict[int, str] = {}
    groups: dict[int, str] = {}
    for batch in delivery.batches(BATCH):
        delivery.sending(batch)
        codes.update({change.number: _code(change, delivery.entity.key) for change in batch})
        groups.update({change.number: change.group for change in batch if change.group is not None})
    broken = {group for number, group in groups.items() if codes[number]}
    codes.update({number: codes[number] or "GROUP" for number, group in groups.items() if group in broken})
    refused = [Ack(number, "refused", code, MESSAGES[code]) for number, code in codes.items() if code]
    if refused:
        delivery.answered(refused)
    return {number for number, code in codes.items() if not code}


def _code(change: Change, key: Sequence[str]) -> str:
    cells = {**change.values, **change.key}
    if any(cells.get(column) is None for column in key):
        return "KEY_NULL"
    if change.operation == "delete":
        return "DELETE_NOT_POSSIBLE"
    return "PRECONDITION_NOT_POSSIBLE" if change.version is not None or change.before is not None else ""


def in_batches(numbers: set[int]) -> Iterator[list[int]]:
    ordered = sorted(numbers)
    yield from (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


class _Stream:
    """An Arrow stream whoever gives it: DuckDB would refuse a relation of another connection, but not its stream."""

    def __init__(self, given: object) -> None:
        self._given = given

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._given.__arrow_c_stream__(requested_schema)  # type: ignore[attr-defined]


def lines(delivery: Delivery, fields: Sequence[str], going: set[int], *, labels: bool) -> Iterator[str]:
    """Give the lines of the CSV file: the names, then the rows in the order of their numbers."""
    columns = [delivery.entity.columns[field] for field in fields]
    yield ",".join(map(quoted, fields)) + "\r\n"
    with duckdb.connect(":memory:") as here:
        here.execute("SET TimeZone = 'UTC'")
        here.execute("SET enable_external_access = false")
        here.register("page", _Stream(delivery.stream()))
        cells = Sql(", ".join(name(field).text for field in ("#number", *fields)))
        rows = here.execute(" ".join(["SELECT", cells.text, 'FROM page ORDER BY "#number"']))
        while taken := rows.fetchmany(BATCH):
            for number, *values in taken:
                if number in going:
                    cells_of = (
                        written(value, column, labels=labels) for value, column in zip(values, columns, strict=True)
                    )
                    yield ",".join(cells_of) + "\r\n"
