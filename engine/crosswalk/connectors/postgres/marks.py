"""How far a read came: the oldest transaction that was open then, and what would make that number worthless.

Every row holds the number of the transaction that wrote it, ``xmin``. A snapshot sees all that transactions before its
oldest open one did; so the rows written by that one or later ones are all that can be new, in whatever order they were
committed and whatever their times say. The numbers have 32 bits and start anew; ages are compared, which are right
within two thousand million transactions. A mark is refused when it is older than that, and when the number may mean
something else: another cluster, a cluster set back to an earlier time, a table made anew or written anew, a partition
that was attached, a column that was changed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import cast

from crosswalk.connectors.postgres.catalog import Table
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.statements import filled
from crosswalk.exchange import MarkExpired
from crosswalk.sql import Sql, literal

_OLDEST = 2_000_000_000
"""Transactions after which ages cannot be compared any more, with a margin below two to the power of 31."""

_HERE = """
WITH RECURSIVE parts AS (
  SELECT {oid}::oid AS oid UNION ALL SELECT i.inhrelid FROM pg_inherits i JOIN parts p ON p.oid = i.inhparent
)
SELECT
  (SELECT system_identifier::text FROM pg_control_system()),
  CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id::bigint FROM pg_control_checkpoint())
    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END,
  (SELECT md5(string_agg(p.oid::text || ':' || coalesce(pg_relation_filenode(p.oid), 0)::text, ' ' ORDER BY p.oid))
    FROM parts p),
  (SELECT md5(string_agg(a.attname || ':' || a.attnum || ':' || a.atttypid || ':' || a.atttypmod, ' '
    ORDER BY a.attnum)) FROM pg_attribute a WHERE a.attrelid = {oid}::oid AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attname::text = ANY ({columns})),
  pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """`cluster` and `timeline` tell the server, `files` the table, `shape` its columns; `oldest` is the oldest
    transaction that was open.
    """

    cluster: str
    timeline: int
    files: str
    shape: str
    oldest: int

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True, slots=True)
class Here:
    """The mark that a snapshot gives, and the transaction that would come next."""

    mark: Mark
    next: int


def here(session: Session, table: Table, columns: Sql) -> Here:
    """Read the mark of the snapshot that the session's transaction has."""
    cluster, timeline, files, shape, oldest, following = session.rows(
        filled(_HERE, oid=literal(table.oid), columns=columns)
    )[0]
    mark = Mark(str(cluster), cast(int, timeline), str(files), str(shape), cast(int, oldest))
    return Here(mark, cast(int, following))


def read_mark(text: str) -> Mark:
    """Read a mark; `MarkExpired` when it is none of ours."""
    try:
        said = json.loads(text)
        cluster, timeline, files, shape, oldest = (said[part] for part in Mark.__slots__)
        return Mark(str(cluster), int(timeline), str(files), str(shape), int(oldest))
    except (ValueError, KeyError, TypeError) as error:
        raise MarkExpired(f"the mark cannot be read: {error}") from None


def check_mark(since: Mark, now: Here) -> None:
    """Raise `MarkExpired` with the reason when rows cannot be told by the mark any more."""
    mark = now.mark
    if (since.cluster, since.timeline) != (mark.cluster, mark.timeline):
        raise MarkExpired("the server is another one, or was set back to an earlier time")
    if since.files != mark.files:
        raise MarkExpired("the table was made or written anew")
    if since.shape != mark.shape:
        raise MarkExpired("columns of the table were changed")
    if not mark.oldest >= since.oldest > now.next - _OLDEST:
        raise MarkExpired("too many transactions passed since the last read")


def changed_since(since: Mark) -> Sql:
    """The condition of the rows of ``t`` that may have been written after a mark was made."""
    oldest = literal(str(since.oldest % 2**32))
    return filled("age(t.xmin) BETWEEN 0 AND age({oldest}::xid)", oldest=oldest)
