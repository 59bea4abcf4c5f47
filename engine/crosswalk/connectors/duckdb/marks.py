"""Marks of databases without a change feed: the latest modified time that was read, or that all was read."""

from __future__ import annotations

import json
from datetime import datetime

from crosswalk.exchange import MarkExpired


def mark_of(modified: str | None) -> str:
    """Write a mark: the latest modified time, empty where there is none yet; None where no column tells time."""
    return json.dumps({"all": True} if modified is None else {"modified": modified})


def since_of(mark: str | None, modified: str | None) -> datetime | None:
    """Read a mark: the time to read from, or None where everything is read. `MarkExpired` when the entity got or lost
    its modified time since.
    """
    if mark is None:
        return None
    try:
        content = json.loads(mark)
        known = content.get("modified") if isinstance(content, dict) else None
        if (known is None) != (modified is None):
            raise MarkExpired("the entity names another modified time than it did")
        return datetime.fromisoformat(known) if known else None
    except ValueError as error:
        raise MarkExpired(f"this is no mark of this system: {mark[:80]}") from error
