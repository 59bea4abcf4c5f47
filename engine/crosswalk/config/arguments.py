"""Builds the calls of transforms in a field line: plain values, in the fixed order of the language.

A transform that takes keys beside its own gets one mapping with all of them. Where the words null, pass, reject and
hold are reserved, the same word in quotes arrives as ``{"value": "pass"}``: a constant and not the reserved word.
"""

from __future__ import annotations

from crosswalk.config.nodes import Mapping, Node, Scalar
from crosswalk.config.plain import plain
from crosswalk.config.schemas import property_schema, resolve, schema
from crosswalk.contracts import TransformSpec
from crosswalk.errors import Problems
from crosswalk.model import TransformCall
from crosswalk.transforms import all_specs

RESERVED = ("null", "pass", "reject", "hold")
_TAKE_CONSTANTS = ("default", "otherwise")


def calls(line: Mapping, problems: Problems) -> tuple[TransformCall, ...]:
    """Build every transform of a line, sorted by rank."""
    found: list[TransformCall] = []
    for spec in sorted(all_specs(), key=lambda one: one.rank):
        key, node = line.key(spec.name), line.get(spec.name)
        if key is None or node is None:
            continue
        if spec.name == "default":
            _refuse_reserved(node, problems)
        found.append(TransformCall(spec.name, _argument(spec, line), key.span))
    return tuple(found)


def _argument(spec: TransformSpec, line: Mapping) -> object:
    names = [name for name in (spec.name, *spec.beside) if line.get(name) is not None]
    given = {name: _value(name, line.get(name)) for name in names}
    return given if spec.beside else given[spec.name]


def _value(name: str, node: Node | None) -> object:
    assert node is not None
    if isinstance(node, Scalar) and name in _TAKE_CONSTANTS and not node.plain and node.text in RESERVED:
        return {"value": node.text}
    root = schema("table_map")
    line = resolve({"$ref": "#/definitions/fieldLine"}, root)
    return plain(node, property_schema(line, name), root)


def _refuse_reserved(node: Node, problems: Problems) -> None:
    if isinstance(node, Scalar) and node.plain and node.text in RESERVED:
        message = f"'{node.text}' is a reserved word and cannot be a default"
        problems.add("WRONG_VALUE", message, node.span, f'write "{node.text}" in quotes if the text is meant')
