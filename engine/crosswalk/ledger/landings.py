"""How far the copies of outside tables have come: the mark with which the next read of a table starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crosswalk.contracts import Backend
from crosswalk.model import EntityRef
from crosswalk.sql import table


@dataclass(frozen=True, slots=True)
class Landing:
    """`scope` tells by text which filter the copy was read with: a copy of other rows is of no use. `read_at` is the
    last read, `whole_at` the last that gave every row.
    """

    entity: str
    mark: str | None
    scope: str
    read_at: datetime
    whole_at: datetime | None


def landing_of(entity: str, backend: Backend) -> Landing | None:
    rows = backend.rows(
        "SELECT mark, scope, read_at, whole_at FROM crosswalk.landings WHERE entity = $entity", {"entity": entity}
    )
    if not rows:
        return None
    mark, scope, read_at, whole_at = rows[0]
    assert isinstance(read_at, datetime)
    assert isinstance(whole_at, datetime)
    return Landing(entity, None if mark is None else str(mark), str(scope), read_at, whole_at)


def keep_landing(landing: Landing, backend: Backend, *, whole: bool, count: int) -> None:
    """Note a read; `whole` says that it gave every row, `count` how many the copy holds now."""
    backend.run("DELETE FROM crosswalk.landings WHERE entity = $entity", {"entity": landing.entity})
    backend.run(
        "INSERT INTO crosswalk.landings VALUES ($entity, $mark, $scope, $whole_at, $read_at, $count)",
        {
            "entity": landing.entity,
            "mark": landing.mark,
            "scope": landing.scope,
            "whole_at": landing.read_at if whole or landing.whole_at is None else landing.whole_at,
            "read_at": landing.read_at,
            "count": count,
        },
    )


def drop_copy(ref: EntityRef, backend: Backend) -> None:
    """Remove the copy of an outside table, and what is known of how far it came."""
    backend.run(f"DROP TABLE IF EXISTS {table(ref).text}")
    backend.run("DELETE FROM crosswalk.landings WHERE entity = $entity", {"entity": str(ref)})
