"""Mends what an examination found and nobody has to decide, after everything that it touches was copied aside.

Nothing is ever removed without a copy: the database with its log, the lock file and what was left lying about end up in
a folder beside the database, named after it with ``.aside-`` and the time. To go back, put those files where they were.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.diagnosis import examine
from crosswalk.diagnosis.files import SET_ASIDE, half_written
from crosswalk.diagnosis.ledger import ASIDE, has_ledger
from crosswalk.diagnosis.symptoms import Diagnosis, Patient
from crosswalk.ledger import tables
from crosswalk.loading import Loaded, load
from crosswalk.opening import opened_to_read, spilled
from crosswalk.runner.lease import lease, lock_of
from crosswalk.whole_files import refused


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done, where copies lie, and what is found now. `aside` is None where there was nothing to mend."""

    aside: Path | None
    done: tuple[str, ...]
    diagnosis: Diagnosis


STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "NOTES_ORPHANED": tuple(
        f"DELETE FROM crosswalk.{table} WHERE run_id NOT IN (SELECT run_id FROM crosswalk.deliveries)"  # noqa: S608
        for table in ("receipts", "outbox", "promised")
    ),
    "WATERMARK_WITHOUT_RUN": ("DELETE FROM crosswalk.watermarks WHERE leg NOT IN (SELECT leg FROM crosswalk.runs)",),
    "COPY_MISSING": (
        "DELETE FROM crosswalk.landings WHERE entity NOT IN"
        " (SELECT schema_name || '.' || table_name FROM duckdb_tables())",
    ),
    "LANDING_LEFT": tuple(f"DROP TABLE IF EXISTS crosswalk.{table}" for table in ASIDE),
}
SENTENCES: Mapping[str, str] = {
    "NOTES_ORPHANED": "took out notes of what was sent that belong to no unfinished run",
    "WATERMARK_WITHOUT_RUN": "took out watermarks of legs that have never run; the next run reads all rows",
    "COPY_MISSING": "forgot copies of outside tables that are gone; the next run reads the tables as a whole",
    "LANDING_LEFT": "took out tables of a read that was killed",
    "LEDGER_OLD": "brought the ledger up to this release",
    "LOG_LEFT": "put into the file what its log still held",
    "LOCK_STALE": "took the name of a killed run off the lock",
    "SPILL_LEFT": "put aside what killed processes had spilled",
    "HALF_FILE": "put aside files that were not finished",
}
"""What can be mended without a decision, and how it is told."""


def repair(folder: Path, profile: str | None, *, offline: bool = False) -> Repaired:
    """Mend, and examine again; `MachineError` where a run goes on or the copies find no room."""
    found = {symptom.code for symptom in examine(folder, profile, offline=True).symptoms}
    mendable = [code for code in SENTENCES if code in found]
    if not mendable:
        return Repaired(None, (), examine(folder, profile, offline=offline))
    loaded = load(folder, profile, tests=False)
    aside = loaded.database.with_name(f"{loaded.database.name}{SET_ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    try:
        _keep(lock_of(loaded.database), aside)
        with lease(loaded.database):
            _copy(loaded, aside)
            _mend(loaded, found)
            for left in (*spilled(loaded.database), *half_written(Patient(loaded.root, loaded, None))):
                shutil.move(left, aside)
    except OSError as error:
        raise refused(aside, error) from error
    return Repaired(aside, tuple(SENTENCES[code] for code in mendable), examine(folder, profile, offline=offline))


def _keep(file: Path, aside: Path) -> None:
    aside.mkdir(exist_ok=True)
    if file.exists():
        shutil.copy2(file, aside)


def _copy(loaded: Loaded, aside: Path) -> None:
    """Copy the database with its log; while it is held open to read, no other program writes to it."""
    database = loaded.database
    holder = opened_to_read(database) if database.exists() else None
    try:
        for file in (database, database.with_name(f"{database.name}.wal")):
            _keep(file, aside)
    finally:
        if holder is not None:
            holder.close()


def _mend(loaded: Loaded, found: set[str]) -> None:
    """Change the ledger in one transaction; opening and closing the file takes its log in."""
    if not loaded.database.exists():
        return
    backend = DuckDBBackend(loaded.database)
    try:
        if has_ledger(backend):
            with backend.transaction():
                tables.prepare(backend)
                for code, statements in STATEMENTS.items():
                    for statement in statements if code in found else ():
                        backend.run(statement)
        backend.run("CHECKPOINT")
    finally:
        backend.close()
