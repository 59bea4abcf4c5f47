"""Decides for every line of a record what becomes of it in a map: which way it goes, over which paths, or why it waits.

A map takes the finance side as its source, as the record does; only where every line flows to finance it is turned
round. A column that two lines write keeps one writer: the line of the key, else the one that is answered, else the
first. The other lines go the other way only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from crosswalk.dualwrite.catalogue import Catalogue, Table, company_of
from crosswalk.dualwrite.paths import DataversePath, read_path
from crosswalk.dualwrite.records import Line, Record

Fate = Literal["expressed", "waits", "cannot"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A line with our spelling of its two ends. `paths` has one entry for each table that a lookup may lead to."""

    line: Line
    finance: str
    paths: tuple[str, ...]
    out: bool
    back: bool
    fate: Fate = "expressed"
    why: str = ""
    key: bool = False
    returns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One pair of the key, and the line of the record that it stands for, if there is one."""

    finance: str
    path: str
    line: Planned | None


@dataclass(frozen=True, slots=True)
class MapPlan:
    record: Record
    name: str
    finance: Table
    dataverse: Table
    lines: tuple[Planned, ...]
    key: tuple[KeyPart, ...]
    forward: bool
    told: tuple[str, ...] = ()

    @property
    def two_way(self) -> bool:
        return any(one.out for one in self.sound) and any(one.back for one in self.sound)

    @property
    def sound(self) -> tuple[Planned, ...]:
        return tuple(one for one in self.lines if one.fate == "expressed")

    def makes(self, side: Literal["finance", "dataverse"]) -> bool:
        """Rows are made on a side where every part of the key flows there."""
        lines = [part.line for part in self.key if part.line is not None]
        return all(line.out if side == "dataverse" else line.back for line in lines)


def plan_of(record: Record, name: str, found: Catalogue) -> MapPlan:
    """Plan one map."""
    finance, dataverse = found.sides(record)
    lines = [_planned(line, finance, dataverse, found) for line in record.lines]
    lines = [_allowed(one, finance, dataverse, found) for one in lines]
    lines = [_returning(one, name, found) for one in lines]
    lines, key = _keyed(lines, name, (finance, dataverse), found)
    lines, told = _settled(lines, name, found)
    key = tuple(replace(part, line=_now(part, lines)) for part in key)
    flows = [one for one in lines if one.fate == "expressed"]
    forward = any(one.out for one in flows) or not flows
    return MapPlan(record, name, finance, dataverse, tuple(lines), key, forward, told)


def _planned(line: Line, finance: Table, dataverse: Table, found: Catalogue) -> Planned:
    one = Planned(
        line=line,
        finance=finance.column(line.finance).name if line.finance else "",
        paths=(),
        out=bool(line.dataverse) and line.direction != "to_finance",
        back=bool(line.finance) and line.direction != "to_dataverse",
    )
    if line.fault:
        return replace(one, fate="cannot", why=line.fault)
    if not line.dataverse:
        return one
    path = read_path(line.dataverse)
    if path is None:
        return replace(one, fate="cannot", why=f"'{line.dataverse}' is no path that is known")
    paths = found.walk(dataverse, path)
    if paths is None:
        return replace(one, fate="waits", why=_unknown(dataverse, path, found))
    return replace(one, paths=paths)


def _unknown(table: Table, path: DataversePath, found: Catalogue) -> str:
    here = table
    for part in path.parts:
        there = found.leads_to(here, here.column(part).name)
        if not there:
            return f"tables: {here.ref}: references: {here.column(part).name}"
        here = found.table("dataverse", there)
    return f"tables: {table.ref}: references"


def _allowed(one: Planned, finance: Table, dataverse: Table, found: Catalogue) -> Planned:
    """Take a direction away that would write a read-only column."""
    if one.fate != "expressed":
        return one
    fixed = [
        found.answers.listed(found.answers.of_table(table.ref, "read_only"), f"tables: {table.ref}: read_only")
        for table in (finance, dataverse)
    ]
    head = one.paths[0].partition(".")[0] if one.paths else ""
    out, back = one.out and head not in fixed[1], one.back and one.finance not in fixed[0]
    if (out, back) == (one.out, one.back):
        return one
    if not out and not back:
        return replace(one, fate="cannot", why="the column that it writes is read-only, as answered")
    return replace(one, out=out, back=back)


def _returning(one: Planned, name: str, found: Catalogue) -> Planned:
    """Settle which of several finance values returns for one code."""
    if one.fate != "expressed" or not one.line.pairs or not one.back:
        return one
    answered = found.answers.of_map(name, "returns")
    mine = answered.get(one.finance) if isinstance(answered, dict) else None
    chosen = found.answers.pairs(mine, f"maps: {name}: returns: {one.finance}")
    missing = [code for code, values in collisions(one.line) if chosen.get(code) not in values]
    if missing:
        return replace(one, fate="waits", why=f"maps: {name}: returns: {one.finance}")
    return replace(one, returns=tuple(chosen.items()))


def collisions(line: Line) -> list[tuple[str, tuple[str, ...]]]:
    """Give the codes that several finance values share."""
    by_code: dict[str, list[str]] = {}
    for value, code in line.pairs or ():
        by_code.setdefault(code, []).append(value)
    return [(code, tuple(values)) for code, values in by_code.items() if len(values) > 1]


def _keyed(
    lines: list[Planned], name: str, sides: tuple[Table, Table], found: Catalogue
) -> tuple[list[Planned], tuple[KeyPart, ...]]:
    """Find the lines of the key; a part without a line is a pair of columns all the same."""
    finance, dataverse = sides
    answered = found.answers.pairs(found.answers.of_map(name, "key"), f"maps: {name}: key")
    key: list[KeyPart] = []
    for left, right in answered.items():
        path = read_path(right)
        spelled = found.walk(dataverse, path) if path is not None and not path.branches else None
        own, there = finance.column(left).name, spelled[0] if spelled else right
        place = next(
            (
                n
                for n, one in enumerate(lines)
                if one.fate == "expressed" and one.finance == own and one.paths == (there,)
            ),
            None,
        )
        if place is not None:
            lines[place] = replace(lines[place], key=True)
        key.append(KeyPart(own, there, lines[place] if place is not None else None))
    if answered:
        key = [*_company_part(sides, key, found), *key]
    return lines, (*key, *_beside(key, lines))


def _beside(key: list[KeyPart], lines: list[Planned]) -> Iterator[KeyPart]:
    """Take in the lines that find a row together with a line of the key: a reference is whole or useless."""
    heads = {part.path.partition(".")[0] for part in key if part.line is not None and "." in part.path}
    for place, one in enumerate(lines):
        more = one.fate == "expressed" and not one.key and one.finance and len(one.paths) == 1 and "." in one.paths[0]
        if more and one.paths[0].partition(".")[0] in heads:
            lines[place] = replace(one, key=True)
            yield KeyPart(one.finance, one.paths[0], lines[place])


def _company_part(sides: tuple[Table, Table], key: list[KeyPart], found: Catalogue) -> Iterator[KeyPart]:
    left, right = (company_of(found, table) for table in sides)
    if left is not None and right is not None and all(part.finance != left.column for part in key):
        yield KeyPart(left.column, right.path, None)


def _now(part: KeyPart, lines: list[Planned]) -> Planned | None:
    return next((one for one in lines if part.line is not None and one.line is part.line.line), None)


def _settled(lines: list[Planned], name: str, found: Catalogue) -> tuple[list[Planned], tuple[str, ...]]:
    """Leave one writer to every column."""
    answered = found.answers.pairs(found.answers.of_map(name, "writes"), f"maps: {name}: writes")
    told: list[str] = []
    keyed_columns = {one.finance for one in lines if one.key}
    for n, one in enumerate(lines):
        if one.fate == "expressed" and one.back and not one.key and one.finance in keyed_columns:
            told.append(f"{one.finance} is in the key, so {one.line.dataverse} does not write it")
            lines[n] = _without_back(one, one.finance)
    for column in twice(lines, "back"):
        writers = [n for n, one in enumerate(lines) if _writes(one, "back", column)]
        wanted = [n for n in writers if answered.get(column) in (lines[n].line.dataverse, *lines[n].paths)]
        first = (wanted or writers)[0]
        for n in writers:
            if n != first:
                lines[n] = _without_back(lines[n], column)
                told.append(f"{column} is written by {lines[first].line.dataverse}, not by {lines[n].line.dataverse}")
    for path in twice(lines, "out"):
        writers = [n for n, one in enumerate(lines) if _writes(one, "out", path)]
        first = ([n for n in writers if lines[n].key] or writers)[0]
        for n in writers:
            if n != first:
                lines[n] = _without_out(lines[n], path)
                told.append(f"{path} is written by {lines[first].line.finance}, not by {lines[n].line.finance}")
    return lines, tuple(told)


def twice(lines: list[Planned] | tuple[Planned, ...], way: Literal["out", "back"]) -> list[str]:
    """Give the columns that more than one line writes."""
    seen: dict[str, int] = {}
    for one in lines:
        for column in _written(one, way):
            seen[column] = seen.get(column, 0) + 1
    return [column for column, count in seen.items() if count > 1]


def _written(one: Planned, way: Literal["out", "back"]) -> tuple[str, ...]:
    if one.fate != "expressed":
        return ()
    if way == "back":
        return (one.finance,) if one.back else ()
    return one.paths if one.out else ()


def _writes(one: Planned, way: Literal["out", "back"], column: str) -> bool:
    return column in _written(one, way)


def _without_back(one: Planned, column: str) -> Planned:
    if one.out:
        return replace(one, back=False)
    return replace(one, fate="cannot", why=f"{column} is written by another line already")


def _without_out(one: Planned, path: str) -> Planned:
    if one.back:
        return replace(one, out=False)
    return replace(one, fate="cannot", why=f"{path} is written by another line already")
