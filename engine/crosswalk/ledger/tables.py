"""The tables of the ledger, their version, and the way up from earlier versions.

No table has a key or an index: rows are found by scans that skip by leg, and a load is twice as fast without.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crosswalk.contracts import Backend
from crosswalk.errors import MachineError, UsageError
from crosswalk.ledger.soundness import check, newer, version_of

VERSION = 5

TABLES: Mapping[str, str] = {
    "meta": "name VARCHAR, value VARCHAR",
    "runs": (
        "run_id VARCHAR, invocation VARCHAR, leg VARCHAR, map_name VARCHAR, source VARCHAR, target VARCHAR, mode"
        " VARCHAR,"
        " why_mode VARCHAR, digest VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, seconds DOUBLE, host VARCHAR,"
        " user_name VARCHAR, pid BIGINT, version VARCHAR, engine_version VARCHAR, examined BIGINT, inserted BIGINT,"
        " updated BIGINT, deleted BIGINT, unchanged BIGINT, filtered BIGINT, held BIGINT, rejected BIGINT,"
        " superseded BIGINT, rows_inserted BIGINT, rows_updated BIGINT, rows_deleted BIGINT"
    ),
    "steps": "run_id VARCHAR, number INTEGER, step VARCHAR, detail VARCHAR, seconds DOUBLE",
    "findings": "run_id VARCHAR, leg VARCHAR, code VARCHAR, message VARCHAR, row_count BIGINT, sample VARCHAR",
    "rejects": (
        "leg VARCHAR, source_key VARCHAR, fate VARCHAR, code VARCHAR, column_name VARCHAR, value VARCHAR, place"
        " VARCHAR,"
        " source_row VARCHAR, digest VARCHAR, run_id VARCHAR, first_run VARCHAR, first_seen TIMESTAMP, attempts BIGINT,"
        " state VARCHAR, resolved_run VARCHAR, resolved_at TIMESTAMP, note VARCHAR, resolved_by VARCHAR"
    ),
    "lineage": (
        "leg VARCHAR, source_key VARCHAR, source_version VARCHAR, target VARCHAR, target_key VARCHAR, first_run"
        " VARCHAR,"
        " last_run VARCHAR, state VARCHAR"
    ),
    "changes": (
        "run_id VARCHAR, leg VARCHAR, source_key VARCHAR, target VARCHAR, target_key VARCHAR, fate VARCHAR,"
        " cells STRUCT(column_name VARCHAR, old VARCHAR, new VARCHAR)[]"
    ),
    "agreed": (
        "leg VARCHAR, source_key VARCHAR, target_key VARCHAR,"
        " cells STRUCT(column_name VARCHAR, source VARCHAR, target VARCHAR)[]"
    ),
    "numbers": "sequence VARCHAR, owner VARCHAR, number BIGINT",
    "documents": "leg VARCHAR, group_key VARCHAR, header_key VARCHAR, last_line BIGINT, run_id VARCHAR",
    "watermarks": ("leg VARCHAR, entity VARCHAR, cursor TIMESTAMP, row_count BIGINT, content VARCHAR, run_id VARCHAR"),
    "landings": "entity VARCHAR, mark VARCHAR, scope VARCHAR, whole_at TIMESTAMP, read_at TIMESTAMP, row_count BIGINT",
    "deliveries": (
        "run_id VARCHAR, leg VARCHAR, started_at TIMESTAMP, mode VARCHAR, why_mode VARCHAR, key VARCHAR, code VARCHAR,"
        " digest VARCHAR, stopped VARCHAR"
    ),
    "outbox": (
        "run_id VARCHAR, step INTEGER, target VARCHAR, target_key VARCHAR, operation VARCHAR, content VARCHAR,"
        " source_key VARCHAR, payload VARCHAR"
    ),
    "receipts": (
        "run_id VARCHAR, step INTEGER, target_key VARCHAR, operation VARCHAR, content VARCHAR, state VARCHAR, code"
        " VARCHAR, message VARCHAR, noted_at TIMESTAMP"
    ),
    "promised": "run_id VARCHAR, sequence VARCHAR, owner VARCHAR, number BIGINT",
}

COMMENTS: Mapping[str, str] = {
    "meta": "The version of the ledger, and of what the tables of each system are copies.",
    "runs": "One row per leg that was committed: what it examined, the fate of every source row, and the target rows"
    " written.",
    "steps": "How long each step of a run took.",
    "findings": "What the checks of a run found: a code, how many rows, and an example.",
    "rejects": "Rows that cannot go on: held ones wait, rejected ones need a hand; source_row holds every value"
    " as text.",
    "lineage": "Which target row came from which source row, and the version agreed; filtered rows have no target.",
    "agreed": "What both sides of a row last agreed on, for the columns that either side may change.",
    "changes": "What changed in rows that existed: each cell with its old and new value. New rows are in lineage.",
    "numbers": "Every number that was ever drawn from a sequence, and what it was drawn for.",
    "documents": "The header that stands for each group of rows, and its last line number.",
    "watermarks": "How far each leg has read each table.",
    "landings": "How far the copy of each table of an outside system has come; the mark is that of its connector.",
    "deliveries": "Runs that have begun to write to an outside system and are not finished: what they were asked for.",
    "outbox": "What an unfinished run sends, noted before the first request leaves.",
    "receipts": "What was asked and what was answered, batch by batch; the last entry of a row counts.",
    "promised": "Numbers that an unfinished run has drawn and sent.",
}

UPGRADES: Mapping[int, tuple[str, ...]] = {
    1: (
        "CREATE TABLE crosswalk.agreed (leg VARCHAR, source_key VARCHAR, target_key VARCHAR,"
        " cells STRUCT(column_name VARCHAR, source VARCHAR, target VARCHAR)[])",
        "COMMENT ON TABLE crosswalk.agreed IS"
        " 'What both sides of a row last agreed on, for the columns that either side may change.'",
    ),
    2: (
        "ALTER TABLE crosswalk.runs ADD COLUMN IF NOT EXISTS rows_inserted BIGINT",
        "ALTER TABLE crosswalk.runs ADD COLUMN IF NOT EXISTS rows_updated BIGINT",
        "ALTER TABLE crosswalk.runs ADD COLUMN IF NOT EXISTS rows_deleted BIGINT",
        "UPDATE crosswalk.runs SET rows_inserted = inserted, rows_updated = updated, rows_deleted = deleted",
        "COMMENT ON TABLE crosswalk.runs IS 'One row per leg that was committed: what it examined, the fate of every"
        " source row, and the target rows written.'",
    ),
    3: (
        "CREATE TABLE crosswalk.landings (entity VARCHAR, mark VARCHAR, scope VARCHAR, whole_at TIMESTAMP,"
        " read_at TIMESTAMP, row_count BIGINT)",
        "CREATE TABLE crosswalk.deliveries (run_id VARCHAR, leg VARCHAR, started_at TIMESTAMP, mode VARCHAR,"
        " why_mode VARCHAR, key VARCHAR, code VARCHAR, digest VARCHAR, stopped VARCHAR)",
        "CREATE TABLE crosswalk.outbox (run_id VARCHAR, step INTEGER, target VARCHAR, target_key VARCHAR,"
        " operation VARCHAR, content VARCHAR, source_key VARCHAR, payload VARCHAR)",
        "CREATE TABLE crosswalk.receipts (run_id VARCHAR, step INTEGER, target_key VARCHAR, operation VARCHAR,"
        " content VARCHAR, state VARCHAR, code VARCHAR, message VARCHAR, noted_at TIMESTAMP)",
        "CREATE TABLE crosswalk.promised (run_id VARCHAR, sequence VARCHAR, owner VARCHAR, number BIGINT)",
        "COMMENT ON TABLE crosswalk.landings IS"
        " 'How far the copy of each table of an outside system has come; the mark is that of its connector.'",
        "COMMENT ON TABLE crosswalk.deliveries IS"
        " 'Runs that have begun to write to an outside system and are not finished: what they were asked for.'",
        "COMMENT ON TABLE crosswalk.outbox IS 'What an unfinished run sends, noted before the first request leaves.'",
        "COMMENT ON TABLE crosswalk.receipts IS"
        " 'What was asked and what was answered, batch by batch; the last entry of a row counts.'",
        "COMMENT ON TABLE crosswalk.promised IS 'Numbers that an unfinished run has drawn and sent.'",
    ),
    4: (
        "ALTER TABLE crosswalk.rejects ADD COLUMN IF NOT EXISTS resolved_by VARCHAR",
        "COMMENT ON TABLE crosswalk.meta IS"
        " 'The version of the ledger, and of what the tables of each system are copies.'",
        "COMMENT ON TABLE crosswalk.steps IS 'How long each step of a run took.'",
        "COMMENT ON TABLE crosswalk.findings IS"
        " 'What the checks of a run found: a code, how many rows, and an example.'",
        "COMMENT ON TABLE crosswalk.numbers IS"
        " 'Every number that was ever drawn from a sequence, and what it was drawn for.'",
        "COMMENT ON TABLE crosswalk.documents IS"
        " 'The header that stands for each group of rows, and its last line number.'",
    ),
}
"""Statements that lead from a version to the next; every version that was ever released stays in here."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Of what the tables of a system are copies: the profile, and a digest of the connection with its settings."""

    profile: str
    connection: str


