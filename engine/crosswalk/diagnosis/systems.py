"""Looks at the connections of the profile: whether what they need is there, and whether their systems answer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from crosswalk.connecting import outside_of, place_of
from crosswalk.contracts import Outside
from crosswalk.diagnosis.access import readable_by_all
from crosswalk.diagnosis.symptoms import Patient, Symptom, of_error
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.loading import Loaded
from crosswalk.model import Connection
from crosswalk.secrets import LEAST, references, reveal


def secrets(patient: Patient) -> Iterator[Symptom]:
    """Whether every secret of the profile is set, long enough to be hidden, and not for all to read."""
    loaded = patient.project
    for connection in loaded.project.profiles[loaded.profile].values():
        for kind, what in _references(connection):
            yield from _secret(kind, what, connection, loaded)


def _references(connection: Connection) -> list[tuple[str, str]]:
    return list(dict.fromkeys(found for text in _texts(connection.settings) for found in references(text)))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for below in value.values():
                yield from _texts(below)
        case Sequence():
            for below in value:
                yield from _texts(below)


def _secret(kind: str, what: str, connection: Connection, loaded: Loaded) -> Iterator[Symptom]:
    used = f"the connection '{connection.system}' uses it ({connection.span})"
    named = f"${{{kind}:{what}}}"
    try:
        value = reveal(named, loaded.root)
    except UsageError as error:
        yield Symptom(error.code, f"{error}; {used}", error.remedy, "error", error.exit_code)
        return
    if len(value) < LEAST:
        message = f"{named} has fewer than {LEAST} characters, too few to be hidden where it is shown; {used}"
        yield Symptom("SECRET_SHORT", message, "take a longer one")
    if kind == "file" and os.name == "posix" and readable_by_all(loaded.root / what):
        message = f"every user of this machine may read the secret file {what}; {used}"
        yield Symptom("SECRET_READABLE", message, f"chmod 600 {loaded.root / what}")


def answers(patient: Patient) -> Iterator[Symptom]:
    """Whether every outside system lets the login in and names its tables. Nothing is read and nothing written."""
    loaded = patient.project
    for connection, spec in outside_of(loaded).values():
        if patient.offline or not _complete(connection, loaded):
            continue
        try:
            outside = cast("Outside", spec.open(connection, place_of(loaded)))
            try:
                outside.tables()
            finally:
                outside.close()
        except (UsageError, SystemFailure) as error:
            found = of_error(error)
            place = str(connection.span)
            message = found.message if place in found.message else f"{connection.system} ({place}): {found.message}"
            yield Symptom(found.code, message, found.remedy, "error", found.exit)


def _complete(connection: Connection, loaded: Loaded) -> bool:
    """Say whether all secrets are there: what is missing was told already."""
    return not any(
        found.severity == "error" for k, w in _references(connection) for found in _secret(k, w, connection, loaded)
    )
