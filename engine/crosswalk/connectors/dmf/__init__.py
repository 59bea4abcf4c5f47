"""Data management packages: one zip per delivery, with a manifest, a header and a CSV file, for imports.

A package has the shape that the system exports too, so that exported packages can be read as a source: each once, in
the order of their names.
"""

from __future__ import annotations

from crosswalk.connectors.dmf import packages
from crosswalk.contracts import ConnectorSpec

SPEC = ConnectorSpec(
    kind="dmf",
    summary="Data management packages (zip, manifest and CSV) in a folder.",
    settings={
        "type": "object",
        "additionalProperties": False,
        "required": ["folder"],
        "properties": {
            "folder": {
                "type": "string",
                "minLength": 1,
                "description": "The folder of the packages, from the project's folder; or an absolute path.",
            },
            "entities": {
                "type": "object",
                "description": "What the system calls a table, by entity; without it the entity's name.",
                "additionalProperties": {"type": "string", "minLength": 1},
            },
            "project": {
                "type": "string",
                "minLength": 1,
                "description": "The data project that the manifest names; the name of the system where it is not said.",
            },
            "source_format": {
                "type": "string",
                "minLength": 1,
                "description": "The name of the source data format in the system; CSV where it is not said.",
            },
            "encoding": {
                "enum": ["utf-8", "utf-16"],
                "description": "How the CSV file is encoded, always with a byte order mark; utf-8 by default.",
            },
            "choices": {
                "enum": ["labels", "codes"],
                "description": "Whether choices are written by their label, which is the default, or their code.",
            },
            "places": {
                "type": "object",
                "description": "Execution unit, level and sequence of a table, like 1.10.20, by entity; else 1.1.1.",
                "additionalProperties": {"type": "string", "pattern": "^[0-9]{1,6}[.][0-9]{1,6}[.][0-9]{1,6}$"},
            },
        },
    },
    open=packages.open,
)
