"""Where fuzzing starts: the shipped maps and examples, whole projects of the tests, and every expression in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.dualwrite import samples
from tests.fuzz.targets import joined

ROOT = Path(__file__).resolve().parents[2]
BASES = (ROOT / "tests/badmaps_compile/base", ROOT / "tests/badmaps/base", ROOT / "examples/invoicing")
_EXPRESSION = re.compile(r"""\b(?:expr|filter|when|scope|that|update|expect|if)\s*:\s*["']?([^"'{}\n]{3,200})""")
FILTERS = (
    "statecode eq 0 and startswith(name,'A') or not (amount gt 5)",
    "msdyn_kind in (1,2,3) and (a/b eq null)",
    "contains(title,'O''Hara') and modifiedon ge 2026-01-01T00:00:00Z",
    "owner eq 01234567-89ab-cdef-0123-456789abcdef",
    '((State == "Open") && (Amount > 0)) || (Kind == NoYes::Yes)',
    '(Name like "A*") && (!(Date >= 31\\12\\2025))',
    "Name = 'x' and Other <> \"y\"",
)


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}


@cache
def projects() -> tuple[Mapping[str, bytes], ...]:
    """Give small projects without a mistake."""
    return tuple(found for found in map(files_below, BASES) if "crosswalk.yaml" in found)


@cache
def yaml_files() -> tuple[bytes, ...]:
    """Give every YAML file that is shipped."""
    folders = (ROOT / "maps", ROOT / "examples", ROOT / "tests/badmaps/base")
    return tuple(content for folder in folders for content in files_below(folder).values())


@cache
def expressions() -> tuple[str, ...]:
    """Give every expression that stands in a shipped map."""
    texts = (content.decode("utf-8") for content in yaml_files())
    return tuple(sorted({found.strip() for text in texts for found in _EXPRESSION.findall(text)}))


@cache
def records() -> tuple[bytes, ...]:
    """Give files of table-map records in several shapes."""
    row = samples.row(samples.books(sourceFilter='(TITLE != "")', reversedSourceFilter="lib_pages gt 5"))
    shapes: tuple[object, ...] = (row, [row], {"value": [row]}, samples.books())
    return tuple(json.dumps(shape).encode() for shape in shapes)


def seeds(target: str) -> Iterator[bytes]:
    """Give the first inputs of a target."""
    match target:
        case "yaml":
            yield from (content for content in yaml_files() if len(content) < 8_000)
        case "project":
            yield from map(joined, projects()[:2])
        case "expression":
            yield from (text.encode() for text in expressions())
        case "filters":
            yield from (text.encode() for text in FILTERS)
        case _:
            yield from records()
