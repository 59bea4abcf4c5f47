"""Reads the field lines of a map as halves of record lines: one column written, in one direction, from one place.

What a line says beyond the format (an expression, a lookup, a transform that a record has no word for) is told as lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from crosswalk.dualwrite.records import Side
from crosswalk.model import Constant, FieldMapping, First, Path, Project, Source, TableMap, TransformCall

Way = Literal["to_dataverse", "to_finance"]


@dataclass(frozen=True, slots=True)
class Half:
    """`paths` are on the sales side, in our spelling; `pairs` are (finance value, sales value)."""

    way: Way
    finance: str
    paths: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...] | None = None
    default: str | None = None


@dataclass(slots=True)
class Reading:
    """The lines of one map while they are read. `lost` names lines and what a record cannot say of them."""

    table_map: TableMap
    project: Project
    written: Side
    lost: list[tuple[str, str]] = field(default_factory=list)

    def lines(self, lines: Sequence[FieldMapping], *, back: bool) -> list[Half]:
        """Read lines of one block: those of `back` write the source of the map."""
        return [half for line in lines for half in self._line(line, back=back)]

    def turned(self, lines: Sequence[FieldMapping]) -> list[Half]:
        """Read lines that go either way: their halves out, and the same from the other end."""
        out = self.lines(lines, back=False)
        return [*out, *(_turned(half) for half in out if half.finance and half.paths)]

    def _line(self, line: FieldMapping, *, back: bool) -> Iterator[Half]:
        towards: Side = self.written if not back else _other(self.written)
        way: Way = "to_dataverse" if towards == "dataverse" else "to_finance"
        source = self._source(line, source_side=_other(towards))
        if source is None:
            return
        pairs, default = self._transforms(line, towards)
        if isinstance(line.source, Constant):
            default = "" if line.source.value is None else str(line.source.value)
        self._told(line)
        if towards == "dataverse":
            yield Half(way, source[0] if source else "", (line.target,), pairs, default)
        else:
            yield Half(way, line.target, source, pairs, default)

    def _source(self, line: FieldMapping, *, source_side: Side) -> tuple[str, ...] | None:
        """Give the columns that a line reads: none for a constant; None, and a loss, for what is no column."""
        paths = _paths(line.source)
        if paths is None:
            self.lost.append((line.target, "its value is computed, and a record knows columns and constants"))
            return None
        lookups = {lookup.name for lookup in self.table_map.lookups}
        for path in paths:
            head = path.partition(".")[0]
            if head in lookups:
                self.lost.append((line.target, f"it reads the lookup '{head}', and a record knows references only"))
                return None
            if source_side == "finance" and ("." in path or len(paths) > 1):
                self.lost.append((line.target, f"it reads '{path}' over a reference of the finance side"))
                return None
        return paths

    def _transforms(self, line: FieldMapping, towards: Side) -> tuple[tuple[tuple[str, str], ...] | None, str | None]:
        pairs: tuple[tuple[str, str], ...] | None = None
        default: str | None = None
        for call in line.transforms:
            if call.name == "values":
                pairs = self._pairs(line, call, towards)
            elif call.name == "default":
                default = _text(call.argument.get("value") if isinstance(call.argument, Mapping) else call.argument)
            else:
                self.lost.append((line.target, f"'{call.name}' has no place in a record"))
        return pairs, default

    def _pairs(self, line: FieldMapping, call: TransformCall, towards: Side) -> tuple[tuple[str, str], ...]:
        argument = call.argument if isinstance(call.argument, Mapping) else {}
        if argument.get("otherwise", "reject") != "reject":
            self.lost.append((line.target, "'otherwise' has no place in a record"))
        values = argument.get("values")
        known = self.project.value_maps[values].values if isinstance(values, str) else values
        found = [(_text(key), _text(value)) for key, value in known.items()] if isinstance(known, Mapping) else []
        if towards == "dataverse":
            return tuple(found)
        back = argument.get("back")
        more = [(_text(key), _text(value)) for key, value in back.items()] if isinstance(back, Mapping) else []
        return tuple([(value, code) for code, value in found] + more)

    def _told(self, line: FieldMapping) -> None:
        for said, what in (
            (line.required != "no", "required"),
            (line.write == "create", "write: create"),
            (line.owner is not None, "owner"),
        ):
            if said:
                self.lost.append((line.target, f"'{what}' has no place in a record"))


def _paths(source: Source) -> tuple[str, ...] | None:
    match source:
        case Path(text):
            return (text,)
        case Constant():
            return ()
        case First(items) if all(isinstance(item, Path) for item in items):
            return tuple(item.text for item in items if isinstance(item, Path))
        case _:
            return None


def _turned(half: Half) -> Half:
    way: Way = "to_finance" if half.way == "to_dataverse" else "to_dataverse"
    return Half(way, half.finance, half.paths, half.pairs, half.default)


def _other(side: Side) -> Side:
    return "finance" if side == "dataverse" else "dataverse"


def _text(found: object) -> str:
    if found is None:
        return ""
    return str(found).lower() if isinstance(found, bool) else str(found)
