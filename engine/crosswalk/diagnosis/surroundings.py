"""Looks at the environment of a command: its limits, what tests may have armed, and the clock of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from crosswalk.backends import machine
from crosswalk.diagnosis.symptoms import Patient, Symptom, of_error
from crosswalk.errors import StatementError, UsageError
from crosswalk.failpoints import ARMED

_SLACK = timedelta(minutes=1)


def look(patient: Patient) -> Iterator[Symptom]:
    try:
        machine.limits()
    except UsageError as error:
        yield of_error(error)
    if os.environ.get(ARMED):
        message = f"{ARMED} is '{os.environ[ARMED]}': a run would be ended there"
        yield Symptom("FAILPOINT_ARMED", message, f"unset {ARMED}; it is for tests")


def clock(patient: Patient) -> Iterator[Symptom]:
    """A run of the future: the clock was ahead then, or is behind now."""
    try:
        newest = patient.database.rows("SELECT max(greatest(started_at, finished_at)) FROM crosswalk.runs")[0][0]
    except StatementError:
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    if isinstance(newest, datetime) and newest > now + _SLACK:
        message = (
            f"the newest run ended at {newest:%Y-%m-%d %H:%M} UTC, and this machine says it is {now:%Y-%m-%d %H:%M}"
        )
        remedy = "set the clock right; runs go on from the newest time, so no row is lost meanwhile"
        yield Symptom("CLOCK_BEHIND", message, remedy)
