"""Writes YAML as the maps of the house are written: bare `column: path` lines, short mappings in braces, quotes where
they are needed and nowhere else.

Why a writer of our own: the reader takes plain text as text, so `010`, `no` and `12:30` stand without quotes, and a
library would put them in quotes or turn them into something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Value = str | bool | int | None | list["Value"] | Mapping[str, "Value"]
WIDTH = 120

_MARKED = set("-?:,[]{}#&*!|>'\"%@`")
_INSIDE = re.compile(r": |:$| #|[\[\]{},]")
_RESERVED = ("null", "~", "pass", "reject", "hold", "<<")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line, or a block: a name and its value. `off` writes it as a comment, `note` puts one behind it."""

    name: str
    value: Value | tuple[Entry | str, ...]
    note: str = ""
    off: bool = False


Block = tuple[Entry | str, ...]
"""Entries, and comment lines between them."""


def document(block: Block) -> str:
    """Write a file."""
    return "\n".join(_lines(block, "")) + "\n"


def _lines(block: Block, indent: str) -> Iterator[str]:
    for item in block:
        if isinstance(item, str):
            yield f"{indent}# {item}".rstrip() if item else ""
        elif item.off:
            inner = list(_entry(Entry(item.name, item.value), ""))
            yield from (f"{indent}# {line}" for line in inner[:-1])
            yield f"{indent}# {inner[-1]}{_note(item)}"
        else:
            yield from _entry(item, indent)


def _entry(item: Entry, indent: str) -> Iterator[str]:
    name, note = _scalar(item.name), _note(item)
    if isinstance(item.value, tuple):
        below = [one for one in item.value if isinstance(one, Entry) and not one.off]
        yield f"{indent}{name}:{'' if below else ' {}'}{note}"
        yield from _lines(item.value, indent + "  ")
        return
    flow = f"{indent}{name}: {_flow(item.value)}"
    if len(flow) <= WIDTH or not isinstance(item.value, Mapping | list) or not item.value:
        yield flow + note
    else:
        yield f"{indent}{name}:{note}"
        yield from _long(item.value, indent + "  ")


def _note(item: Entry) -> str:
    return f"    # {_harmless(item.note)}" if item.note else ""


def _harmless(text: str) -> str:
    """Keep a comment on its line: what comes from records may hold anything."""
    return "".join("?" if _hidden(char) else char for char in " ".join(text.split()))


def _long(value: Mapping[str, Value] | list[Value], indent: str) -> Iterator[str]:
    if isinstance(value, list):
        yield from (f"{indent}- {_flow(one)}" for one in value)
        return
    for key, one in value.items():
        yield from _entry(Entry(key, one), indent)


def _flow(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _scalar(value)
        case Mapping():
            return "{" + ", ".join(f"{_scalar(key)}: {_flow(one)}" for key, one in value.items()) + "}"
        case _:
            return "[" + ", ".join(_flow(one) for one in value) + "]"


def _scalar(text: str) -> str:
    plain = (
        text
        and text == text.strip()
        and text[0] not in _MARKED
        and text not in _RESERVED
        and not _INSIDE.search(text)
        and not text.startswith(("---", "..."))
        and text.count("(") == text.count(")")
        and not any(_hidden(char) for char in text)
    )
    return text if plain or (re.fullmatch(r"-\d+(\.\d+)?", text) and text.isascii()) else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if not _hidden(char):
        return char
    return f"\\U{ord(char):08X}" if ord(char) > 0xFFFF else f"\\u{ord(char):04X}"


def _hidden(char: str) -> bool:
    """Say whether a character would be changed by a reader, or not be seen."""
    return char in "\n\r\t\x85\u2028\u2029\ufeff\xa0" or unicodedata.category(char) in (
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
        "Cn",
        "Co",
    )


def shown(value: Value) -> str:
    """Write a value on one line."""
    return _flow(value)


def comments(texts: Iterable[str]) -> Block:
    """Lay texts out as comment lines that keep within the width."""
    return tuple(line for text in texts for line in _wrapped(text))


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in _harmless(text).split():
        if line and len(line) + len(word) + 3 > WIDTH - 2:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line
