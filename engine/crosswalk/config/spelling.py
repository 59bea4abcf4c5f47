"""Writes nodes as YAML that this reader reads back as the same nodes, in the style of hand-written entity files."""

from __future__ import annotations

import re
import unicodedata

from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.config.scalars import WHOLE
from crosswalk.errors import Span

WIDTH = 120
NOWHERE = Span("", 0, 0)
_PLAIN = re.compile(r"[^\W_][\w /.()+*'&%$-]*|_\w*")
_FLOW_COMMA = re.compile(r"[,\[\]{}]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def text(words: str) -> Scalar:
    """Make a piece of text, which is never null and never a number."""
    return Scalar(words, WHOLE.fullmatch(words) is None and words not in ("", "~", "null"), NOWHERE)


def bare(words: str) -> Scalar:
    """Make a word that is meant without quotes: a number, or true."""
    return Scalar(words, True, NOWHERE)


def mapping(*entries: tuple[Scalar, Node]) -> Mapping:
    return Mapping(entries, NOWHERE)


def listed(*items: Scalar) -> Sequence:
    return Sequence(items, NOWHERE)


def flow(node: Node) -> str:
    """Write a node on one line, as it stands in braces."""
    match node:
        case Scalar():
            return word(node, inside=True)
        case Sequence(items):
            return f"[{', '.join(flow(item) for item in items)}]"
        case Mapping(entries):
            return f"{{{', '.join(f'{word(key, inside=True)}: {flow(value)}' for key, value in entries)}}}"


def lines(key: Scalar, node: Node, indent: int, *, braces: bool) -> list[str]:
    """Write an entry as lines of a block; in `braces`, and a list, on one line if there is room."""
    head = f"{' ' * indent}{word(key, inside=False)}:"
    if isinstance(node, Scalar):
        return [f"{head} {word(node, inside=False)}"]
    short = f"{head} {flow(node)}"
    if len(short) <= WIDTH and (braces or isinstance(node, Sequence)):
        return [short]
    if isinstance(node, Sequence):
        return [head, *(f"{' ' * (indent + 2)}- {flow(item)}" for item in node.items)]
    below = [lines(name, value, indent + 2, braces=_is_small(value)) for name, value in node.entries]
    return [head, *(line for one in below for line in one)]


def _is_small(node: Node) -> bool:
    """Whether it holds nothing but words: such choices stand on one line by custom."""
    return isinstance(node, Mapping) and all(isinstance(value, Scalar) for _, value in node.entries)


def word(node: Scalar, *, inside: bool) -> str:
    """Write a piece of text, in quotes where it would otherwise be read as something else; `inside` of braces."""
    words = node.text
    safe = _PLAIN.fullmatch(words) is not None and not words.endswith(" ")
    if node.plain and (WHOLE.fullmatch(words) or (safe and not node.is_null)):
        return words
    if node.plain and not inside and _FLOW_COMMA.search(words) and _PLAIN.fullmatch(_FLOW_COMMA.sub("", words)):
        return words if not words.endswith(" ") and words[0] not in "[]{}," else _quoted(words)
    return _quoted(words)


def _quoted(words: str) -> str:
    return f'"{"".join(_escaped(char) for char in words)}"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if unicodedata.category(char) not in _HIDDEN and (char == " " or not char.isspace()):
        return char
    number = ord(char)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
