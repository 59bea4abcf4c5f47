"""Receipts: what a delivery did to a table, kept in the database itself and written in the same transaction.

A receipt is what makes a delivery count once. Whoever writes takes a lock in the name of delivery and table first, so
that a session whose connection was lost, and which the server still works for, is waited for; then it looks for the
receipt. A receipt for the whole delivery stands under part 0; receipts for batches name each change and its answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from crosswalk.connectors.postgres.catalog import Table
from crosswalk.connectors.postgres.failures import RowRefused
from crosswalk.connectors.postgres.granting import MAKE_RECEIPTS
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.settings import RECEIPTS, Settings
from crosswalk.connectors.postgres.statements import filled
from crosswalk.errors import UsageError
from crosswalk.exchange import Ack, Delivery
from crosswalk.sql import Sql, literal, name

_THERE = """SELECT r IS NOT NULL, current_setting('server_version_num')::int, current_user::text,
  has_table_privilege(r, 'SELECT') AND has_table_privilege(r, 'INSERT') FROM (SELECT to_regclass({quoted})) AS t(r)"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended({named}, 0))::text"
_FIND = "SELECT part, answers FROM {receipts} WHERE delivery = {delivery} AND target = {target}"
_KEEP = """INSERT INTO {receipts} (delivery, target, part, rows, answers)
VALUES ({delivery}, {target}, {part}, {rows}, {answers})"""

_LEAST_VERSION = 150_000


@dataclass(frozen=True, slots=True)
class Receipts:
    """The receipts of one delivery to one table."""

    table: Sql
    delivery: str
    target: str

    def lock(self, session: Session) -> None:
        """Wait for every other session that writes this delivery to this table; until the transaction ends."""
        session.rows(filled(_LOCK, named=literal(f"crosswalk {self.delivery} {self.target}")))

    def whole(self, session: Session) -> bool:
        """Say whether the whole delivery was written."""
        return any(part == 0 for part, _ in self._found(session))

    def answers(self, session: Session) -> Mapping[int, Ack]:
        """Give the answers of all batches that were written."""
        return {ack.number: ack for _, text in self._found(session) if text for ack in unpacked(str(text))}

    def keep_whole(self, session: Session, rows: int) -> None:
        self._keep(session, 0, rows, None)

    def keep(self, session: Session, acks: Sequence[Ack]) -> None:
        """Keep the answers to a batch, under the first of its numbers."""
        applied = sum(ack.state == "applied" for ack in acks)
        self._keep(session, min(ack.number for ack in acks) + 1, applied, packed(acks))

    def _found(self, session: Session) -> list[tuple[object, ...]]:
        names = {"delivery": literal(self.delivery), "target": literal(self.target)}
        return session.rows(filled(_FIND, receipts=self.table, **names))

    def _keep(self, session: Session, part: int, rows: int, answers: str | None) -> None:
        values = {"part": literal(part), "rows": literal(rows), "answers": literal(answers)}
        names = {"delivery": literal(self.delivery), "target": literal(self.target)}
        session.run(filled(_KEEP, receipts=self.table, **names, **values))


def open_receipts(session: Session, settings: Settings, delivery: Delivery, table: Table) -> Receipts:
    """Find the table of receipts, or make it; `UsageError` when it may not be used or made."""
    ref = name(settings.receipts, RECEIPTS)
    there, version, role, usable = session.rows(filled(_THERE, quoted=literal(ref.text)))[0]
    if cast(int, version) < _LEAST_VERSION:
        message = f"{settings.system}: the server is older than PostgreSQL 15 and cannot be written to"
        raise UsageError(message, code="SYSTEM_LACKS", remedy="write to a server of version 15 or later")
    if not there:
        _made(session, settings, filled(MAKE_RECEIPTS, receipts=ref), str(role))
    elif not usable:
        words = f"{settings.system}: {name(str(role)).text} may not read and fill the table of receipts"
        raise UsageError(words, code="SYSTEM_RIGHTS", remedy=f"as the owner run: {_granted(settings, str(role))};")
    return Receipts(ref, delivery.id, f"{settings.schema}.{table.name}")


def _made(session: Session, settings: Settings, statement: Sql, role: str) -> None:
    try:
        session.run(statement)
    except RowRefused as refused:
        if refused.state != "42501":
            return  # somebody else made it in the same moment
        words = f"{settings.system}: the table of receipts is not there and may not be made: {refused.message}"
        remedy = f"as the owner run: {statement.text}; {_granted(settings, role)};"
        raise UsageError(words, code="SYSTEM_RIGHTS", remedy=remedy) from None


def _granted(settings: Settings, role: str) -> str:
    ref, to = name(settings.receipts, RECEIPTS), name(role)
    return filled("GRANT SELECT, INSERT ON {ref} TO {to}", ref=ref, to=to).text


def packed(acks: Iterable[Ack]) -> str:
    """Write answers down: applied ones as stretches of numbers, others with code and message."""
    stretches: list[list[int]] = []
    others = []
    for ack in sorted(acks, key=lambda ack: ack.number):
        if ack.state != "applied":
            others.append([ack.number, ack.state, ack.code, ack.message])
        elif stretches and stretches[-1][1] == ack.number - 1:
            stretches[-1][1] = ack.number
        else:
            stretches.append([ack.number, ack.number])
    return json.dumps({"applied": stretches, "others": others})


def unpacked(text: str) -> Iterator[Ack]:
    said = json.loads(text)
    for first, last in said["applied"]:
        yield from (Ack(number, "applied") for number in range(first, last + 1))
    for number, state, code, message in said["others"]:
        yield Ack(number, cast(Literal["refused", "stale"], state), code, message)