def prepare(backend: Backend) -> None:
    """Make the ledger, or bring it up to this version; a newer ledger is not touched."""
    version = version_of(backend)
    if version is None:
        _create(backend)
        return
    _upgrade(version, backend)
    check(TABLES, backend)


def readable(backend: Backend) -> None:
    """Refuse to read from a ledger that a later version made, or that is not as this one leaves it; a file without one
    may be read.
    """
    version = version_of(backend)
    if version is not None and version > VERSION:
        raise newer(version, VERSION)
    if version is not None:
        check(TABLES, backend)


def outdated(backend: Backend) -> bool:
    """Say whether an earlier version made the ledger."""
    return version_of(backend) in UPGRADES


def _create(backend: Backend) -> None:
    backend.run("CREATE SCHEMA IF NOT EXISTS crosswalk")
    for table, columns in TABLES.items():
        backend.run(f"CREATE TABLE crosswalk.{table} ({columns})")
    for table, text in COMMENTS.items():
        backend.run(f"COMMENT ON TABLE crosswalk.{table} IS '{text}'")
    backend.run("INSERT INTO crosswalk.meta VALUES ('version', $version)", {"version": str(VERSION)})


def _upgrade(version: int, backend: Backend) -> None:
    if version > VERSION:
        raise newer(version, VERSION)
    if version < min(UPGRADES):
        message = f"the ledger says that it has version {version}, which there never was"
        raise MachineError(message, code="DATABASE_DAMAGED", remedy="go back to a copy of the file")
    for step in range(version, VERSION):
        for statement in UPGRADES[step]:
            backend.run(statement)
    if version < VERSION:
        backend.run("UPDATE crosswalk.meta SET value = $version WHERE name = 'version'", {"version": str(VERSION)})


