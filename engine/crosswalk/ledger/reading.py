"""Answers questions about what happened: the state of a leg, its rejects, its runs, the story of one row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from crosswalk.contracts import Backend, Cell
from crosswalk.errors import MachineError
from crosswalk.results import Change, Reject


@dataclass(frozen=True, slots=True)
class LegState:
    """Where a leg stands: the digest of the plan that last moved its watermarks, or None before the first run."""

    digest: str | None


def state_of(leg: str, backend: Backend) -> LegState:
    rows = backend.rows(
        "SELECT run.digest FROM crosswalk.runs AS run WHERE run.leg = $leg AND run.mode IN ('initial', 'incremental')"
        " AND EXISTS (SELECT 1 FROM crosswalk.watermarks AS mark WHERE mark.leg = run.leg)"
        " ORDER BY run.started_at DESC, run.finished_at DESC LIMIT 1",
        {"leg": leg},
    )
    return LegState(str(rows[0][0]) if rows else None)


def rejects(backend: Backend, leg: str | None = None, code: str | None = None) -> tuple[Reject, ...]:
    """List the open rows, rejected before held, oldest first."""
    found = backend.rows(
        "SELECT leg, source_key, fate, code, column_name, value, place, run_id, first_seen, attempts, state, source_row"
        " FROM crosswalk.rejects WHERE state = 'open' AND ($leg IS NULL OR leg = $leg OR leg LIKE $leg || ':%')"
        " AND ($code IS NULL OR code = $code) ORDER BY leg, fate DESC, code, source_key",
        {"leg": leg, "code": code},
    )
    return tuple(_reject(row) for row in found)


def story(leg: str, key: str, backend: Backend) -> tuple[Reject, ...]:
    """List everything that was ever kept of one source row, oldest first."""
    found = backend.rows(
        "SELECT leg, source_key, fate, code, column_name, value, place, run_id, first_seen, attempts, state, source_row"
        " FROM crosswalk.rejects WHERE leg = $leg AND source_key = $key ORDER BY first_seen",
        {"leg": leg, "key": key},
    )
    return tuple(_reject(row) for row in found)


def _reject(row: tuple[Cell, ...]) -> Reject:
    leg = str(row[0])
    map_name, _, way = leg.partition(":")
    parsed = _kept(row)
    kept = parsed if isinstance(parsed, list) else [parsed]
    return Reject(
        map_name=map_name,
        leg=way or "out",
        key=str(row[1]),
        fate="held" if row[2] == "held" else "rejected",
        code=str(row[3]),
        column=str(row[4] or ""),
        value=None if row[5] is None else str(row[5]),
        place=str(row[6]),
        run_id=str(row[7]),
        first_seen=str(row[8]),
        attempts=int(str(row[9])),
        state=str(row[10]),
        row=kept[0],
        rows=tuple(kept) if isinstance(parsed, list) else (),
    )


def _kept(row: tuple[Cell, ...]) -> dict[str, str | None] | list[dict[str, str | None]]:
    try:
        kept: dict[str, str | None] | list[dict[str, str | None]] = json.loads(str(row[11]))
        return kept
    except json.JSONDecodeError as error:
        message = f"what the ledger keeps of the row '{row[1]}' of {row[0]} cannot be read: {error}"
        raise MachineError(message, code="DATABASE_DAMAGED", remedy="go back to a copy of the file") from error


def changes(run_id: str, backend: Backend, limit: int = 5) -> tuple[Change, ...]:
    """List some of the rows that a run changed or removed, cell by cell."""
    found = backend.rows(
        "SELECT source_key, target, target_key, fate, CAST(to_json(cells) AS VARCHAR) FROM crosswalk.changes"
        " WHERE run_id = $run_id ORDER BY target, target_key LIMIT $most",
        {"run_id": run_id, "most": limit},
    )
    return tuple(_change(row) for row in found)


def changes_of(leg: str, key: str, backend: Backend) -> tuple[tuple[str, Change], ...]:
    """List every change of one source row's target rows with the run that made it, oldest first."""
    found = backend.rows(
        "SELECT change.source_key, change.target, change.target_key, change.fate, CAST(to_json(change.cells) AS"
        " VARCHAR),"
        " change.run_id FROM crosswalk.changes AS change JOIN crosswalk.runs AS run USING (run_id)"
        " WHERE change.leg = $leg AND change.source_key = $key ORDER BY run.started_at",
        {"leg": leg, "key": key},
    )
    return tuple((str(row[5]), _change(row)) for row in found)


def _change(row: tuple[Cell, ...]) -> Change:
    cells = {cell["column_name"]: (cell["old"], cell["new"]) for cell in json.loads(str(row[4]))}
    return Change(str(row[0]), str(row[1]), str(row[2]), str(row[3]), cells)


def changed_columns(run_id: str, backend: Backend) -> Mapping[str, int]:
    """Count per column in how many rows a run changed it, most changed first."""
    found = backend.rows(
        "SELECT cell.column_name, count(*) FROM (SELECT unnest(cells) AS cell FROM crosswalk.changes"
        " WHERE run_id = $run_id AND fate = 'updated') GROUP BY 1 ORDER BY 2 DESC, 1",
        {"run_id": run_id},
    )
    return {str(column): int(str(count)) for column, count in found}


def lineage_of(leg: str, key: str, backend: Backend) -> tuple[tuple[Cell, ...], ...]:
    """Give target, target key, first and last run of what a source row became."""
    return tuple(
        backend.rows(
            "SELECT target, target_key, first_run, last_run, state FROM crosswalk.lineage"
            " WHERE leg = $leg AND source_key = $key AND state <> 'filtered' ORDER BY target, target_key",
            {"leg": leg, "key": key},
        )
    )


def runs(backend: Backend, limit: int = 20) -> tuple[Mapping[str, Cell], ...]:
    """List the newest runs with their counts."""
    found = backend.rows(
        "SELECT run_id, invocation, leg, mode, started_at, seconds, examined, inserted, updated, deleted, unchanged,"
        " filtered, held, rejected, superseded, rows_inserted, rows_updated, rows_deleted, host, user_name, version"
        " FROM crosswalk.runs"
        " ORDER BY started_at DESC, finished_at DESC LIMIT $most",
        {"most": limit},
    )
    return tuple(dict(zip(_RUN, row, strict=True)) for row in found)


_RUN = (
    *("run_id", "invocation", "leg", "mode", "started_at", "seconds", "examined"),
    *("inserted", "updated", "deleted", "unchanged", "filtered", "held", "rejected", "superseded"),
    *("rows_inserted", "rows_updated", "rows_deleted"),
    *("host", "user_name", "version"),
)
