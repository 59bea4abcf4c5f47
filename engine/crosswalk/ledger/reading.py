"""Answers questions about what happened: the state of a leg, its rejects, its runs, the story of one row.

Runs are told in the order in which they were committed, which is that of their rows: a clock may have been wrong.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
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
        " ORDER BY run.rowid DESC LIMIT 1",
        {"leg": leg},
    )
    return LegState(str(rows[0][0]) if rows else None)


_REJECTS = (
    "SELECT leg, source_key, fate, code, column_name, value, place, run_id, first_seen, attempts, state, source_row,"
    " resolved_at, resolved_by, note FROM crosswalk.rejects WHERE (state = 'open' OR $closed)"
    " AND ($leg IS NULL OR leg = $leg OR leg LIKE $leg || ':%') AND ($code IS NULL OR code = $code)"
    " ORDER BY leg, fate DESC, code, source_key, first_seen"
)
_STORY = (
    "SELECT leg, source_key, fate, code, column_name, value, place, run_id, first_seen, attempts, state, source_row,"
    " resolved_at, resolved_by, note FROM crosswalk.rejects WHERE leg = $leg AND source_key = $key ORDER BY first_seen"
)


def rejects(
    backend: Backend, leg: str | None = None, code: str | None = None, *, closed: bool = False
) -> tuple[Reject, ...]:
    """List the open rows, rejected before held; `closed` adds those that were resolved or dismissed."""
    found = backend.rows(_REJECTS, {"leg": leg, "code": code, "closed": closed})
    return tuple(reject_of(row) for row in found)


def story(leg: str, key: str, backend: Backend) -> tuple[Reject, ...]:
    """List everything that was ever kept of one source row, oldest first."""
    return tuple(reject_of(row) for row in backend.rows(_STORY, {"leg": leg, "key": key}))


def reject_of(row: tuple[Cell, ...]) -> Reject:
    """Make an entry of its columns, as `_STORY` names them."""
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
        resolved_at=str(row[12] or ""),
        resolved_by=str(row[13] or ""),
        note=str(row[14] or ""),
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
    """List every change of one source row's target rows with the run that made it."""
    found = backend.rows(
        "SELECT source_key, target, target_key, fate, CAST(to_json(cells) AS VARCHAR), run_id"
        " FROM crosswalk.changes WHERE leg = $leg AND source_key = $key ORDER BY run_id, target, target_key",
        {"leg": leg, "key": key},
    )
    return tuple((str(row[5]), _change(row)) for row in found)


def began(runs: Collection[str], backend: Backend) -> Mapping[str, str]:
    """Say when runs began, to the second, as text in UTC; a run that is not kept any more is left out."""
    found = backend.rows(
        "SELECT run_id, strftime(min(started_at), '%Y-%m-%d %H:%M:%S.%f') FROM crosswalk.runs"
        " WHERE run_id IN (SELECT unnest($runs)) GROUP BY 1",
        {"runs": sorted(runs)},
    )
    return {str(run): str(at) for run, at in found}


def sources_of(leg: str, target_key: str, backend: Backend) -> tuple[str, ...]:
    """Name the source rows of a target row by what it came from, and by what was changed or removed later."""
    found = backend.rows(
        "SELECT source_key FROM crosswalk.lineage WHERE leg = $leg AND target_key = $key UNION"
        " SELECT source_key FROM crosswalk.changes WHERE leg = $leg AND target_key = $key ORDER BY 1",
        {"leg": leg, "key": target_key},
    )
    return tuple(str(row[0]) for row in found)


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
        " ORDER BY rowid DESC LIMIT $most",
        {"most": limit},
    )
    return tuple(dict(zip(_RUN, row, strict=True)) for row in found)


_RUN = (
    *("run_id", "invocation", "leg", "mode", "started_at", "seconds", "examined"),
    *("inserted", "updated", "deleted", "unchanged", "filtered", "held", "rejected", "superseded"),
    *("rows_inserted", "rows_updated", "rows_deleted"),
    *("host", "user_name", "version"),
)