def keep_apart(systems: Iterable[str], copies: Mapping[str, Copied], backend: Backend) -> None:
    """Refuse to take tables that are a system of their own for copies of another, or the other way round; or copies
    of a system of one profile for those of another.
    """
    known = {str(row[0]): str(row[1]) for row in backend.rows("SELECT name, value FROM crosswalk.meta")}
    for system in systems:
        kind = "copy" if system in copies else "embedded"
        before = known.get(f"system {system}")
        if before is None:
            values = {"name": f"system {system}", "kind": kind}
            backend.run("INSERT INTO crosswalk.meta VALUES ($name, $kind)", values)
        elif before != kind:
            message = f"the database holds '{system}' as {_HELD[before]}, and the profile reaches it otherwise"
            remedy = "give this profile a database file of its own: database: {<profile>: <file>} in crosswalk.yaml"
            raise UsageError(message, code="DATABASE_SHARED", remedy=remedy)
    for system, copied in copies.items():
        _keep_copies(system, copied, known.get(f"copies {system}"), backend)


def _keep_copies(system: str, copied: Copied, before: str | None, backend: Backend) -> None:
    """Note of which connection a system is a copy: a profile may be renamed, or its settings change, but not both."""
    now = f"{copied.connection} {copied.profile}"
    if before == now:
        return
    connection, _, profile = ("" if before is None else before).partition(" ")
    if before is not None and connection != copied.connection and profile != copied.profile:
        message = f"the database holds copies of '{system}' of the profile '{profile}'"
        remedy = "give this profile a database file of its own: database: {<profile>: <file>} in crosswalk.yaml"
        raise UsageError(message, code="DATABASE_SHARED", remedy=remedy)
    backend.run("DELETE FROM crosswalk.meta WHERE name = $name", {"name": f"copies {system}"})
    backend.run("INSERT INTO crosswalk.meta VALUES ($name, $now)", {"name": f"copies {system}", "now": now})


_HELD = {"copy": "copies of an outside system", "embedded": "an embedded system"}
