"""Several maps on one table: columns that two of them write, and rows that two of them take for their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from crosswalk.advice.reading import Reading, Written, over_source, over_target, written_by
from crosswalk.compiler.bound import Bound
from crosswalk.compiler.conditions import Terms
from crosswalk.compiler.legs import LegArm
from crosswalk.errors import Problem
from crosswalk.model import Constant, EntityRef, Path


@dataclass(frozen=True, slots=True)
class _Writer:
    """A leg on one of the tables that it writes."""

    bound: Bound
    arm: LegArm

    @property
    def map_name(self) -> str:
        return self.bound.leg.map.name


def columns_written_twice(reading: Reading) -> Iterator[Problem]:
    """Find columns that two maps may change in the same row: the one that runs last would win."""
    for one, other in _pairs(reading):
        mine = {written.column.name: written for written in _changed(one)}
        for written in _changed(other):
            first = mine.get(written.column.name)
            if first is not None:
                message = f"'{written.column.name}' of {other.arm.target.ref} is written by '{one.map_name}' too"
                where = f"{message}, at {first.line.span}"
                hint = "let the scopes or filters of the two exclude each other, or remove one of the lines"
                yield Problem("COLUMN_WRITTEN_TWICE", where, written.line.span, hint, "warning")


def scopes_overlapping(reading: Reading) -> Iterator[Problem]:
    """Find two maps that make rows of one table and do not say which rows are whose."""
    for one, other in _pairs(reading):
        if one.bound.leg.creates and other.bound.leg.creates and "ignore" not in (_foreign(one), _foreign(other)):
            message = (
                f"'{one.map_name}' makes rows of {other.arm.target.ref} too, and takes those of this map for its own"
            )
            hint = "give both maps a `scope:` that excludes the other's rows, or guard: {foreign_rows: ignore}"
            yield Problem("SCOPES_OVERLAP", message, other.bound.leg.map.span, hint, "warning")


def _foreign(writer: _Writer) -> str:
    return writer.bound.leg.map.guard.foreign_rows


def _pairs(reading: Reading) -> Iterator[tuple[_Writer, _Writer]]:
    """Give every two legs of different maps that may write the same row of one table."""
    by_table: dict[EntityRef, list[_Writer]] = {}
    for bound in reading.bound:
        for arm in bound.leg.arms:
            by_table.setdefault(arm.target.ref, []).append(_Writer(bound, arm))
    for writers in by_table.values():
        for one, other in combinations(writers, 2):
            if one.map_name != other.map_name and not _apart(one, other):
                yield one, other


def _apart(one: _Writer, other: _Writer) -> bool:
    """Say whether two legs can never write the same row: by scopes, by constants in the key, or by filters."""
    target = over_target(one.arm.target, one.bound.leg.project)
    if not target.together(target.terms(one.bound.leg.map.scope), target.terms(other.bound.leg.map.scope)):
        return True
    if any(value != _constants(other).get(column, value) for column, value in _constants(one).items()):
        return True
    paths = _key_paths(one)
    if one.bound.leg.source.ref != other.bound.leg.source.ref or not paths or paths != _key_paths(other):
        return False
    return not over_source(one.bound).together(_taken(one), _taken(other))


def _key_paths(writer: _Writer) -> dict[str, str]:
    """Give the paths of a key by column; nothing where a line does more than to take a path."""
    lines = writer.arm.key
    paths = {line.target: line.source.text for line in lines if isinstance(line.source, Path) and not line.transforms}
    return paths if len(paths) == len(lines) else {}


def _taken(writer: _Writer) -> Terms:
    """Say which source rows a leg brings to the table: by its filter, and by the condition of this target."""
    source = over_source(writer.bound)
    return source.together(source.terms(writer.bound.leg.filter), source.terms(writer.arm.when))


def _constants(writer: _Writer) -> dict[str, object]:
    return {line.target: line.source.value for line in writer.arm.key if isinstance(line.source, Constant)}


def _changed(writer: _Writer) -> Iterator[Written]:
    """Give the lines that change rows which are there: not those of the key, and not those written once."""
    if writer.bound.leg.updates:
        for written in written_by(writer.bound):
            if written.arm is writer.arm and not written.is_key and written.line.write != "create":
                yield written
