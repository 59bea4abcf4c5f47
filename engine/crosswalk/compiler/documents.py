"""Binds the header side of lines that go into documents: how they are grouped, ordered, and what the header holds.

A header is made when lines are delivered, so what lines say of it (``document.number``, ``document.line``) is computed
late, over the relation ``placed``, in which every new line stands beside its header.
"""

from __future__ import annotations

from collections.abc import Mapping

from crosswalk.compiler.binding import Binding
from crosswalk.compiler.bound import BoundDocument, Cell
from crosswalk.compiler.expressions import condition
from crosswalk.compiler.legs import column_of
from crosswalk.compiler.lines import line_value, source_value
from crosswalk.compiler.scope import Place, RowScope
from crosswalk.contracts import TransformError, Value
from crosswalk.errors import nearest
from crosswalk.model import Column, DataType, Document, Entity, FieldMapping, Path, Sequence, Text
from crosswalk.sql import Sql, fragment, name


def bind_document(binding: Binding) -> BoundDocument | None:
    """Bind the document rule of a leg and make ``document.`` known to its lines."""
    rule = binding.leg.map.document
    if rule is None:
        return None
    header = binding.leg.project.entities[rule.target]
    by = {line.target: value for line in rule.by if (value := _by(binding, line, header)) is not None}
    words = _Words(header, by)
    binding.scope.special["document"] = words.resolve
    cells = [cell for line in rule.fields if (cell := _cell(binding, line, header)) is not None]
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
    column = header.columns.get(line.target) or Column(line.target, DataType("text"), line.span)
    place = Place(column, binding.scope, binding.leg.project)
    bind = line_value if line.target in header.columns else source_value
    value = binding.attempt(line.source.span, lambda: bind(line, place))
    if value is not None:
        binding.carry(f"document.{line.target}", value.sql)
    return value


def _order(binding: Binding, path: Path, number: int) -> Sql:
    value = binding.attempt(path.span, lambda: binding.scope.resolve(path.text))
    return binding.carry(f"order.{number}", value.sql) if value is not None else name("#key")


def _cell(binding: Binding, line: FieldMapping, header: Entity) -> Cell | None:
    """Bind one column of the header. Of the lines it sees only the parts of its group."""
    place = f"{line.span.file}:{line.span.line}"

    def bind() -> Cell:
        column = column_of(header, line.target, line.span)
        if isinstance(line.source, Sequence):
            return Cell(column, name(column.name), _typed_null(column), place, sequence=line.source.name)
        value = line_value(line, Place(column, _header_scope(binding), binding.leg.project))
        return Cell(column, name(column.name), value, place)

    return binding.attempt(line.source.span, bind)


def _header_scope(binding: Binding) -> RowScope:
    scope = RowScope(binding.leg.source, binding.leg.project)
    scope.special["document"] = binding.scope.special["document"]
    return scope


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


class _Words:
    """Resolves ``document.x``: a part of the group, a column of the header, or the number of the line."""

    def __init__(self, header: Entity, by: Mapping[str, Value]) -> None:
        self._header = header
        self._by = by

    def resolve(self, path: str) -> Value:
        alias = Sql(f"placed.{name(f'document.{path}').text}")
        if path == "line":
            return Value(alias, DataType("int"), nullable=False)
        if path in self._header.columns:
            column = self._header.columns[path]
            return Value(alias, column.type, column=column)
        if path in self._by:
            return Value(alias, self._by[path].type)
        known = [*self._header.columns, *self._by, "line"]
        raise TransformError("UNKNOWN_PATH", f"the document has no '{path}'", nearest(path, known))
