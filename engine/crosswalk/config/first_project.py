"""Writes the first project file for a system: its connection with every setting that its kind has, each explained."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import cast

from crosswalk.config import spelling
from crosswalk.contracts import ConnectorSpec

_DEEP = 6


def first_project(name: str, system: str, spec: ConnectorSpec, given: Mapping[str, str]) -> str:
    """Write a project file with one system; what must be set and is not given is left to the environment."""
    lines = [
        "# The project file: its name, where its data is, and how its systems are reached.",
        f"project: {_word(name)}",
        "database: ../build/data.duckdb        # the ledger and the copies of tables; the path starts at this file",
        "default_profile: dev",
        "connections:",
        "  dev:",
        f"    {_word(system)}:",
        f"      kind: {spec.kind}",
        *_settings(system, spec, given),
    ]
    return "\n".join(lines) + "\n"


def _settings(system: str, spec: ConnectorSpec, given: Mapping[str, str]) -> Iterator[str]:
    needed = cast(list[str], spec.settings.get("required", []))
    for name, part in cast(Mapping[str, Mapping[str, object]], spec.settings.get("properties", {})).items():
        value = given.get(name) or (f"${{env:{_variable(system, name)}}}" if name in needed else "")
        if value:
            yield f"      {name}: {_word(value)}"
        else:
            yield from _remark(f"{name}: {part.get('description', '')}".rstrip(": "))


def _remark(text: str) -> Iterator[str]:
    margin = f"{' ' * _DEEP}# "
    return iter(textwrap.wrap(text, spelling.WIDTH, initial_indent=margin, subsequent_indent=f"{margin}  "))


def _variable(system: str, setting: str) -> str:
    return re.sub(r"\W", "_", f"{system}_{setting}").upper()


def _word(text: str) -> str:
    return spelling.word(spelling.text(text), inside=False)
