"""What a system keeps of its rows by itself: the time of the last change and the version."""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import of
from crosswalk.model import Entity
from crosswalk.sql import Sql, fragment, literal, name


@dataclass(frozen=True, slots=True)
class Written:
    """A column and what is written to it."""

    column: Sql
    value: Sql


def bound_now(entity: Entity) -> tuple[str, ...]:
    """Name the parameters that stamping a row of this entity binds."""
    return ("now",) if entity.modified else ()


def kept(entity: Entity, *, first: bool) -> list[Written]:
    """What the system keeps by itself: the time of the change and the version of the row."""
    written = []
    if entity.modified is not None:
        written.append(Written(name(entity.modified), fragment("$now")))
    if entity.row_version is not None:
        version = literal(1) if first else fragment("coalesce({v}, 0) + 1", v=of("t", entity.row_version))
        written.append(Written(name(entity.row_version), version))
    return written
