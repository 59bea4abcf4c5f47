"""Builds field lines: the column that is written, its source, its transforms in the order of the language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from crosswalk.config.access import items, mapping, pairs, path, scalar, text, word
from crosswalk.config.arguments import calls
from crosswalk.config.known import Known
from crosswalk.config.names import check_clashes
from crosswalk.config.nodes import Mapping, Node, Scalar
from crosswalk.config.sentences import joined
from crosswalk.errors import Problems, Span
from crosswalk.model import Concat, Constant, Expression, FieldMapping, First, Path, Sequence, Source, Split

SOURCES = ("from", "value", "first", "concat", "expr", "sequence")


@dataclass(frozen=True, slots=True)
class FieldLines:
    """Builds the lines of one map; problems are added to `problems`."""

    known: Known
    problems: Problems

    def build(self, of: Mapping, name: str, *, dotted: bool = False) -> tuple[FieldMapping, ...]:
        """Build the lines of a property. `dotted`: the left side may be a path that finds a row by its columns."""
        found = list(pairs(of, name))
        if dotted:
            self._check_parts(key for key, _ in found)
        else:
            self._refuse_dots(key for key, _ in found)
        check_clashes((key for key, _ in found), "column", self.problems)
        lines = (self._line(key, node) for key, node in found)
        return tuple(line for line in lines if line is not None)

    def path(self, node: Scalar) -> Path:
        """Read a path; each of its parts must be there."""
        if not all(node.text.split(".")):
            self.problems.add("PATH_SYNTAX", f"'{node.text}' is not a path: a part of it is empty", node.span)
        return path(node)

    def _check_parts(self, keys: Iterator[Scalar]) -> None:
        for key in keys:
            if "." in key.text:
                self.path(key)

    def _refuse_dots(self, keys: Iterator[Scalar]) -> None:
        for key in keys:
            if "." in key.text:
                message = f"'{key.text}': a path on the left refers to a row in key, fields and both, and not here"
                self.problems.add("MISPLACED_PROPERTY", message, key.span, "write the column itself")

    def _line(self, key: Scalar, node: Node) -> FieldMapping | None:
        if isinstance(node, Scalar):
            return FieldMapping(key.text, self.path(node), key.span)
        line = mapping(node)
        source = self._source_of(line, key.span)
        if source is None:
            return None
        self._check_values(line)
        return FieldMapping(
            target=key.text,
            source=source,
            span=key.span,
            transforms=calls(line, self.problems),
            required=cast(Literal["no", "reject", "hold"], word(line, "required", "no")),
            otherwise_code=word(line, "else") or None,
            write=cast(Literal["always", "create"], word(line, "write", "always")),
            owner=cast(Literal["source", "target"] | None, word(line, "owner") or None),
            split=self._split(line),
        )

    def _split(self, line: Mapping) -> Split | None:
        key, node = line.key("split"), line.get("split")
        if key is None or node is None:
            return None
        of = mapping(node)
        rest = cast(Literal["largest", "first", "last"], word(of, "rest", "largest"))
        return Split(self.path(scalar(of.get("by"))), key.span, rest)

    def _source_of(self, line: Mapping, span: Span) -> Source | None:
        written = [name for name in SOURCES if line.get(name) is not None]
        if len(written) == 1:
            return self._source(written[0], line)
        if not written and line.cut:
            return None
        if not written:
            message = "this line does not say where its value comes from"
            self.problems.add("FIELD_SOURCE", message, span, f"add one of {joined(SOURCES)}")
            return None
        second = line.key(written[1])
        message = f"a line has one source, and this one has {' and '.join(written)}"
        hint = "default is the constant for null" if "value" in written else "first takes several in turn"
        self.problems.add("FIELD_SOURCE", message, second.span if second else span, hint)
        return None

    def _source(self, name: str, line: Mapping) -> Source:
        node = line.get(name)
        match name:
            case "first":
                return First(tuple(self._item(item) for item in items(line, name)), self._name_span(line, name))
            case "concat":
                return Concat(tuple(self._item(item) for item in items(line, name)), self._name_span(line, name))
            case "value":
                return constant(scalar(node))
            case "expr":
                return Expression(text(scalar(node)))
            case "sequence":
                self.known.check_sequence(scalar(node), self.problems)
                return Sequence(scalar(node).text, scalar(node).span)
            case _:
                return self.path(scalar(node))

    def _item(self, node: Node) -> Source:
        if isinstance(node, Scalar):
            return self.path(node)
        item = mapping(node)
        return self._source(item.entries[0][0].text, item)

    def _name_span(self, line: Mapping, name: str) -> Span:
        key = line.key(name)
        return key.span if key else line.span

    def _check_values(self, line: Mapping) -> None:
        named = line.get("values")
        if isinstance(named, Scalar):
            self.known.check_value_map(named, self.problems)


def constant(node: Scalar) -> Constant:
    """Keep a constant as text or null: the column that it is written to gives it its type."""
    return Constant(None if node.is_null else node.text, node.span, quoted=not node.plain)
