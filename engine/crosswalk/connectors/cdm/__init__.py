"""A folder of the common data model, as Synapse Link writes it: ``model.json`` and CSV, of which the newest row counts.

Sources: the public pages of Synapse Link (azure-synapse-incremental-updates, export-data-lake-faq) and the format of
``model.json`` in the common data model.
"""

from __future__ import annotations

from pathlib import Path

from crosswalk.connectors.files.settings import folder_of
from crosswalk.contracts import ConnectorSpec, Place, opened_by
from crosswalk.model import Connection


def _folders(connection: Connection, place: Place) -> tuple[Path, ...]:
    return (folder_of(connection, place),)


_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

SPEC = ConnectorSpec(
    kind="cdm",
    summary="A folder of the common data model (model.json), such as Synapse Link writes.",
    settings={
        "type": "object",
        "required": ["folder"],
        "additionalProperties": False,
        "properties": {
            "folder": {
                "type": "string",
                "minLength": 1,
                "description": "The folder that holds model.json, or folders named after times that do.",
            },
            "version": {
                "type": "string",
                "description": "The column that tells which of several rows is the newest. Default: versionnumber, else"
                " sysrowversion.",
            },
            "deleted": {
                "type": "string",
                "description": "The column that is true in a row that was removed. Default: IsDelete.",
            },
            "date": {**_TEXTS, "description": "Patterns of dates beside ISO. Default: by the model's culture."},
            "datetime": {
                **_TEXTS,
                "description": "Patterns of times beside ISO. Default: by the model's culture.",
            },
            "time_zone": {"type": "string", "description": "The zone of times without an offset. Default: UTC."},
            "settle": {
                "type": "string",
                "pattern": r"^[0-9]{1,6}(\.[0-9]{1,3})?$",
                "description": "Seconds for which a file must lie untouched before it is taken. Default: 5.",
            },
            "whole": {
                "enum": ["true", "false"],
                "description": "Whether the files hold all rows, as those that are updated in place do, so that what is"
                " in none of them is gone. Default: false.",
            },
        },
    },
    open=opened_by("crosswalk.connectors.cdm.folder", "systems"),
    folders=_folders,
)
