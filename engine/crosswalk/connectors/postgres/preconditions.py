"""Finds the changes that cannot be made: the row is gone, or is no longer what it was when it was read.

Rows with a precondition are locked first, and looked at in a statement of their own, which sees what was committed
until the lock was had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from crosswalk.connectors.postgres.catalog import Table
from crosswalk.connectors.postgres.forms import spelled
from crosswalk.connectors.postgres.merging import Staged, same_key
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.statements import filled, of
from crosswalk.errors import UsageError
from crosswalk.exchange import Ack, Change
from crosswalk.model import Entity
from crosswalk.sql import Sql, all_of, literal

_GUARDED = Sql("(s.version IS NOT NULL OR s.before IS NOT NULL)")
_LOCK = """SELECT count(*) FROM (
  SELECT 1 FROM {table} AS t JOIN {source} ON {same} WHERE {chosen} AND {guarded} FOR UPDATE OF t) AS locked"""
_VERDICTS = """SELECT s.number, {key} IS NULL, {guarded} FROM {source} LEFT JOIN {table} AS t ON {same}
WHERE {chosen} AND CASE WHEN {key} IS NULL THEN s.operation = 'update' ELSE ({holds}) IS NOT TRUE END"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Staged changes that are written by the same statements. `places` numbers their columns."""

    table: Table
    entity: Entity
    staged: Staged
    places: Mapping[str, int]


def verdicts(session: Session, stretch: Stretch, changes: Sequence[Change], chosen: Sql) -> Mapping[int, Ack]:
    """Answer those of the chosen changes that cannot be made, by their number; the others may go on."""
    guarded = [change for change in changes if change.version is not None or change.before is not None]
    if not guarded and all(change.operation != "update" for change in changes):
        return {}
    holes = {
        "table": stretch.table.ref,
        "source": stretch.staged.source,
        "same": same_key(stretch.staged),
        "chosen": chosen,
        "guarded": _GUARDED,
        "key": of("t", next(iter(stretch.staged.key))),
        "holds": all_of(list(_preconditions(stretch, guarded))),
    }
    if guarded:
        session.rows(filled(_LOCK, **holes))
    rows = session.rows(filled(_VERDICTS, **holes))
    return {cast(int, number): _verdict(cast(int, number), bool(gone), bool(had)) for number, gone, had in rows}


def _verdict(number: int, gone: bool, guarded: bool) -> Ack:  # noqa: FBT001 - as the query gives them
    message = "no row has this key" if gone else "the row is not what it was when it was read"
    return Ack(number, "stale" if guarded else "refused", "02000" if gone else "", message)


def _preconditions(stretch: Stretch, guarded: Sequence[Change]) -> Iterator[Sql]:
    if any(change.version is not None for change in guarded):
        version = stretch.table.columns.get(stretch.entity.row_version or "")
        if version is None:
            message = f"'{stretch.entity.ref}' has no column of row versions, and a change asks for one"
            raise UsageError(message, code="SYSTEM_LACKS", remedy="name it in the entity: row_version")
        text = spelled(version.form, of("t", version.name))
        yield filled("(s.version IS NULL OR {text} = s.version)", text=text)
    for column in dict.fromkeys(column for change in guarded for column in change.before or ()):
        yield _was(stretch, column)


def _was(stretch: Stretch, column: str) -> Sql:
    """The condition under which a column still holds what it held; types that have no ``=`` are compared as text."""
    form, place = stretch.table.columns[column].form, literal(str(stretch.places[column]))
    now, then = of("t", column), filled("(s.before ->> {place})", place=place)
    if form.type.kind in ("text", "choice"):
        now = filled('{x}::text COLLATE "C"', x=now)
    else:
        then = filled(form.taken, x=then)
    pattern = "(s.before IS NULL OR NOT s.before ? {place} OR {now} IS NOT DISTINCT FROM {then})"
    return filled(pattern, place=place, now=now, then=then)
