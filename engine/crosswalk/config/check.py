"""Checks a file against the schema of its kind: every fault at its place, and the rest of the tree for those who build.

Why the faults are cut out and not only reported: what is left is valid by the schema, so builders need no second set
of checks, and one slip does not hide the mistakes below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence, at, without
from crosswalk.config.plain import child, plain
from crosswalk.config.scalars import bad_number
from crosswalk.config.schemas import FileKind, Schema, alternatives, kinds_of, resolve, schema
from crosswalk.config.sentences import expected, found, joined, place
from crosswalk.errors import Problem, Problems, nearest

Route = tuple[str | int, ...]
_ROUNDS = 64
_NAMED = 12
_SCALARS = ("string", "integer", "number", "boolean", "null")


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is looked at: a mapping, the schema it is to meet, and the way that leads to it from the top of the file."""

    top: Mapping
    root: Schema
    validator: Draft7Validator
    above: Route = ()

    def place(self, route: Route) -> str:
        return place((*self.above, *route))

    def over(self, top: Mapping) -> _Looked:
        return replace(self, top=top)


def check(node: Mapping, kind: FileKind, problems: Problems) -> Mapping | None:
    """Add the faults of a file to `problems`; give what is sound of it, or None where that is too little."""
    return _sound(_Looked(node, schema(kind), _validator(kind)), problems)


def check_part(node: Mapping, root: Schema, above: Route, problems: Problems) -> Mapping | None:
    """Do the same with a part of a file that has a schema of its own; `above` is the way that leads to it."""
    return _sound(_Looked(node, root, Draft7Validator(cast(dict[str, object], root)), above), problems)


def _sound(looked: _Looked, problems: Problems) -> Mapping | None:
    """Cut faults out until there is none. Those that only appear once others are cut out are their consequences, and
    are not told.
    """
    refused = list(_refused(looked.top, looked.root, looked.root, ()))
    problems.extend([problem for problem, _ in refused])
    sound = without(looked.top, frozenset(route for _, route in refused))
    cut = {route[:-1] for _, route in refused}
    for turn in range(_ROUNDS):
        faults = list(_faults(looked.over(sound)))
        if not faults:
            return sound
        if turn == 0:
            problems.extend([p for p, route in faults if p.code != "MISSING_PROPERTY" or route not in cut])
        routes = frozenset(route for _, route in faults)
        if () in routes:
            return None
        sound = without(sound, routes)
    return None


@cache
def _validator(kind: FileKind) -> Draft7Validator:
    return Draft7Validator(cast(dict[str, object], schema(kind)))


def _faults(looked: _Looked) -> Iterator[tuple[Problem, Route]]:
    for error in looked.validator.iter_errors(plain(looked.top, looked.root, looked.root)):
        if not (looked.above and _refers(at(looked.top, iter(error.absolute_path)))):
            yield from _explained(error, looked)


def _refers(node: Node) -> bool:
    """Whether a setting is a reference: what it stands for is not known yet."""
    return isinstance(node, Scalar) and "${" in node.text


def _explained(error: ValidationError, looked: _Looked) -> Iterator[tuple[Problem, Route]]:
    route = tuple(error.absolute_path)
    node = at(looked.top, iter(route))
    match error.validator:
        case "anyOf" | "oneOf":
            yield from _meant(error, looked)
        case "additionalProperties" if isinstance(node, Mapping):
            yield from _unknown(cast(Schema, error.schema), node, route, looked)
        case "required" | "dependencies" if isinstance(node, Mapping):
            yield _missing(error, node, looked.place(route)), route
        case _:
            yield _wrong(error, node, looked.place(route), looked.root), route


def _meant(error: ValidationError, looked: _Looked) -> Iterator[tuple[Problem, Route]]:
    """Explain the branch that the author meant: the one that takes what stands there, a mapping, a list or a scalar."""
    route = tuple(error.absolute_path)
    node = at(looked.top, iter(route))
    branches = cast(list[Schema], error.validator_value)
    taken = [i for i, branch in enumerate(branches) if _takes(branch, node, looked.root)]
    below = [inner for inner in error.context or () if taken and inner.schema_path[0] == taken[-1]]
    here = [inner for inner in below if inner.validator == "type" and inner.absolute_path == error.absolute_path]
    if not below or here or (isinstance(node, Scalar) and len(taken) > 1):
        yield _wrong(error, node, looked.place(route), looked.root), route
        return
    for inner in below:
        yield from _explained(inner, looked)


def _takes(branch: Schema, node: Node, root: Schema) -> bool:
    kinds = {kind for alternative in alternatives(branch, root) for kind in kinds_of(alternative)}
    match node:
        case Mapping():
            return "object" in kinds
        case Sequence():
            return "array" in kinds
        case Scalar():
            return not node.is_null and bool(kinds & set(_SCALARS))


