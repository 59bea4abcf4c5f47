"""What pages quote from schemas and specs: sentences of properties, tables of them, pages of transforms, functions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import cast

from crosswalk.compiler.allowed import AGGREGATES
from crosswalk.compiler.functions import SENTENCES
from crosswalk.config.schemas import KINDS, FileKind, Schema, resolve, schema
from crosswalk.contracts import Example, TransformSpec
from tests.docs.pages import table

PLAIN = re.compile(r"[\w.+-](?:[\w .+/-]*[\w.+/-])?")


def at(place: str) -> Schema:
    """Give the part of a schema at a place such as ``table_map/document``; definitions are found by their name."""
    kind, *steps = place.split("/")
    root = schema(cast(FileKind, kind))
    part: Schema = root
    for step in steps:
        part = _below(part, step) or cast(Mapping[str, Schema], root["definitions"])[step]
        part = resolve(part, root)
    return part


def _below(part: Schema, step: str) -> Schema | None:
    own = cast(Mapping[str, Schema], part.get("properties", {})).get(step)
    if own is None and step == "*":
        return cast(Schema, part.get("items") or part.get("additionalProperties"))
    return own


def sentence(place: str) -> str:
    return str(at(place)["description"])


def described(place: str) -> list[str]:
    """Give the table of the properties at a place."""
    part = at(place)
    properties = cast(Mapping[str, Schema], part["properties"])
    needed = cast(list[str], part.get("required", []))
    usable = {name: below for name, below in properties.items() if "not" not in below}
    named = {name: f"`{name}` (needed)" if name in needed else f"`{name}`" for name in usable}
    return table(["property", "says"], [[named[name], str(below["description"])] for name, below in usable.items()])


def top_level() -> Iterator[str]:
    """Give the place of each property at the top of each kind of file, those that are refused left out."""
    for kind in KINDS:
        for name, part in cast(Mapping[str, Schema], schema(kind)["properties"]).items():
            if "not" not in part:
                yield f"{kind}/{name}"


def page_of(spec: TransformSpec) -> str:
    """Write the page of a transform: what it does, what it takes, and its examples."""
    takes = [[f"`{spec.name}`", _meant(spec.arguments)]]
    takes += [[f"`{name}`, beside `{spec.name}`", _meant(part)] for name, part in spec.beside.items()]
    tried = [[_argument(spec, one), one.type, _quoted(one.given), one.target, _result(one)] for one in spec.examples]
    return "\n".join(
        [
            f"# {spec.name}",
            "",
            f"> {spec.summary}",
            "",
            "## Syntax",
            "",
            *table(["property", "takes"], [list(row) for row in takes]),
            "",
            "## Examples",
            "",
            "Each row runs as a test. A code in the last column means that the row is rejected with it.",
            "",
            *table(["in the line", "type read", "value", "column written", "gives"], [list(row) for row in tried]),
            "",
            "Its place in the order of a field line: see [fields](../fields.md). Written from the transform's own spec.",
            "",
        ]
    )


def _meant(part: Mapping[str, object]) -> str:
    said = str(part.get("description", "")).rstrip(".")
    return f"{_kind(part)} ({said[0].lower()}{said[1:]})" if said else _kind(part)


def _kind(part: Mapping[str, object]) -> str:
    for word in ("oneOf", "anyOf"):
        if word in part:
            return ", or ".join(_meant(one) for one in cast(list[Mapping[str, object]], part[word]))
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in cast(list[object], part["enum"]))
    if "properties" in part:
        inner = cast(Mapping[str, Mapping[str, object]], part["properties"])
        return "; ".join(f"`{name}`: {_meant(one)}" for name, one in inner.items())
    if "additionalProperties" in part:
        return "pairs, `value: constant`"
    return " or ".join(_words(part.get("type", "text"))) + _range(part)


def _words(kinds: object) -> list[str]:
    named = kinds if isinstance(kinds, list) else [kinds]
    words = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
    return [words.get(str(one), str(one)) for one in named]


def _range(part: Mapping[str, object]) -> str:
    low, high = part.get("minimum"), part.get("maximum")
    return f" from {low} to {high}" if low is not None and high is not None else ""


def _argument(spec: TransformSpec, example: Example) -> str:
    given = example.argument
    whole = given if spec.beside and isinstance(given, Mapping) else {spec.name: given}
    return f"`{_flow(whole)[1:-1]}`"


def _flow(value: object) -> str:
    """Write a value as it stands in a map, inside braces."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(name)}: {_flow(below)}" for name, below in value.items()) + "}"
    return value if isinstance(value, str) and PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _quoted(value: object) -> str:
    return "null" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _result(example: Example) -> str:
    return example.code or _quoted(example.result)


def functions(place: str) -> list[str]:
    """Give the table of the functions that an expression may call, or of those that sum up many rows."""
    of_rows = place == "aggregates"
    named = {name: said for name, said in SENTENCES.items() if (name in AGGREGATES) == of_rows}
    return table(["function", "gives"], [[f"`{name}({takes})`", gives] for name, (takes, gives) in named.items()])
