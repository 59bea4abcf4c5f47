"""From table maps of a project back to records; what a map says beyond the format is told, line by line.

A map can be a record where it is a sync of one table with one other, between the two systems that records know. What
changes how rows are made (each, merge, documents, several targets) has no place there, so such a map is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crosswalk.dualwrite.backfilters import filter_of
from crosswalk.dualwrite.catalogue import Systems
from crosswalk.dualwrite.filters.tree import UnsayableError
from crosswalk.dualwrite.halves import Half, Reading
from crosswalk.dualwrite.paths import Branch, singular, write_branches
from crosswalk.dualwrite.recordjson import record_json
from crosswalk.dualwrite.records import Direction, Line, Record, Side
from crosswalk.model import Entity, EntityRef, FieldMapping, Project, TableMap, Text


@dataclass(frozen=True, slots=True)
class Lost:
    """Something of a map that a record cannot say."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class GivenBack:
    """One map as a record. `refused` says why there is none; `lost` what is not in it."""

    name: str
    record: Record | None
    lost: tuple[Lost, ...] = ()
    refused: str = ""

    @property
    def text(self) -> str:
        return record_json(self.record) if self.record is not None else ""


def give_back(table_map: TableMap, project: Project, systems: Systems) -> GivenBack:
    """Turn one map into a record."""
    refused = _refusal(table_map, systems)
    if refused:
        return GivenBack(table_map.name, None, refused=refused)
    target = table_map.arms[0].target
    written: Side = "dataverse" if target.system == systems.dataverse else "finance"
    finance = project.entities[table_map.source if written == "dataverse" else target]
    dataverse = project.entities[target if written == "dataverse" else table_map.source]
    reading = Reading(table_map, project, written)
    pair = _Pair(finance, dataverse, project)
    lines = [pair.line(one) for one in _joined(pair.branched(_halves(reading, pair)))]
    record = Record(
        origin=table_map.name,
        title=f"{dataverse.ref.entity} - {finance.title}",
        finance=finance.title,
        dataverse=dataverse.ref.entity,
        version=table_map.version,
        lines=tuple(lines),
    )
    record, unsaid = _with_filters(record, table_map, pair)
    lost = [Lost(what, why) for what, why in (*reading.lost, *unsaid, *_beyond(table_map))]
    return GivenBack(table_map.name, record, tuple(dict.fromkeys(lost)))


def _refusal(table_map: TableMap, systems: Systems) -> str:
    if len(table_map.arms) != 1:
        return "it has several targets"
    if table_map.flow != "sync":
        return f"its flow is {table_map.flow}, and a record is a sync"
    if table_map.document is not None:
        return "it gathers rows into documents"
    known = {systems.finance, systems.dataverse}
    if {table_map.source.system, table_map.arms[0].target.system} != known:
        return f"it is not between {systems.finance} and {systems.dataverse}"
    return ""


def _beyond(table_map: TableMap) -> Iterator[tuple[str, str]]:
    """Name the properties of a map for which a record has no words."""
    said: Mapping[str, bool] = {
        "lookups": bool(table_map.lookups),
        "requires": bool(table_map.requires),
        "all_or_nothing": table_map.all_or_nothing is not None,
        "settle": bool(table_map.settle),
        "on_leave": table_map.on_leave == "delete",
        "after": bool(table_map.after),
        "allow": any(isinstance(one, Text) for one in (table_map.allow.create, table_map.allow.update)),
        "scope": table_map.scope is not None and table_map.back is not None,
    }
    return ((word, f"'{word}' has no place in a record") for word, is_said in said.items() if is_said)


def _halves(reading: Reading, pair: _Pair) -> list[Half]:
    table_map = reading.table_map
    key = [line for line in (*table_map.key, *table_map.arms[0].key) if not pair.is_company(line)]
    out = reading.lines([*table_map.fields, *table_map.arms[0].fields], back=False)
    if table_map.back is None:
        return [*reading.lines(key, back=False), *out]
    ways = table_map.allow.create is not False, table_map.back.allow.create is not False
    keyed = reading.turned(key)
    outward = "to_dataverse" if reading.written == "dataverse" else "to_finance"
    if ways[0] != ways[1]:
        keyed = [half for half in keyed if (half.way == outward) == ways[0]]
    both, back = reading.turned(table_map.both), reading.lines(table_map.back.fields, back=True)
    return [*keyed, *out, *both, *back]


