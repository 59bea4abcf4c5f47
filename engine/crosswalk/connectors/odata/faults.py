"""Tells what an answer means: throttled, refused, broken, an error of the service with its code and sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from crosswalk.secrets import hide

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def fine(self) -> bool:
        return 200 <= self.status < 300


class Unanswered(Exception):
    """A request that must not be repeated blindly left, and nobody knows whether it took effect. `answer` is what came
    back, where something did.
    """

    def __init__(self, reason: str, answer: Answer | None = None) -> None:
        super().__init__(reason)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class ServiceError:
    """The error that an OData service describes in an answer; both are empty where it describes none."""

    code: str = ""
    message: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code and self.message else self.message or self.code


def service_error(text: str) -> ServiceError:
    """Read the error out of an answer's body."""
    try:
        found = json.loads(text)
    except ValueError:
        return ServiceError()
    error = found.get("error") if isinstance(found, dict) else None
    if not isinstance(error, dict):
        return ServiceError()
    message = error.get("message")
    if isinstance(message, dict):
        message = message.get("value")
    return ServiceError(_short(error.get("code")), _short(message))


def _short(found: object) -> str:
    return hide(" ".join(str(found if found is not None else "").split()))[:_LONGEST]


def told(answer: Answer) -> str:
    """Describe an answer in a few words, for a message."""
    error = service_error(answer.text)
    return f"{answer.status} {error}".strip()


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Read Retry-After, in seconds or as a date; None where there is none that can be read."""
    given = headers.get("retry-after", "").strip()
    if not given:
        return None
    if given.replace(".", "", 1).isdecimal():
        return float(given)
    try:
        when = parsedate_to_datetime(given)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, when.timestamp() - now)


def broken(answer: Answer) -> str | None:
    """Say what is wrong with an answer that should be JSON: a page for people, or a text that breaks off."""
    text = answer.text.strip()
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html" or text[:1] == "<":
        return "a page for people came back where data was asked for"
    if kind and "json" not in kind:
        return f"{kind} came back where JSON was asked for"
    if text[:1] not in {"{", "["} or text[-1:] not in {"}", "]"}:
        return "the answer breaks off in the middle"
    return None
