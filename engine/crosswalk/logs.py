"""Structured logs: one event a line, as JSON for machines or as plain words for people.

Why the logger of the standard library: who embeds Crosswalk gets its events where all others go, and who asks for
nothing sees nothing below a warning. An event has a name in a few words and fields; a field never repeats the name.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

LOGGER = logging.getLogger("crosswalk")


class LogFormat(StrEnum):
    """How a line of the log is written."""

    text = "text"
    json = "json"


def open_log(stream: TextIO, form: LogFormat, level: int) -> None:
    """Send events of this level and above to a stream; an earlier stream gets no more."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLine() if form is LogFormat.json else _PlainLine())
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(level)
    LOGGER.propagate = False


def event(level: int, name: str, **fields: object) -> None:
    """Log one event. Fields that are known everywhere: invocation, run_id, leg, step, code."""
    LOGGER.log(level, "%s", name, extra={"fields": fields})


def _fields(record: logging.LogRecord) -> dict[str, object]:
    found = getattr(record, "fields", {})
    return dict(found) if isinstance(found, dict) else {}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _JsonLine(logging.Formatter):
    """``{"time": .., "level": .., "event": .., ...}``; line ends inside values are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        head = {"time": _time(record), "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps({**head, **_fields(record)}, default=str, ensure_ascii=False)


class _PlainLine(logging.Formatter):
    """``2026-01-31T10:00:00.000Z info  step  leg=orders step=shape``"""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        words = f"{_time(record)} {record.levelname.lower():<7} {record.getMessage()}  {fields}".rstrip()
        return words.replace("\n", " ")
