"""The JSON Schemas of the kinds of files: as the checks use them, and as editors get them.

Why the schemas are files and the transforms are joined at load: a person can read the shape of a file in one place,
and a new transform brings the schema of its arguments with it.

Own keywords: ``x-says`` words what is meant, for sentences; ``x-refused`` holds a code and a sentence for a property
that is known and cannot be used where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from crosswalk.config.kinds import join_kinds
from crosswalk.contracts import TransformSpec
from crosswalk.transforms import all_specs

FileKind = Literal[
    "project", "entity", "table_map", "value_map", "unit_test", "entity_overlay", "map_overlay", "values_overlay"
]
Schema = Mapping[str, object]
KINDS: tuple[FileKind, ...] = ("project", "entity", "table_map", "value_map", "unit_test")
"""The kinds that have a file of their own and a published schema; an overlay is a file of the kind that it changes."""

OVERLAYS: Mapping[FileKind, FileKind] = {
    "entity": "entity_overlay",
    "table_map": "map_overlay",
    "value_map": "values_overlay",
}
_CHANGED: Mapping[FileKind, FileKind] = {overlay: kind for kind, overlay in OVERLAYS.items()}
_FIXED = ("map", "flow", "source", "target", "entity", "system", "value_map")
"""What names a file or what it is about: an overlay that changed it would be another file."""

_COMBINED = ("anyOf", "oneOf")


@cache
def schema(kind: FileKind) -> Schema:
    """Give the schema that files of this kind are checked against."""
    if kind in _CHANGED:
        return _overlay(schema(_CHANGED[kind]))
    whole = _read(kind)
    if kind == "table_map":
        definitions = _part(whole, "definitions")
        definitions["limits"] = _part(_read("project"), "definitions")["limits"]
        definitions.update(_part(_read("unit_test"), "definitions"))
        for line in ("fieldLine", "bothLine"):
            _join_transforms(_part(definitions, line))
        _refuse_sources(_part(definitions, "bothLine"), _part(definitions, "fieldLine"))
    return whole


def published(kind: FileKind) -> dict[str, object]:
    """Give the schema for editors: where text is meant any scalar will do, or ``010`` and ``no`` would be marked."""
    found = deepcopy(dict(schema(kind)))
    if kind == "project":
        profile = _part(_part(_part(found, "properties"), "connections"), "additionalProperties")
        join_kinds(_part(profile, "additionalProperties"))
    whole = cast(dict[str, object], _for_editors(found))
    if kind in OVERLAYS:
        whole["anyOf"] = [{"required": whole.pop("required")}, {"required": ["extends"]}]
    return whole


def resolve(part: Schema, root: Schema) -> Schema:
    """Follow the reference of a part of a schema, where it is one; words beside the reference win."""
    reference = part.get("$ref")
    if not isinstance(reference, str):
        return part
    found: object = root
    for step in reference.removeprefix("#/").split("/"):
        found = cast(Schema, found)[step]
    beside = {name: value for name, value in part.items() if name != "$ref"}
    return {**resolve(cast(Schema, found), root), **beside}


def alternatives(part: Schema, root: Schema) -> Iterator[Schema]:
    """Give the schemas that a value may meet: the part itself, or the branches of its anyOf and oneOf in order."""
    whole = resolve(part, root)
    branches = [branch for word in _COMBINED for branch in cast(list[Schema], whole.get(word, []))]
    if not branches:
        yield whole
    for branch in branches:
        yield from alternatives(branch, root)


def kinds_of(part: Schema) -> tuple[str, ...]:
    """Give the types that one alternative takes, in the order written; those of an enum are read off its values."""
    named = part.get("type")
    if isinstance(named, str):
        return (named,)
    if isinstance(named, list):
        return tuple(str(name) for name in named)
    if "const" in part:
        return (_kind_of_value(part["const"]),)
    listed = part.get("enum")
    if isinstance(listed, list):
        return tuple(dict.fromkeys(_kind_of_value(value) for value in listed))
    if "properties" in part or "additionalProperties" in part:
        return ("object",)
    return ("array",) if "items" in part else ()


def property_schema(part: Schema, name: str) -> Schema | None:
    """Give the schema of a property of one alternative."""
    own = cast(Mapping[str, Schema], part.get("properties", {})).get(name)
    if own is not None:
        return own
    rest = part.get("additionalProperties")
    return cast(Schema, rest) if isinstance(rest, Mapping) else None


def _kind_of_value(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case _:
            return "string"


def _overlay(whole: Schema) -> Schema:
    """Give the schema of an overlay: it names what it extends, may hold anything else, and changes no name."""
    properties = dict(cast(Mapping[str, Schema], whole["properties"]))
    for name in _FIXED:
        if name in properties:
            sentence = f"an overlay changes a file in place, so it has no '{name}' of its own"
            properties[name] = {**properties[name], "not": {}, "x-refused": ["MISPLACED_PROPERTY", sentence]}
    return {**whole, "properties": properties, "required": ["extends"]}


def _read(kind: FileKind) -> dict[str, object]:
    text = files("crosswalk.config").joinpath("schema", f"{kind}.json").read_text(encoding="utf-8")
    return cast(dict[str, object], json.loads(text))


def _part(of: Mapping[str, object], name: str) -> dict[str, object]:
    return cast(dict[str, object], of[name])


def _join_transforms(line: dict[str, object]) -> None:
    properties, dependencies = _part(line, "properties"), _part(line, "dependencies")
    for spec in all_specs():
        properties[spec.name] = _argument(spec)
        for name, fragment in spec.beside.items():
            properties[name] = {"description": f"Belongs to '{spec.name}'.", **fragment}
            dependencies[name] = [spec.name]


def _argument(spec: TransformSpec) -> dict[str, object]:
    described = _described(spec.arguments, f"Belongs to '{spec.name}'.")
    return {"description": spec.summary, **cast(dict[str, object], described)}


def _described(part: object, sentence: str) -> object:
    """Give every property of a transform's argument a description, where its spec has none."""
    if isinstance(part, list):
        return [_described(item, sentence) for item in part]
    if not isinstance(part, Mapping):
        return part
    whole = {name: _described(below, sentence) for name, below in part.items()}
    own = whole.get("properties")
    if isinstance(own, dict):
        whole["properties"] = {name: {"description": sentence, **below} for name, below in own.items()}
    return whole


def _refuse_sources(both: dict[str, object], field: dict[str, object]) -> None:
    sentence = "a line in 'both' is read from either end, so it has a path and nothing else"
    for name in _part(field, "properties"):
        if name in ("value", "first", "concat", "expr", "sequence", "split"):
            _part(both, "properties")[name] = {
                "not": {},
                "x-refused": ["FIELD_SOURCE", sentence],
                "description": "Not in lines of both.",
            }


def _for_editors(part: object) -> object:
    if isinstance(part, list):
        return [_for_editors(item) for item in part]
    if not isinstance(part, Mapping):
        return part
    changed = {name: _for_editors(value) for name, value in part.items() if not name.startswith("x-")}
    if changed.get("type") in ("string", ["string", "null"]) and "enum" not in changed:
        changed["type"] = ["string", "number", "boolean", "null"]
    return changed