def _joined(halves: Sequence[Half]) -> list[tuple[Half, Direction]]:
    """Lay halves together that are the two directions of one line."""
    by_ends: dict[tuple[str, tuple[str, ...]], dict[str, Half]] = {}
    for half in halves:
        by_ends.setdefault((half.finance, half.paths), {}).setdefault(half.way, half)
    lines: list[tuple[Half, Direction]] = []
    for ways in by_ends.values():
        out, back = ways.get("to_dataverse"), ways.get("to_finance")
        if out is not None and back is not None and set(back.pairs or ()) <= set(out.pairs or ()):
            lines.append((out, "both"))
        else:
            lines.extend((half, half.way) for half in ways.values())
    return lines


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two tables of a record."""

    finance: Entity
    dataverse: Entity
    project: Project

    def is_company(self, line: FieldMapping) -> bool:
        """Say whether a line is that of the company, which a record leaves to the connection."""
        companies = {entity.company for entity in (self.finance, self.dataverse) if entity.company}
        return len(companies) == 2 and line.target.partition(".")[0] in companies

    def branched(self, halves: Sequence[Half]) -> list[Half]:
        """Gather the lines that write one lookup to one of several tables from one column."""
        gathered: dict[object, Half] = {}
        for half in halves:
            head = half.paths[0].partition(".")[0] if half.paths and "." in half.paths[0] else ""
            column = self.dataverse.columns.get(head)
            several = column is not None and len(column.relation) > 1 and half.finance
            known = (half.way, half.finance, head) if several else half
            first = gathered.setdefault(known, half)
            if first is not half:
                gathered[known] = replace(first, paths=tuple(dict.fromkeys((*first.paths, *half.paths))))
        return list(gathered.values())

    def line(self, joined: tuple[Half, Direction]) -> Line:
        half, direction = joined
        related = ""
        column = self._spelled(half.paths)
        head = self.dataverse.columns.get(half.paths[0].partition(".")[0]) if half.paths else None
        if head is not None and head.relation and "." in half.paths[0]:
            related = self._related(head.relation)
        return Line(direction, half.finance, column, related, half.pairs, half.default)

    def _spelled(self, paths: tuple[str, ...]) -> str:
        if not paths:
            return ""
        head, _, rest = paths[0].partition(".")
        column = self.dataverse.columns.get(head)
        if column is None or len(column.relation) < 2 or not rest:
            return paths[0]
        branches: dict[str, list[str]] = {}
        for path in paths:
            table, _, inner = path.removeprefix(f"{head}.").partition(".")
            branches.setdefault(table, []).append(inner)
        return write_branches(
            head, tuple(Branch(singular(table).capitalize(), tuple(inner)) for table, inner in branches.items())
        )

    def _related(self, tables: tuple[str, ...]) -> str:
        if len(tables) == 1:
            found = self.project.entities.get(EntityRef(self.dataverse.ref.system, tables[0]))
            return found.ref.entity if found is not None else tables[0]
        return "Customer" if {singular(table).lower() for table in tables} == {"account", "contact"} else ""


def _with_filters(record: Record, table_map: TableMap, pair: _Pair) -> tuple[Record, list[tuple[str, str]]]:
    """Put the filters of both sides into a record; those that cannot be said are lost."""
    other = table_map.back.filter if table_map.back is not None else table_map.scope
    forward = table_map.source == pair.finance.ref
    finance, dataverse = (table_map.filter, other) if forward else (other, table_map.filter)
    lost: list[tuple[str, str]] = []
    texts = {"finance": "", "dataverse": ""}
    sides: tuple[tuple[Side, Text | None, Entity], ...] = (
        ("finance", finance, pair.finance),
        ("dataverse", dataverse, pair.dataverse),
    )
    for side, text, entity in sides:
        if text is None:
            continue
        try:
            texts[side] = filter_of(text.value, entity, side)
        except UnsayableError as error:
            lost.append((f"filter of {entity.ref}", str(error)))
    return replace(record, finance_filter=texts["finance"], dataverse_filter=texts["dataverse"]), lost
