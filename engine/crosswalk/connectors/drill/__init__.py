"""A system to drill with: its tables stand in a small SQLite file of its own, and it fails as its script says.

Why a file of its own: a process that is killed in the middle leaves what was applied, as a real system would, and the
next run meets it. ``docs/drill.md`` tells how to play a fault and where to look afterwards.
"""

from __future__ import annotations

from crosswalk.connectors.drill.faults import FAULTS, OPERATIONS
from crosswalk.connectors.drill.system import open_system
from crosswalk.contracts import ConnectorSpec

_NUMBER = {"type": "string", "pattern": "^[1-9][0-9]{0,6}$", "x-says": "a number above zero"}
_SECONDS = {"type": "string", "pattern": r"^[0-9]{1,4}(\.[0-9]{1,3})?$", "x-says": "seconds, such as 2 or 0.5"}

_FAULT = {
    "type": "object",
    "required": ["on", "fault"],
    "additionalProperties": False,
    "description": "One thing that goes wrong.",
    "properties": {
        "on": {"enum": list(OPERATIONS), "description": "The operation in which it goes wrong."},
        "fault": {"enum": list(FAULTS), "description": "What goes wrong."},
        "at": {
            "type": "string",
            "pattern": "^(first|middle|last|[1-9][0-9]{0,6})$",
            "x-says": "first, middle, last or the number of a request",
            "description": "The request of the operation that is hit: a page, a batch. Default: first.",
        },
        "table": {"type": "string", "minLength": 1, "description": "Only requests for this table are hit."},
        "times": {**_NUMBER, "description": "How often it happens, counted over all runs. Default: 1."},
        "when": {"enum": ["before", "after"], "description": "Kill before or after the rows are applied; after."},
        "seconds": {**_SECONDS, "description": "How long to wait: slow, or throttled."},
        "rows": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The keys of the rows that are hit; parts of a key are joined by |. Default: the first row.",
        },
        "code": {"type": "string", "minLength": 1, "description": "The code of a refused row."},
        "message": {"type": "string", "description": "The message of a refused row."},
    },
}

SPEC = ConnectorSpec(
    kind="drill",
    summary="A small system in a file that fails as its script says, to drill with.",
    settings={
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": {"type": "string", "minLength": 1, "description": "Its SQLite file, from the project's folder."},
            "stamps": {
                "enum": ["server", "engine"],
                "description": "Who keeps the modified time and the version of a row. Default: server.",
            },
            "page": {**_NUMBER, "description": "Rows on a page. Default: 1000."},
            "batch": {**_NUMBER, "description": "Changes in a request. Default: 100."},
            "tries": {**_NUMBER, "description": "How often a request is tried. Default: 4."},
            "faults": {"type": "array", "items": _FAULT, "description": "The script: what goes wrong, and where."},
        },
    },
    open=open_system,
)
