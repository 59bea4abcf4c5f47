"""The kinds of systems in schemas: each connector brings the schema of its settings with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from crosswalk import connectors
from crosswalk.contracts import ConnectorSpec

_REFERENCE = {"type": "string", "pattern": r"\$\{(env|file|keyring):[^${}]+\}"}


def settings_schema(spec: ConnectorSpec) -> Mapping[str, object]:
    """Give the schema of a whole connection of one kind: its settings, and `kind` itself."""
    own = cast(Mapping[str, object], spec.settings.get("properties", {}))
    kind = {"const": spec.kind, "description": spec.summary}
    return {"type": "object", **spec.settings, "properties": {"kind": kind, **own}}


def join_kinds(connection: dict[str, object]) -> None:
    """Put all kinds with their settings into the published schema of a connection, so that editors offer them."""
    specs = connectors.all_specs()
    kind = cast(dict[str, dict[str, object]], connection["properties"])["kind"]
    kind["enum"] = [spec.kind for spec in specs]
    connection["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": spec.kind}}, "required": ["kind"]},
            "then": _or_reference(settings_schema(spec)),
        }
        for spec in specs
    ]


def _or_reference(part: object) -> object:
    """Let a reference stand wherever a scalar is asked for that is not just any text."""
    if isinstance(part, list):
        return [_or_reference(item) for item in part]
    if not isinstance(part, Mapping):
        return part
    if "enum" in part or "pattern" in part or part.get("type") in ("integer", "number", "boolean"):
        said = {name: part[name] for name in ("description",) if name in part}
        own = {name: value for name, value in part.items() if name not in said}
        return {**said, "anyOf": [_with_truths(own), _REFERENCE]}
    return {name: _or_reference(below) for name, below in part.items()}


def _with_truths(part: dict[str, object]) -> dict[str, object]:
    """Let true and false stand bare where a setting asks for these words: to an editor they are no text."""
    words = part.get("enum")
    if not isinstance(words, list):
        return part
    return {**part, "enum": [*words, *(word == "true" for word in words if word in ("true", "false"))]}
