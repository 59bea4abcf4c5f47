"""Examines a project, its database and its surroundings; `repairing` mends what can be mended without a decision.

One file for each family of checks. A check looks and changes nothing; the list says in which order they are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crosswalk.backends.duckdb import DuckDBBackend, engine_version
from crosswalk.diagnosis import access, files, ledger, packages, surroundings, systems
from crosswalk.diagnosis.symptoms import Check, Diagnosis, Examined, Patient, Symptom
from crosswalk.errors import CrosswalkError, MachineError, StatementError
from crosswalk.loading import Loaded, load
from crosswalk.opening import opened_to_read

__all__ = ["CHECKS", "Diagnosis", "Examined", "Symptom", "examine"]

CHECKS = (
    Check("packages", "nothing", "Python and all packages are within their bounds", packages.look),
    Check("environment", "nothing", "nothing is armed, and limits are sizes", surroundings.look),
    Check("project", "nothing", "the files of the project are read and compiled", files.project),
    Check("secrets", "project", "every secret is set and not for all to read", systems.secrets),
    Check("rights", "project", "this user may write what a run writes", access.rights),
    Check("room", "project", "there is room for a run and for a plan", files.room),
    Check("lock", "project", "no run goes on, and none was killed", access.lock),
    Check("leftovers", "project", "nothing is left of killed processes", files.left),
    Check("database", "project", "the database opens and is read to its end", files.database),
    Check("ledger", "database", "the ledger is of this release and whole", ledger.version),
    Check("entries", "database", "the entries of the ledger agree", ledger.entries),
    Check("landing", "database", "no table and no reject is left of what is gone", ledger.leftovers),
    Check("tables", "database", "the tables are what their entity files say", ledger.drift),
    Check("clock", "database", "no run lies in the future", surroundings.clock),
    Check("systems", "project", "every outside system answers", systems.answers),
)


def examine(folder: Path, profile: str | None, *, offline: bool = False) -> Diagnosis:
    """Look at everything; what cannot be looked at is told as skipped. Reads only."""
    with _patient(folder, profile, offline=offline) as patient:
        return Diagnosis(tuple(_examined(check, patient) for check in CHECKS))


@contextmanager
def _patient(folder: Path, profile: str | None, *, offline: bool) -> Iterator[Patient]:
    try:
        loaded = load(folder, profile, tests=False)
    except CrosswalkError as error:
        yield Patient(folder, None, None, (error,), offline)
        return
    backend, refused = _backend(loaded)
    try:
        yield Patient(folder, loaded, backend, refused, offline)
    finally:
        if backend is not None:
            backend.close()


def _backend(loaded: Loaded) -> tuple[DuckDBBackend | None, tuple[CrosswalkError, ...]]:
    """Open the database to read; one that is not there yet is no fault."""
    try:
        return (opened_to_read(loaded.database), ()) if loaded.database.exists() else (None, ())
    except CrosswalkError as error:
        return None, (error,)


def _examined(check: Check, patient: Patient) -> Examined:
    if check.needs != "nothing" and patient.loaded is None:
        return Examined(check.name, check.well, skipped="the project cannot be read")
    if check.needs == "database" and patient.backend is None:
        why = "the database cannot be opened" if patient.refused else "there is no database yet"
        return Examined(check.name, check.well, skipped=why)
    if check.look is systems.answers and patient.offline:
        return Examined(check.name, check.well, skipped="asked to stay offline")
    well = f"{check.well} (DuckDB {engine_version()})" if check.look is packages.look else check.well
    try:
        return Examined(check.name, well, tuple(check.look(patient)))
    except (MachineError, StatementError) as error:
        if check.look is files.database:
            return Examined(check.name, well, (files.unreadable(error),))
        return Examined(check.name, well, skipped=f"the database cannot be read: {error}")
