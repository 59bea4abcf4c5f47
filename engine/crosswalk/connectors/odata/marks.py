"""Where a read ended, as text: a delta link, or the latest modified time that was seen.

A mark names the properties that were read. When others are wanted now, what was read before lacks them, and the mark
has expired. A latest time never lies after the moment at which the server answered first: rows may change behind a long
read, and what changed after its start is read again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import md5

from crosswalk.connectors.odata.answers import Rows, moment
from crosswalk.connectors.odata.binding import Binding
from crosswalk.exchange import MarkExpired


@dataclass(frozen=True, slots=True)
class Mark:
    selected: str
    delta: str | None = None
    modified: datetime | None = None

    def __str__(self) -> str:
        if self.delta is not None:
            return json.dumps({"delta": self.delta, "selected": self.selected})
        return json.dumps({"modified": _written(self.modified), "selected": self.selected})


def _written(time: datetime | None) -> str | None:
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def selected(binding: Binding) -> str:
    """Stand for what is read of a table: a digest of the names of the set and its properties."""
    names = ",".join((binding.entity_set.name, *sorted(binding.selected)))
    return md5(names.encode(), usedforsecurity=False).hexdigest()


def read_mark(text: str, binding: Binding) -> Mark:
    """Read a mark; `MarkExpired` where it was made by a read of something else."""
    try:
        found = json.loads(text)
        time = moment(found["modified"]) if found.get("modified") else None
        mark = Mark(found["selected"], found.get("delta"), time)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MarkExpired("the mark cannot be read") from None
    if mark.selected != selected(binding) or (mark.delta is None and mark.modified is None):
        raise MarkExpired("the table was read with other columns")
    return mark


@dataclass(slots=True)
class Watermark:
    """Follows the modified times of a read, and the delta link at its end."""

    binding: Binding
    before: Mark | None = None
    started: datetime | None = None
    seen: datetime | None = None
    delta: str | None = None

    def look_at(self, page: Rows) -> None:
        self.started = self.started or _answered(page)
        self.delta = page.delta_link or self.delta
        self.seen = max(filter(None, (self.seen, page.latest)), default=None)

    def mark(self) -> Mark | None:
        """Give the mark of the whole read: the delta link where one came, else the time; None without either."""
        if self.delta is not None:
            return Mark(selected(self.binding), delta=self.delta)
        if self.binding.modified is None:
            return None
        now = min(filter(None, (self.seen or self.started, self.started)), default=None)
        before = self.before.modified if self.before else None
        reached = max(filter(None, (before, now)), default=None)
        return Mark(selected(self.binding), modified=reached) if reached else None


def _answered(page: Rows) -> datetime | None:
    try:
        return parsedate_to_datetime(page.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None


def earlier(mark: Mark, seconds: int) -> datetime:
    """Give the time from which to read again: the mark's, less the overlap."""
    assert mark.modified is not None, "a mark with a delta link has no time"
    try:
        return mark.modified - timedelta(seconds=seconds)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
