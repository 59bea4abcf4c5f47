"""What each column of the ledger means that analysts get to see, as comments of the published file.

Why apart from the tables: a comment is no part of the form of a ledger, so a better sentence is no new version of it.
"""

from __future__ import annotations

from collections.abc import Mapping

READ_BY_OTHERS = ("runs", "steps", "rejects", "changes", "lineage")
"""The tables of the ledger that are published."""

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "runs": {
        "run_id": "The run; other tables name it.",
        "invocation": "The command that ran it; runs of one command share it.",
        "leg": "The map, with :back for its way back.",
        "map_name": "The map.",
        "source": "The table that was read, as system.table.",
        "target": "The tables that may be written, as system.table.",
        "mode": "Which rows were looked at: initial (all), incremental (changed), open (waiting ones) or key (one).",
        "why_mode": "Why those rows.",
        "digest": "The compiled map; it is another one when the map changes.",
        "started_at": "When it began, UTC.",
        "finished_at": "When it was committed, UTC.",
        "seconds": "How long it took.",
        "host": "The machine that ran it.",
        "user_name": "The user that ran it.",
        "pid": "The process that ran it.",
        "version": "The release of Crosswalk.",
        "engine_version": "The release of DuckDB.",
        "examined": "Source rows looked at: the sum of the eight fates that follow.",
        "inserted": "Source rows that made a new target row.",
        "updated": "Source rows that changed a target row.",
        "deleted": "Source rows that took a target row away.",
        "unchanged": "Source rows whose target stood already as it should.",
        "filtered": "Source rows that the map leaves out.",
        "held": "Source rows that wait for something that is not there yet.",
        "rejected": "Source rows that cannot go on.",
        "superseded": "Older duplicates of another source row.",
        "rows_inserted": "Target rows that were made.",
        "rows_updated": "Target rows that were changed.",
        "rows_deleted": "Target rows that were removed.",
    },
    "steps": {
        "run_id": "The run.",
        "number": "The place of the step in the run, from 0.",
        "step": "What was done.",
        "detail": "To which table, where a step is done for several.",
        "seconds": "How long it took.",
    },
    "rejects": {
        "leg": "The map, with :back for its way back, or the table that could not be read.",
        "source_key": "The key of the source row; several parts are joined by |.",
        "fate": "held or rejected.",
        "code": "Why; crosswalk explain tells what it means.",
        "column_name": "The column that it is about.",
        "value": "The value that could not be used; a personal one is shown as ***.",
        "place": "The line of the map that decided.",
        "source_row": "The whole source row as JSON, every value as text; personal columns are shown as ***.",
        "digest": "The compiled map that decided.",
        "run_id": "The run that last tried the row.",
        "first_run": "The run that first met it.",
        "first_seen": "When it was first met, UTC.",
        "attempts": "How often it was tried.",
        "state": "open, resolved or dismissed.",
        "resolved_run": "The run that resolved it.",
        "resolved_at": "When it was resolved, UTC.",
        "note": "What a person wrote when it was dismissed.",
        "resolved_by": "Who dismissed it.",
    },
    "lineage": {
        "leg": "The map, with :back for its way back.",
        "source_key": "The key of the source row; several parts are joined by |.",
        "source_version": "The version of the source row that was last taken over.",
        "target": "The table of the target row, as system.table.",
        "target_key": "The key of the target row; several parts are joined by |.",
        "first_run": "The run that made the target row.",
        "last_run": "The run that last changed it.",
        "state": "live: the target row stands; left: the source row left the filter; filtered: it never passed it.",
    },
    "changes": {
        "run_id": "The run.",
        "leg": "The map, with :back for its way back.",
        "source_key": "The key of the source row; several parts are joined by |.",
        "target": "The table of the target row, as system.table.",
        "target_key": "The key of the target row; several parts are joined by |.",
        "fate": "updated or deleted.",
        "cells": "Each cell that changed with its old and new value as text; personal columns are shown as ***.",
    },
}
