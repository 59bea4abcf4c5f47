"""Writes a delivery: as a whole where that can be, batch by batch where rows have preconditions or one is refused.

As a whole: the stream of changes is loaded into a temporary table, and one transaction deletes, merges and keeps the
receipt. When the server refuses something in it, or a row that should be updated is not there, nothing was written, and
the batches find out which rows it was.
"""

from __future__ import annotations

from typing import cast

from crosswalk.connectors.postgres.batches import write_batches
from crosswalk.connectors.postgres.catalog import Table, read_table
from crosswalk.connectors.postgres.failures import RowRefused
from crosswalk.connectors.postgres.fitting import value_of
from crosswalk.connectors.postgres.merging import Staged, delete, merge, needs
from crosswalk.connectors.postgres.receipts import Receipts, open_receipts
from crosswalk.connectors.postgres.rights import check_rights
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.settings import Settings
from crosswalk.connectors.postgres.statements import filled, of
from crosswalk.connectors.postgres.tries import Tries
from crosswalk.exchange import Delivery
from crosswalk.sql import Sql, any_of, name

_STAGE = "crosswalk_stage"
_COUNT = """SELECT count(*) FILTER (WHERE s.{operation} = 'insert'), count(*) FILTER (WHERE s.{operation} = 'update'),
  count(*) FILTER (WHERE s.{operation} = 'delete'), count(*) FILTER (WHERE {keyless}) FROM {staged}"""


def write(settings: Settings, delivery: Delivery) -> None:
    """Write the changes of a delivery and answer each."""
    with Tries(settings) as tries:
        whole = delivery.updated is not None and tries.run(lambda session: _whole(session, settings, delivery))
    if whole:
        delivery.answered_whole()
    else:
        write_batches(settings, delivery)


def _whole(session: Session, settings: Settings, delivery: Delivery) -> bool:
    """Write everything in one transaction, unless it was written before; False when that cannot be."""
    table = read_table(session, settings, delivery.entity)
    receipts = open_receipts(session, settings, delivery, table)
    try:
        with session.transaction("ISOLATION LEVEL READ COMMITTED READ WRITE"):
            receipts.lock(session)
            if receipts.whole(session):
                return True
            if receipts.answers(session):
                raise _NotWhole
            _merged(session, table, delivery, receipts)
    except (_NotWhole, RowRefused):
        return False
    return True


class _NotWhole(Exception):
    """The delivery has to be written by batches."""


def _merged(session: Session, table: Table, delivery: Delivery, receipts: Receipts) -> None:
    staged = _staged(table, delivery)
    session.load(_STAGE, delivery.stream())
    keyless = any_of([filled("{x} IS NULL", x=of("s", column)) for column in delivery.entity.key])
    query = filled(_COUNT, operation=staged.operation, keyless=keyless, staged=staged.source)
    inserts, updates, deletes, without_key = (cast(int, count) for count in session.rows(query)[0])
    if without_key:
        raise _NotWhole
    counts = {"insert": inserts, "update": updates, "delete": deletes}
    operations = [operation for operation, count in counts.items() if count]
    try:
        if deletes:
            session.run(delete(table, staged, Sql("TRUE")))
        merged = merge(table, staged, Sql("TRUE"), operations)
        if inserts + updates and session.run(merged) != inserts + updates:
            raise _NotWhole
        session.run(Sql("SET CONSTRAINTS ALL IMMEDIATE"))
    except RowRefused as refused:
        if refused.state == "42501":
            session.abandon()
            check_rights(session, table, needs(staged, operations))
        raise
    receipts.keep_whole(session, inserts + updates + deletes)


def _staged(table: Table, delivery: Delivery) -> Staged:
    entity = delivery.entity
    columns = tuple(column for column in delivery.columns if column not in entity.key)
    return Staged(
        source=Sql(f"pg_temp.{_STAGE} AS s"),
        operation=name("#operation"),
        key={column: value_of(table, entity, column, of("s", column)) for column in entity.key},
        cells={column: value_of(table, entity, column, of("s", column)) for column in columns},
        partial={},
        inserted=(*entity.key, *columns),
        updated=tuple(column for column in delivery.updated or () if column not in entity.key),
    )
