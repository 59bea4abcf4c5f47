"""Removes from the ledger what is over and old. What a run needs to go on is no matter of age, and stays.

Of a run that is over go its steps, findings and changes; its row stays as long as anything names it: a row that it
made, an entry that it wrote, a document, a watermark. So `why` never tells of a run that nobody knows. The newest run
of every leg stays whole; the run that its next one goes on from is named by its watermarks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from crosswalk.contracts import Backend
from crosswalk.ledger.landings import drop_copy
from crosswalk.model import EntityRef
from crosswalk.sql import name

_OVER = (
    "CREATE OR REPLACE TEMP TABLE crosswalk_over AS SELECT run_id FROM (SELECT run_id, started_at, row_number()"
    " OVER (PARTITION BY leg ORDER BY started_at DESC, finished_at DESC) AS nth FROM crosswalk.runs)"
    " WHERE nth > 1 AND started_at < $before"
)

_NAMED = (
    "DELETE FROM crosswalk_over WHERE run_id IN (SELECT first_run FROM crosswalk.lineage"
    " UNION SELECT last_run FROM crosswalk.lineage UNION SELECT run_id FROM crosswalk.rejects"
    " UNION SELECT first_run FROM crosswalk.rejects UNION SELECT resolved_run FROM crosswalk.rejects"
    " UNION SELECT run_id FROM crosswalk.documents UNION SELECT run_id FROM crosswalk.watermarks"
    " UNION SELECT run_id FROM crosswalk.deliveries)"
)
_REMOVALS: Mapping[str, str] = {
    "rejects": "DELETE FROM crosswalk.rejects WHERE state = 'resolved' AND resolved_at < $before",
    "steps": "DELETE FROM crosswalk.steps WHERE run_id IN (SELECT run_id FROM crosswalk_over)",
    "findings": "DELETE FROM crosswalk.findings WHERE run_id IN (SELECT run_id FROM crosswalk_over)",
    "changes": "DELETE FROM crosswalk.changes WHERE run_id IN (SELECT run_id FROM crosswalk_over)",
    "runs": "DELETE FROM crosswalk.runs WHERE run_id IN (SELECT run_id FROM crosswalk_over)",
    "outbox": "DELETE FROM crosswalk.outbox WHERE run_id NOT IN (SELECT run_id FROM crosswalk.deliveries)",
    "receipts": "DELETE FROM crosswalk.receipts WHERE run_id NOT IN (SELECT run_id FROM crosswalk.deliveries)",
    "promised": "DELETE FROM crosswalk.promised WHERE run_id NOT IN (SELECT run_id FROM crosswalk.deliveries)",
}
"""What a finished run sent is forgotten when it ends; where it was killed just then, something may have stayed."""

_ASIDE = (
    "SELECT table_name FROM information_schema.tables"
    " WHERE table_schema = 'crosswalk' AND starts_with(table_name, 'crosswalk_') ORDER BY table_name"
)
"""Pages of a read that was killed. Only who holds the lease reads, so nobody needs them."""

_COPIES = "SELECT entity FROM crosswalk.landings WHERE read_at < $before ORDER BY entity"


def prune(before: datetime, known: Collection[str], backend: Backend) -> Mapping[str, int]:
    """Remove what was over before a moment (UTC), in a transaction that is open; gives rows removed by table.

    `known` names the tables of the project: the copy of another one that was not read since goes too, and counts under
    ``copies``, as what a killed read put aside counts under ``pages``.
    """
    backend.run(_OVER, {"before": before})
    removed: dict[str, int] = {}
    for table, statement in _REMOVALS.items():
        if table == "runs":
            backend.run(_NAMED)
        values = {"before": before} if "$before" in statement else {}
        removed[table] = int(str(backend.rows(statement, values)[0][0]))
    removed["copies"] = _drop_copies(before, known, backend)
    removed["pages"] = drop_pages(backend)
    return removed


def _drop_copies(before: datetime, known: Collection[str], backend: Backend) -> int:
    found = [str(row[0]) for row in backend.rows(_COPIES, {"before": before}) if str(row[0]) not in known]
    for entity in found:
        system, _, table = entity.partition(".")
        drop_copy(EntityRef(system, table), backend)
    return len(found)


def drop_pages(backend: Backend) -> int:
    """Remove the pages that a read put aside and was killed over; gives how many tables that were."""
    found = [str(row[0]) for row in backend.rows(_ASIDE)]
    for table in found:
        backend.run(f"DROP TABLE crosswalk.{name(table).text}")
    return len(found)


def pruned_at(backend: Backend) -> datetime | None:
    """Say when the ledger was last pruned of itself (UTC)."""
    rows = backend.rows("SELECT CAST(value AS TIMESTAMP) FROM crosswalk.meta WHERE name = 'pruned'")
    return rows[0][0] if rows and isinstance(rows[0][0], datetime) else None


def note_pruned(at: datetime, backend: Backend) -> None:
    """Note that it was pruned of itself."""
    backend.run("DELETE FROM crosswalk.meta WHERE name = 'pruned'")
    backend.run("INSERT INTO crosswalk.meta VALUES ('pruned', CAST($at AS VARCHAR))", {"at": at})
