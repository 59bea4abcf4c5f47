"""Delta tables below a folder, one per entity: read by version, written by atomic commits.

Why through the library alone: what a version of a table holds is said by its log, its deletion vectors and its column
mapping together; reading its Parquet files by themselves would bring back rows that were deleted.
"""

from __future__ import annotations

from crosswalk.contracts import ConnectorSpec, opened_by

SPEC = ConnectorSpec(
    kind="delta",
    summary="Delta tables below a folder, one per entity.",
    settings={
        "type": "object",
        "additionalProperties": False,
        "required": ["folder"],
        "properties": {
            "folder": {
                "type": "string",
                "minLength": 1,
                "description": "The folder of the tables, from the project's folder; or an absolute path.",
            },
            "tables": {
                "type": "object",
                "description": "The folder of a table below `folder`, by entity; without it the entity's name.",
                "additionalProperties": {"type": "string", "minLength": 1},
            },
            "write": {
                "enum": ["merge", "replace"],
                "description": "Rewrite the files that a delivery touches, or the whole table; each in one commit.",
            },
            "create": {
                "enum": ["on", "off"],
                "description": "Whether a table that is not there is made from its entity, and read as an empty one.",
            },
            "change_feed": {
                "enum": ["on", "off"],
                "description": "Whether tables that are made here keep a change data feed; on where it is not said.",
            },
            "tries": {
                "type": ["integer", "string"],
                "pattern": "^[1-9][0-9]?$",
                "minimum": 1,
                "maximum": 99,
                "description": "How often a commit is tried while others commit to the same table; 10 by default.",
            },
        },
    },
    open=opened_by("crosswalk.connectors.delta.lake", "lake"),
)
