"""A strict YAML reader that keeps every place: text to nodes, with limits applied while it reads.

Why on the parser's events and not on a loader: a loader guesses types (``NO``, ``010``, ``12:30``), lets the last of
two equal keys win, and expands aliases before anyone can count them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import yaml

from crosswalk.config import flow_commas
from crosswalk.config.characters import decode, lines_of
from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.config.places import Places
from crosswalk.config.syntax import explain_syntax
from crosswalk.errors import Problem, Problems, Span

DEPTH_LIMIT = 64
ALIAS_LIMIT = 100
EXPANDED_LIMIT = 10_000
NODE_LIMIT = 200_000
SECOND_LOOK_LIMIT = 100_000
COLUMN_LISTS = ("key", "fields", "both", "columns", "done", "by")

_FAST: type[yaml.CSafeLoader | yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Abandoned(Exception):
    """The file cannot be read on; the problem has been noted."""


def read(file: str, content: bytes, problems: Problems) -> Mapping | None:
    """Read one file. Problems are added to `problems`; None where the file cannot be checked any further.

    A file that the fast parser refuses is read again by the slow one, which words its errors alike on every machine.
    """
    text = decode(file, content, problems)
    if text is None:
        return None
    lines = lines_of(content)
    reading, failure = _attempt(file, text, lines, _FAST)
    if failure is not None and len(text) <= SECOND_LOOK_LIMIT:
        reading, second = _attempt(file, text, lines, yaml.SafeLoader)
        failure = None if reading.lost else second or failure
    problems.extend(reading.problems.found)
    if failure is not None:
        problems.extend([reading.split_call() or explain_syntax(file, lines, failure)])
        return None
    return None if reading.lost else reading.root


def _attempt(
    file: str, text: str, lines: tuple[str, ...], loader: type[yaml.CSafeLoader | yaml.SafeLoader]
) -> tuple[_Reading, yaml.YAMLError | None]:
    reading = _Reading(Places(file, lines), yaml.parse(text, Loader=loader))
    try:
        reading.document()
    except _Abandoned:
        reading.lost = True
    except yaml.YAMLError as error:
        return reading, error
    return reading, None


@dataclass(slots=True)
class _Reading:
    """One pass over the events of one file. `sizes` holds (nodes, height) of what carries an anchor, by identity."""

    places: Places
    events: Iterator[yaml.Event]
    problems: Problems = field(default_factory=Problems)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    nodes: int = 0
    aliases: int = 0
    expanded: int = 0
    lost: bool = False
    root: Mapping | None = None
    open_call: Scalar | None = None

    def document(self) -> None:
        """Read the one document of the file."""
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            self._stop("MAP_EMPTY", "the file is empty", Span(self.places.file, 1, 1))
        root = self._node(next(self.events), 0, "")
        next(self.events)
        following = next(self.events)
        if isinstance(following, yaml.DocumentStartEvent):
            message = "a second document begins here; a file holds one"
            self._stop("YAML_MULTI_DOC", message, self.places.start(following), "put it into a file of its own")
        match root:
            case Mapping():
                self.root = root
            case Scalar(is_blank=True):
                self._stop("MAP_EMPTY", "the file is empty", Span(self.places.file, 1, 1))
            case Scalar() | Sequence():
                held = "a list" if isinstance(root, Sequence) else "text"
                self._stop("MAP_SHAPE", f"the file holds {held}; it must hold 'name: value' lines", root.span)

    def split_call(self) -> Problem | None:
        """Say that a comma cut a text in two, where that is why the file could not be read."""
        return flow_commas.problem(self.open_call) if self.open_call else None

    def _node(self, event: yaml.Event, depth: int, parent: str) -> Node:
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            self._stop("YAML_NODE_LIMIT", f"the file holds more than {NODE_LIMIT:,} values", self.places.start(event))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        self._check_tag(event)
        anchor = event.anchor if isinstance(event, yaml.NodeEvent) else None
        if anchor:
            self.anchors[anchor] = None
        node = self._fresh(event, depth, parent)
        if anchor:
            self.anchors[anchor] = node
            self.sizes[id(node)] = self._measure(node)
        return node

    def _fresh(self, event: yaml.Event, depth: int, parent: str) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth >= DEPTH_LIMIT:
            self._stop("YAML_DEPTH", f"nested deeper than {DEPTH_LIMIT} levels", self.places.start(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth, parent)
        assert isinstance(event, yaml.MappingStartEvent)
        return self._mapping(event, depth, parent)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        return Scalar(event.value, not event.style, self.places.of_text(event))

    def _sequence(self, event: yaml.SequenceStartEvent, depth: int, parent: str) -> Sequence:
        items: list[Node] = []
        while not isinstance(following := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(following, depth + 1, parent))
            self._watch(items[-1], flow=bool(event.flow_style))
        if event.flow_style:
            self.open_call = None
            items = flow_commas.joined_items(items, self.problems)
        return Sequence(tuple(items), self.places.start(event))

    def _mapping(self, event: yaml.MappingStartEvent, depth: int, parent: str) -> Mapping:
        pairs: list[tuple[Scalar, Node]] = []
        while not isinstance(following := next(self.events), yaml.MappingEndEvent):
            key = self._key(following, depth)
            value = self._node(next(self.events), depth + 1, key.text)
            self._watch(value, flow=bool(event.flow_style))
            pairs.append((key, value))
        if event.flow_style:
            self.open_call = None
            pairs = flow_commas.joined_pairs(pairs, self.problems)
        span = self.places.start(event) if event.flow_style or not pairs else pairs[0][0].span
        return Mapping(tuple(self._unique(pairs, parent)), span)

    def _watch(self, node: Node, *, flow: bool) -> None:
        if flow and self.open_call is None and isinstance(node, Scalar) and flow_commas.is_open(node):
            self.open_call = node

    def _key(self, event: yaml.Event, depth: int) -> Scalar:
        key = self._node(event, depth + 1, "")
        if not isinstance(key, Scalar) or key.is_blank:
            self._stop("YAML_KEY", "a name is expected here, as in 'name: value'", self.places.start(event))
        if key.plain and key.text == "<<":
            hint = "write the lines out; the same lines in two places can be an alias (*name) each"
            self._stop("YAML_MERGE_KEY", "'<<' merges mappings out of sight and is not allowed", key.span, hint)
        return key

    def _unique(self, pairs: list[tuple[Scalar, Node]], parent: str) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, Scalar] = {}
        for key, value in pairs:
            first = seen.setdefault(key.text, key)
            if first is key:
                yield key, value
                continue
            if parent in COLUMN_LISTS:
                message = f"column '{key.text}' is written twice: here and in line {first.span.line}"
                self.problems.add("MAP_DUP_TARGET", message, key.span, "keep one of the two")
            else:
                message = f"'{key.text}' stands here and in line {first.span.line}"
                self.problems.add("YAML_DUPLICATE_KEY", message, key.span, "keep one of the two")

    def _alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        name = str(event.anchor)
        node = self.anchors.get(name)
        if node is None:
            known = "refers to itself" if name in self.anchors else "has no anchor before it"
            self._stop("YAML_ALIAS", f"'*{name}' {known}", self.places.start(event, len(name) + 1))
        size, height = self.sizes[id(node)]
        self.aliases, self.expanded = self.aliases + 1, self.expanded + size
        if self.aliases > ALIAS_LIMIT or self.expanded > EXPANDED_LIMIT:
            message = f"more than {ALIAS_LIMIT} aliases, or {EXPANDED_LIMIT:,} values by aliases"
            self._stop("YAML_ALIAS_LIMIT", message, self.places.start(event, len(name) + 1))
        if depth + height > DEPTH_LIMIT:
            self._stop(
                "YAML_DEPTH", f"nested deeper than {DEPTH_LIMIT} levels", self.places.start(event, len(name) + 1)
            )
        return node

    def _measure(self, node: Node) -> tuple[int, int]:
        known = self.sizes.get(id(node))
        if known:
            return known
        match node:
            case Scalar():
                return 1, 0
            case Sequence(items):
                below = [self._measure(item) for item in items]
            case Mapping(entries):
                below = [self._measure(value) for _, value in entries]
        return 1 + sum(size for size, _ in below), 1 + max((height for _, height in below), default=0)

    def _check_tag(self, event: yaml.Event) -> None:
        tag = event.tag if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) else None
        if tag is not None:
            self.problems.add("YAML_TAG", f"the tag '{tag}' is not allowed", self.places.start(event), "remove it")

    def _stop(self, code: str, message: str, span: Span, hint: str = "") -> NoReturn:
        self.problems.add(code, message, span, hint)
        raise _Abandoned
