"""Another DuckDB file, as source or target.

Why a connection of its own, and its rows as Arrow streams, where the engine's connection could attach the file: that
connection would have to hold the lock of a foreign file for a whole run, a view in it would run among our tables, and
one process cannot have a file open twice, for a file that is both read and written. The stream costs little: a million
rows of five columns landed in 0.14 s through it and in 0.05 s from an attached file, where reading a page and merging
it into a copy take many times that.
"""

from __future__ import annotations

from crosswalk.contracts import ConnectorSpec, opened_by

SPEC = ConnectorSpec(
    kind="duckdb",
    summary="Another DuckDB file, as source or target.",
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
            "schema": {"type": "string", "minLength": 1, "description": "The schema of the tables. Default: main."},
            "write": {"enum": ["true", "false"], "description": "Whether tables are written. Default: false."},
            "deletes": {
                "enum": ["compare", "ignore"],
                "description": "How rows that are gone are found: all keys are compared at each read, or not at all."
                " Default: compare.",
            },
        },
    },
    open=opened_by("crosswalk.connectors.duckdb.file", "systems"),
)