def _unknown(part: Schema, node: Mapping, route: Route, looked: _Looked) -> Iterator[tuple[Problem, Route]]:
    known = tuple(cast(dict[str, object], part.get("properties", {})))
    usable = [name for name in known if "x-refused" not in cast(dict[str, Schema], part["properties"])[name]]
    for key, _ in node.entries:
        if key.text not in known:
            hint = nearest(key.text, usable) or f"possible here: {joined(usable, most=_NAMED)}"
            yield (
                Problem("UNKNOWN_PROPERTY", f"'{key.text}' is not known in {looked.place(route)}", key.span, hint),
                (*route, key.text),
            )


def _missing(error: ValidationError, node: Mapping, here: str) -> Problem:
    if error.validator == "dependencies":
        pairs = cast(dict[str, list[str]], error.validator_value)
        name, needed = next((n, need[0]) for n, need in pairs.items() if node.get(n) and not node.get(need[0]))
        key = node.key(name)
        message = f"'{name}' says something about '{needed}', and there is none"
        return Problem("MISSING_PROPERTY", message, key.span if key else node.span, f"write '{needed}' beside it")
    name = next(n for n in cast(list[str], error.validator_value) if f"'{n}'" in error.message)
    return Problem("MISSING_PROPERTY", f"{here} has no '{name}'", node.span, f"add a line '{name}: ...'")


def _wrong(error: ValidationError, node: Node, here: str, root: Schema) -> Problem:
    part = resolve(cast(Schema, error.schema), root)
    if isinstance(node, Scalar):
        kind_is_wrong = error.validator in ("type", "anyOf", "oneOf")
        number = bad_number(node) if kind_is_wrong and _wants_number(part, root) else None
        if number:
            return Problem(number[0], f"{here}: {number[1]}", node.span, number[2])
    must = f"{here} must be {expected(part, root)}"
    match error.validator:
        case "type" | "anyOf" | "oneOf":
            return Problem("WRONG_TYPE", f"{must}, not {found(node)}", node.span, _type_hint(node, part, root))
        case "enum" | "const":
            words = [str(value) for value in cast(list[object], part.get("enum", []))]
            hint = nearest(node.text, words) if isinstance(node, Scalar) else ""
            return Problem("WRONG_VALUE", f"{must}, not {found(node)}", node.span, hint)
        case "pattern" if "x-says" not in part:
            hint = str(part.get("description", ""))
            return Problem("WRONG_VALUE", f"{here} cannot be {found(node)}", node.span, hint)
        case "pattern":
            return Problem("WRONG_VALUE", f"{must}, not {found(node)}", node.span)
        case _:
            return Problem("WRONG_VALUE", f"{here} {_measure(error)}", node.span, _filling(error, part))


def _type_hint(node: Node, part: Schema, root: Schema) -> str:
    kinds = {kind for alternative in alternatives(part, root) for kind in kinds_of(alternative)}
    if (
        isinstance(node, Scalar)
        and "boolean" in kinds
        and node.text.lower() in ("yes", "no", "on", "off", "true", "false")
    ):
        return "write true" if node.text.lower() in ("yes", "on", "true") else "write false"
    if isinstance(node, Scalar) and kinds == {"array"} and node.text:
        return f"write [{node.text}]"
    return ""


def _filling(error: ValidationError, part: Schema) -> str:
    """Say what an empty mapping may hold."""
    known = list(cast(dict[str, object], part.get("properties", {})))
    return f"possible here: {joined(known, most=_NAMED)}" if error.validator == "minProperties" and known else ""


def _measure(error: ValidationError) -> str:
    limit = error.validator_value
    match error.validator:
        case "minItems" | "minProperties":
            return "is empty" if limit == 1 else f"needs at least {limit} entries"
        case "maxProperties" if limit == 1:
            return f"takes one of {joined(list(cast(dict[str, object], cast(Schema, error.schema)['properties'])))}"
        case "maxItems" | "maxProperties":
            return f"takes at most {limit} entries"
        case "minLength":
            return "is empty"
        case "minimum":
            return f"must be at least {limit}"
        case "maximum":
            return f"must be at most {limit}"
        case "exclusiveMinimum":
            return f"must be above {limit}"
        case _:
            return "is not possible like this"


def _wants_number(part: Schema, root: Schema) -> bool:
    kinds = {kind for alternative in alternatives(part, root) for kind in kinds_of(alternative)}
    return bool(kinds & {"integer", "number"}) and "string" not in kinds


def _refused(node: Node, part: Schema | None, root: Schema, route: Route) -> Iterator[tuple[Problem, Route]]:
    """Find the properties that are known and cannot be used where they stand."""
    match node:
        case Mapping(entries):
            for key, value in entries:
                below = child(part, key.text, root)
                words = below.get("x-refused") if below else None
                if isinstance(words, list):
                    yield Problem(words[0], words[1], key.span), (*route, key.text)
                else:
                    yield from _refused(value, below, root, (*route, key.text))
        case Sequence(items):
            inner = next((a["items"] for a in alternatives(part or {}, root) if "items" in a), None)
            for index, item in enumerate(items):
                yield from _refused(item, cast(Schema | None, inner), root, (*route, index))
        case Scalar():
            return
