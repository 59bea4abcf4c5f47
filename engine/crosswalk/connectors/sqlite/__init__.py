"""A SQLite file, as source or target, by the standard library: no extension of DuckDB is needed, and none loaded."""

from __future__ import annotations

from crosswalk.contracts import ConnectorSpec, opened_by

SPEC = ConnectorSpec(
    kind="sqlite",
    summary="A SQLite file, as source or target.",
    settings={
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": {
                "type": "string",
                "minLength": 1,
                "description": "The file: below the project's folder, or an absolute path.",
            },
            "write": {"enum": ["true", "false"], "description": "Whether tables are written. Default: false."},
            "deletes": {
                "enum": ["compare", "ignore"],
                "description": "How rows that are gone are found: all keys are compared at each read, or not at all."
                " Default: compare.",
            },
            "wait": {
                "type": "string",
                "pattern": "^[0-9]{1,4}$",
                "description": "Seconds to wait while another program writes the file. Default: 10.",
            },
        },
    },
    open=opened_by("crosswalk.connectors.sqlite.file", "systems"),
)
