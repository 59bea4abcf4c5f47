"""Looks at who may do what: the lock of the database, rights on files and folders, and who can read secrets."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from crosswalk.diagnosis.symptoms import Patient, Symptom
from crosswalk.runner.lease import holder_of, lock_of, owner_of, user_name


def lock(patient: Patient) -> Iterator[Symptom]:
    """Whether a run goes on, or one was killed and left its name."""
    path = patient.project.database
    file = lock_of(path)
    if not file.exists() or not os.access(file, os.R_OK):
        return
    holder, is_held = holder_of(path)
    if is_held:
        who = holder or "another runner, which has just begun"
        yield Symptom("LOCKED", f"a run goes on: {who}", "wait until it is done, then look again")
    elif holder is not None:
        message = f"{file} names a run that was killed: {holder}"
        yield Symptom("LOCK_STALE", message, "it holds nobody up; the next run, or doctor --repair, takes the name off")


def rights(patient: Patient) -> Iterator[Symptom]:
    """Whether this user may write what a run writes, and others may not."""
    path = patient.project.database
    folder = next(one for one in path.parents if one.exists())
    for place in (folder, path, lock_of(path)):
        if place.exists() and not os.access(place, os.W_OK):
            message = f"{user_name()} may not write to {place}, which belongs to {owner_of(place)}"
            remedy = f"run as {owner_of(place)}, or give {user_name()} the right to write; reading works as it is"
            yield Symptom("NO_RIGHTS", message, remedy, "error")
    for file in (path, patient.project.root / "crosswalk.yaml"):
        if file.exists() and _mode(file) & stat.S_IWOTH:
            yield Symptom("WRITABLE_BY_ALL", f"every user of this machine may change {file}", f"chmod o-w {file}")


def readable_by_all(file: Path) -> bool:
    return bool(_mode(file) & stat.S_IROTH)


def _mode(file: Path) -> int:
    return file.stat().st_mode
