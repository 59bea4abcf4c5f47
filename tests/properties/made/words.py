"""Names and constants of a made project, which stand as marks in its files until they are given their letters.

Why marks: the same project can be written with plain names and with hostile ones, and nothing else differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from zlib import crc32

from yaml import safe_dump

Written = object
"""A tree as it stands in a file: mappings, lists, text, numbers, truth values and null."""

Naming = Callable[[str], str]

_NAME = re.compile("⟦([^⟧]+)⟧")
_CONSTANT = re.compile("⟪([^⟫]+)⟫")

HOSTILE_NAMES = (
    'na"me',
    '""',
    "it's",
    "select",
    "{x}",
    "%s",
    "$key",
    "a -- b",
    "x; DROP TABLE y",
    "(b)",
    "a,b",
    "größe",
)
HOSTILE_CONSTANTS = ("'", '"', "--", "/*", ";", "{}", "%s", "$1", "\\", "|", "''", "{{", "NU", "æ漢")


class Sql(str):
    """Text in which names are quoted as SQL wants it: a condition or an expression."""


def name(plain: str) -> str:
    return f"⟦{plain}⟧"


def constant(plain: str) -> str:
    """Mark a short text that stands in a map as a value."""
    return f"⟪{plain}⟫"


def plain_name(name_: str) -> str:
    return name_


def hostile_name(name_: str) -> str:
    return f"{HOSTILE_NAMES[crc32(name_.encode()) % len(HOSTILE_NAMES)]} {name_}"


def hostile_constant(text: str) -> str:
    return HOSTILE_CONSTANTS[crc32(text.encode()) % len(HOSTILE_CONSTANTS)]


def written(tree: Written, naming: Naming, constants: Naming) -> bytes:
    """Write a tree as YAML."""
    return safe_dump(_named(tree, naming, constants), allow_unicode=True, sort_keys=False, width=10**6).encode()


def _named(tree: Written, naming: Naming, constants: Naming) -> Written:
    match tree:
        case Sql():
            text = _NAME.sub(lambda found: _quoted(naming(found[1])), tree)
            return _CONSTANT.sub(lambda found: constants(found[1]).replace("'", "''"), text)
        case str():
            text = _NAME.sub(lambda found: naming(found[1]), tree)
            return _CONSTANT.sub(lambda found: constants(found[1]), text)
        case Mapping():
            return {_named(key, naming, constants): _named(value, naming, constants) for key, value in tree.items()}
        case list() | tuple():
            return [_named(item, naming, constants) for item in tree]
        case _:
            return tree


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
