"""Turns a map into legs of one form: what is read, what is written, and how the written row is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crosswalk.model import (
    Arm,
    Column,
    Concat,
    Entity,
    FieldMapping,
    First,
    Guard,
    Path,
    Permission,
    Project,
    Scalar,
    Source,
    TableMap,
    Text,
)
from tests.oracle.cells import Fault, Unclear, Value, same, text_of
from tests.oracle.convert import constant, converted, land
from tests.oracle.lines import fit_into, pairs_of, spellings, value_of
from tests.oracle.scopes import RowScope

Kind = Literal["out", "back", "write_back"]


@dataclass(frozen=True)
class Line:
    """A column that a leg writes. `mirrored` lines stand in ``both`` and are read from their far end."""

    mapping: FieldMapping
    target: str
    create_only: bool = False
    owned: bool = False
    mirrored: bool = False


@dataclass(frozen=True)
class Way:
    """One arm of a leg, with everything common joined in."""

    target: Entity
    when: Text | None
    key: tuple[FieldMapping, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Leg:
    """A leg ready to run. `stale` says what a conflict means: stop the row, write nevertheless, or keep the value."""

    name: str
    map: TableMap
    kind: Kind
    source: Entity
    filter: Text | None
    allow: Permission
    stale: Literal["reject", "write", "keep"]
    ways: tuple[Way, ...]

    @property
    def guard(self) -> Guard:
        """On the way back no row is foreign: the source belongs to its own system."""
        return Guard(foreign_rows="ignore") if self.kind == "back" else self.map.guard

    @property
    def creates(self) -> bool:
        return self.allow.create is not False

    @property
    def create_only(self) -> bool:
        return self.creates and self.allow.update is False


def leg_of(project: Project, name: str) -> Leg:
    """The leg of that name: a map's name, or ``map:back``."""
    map_name, _, back = name.partition(":")
    table_map = project.maps[map_name]
    return _back(project, table_map) if back else _out(project, table_map)


def _out(project: Project, table_map: TableMap) -> Leg:
    kind: Kind = "write_back" if table_map.flow == "write_back" else "out"
    ways = tuple(_way(project, table_map, arm, kind) for arm in table_map.arms)
    stale: Mapping[str, Literal["reject", "write", "keep"]] = {"reject": "reject", "source": "write", "target": "keep"}
    source = project.entities[table_map.source]
    policy = stale[table_map.back.conflict if table_map.back else table_map.conflict]
    return Leg(table_map.name, table_map, kind, source, table_map.filter, table_map.allow, policy, ways)


def _way(project: Project, table_map: TableMap, arm: Arm, kind: Kind) -> Way:
    key = (*table_map.key, *arm.key)
    in_key = [Line(each, each.target, create_only=True) for each in key if kind == "out"]
    fields = [Line(each, each.target, _once(each)) for each in (*table_map.fields, *arm.fields)]
    both = [Line(each, each.target, each.write == "create" or each.owner == "target") for each in table_map.both]
    return Way(project.entities[arm.target], arm.when, key, (*in_key, *fields, *both))


def _once(line: FieldMapping) -> bool:
    """Whether a line is written when a row is made, and never again: what its document says of it stays."""
    return line.write == "create" or _of_document(line.source)


def _of_document(source: Source) -> bool:
    match source:
        case Path():
            return source.parts[0] == "document"
        case First(items) | Concat(items):
            return any(_of_document(item) for item in items)
        case _:
            return False


def _back(project: Project, table_map: TableMap) -> Leg:
    if table_map.back is None or len(table_map.arms) != 1:
        raise Unclear(f"{table_map.name} has no single way back")
    back, arm = table_map.back, table_map.arms[0]
    keys = (*table_map.key, *arm.key) if back.allow.create is not False else ()
    lines = [Line(each, _bare(each), create_only=True, mirrored=True) for each in keys]
    lines += [Line(each, each.target, each.write == "create") for each in back.fields]
    for each in table_map.both:
        if each.owner == "source" and keys:
            lines.append(Line(each, _bare(each), create_only=True, mirrored=True))
        elif each.owner != "source":
            lines.append(Line(each, _bare(each), owned=each.owner == "target", mirrored=True))
    way = Way(project.entities[table_map.source], None, (*table_map.key, *arm.key), tuple(lines))
    stale: Mapping[str, Literal["reject", "write", "keep"]] = {"reject": "reject", "source": "keep", "target": "write"}
    source, policy = project.entities[arm.target], stale[back.conflict]
    return Leg(f"{table_map.name}:back", table_map, "back", source, back.filter, back.allow, policy, (way,))


def _bare(line: FieldMapping) -> str:
    if not isinstance(line.source, Path) or len(line.source.parts) != 1:
        raise Unclear(f"{line.target} cannot be read from its far end")
    return line.source.text


def line_value(line: Line, column: Column, scope: RowScope) -> Value:
    """What a line writes; a mirrored one reads the value map from its far end."""
    return _mirrored(line, column, scope) if line.mirrored else value_of(line.mapping, column, scope)


def _mirrored(line: Line, column: Column, scope: RowScope) -> Value:
    cell = scope.cell((line.mapping.target,))
    try:
        for call in line.mapping.transforms:
            if call.name == "values":
                pairs, beside = pairs_of(call.argument, scope)
                return _returned(cell.value, spellings(cell), _inverse(pairs, beside), column)
            if call.name == "as":
                return fit_into(converted(cell, column.type), column, truncate=False)
        return fit_into(land(cell, column), column, truncate=False)
    except Fault as fault:
        raise Fault(fault.code, line.target, fault.fate) from None


def _inverse(pairs: Mapping[str, Scalar], beside: Mapping[str, object]) -> Mapping[str, str]:
    """Values to codes. Where two codes share a value, ``back`` says which returns."""
    turned: dict[str, str] = {}
    for code, value in pairs.items():
        turned.setdefault(text_of(value), code)
    chosen = beside.get("back")
    if isinstance(chosen, Mapping):
        turned.update({text_of(value): text_of(code) for value, code in chosen.items()})
    return turned


def _returned(value: Value, names: list[str], turned: Mapping[str, str], column: Column) -> Value:
    if value is None:
        return None
    for name in names:
        if name in turned:
            return None if turned[name] == "" else constant(turned[name], column)
    if value == "":
        return None
    raise Fault("VALUE_UNMAPPED")


def agree(wanted: tuple[Value, ...], there: tuple[Value, ...]) -> bool:
    """Whether two keys are the same; a key with a null part is the same as none."""
    return all(left is not None and same(left, right) for left, right in zip(wanted, there, strict=True))
