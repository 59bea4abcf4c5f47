"""Lays the changes of a delivery out as a table, so that they can be checked and written as one set.

The table ``staged`` has for column number *n* of the entity: ``v``\\ *n*, the value; ``s``\\ *n*, whether it is set;
``b``\\ *n* and ``c``\\ *n*, what the cell must still hold, and whether that is asked. ``verdict`` is null as long as a
change can go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from arro3.core import RecordBatchReader
from arro3.core.types import ArrowStreamExportable

from crosswalk.connectors.delta.bench import Bench
from crosswalk.connectors.delta.filters import spelled
from crosswalk.connectors.delta.tables import select
from crosswalk.exchange import Batch, Change, Delivery, Plain
from crosswalk.model import Entity
from crosswalk.sql import Sql, name, type_name

BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Staged:
    """What is laid out: the entity, and by number the columns that some change sets or guards. `whole` tells a delivery
    that was taken as a stream: its changes are answered together or not at all.
    """

    here: Bench
    entity: Entity
    set: tuple[int, ...]
    guarded: tuple[int, ...] = ()
    whole: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.entity.columns)

    @property
    def key(self) -> tuple[int, ...]:
        return tuple(self.names.index(column) for column in self.entity.key)


def stage_whole(delivery: Delivery, updated: tuple[str, ...], here: Bench) -> Staged | None:
    """Lay out a delivery as the stream that it gives, whose updates set the columns `updated`; None where the stream
    does not name the rows by the key of their entity.
    """
    entity = delivery.entity
    given = [*entity.key, *(column for column in delivery.columns if column not in entity.key)]
    stream = RecordBatchReader.from_arrow(cast(ArrowStreamExportable, delivery.stream()))
    if not set(given) <= set(stream.schema.names):
        deque(stream, maxlen=0)
        return None
    _make(here, entity)
    numbers = [list(entity.columns).index(column) for column in given]
    into = ["number", "operation", *(f"v{n}" for n in numbers), *(f"s{n}" for n in numbers)]
    set_here = [Sql("TRUE") if column in updated else Sql("\"#operation\" = 'insert'") for column in given]
    cells = [Sql('"#number"'), Sql('"#operation"'), *map(name, given), *set_here]
    here.take(f"INSERT INTO staged ({', '.join(into)}) {select(cells, 'page').text}", stream)
    return Staged(here, entity, tuple(sorted(numbers)), whole=True)


def stage_changes(delivery: Delivery, here: Bench) -> Staged:
    """Lay out a delivery change by change, each noted as sent."""
    entity = delivery.entity
    _make(here, entity)
    used: set[str] = set(entity.key)
    guarded: set[str] = set()
    for batch in delivery.batches(BATCH):
        delivery.sending(batch)
        _insert(batch, entity, here)
        used.update(*(change.values for change in batch))
        guarded.update(*(change.before or () for change in batch))
    names = list(entity.columns)
    return Staged(
        here,
        entity,
        tuple(n for n, column in enumerate(names) if column in used),
        tuple(n for n, column in enumerate(names) if column in guarded),
    )


def _make(here: Bench, entity: Entity) -> None:
    columns = ["number BIGINT", "operation VARCHAR", "version VARCHAR", '"group" VARCHAR', "verdict VARCHAR"]
    for n, column in enumerate(entity.columns.values()):
        kind = type_name(column.type).text
        columns += [f"v{n} {kind}", f"s{n} BOOLEAN", f"b{n} {kind}", f"c{n} BOOLEAN"]
    here.run(f"CREATE OR REPLACE TEMP TABLE staged ({', '.join(columns)})")


def _insert(batch: Batch, entity: Entity, here: Bench) -> None:
    bound: dict[str, object] = {
        "number": [change.number for change in batch],
        "operation": [change.operation for change in batch],
        "version": [change.version for change in batch],
        "group": [change.group for change in batch],
    }
    cells = {key: Sql(f"unnest(${key})") for key in bound}
    for n, column in enumerate(entity.columns.values()):
        kind = type_name(column.type).text
        for letter, flag, of in (("v", "s", _cells), ("b", "c", _before)):
            if any(column.name in of(change) for change in batch):
                bound[f"{letter}{n}"] = [spelled(of(change).get(column.name)) for change in batch]
                bound[f"{flag}{n}"] = [column.name in of(change) for change in batch]
                cells[f"{letter}{n}"] = Sql(f"CAST(unnest(CAST(${letter}{n} AS VARCHAR[])) AS {kind})")
                cells[f"{flag}{n}"] = Sql(f"unnest(${flag}{n})")
    into = ", ".join(name(column).text for column in cells)
    here.run(f"INSERT INTO staged ({into}) {select(list(cells.values()), '(SELECT 1)').text}", bound)


def _cells(change: Change) -> Mapping[str, Plain]:
    return {**change.values, **change.key}


def _before(change: Change) -> Mapping[str, Plain]:
    return change.before or {}
