"""Binds the header side of lines that go into documents: how they are grouped, ordered, and what the header holds.

A header is made when lines are delivered, so what lines say of it (``document.number``, ``document.line``) is computed
late, over the relation ``placed``, in which every new line stands beside its header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crosswalk.compiler.binding import Binding
from crosswalk.compiler.bound import BoundDocument, Cell
from crosswalk.compiler.demands import drawn, writable
from crosswalk.compiler.expressions import condition
from crosswalk.compiler.legs import column_of
from crosswalk.compiler.lines import line_value, source_value
from crosswalk.compiler.scope import TOLD, Names, Place, RowScope
from crosswalk.contracts import TransformError, Value
from crosswalk.errors import nearest
from crosswalk.model import Column, DataType, Document, Entity, FieldMapping, Path, Sequence, Text
from crosswalk.sql import Sql, fragment, name


def bind_document(binding: Binding) -> BoundDocument | None:
    """Bind the document rule of a leg and make ``document.`` known to its field lines."""
    rule = binding.leg.map.document
    if rule is None:
        return None
    header = binding.leg.project.entities[rule.target]
    parts = {line.target: _by(binding, line, header) for line in rule.by}
    by = {group: value for group, value in parts.items() if value is not None}
    binding.document = _LineNames(header, frozenset(line.target for line in rule.fields), parts)
    inside = _HeaderNames(parts)
    cells = [cell for line in rule.fields if (cell := _cell(binding, line, header, inside)) is not None]
    cells += [_by_cell(header.columns[group], value, rule) for group, value in by.items() if group in header.columns]
    return BoundDocument(
        target=header,
        by=tuple((group, name(f"document.{group}"), value.type) for group, value in by.items()),
        order=tuple(_order(binding, path, number) for number, path in enumerate(rule.order)),
        lines=rule.lines,
        reuse=_reuse(binding, rule.reuse, header),
        cells=tuple(cells),
        counted=_counted(binding, header),
    )


def _by(binding: Binding, line: FieldMapping, header: Entity) -> Value | None:
    """Carry one part of the group; where the header has such a column, the part takes its type."""
    if line.target == "line":
        message = "'document.line' is the number of the line, so no part of the group has that name"
        binding.problems.add("IDENT_RESERVED", message, line.span, "choose another name")
    column = header.columns.get(line.target) or Column(line.target, DataType("text"), line.span)
    place = Place(column, binding.scope, binding.leg.project)
    bind = line_value if line.target in header.columns else source_value
    value = binding.attempt(line.source.span, lambda: bind(line, place))
    if value is not None:
        for fault in value.faults:
            binding.reason(fault, line.target, line.span)
        binding.carry(f"document.{line.target}", value.sql)
    return value


def _order(binding: Binding, path: Path, number: int) -> Sql:
    value = binding.attempt(path.span, lambda: binding.scope.resolve(path.text))
    return binding.carry(f"order.{number}", value.sql) if value is not None else name("#key")


def _cell(binding: Binding, line: FieldMapping, header: Entity, inside: Names) -> Cell | None:
    """Bind one column of the header. Of the lines it sees only the parts of its group."""
    place = f"{line.span.file}:{line.span.line}"

    def bind() -> Cell:
        column = column_of(header, line.target, line.span)
        writable(header, column, line.span)
        if isinstance(line.source, Sequence):
            drawn(line, line.source, column, binding.leg.project)
            return Cell(column, name(column.name), _typed_null(column), place, sequence=line.source.name)
        value = line_value(line, Place(column, inside, binding.leg.project))
        return Cell(column, name(column.name), value, place)

    return binding.attempt(line.source.span, bind)


def _by_cell(column: Column, value: Value, rule: Document) -> Cell:
    place = f"{rule.span.file}:{rule.span.line}"
    return Cell(column, name(column.name), Value(name(f"document.{column.name}"), value.type), place)


def _typed_null(column: Column) -> Value:
    return Value(fragment("NULL"), column.type)


def _reuse(binding: Binding, text: Text | None, header: Entity) -> Sql | None:
    if text is None:
        return None
    bound = binding.attempt(text.span, lambda: condition(text, RowScope(header, binding.leg.project)))
    return None if bound is None else fragment("coalesce({x}, FALSE)", x=bound)


def _counted(binding: Binding, header: Entity) -> tuple[tuple[Sql, Sql], ...]:
    """Find by which columns a line names its header: those that take a key column of it, and equal parts of the key."""
    pairs = []
    for line in (*binding.leg.map.fields, *binding.leg.map.key):
        source = line.source
        if isinstance(source, Path) and source.parts[0] == "document" and source.parts[-1] in header.key:
            pairs.append((name(line.target), name(source.parts[-1])))
        elif line.target in header.key and line.target == header.company:
            pairs.append((name(line.target), name(line.target)))
    return tuple(dict.fromkeys(pairs))


@dataclass(frozen=True, slots=True)
class _HeaderNames:
    """Names in the fields of the header: ``document.x`` is a part of the group, and nothing else is known."""

    by: Mapping[str, Value | None]

    def resolve(self, path: str) -> Value:
        head, _, rest = path.partition(".")
        if head == "document" and rest in self.by:
            return _part(rest, self.by[rest])
        if head == "document":
            hint = nearest(rest, self.by) or f"parts: {', '.join(self.by)}"
            raise TransformError("UNKNOWN_PATH", f"'{rest}' is not a part of the group", hint)
        hint = "name it under `by`, and write document.<name>"
        raise TransformError("UNKNOWN_PATH", f"'{path}' is of one row, and a header is made of several", hint)


@dataclass(frozen=True, slots=True)
class _LineNames:
    """Names in lines that are filled in late: a part of the group, a written column of the header, the line number."""

    header: Entity
    written: frozenset[str]
    by: Mapping[str, Value | None]

    def resolve(self, path: str) -> Value:
        head, _, rest = path.partition(".")
        if head != "document":
            message = f"'{path}' is of the row, and cannot be mixed with what its document says"
            raise TransformError("UNKNOWN_PATH", message, "write two lines")
        if rest == "line":
            return Value(_placed(rest), DataType("int"), nullable=False)
        if rest in self.written and rest in self.header.columns:
            column = self.header.columns[rest]
            return Value(_placed(rest), column.type, column=column)
        if rest in self.by:
            return _part(rest, self.by[rest])
        known = [*self.written, *self.by, "line"]
        if rest in self.header.key:
            raise TransformError(TOLD, f"'{rest}' is not written")
        if rest in self.header.columns:
            message = f"the header has a column '{rest}', and the map does not write it"
            raise TransformError("UNKNOWN_PATH", message, f"known: {', '.join(sorted(known))}")
        raise TransformError("UNKNOWN_PATH", f"the document has no '{rest}'", nearest(rest, known))


def _part(group: str, value: Value | None) -> Value:
    if value is None:
        raise TransformError(TOLD, f"'{group}' is not known")
    return Value(_placed(group), value.type, column=value.column)


def _placed(word: str) -> Sql:
    return Sql(f"placed.{name(f'document.{word}').text}")
