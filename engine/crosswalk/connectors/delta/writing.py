"""Writes a delivery as one commit, with a receipt in it: the name of the delivery as an application transaction.

Every try starts with the newest version: is the receipt there, what can go, then the commit, which the log refuses when
the table has moved on by then. So a delivery has its effect once, whatever was killed, and preconditions hold at the
moment of the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from deltalake import CommitProperties, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError

from crosswalk.connectors.delta.bench import bench
from crosswalk.connectors.delta.cells import written
from crosswalk.connectors.delta.making import make_table
from crosswalk.connectors.delta.staging import BATCH, Staged, stage_changes, stage_whole
from crosswalk.connectors.delta.tables import LakeTable, needed, open_table, select, translated
from crosswalk.connectors.delta.verdicts import decide, refusals
from crosswalk.errors import SystemFailure
from crosswalk.exchange import Ack, Delivery
from crosswalk.sql import Sql, all_of, fragment, name

_FIRST_WAIT = 0.05
_LONGEST_WAIT = 2.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How a connection writes."""

    replace: bool = False
    create: bool = False
    change_feed: bool = True
    tries: int = 10


def write_delivery(folder: Path, delivery: Delivery, manner: Manner) -> None:
    """Write the changes and answer each; `SystemFailure` when other writers were faster at every try."""
    if manner.create and open_table(folder) is None:
        make_table(folder, delivery.entity, change_feed=manner.change_feed)
    table = needed(folder, delivery.entity)
    if _has_receipt(table, delivery):
        return _answer_all(delivery)
    with bench() as here:
        staged = None if delivery.updated is None else stage_whole(delivery, delivery.updated, here)
        staged = _commit(folder, delivery, staged or stage_changes(delivery, here), manner)
        return _answer(delivery, staged)


def _answer(delivery: Delivery, staged: Staged) -> None:
    if staged.whole:
        return delivery.answered_whole()
    numbers = [int(str(number)) for (number,) in staged.here.rows("SELECT number FROM staged ORDER BY number")]
    for start in range(0, len(numbers), BATCH):
        delivery.answered([Ack(number, "applied") for number in numbers[start : start + BATCH]])
    return None


def _has_receipt(table: LakeTable, delivery: Delivery) -> bool:
    return table.table.transaction_version(_receipt(delivery)) is not None


def _receipt(delivery: Delivery) -> str:
    return f"crosswalk/{delivery.id}"


def _answer_all(delivery: Delivery) -> None:
    """Answer what an earlier process committed and could not note any more."""
    for batch in delivery.batches(BATCH):
        delivery.sending(batch)
        delivery.answered([Ack(change.number, "applied") for change in batch])


def _commit(folder: Path, delivery: Delivery, staged: Staged, manner: Manner) -> Staged:
    """Try until the commit is in the log, each time against the newest version; give what went in."""
    failure = None
    for wait in _waits(manner.tries):
        sleep(wait)
        table = needed(folder, delivery.entity)
        if _has_receipt(table, delivery):
            return staged
        staged = _decided(staged, table, delivery)
        if not staged.here.rows("SELECT 1 FROM staged LIMIT 1"):
            return staged
        failure = _tried(table, delivery, staged, replace=manner.replace)
        if failure is None:
            return staged
    message = f"the table in {folder} was changed by others at each of {manner.tries} tries to commit: {failure}"
    raise SystemFailure(message, code="SYSTEM_BUSY", remedy="run again when fewer write to it, or raise 'tries'")


def _decided(staged: Staged, table: LakeTable, delivery: Delivery) -> Staged:
    """Refuse what cannot go. A delivery of which something cannot go is laid out change by change, to say so."""
    decide(staged, table)
    if staged.whole and staged.here.rows("SELECT 1 FROM staged WHERE verdict IS NOT NULL LIMIT 1"):
        staged = stage_changes(delivery, staged.here)
        decide(staged, table)
    for acks in refusals(staged):
        delivery.answered(acks)
    return staged


def _waits(tries: int) -> Iterator[float]:
    yield 0.0
    yield from (min(_FIRST_WAIT * 2**n, _LONGEST_WAIT) for n in range(tries - 1))


def _tried(table: LakeTable, delivery: Delivery, staged: Staged, *, replace: bool) -> CommitFailedError | None:
    receipt = CommitProperties(
        custom_metadata={"crosswalk.delivery": delivery.id},
        app_transactions=[Transaction(_receipt(delivery), 1)],
        max_commit_retries=0,
    )
    with translated(table.folder):
        try:
            if replace:
                _replace(table, staged, receipt)
            else:
                _merge(table, staged, receipt)
        except CommitFailedError as error:
            return error
    return None


def _merge(table: LakeTable, staged: Staged, receipt: CommitProperties) -> None:
    fields = {n: name(table.field(staged.names[n], staged.entity)).text for n in staged.set}
    match = " AND ".join(f"target.{fields[n]} = source.v{n}" for n in staged.key)
    kept = {fields[n]: f"CASE WHEN source.s{n} THEN source.v{n} ELSE target.{fields[n]} END" for n in staged.set}
    updated = {field: cell for n, field in fields.items() if n not in staged.key for cell in [kept[field]]}
    merge = table.table.merge(
        staged.here.stream(_source(table, staged).text),
        match,
        source_alias="source",
        target_alias="target",
        commit_properties=receipt,
    ).when_matched_delete("source.operation = 'delete'")
    if updated:
        merge = merge.when_matched_update(updated, "source.operation <> 'delete'")
    inserted = {field: f"source.v{n}" for n, field in fields.items()}
    merge.when_not_matched_insert(inserted, "source.operation = 'insert'").execute()


def _source(table: LakeTable, staged: Staged) -> Sql:
    cells = [Sql("operation")]
    for n in staged.set:
        column = staged.entity.columns[staged.names[n]]
        kind = table.fields[table.field(column.name, staged.entity)]
        cells.append(Sql(f"{written(kind, column.type, Sql(f'v{n}')).text} AS v{n}"))
        cells.append(Sql(f"coalesce(s{n}, FALSE) AS s{n}"))
    return select(cells, "staged")


def _replace(table: LakeTable, staged: Staged, receipt: CommitProperties) -> None:
    """Write the whole table anew: the rows that it has, with the changes in them."""
    here = staged.here
    here.run(f"CREATE OR REPLACE TEMP TABLE source AS {_source(table, staged).text}")
    here.take("CREATE OR REPLACE TEMP TABLE target AS SELECT * FROM page", table.scan(list(table.fields)))
    number = {table.field(staged.names[n], staged.entity): n for n in staged.set}
    key = [(name(field), Sql(f"v{n}")) for field, n in number.items() if n in staged.key]
    match = all_of([fragment("target.{x} = source.{y}", x=field, y=value) for field, value in key])
    cells = [Sql(_new_cell(field, number.get(field))) for field in table.fields]
    stays = Sql("source.operation IS DISTINCT FROM 'delete' AND (target IS NOT NULL OR source.operation = 'insert')")
    query = select(cells, f"target FULL JOIN source ON {match.text}", stays)
    write_deltalake(table.table, here.stream(query.text), mode="overwrite", commit_properties=receipt)


def _new_cell(field: str, n: int | None) -> str:
    cell = name(field).text
    return cell if n is None else f"CASE WHEN source.s{n} THEN source.v{n} ELSE target.{cell} END AS {cell}"
