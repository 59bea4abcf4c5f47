"""Looks at the files of a project and of its database: whether they open, and what killed processes have left."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from crosswalk.diagnosis.symptoms import Patient, Symptom, of_error
from crosswalk.errors import CrosswalkError, MachineError, MapError, StatementError
from crosswalk.opening import COPIES, spilled
from crosswalk.runner.lease import holder_of
from crosswalk.sql import name

SET_ASIDE = ".aside-"
"""What a repair has copied or moved lies in folders whose names have this in them."""

_DAY = 24 * 3600
_LEAST_ROOM = 64 * 1024 * 1024


def project(patient: Patient) -> Iterator[Symptom]:
    """Whether the files of the project can be read and compiled."""
    for error in patient.refused:
        if patient.loaded is not None:
            continue
        if isinstance(error, MapError):
            first = error.problems[0]
            count = f"{len(error.problems)} problem{'s' * (len(error.problems) != 1)}"
            message = f"the files of the project have {count}; the first: {first.message} ({first.span})"
            yield Symptom("PROJECT_FAULTY", message, "crosswalk validate shows all of them", "error", error.exit_code)
        else:
            yield of_error(error)


def database(patient: Patient) -> Iterator[Symptom]:
    """Whether the database opens, is whole, and can be read to its end."""
    if patient.backend is None:
        yield from (_not_opened(error) for error in patient.refused if isinstance(error, MachineError))
        return
    for schema, table in patient.backend.rows(_TABLES):
        whole = " ".join(["SELECT bit_xor(hash(x)) FROM", name(str(schema), str(table)).text, "AS x"])
        try:
            patient.backend.rows(whole)
        except (MachineError, StatementError) as error:
            yield unreadable(error, f"{schema}.{table}")


_TABLES = "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL"


def unreadable(error: CrosswalkError, what: str = "the database") -> Symptom:
    message = f"{what} cannot be read to its end: {str(error).partition(chr(10))[0]}"
    remedy = "restore the file from a copy; crosswalk query may save what can still be read"
    return Symptom("DATABASE_UNREADABLE", message, remedy, "error")


def _not_opened(error: MachineError) -> Symptom:
    found = of_error(error)
    return Symptom(found.code, found.message, found.remedy, "warning" if error.code == "LOCKED" else "error")


def left(patient: Patient) -> Iterator[Symptom]:
    """What a process that was killed has left beside the database, among the files and among the temporary ones."""
    path = patient.project.database
    _, is_held = holder_of(path) if path.parent.exists() else (None, False)
    log = path.with_name(f"{path.name}.wal")
    if not is_held and log.exists() and log.stat().st_size:
        message = f"{log} holds what the file does not have yet: a run was killed, or found no room, after its commit"
        yield Symptom("LOG_LEFT", message, "nothing is lost; the next run, or doctor --repair, puts it into the file")
    if not is_held and (folders := spilled(path)):
        message = f"{folders[0]} was spilled by a process that was killed"
        yield Symptom("SPILL_LEFT", message, "the next run removes it; doctor --repair puts it aside")
    for file in half_written(patient):
        yield Symptom(
            "HALF_FILE", f"{file} was not finished", "look at it and remove it; doctor --repair puts it aside"
        )
    for folder in _old_copies():
        message = f"{folder} is a copy of a database that a plan worked on and could not remove"
        yield Symptom("COPY_LEFT", message, f"remove {folder}: it holds all that the database held")


def half_written(patient: Patient) -> list[Path]:
    """Name the files that were to take the place of others."""
    found = patient.project.root.rglob(".*.new")
    return sorted(file for file in found if not any(SET_ASIDE in part for part in file.parts))


def _old_copies() -> list[Path]:
    """Name the private copies that nobody works on: a plan does not take a day."""
    here = Path(tempfile.gettempdir())
    return sorted(one for one in here.glob(f"{COPIES}*") if time.time() - one.stat().st_mtime > _DAY)


def room(patient: Patient) -> Iterator[Symptom]:
    """Whether a run has room for the file once more, and a plan for its copy."""
    path = patient.project.database
    needed = max(_LEAST_ROOM, path.stat().st_size if path.exists() else 0)
    folder = next(one for one in path.parents if one.exists())
    for place, what in ((folder, "a run"), (Path(tempfile.gettempdir()), "the copy of a plan")):
        free = shutil.disk_usage(place).free
        if free < needed:
            message = f"{place} has {free >> 20:,} MB left, and {what} may need {needed >> 20:,} MB"
            yield Symptom("DISK_LOW", message, f"make room on the disk of {place}")
