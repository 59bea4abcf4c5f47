"""Writes what a run did into the ledger, inside the run's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crosswalk.contracts import Backend
from crosswalk.plan import Plan
from crosswalk.results import Finding


@dataclass(frozen=True, slots=True)
class Invocation:
    """Who runs, where and with what: written beside every run."""

    invocation: str
    host: str
    user: str
    pid: int
    version: str
    engine_version: str


@dataclass(frozen=True, slots=True)
class StepTime:
    step: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one leg. `started` and `finished` are UTC."""

    run_id: str
    plan: Plan
    why_mode: str
    started: datetime
    finished: datetime
    seconds: float
    examined: int
    fates: dict[str, int]
    written: dict[str, int]
    findings: Sequence[Finding]
    steps: Sequence[StepTime]


_INSERT = (
    "INSERT INTO crosswalk.runs (run_id, invocation, leg, map_name, source, target, mode, why_mode, digest, started_at,"
    " finished_at, seconds, host, user_name, pid, version, engine_version, examined, inserted, updated, deleted,"
    " unchanged,"
    " filtered, held, rejected, superseded, rows_inserted, rows_updated, rows_deleted)"
    " VALUES ($run_id, $invocation, $leg, $map_name, $source, $target, $mode,"
    " $why_mode, $digest, $started_at, $finished_at, $seconds, $host, $user_name, $pid, $version, $engine_version,"
    " $examined, $inserted, $updated, $deleted, $unchanged, $filtered, $held, $rejected, $superseded,"
    " $rows_inserted, $rows_updated, $rows_deleted)"
)


def moment(backend: Backend) -> datetime:
    """Give the time in UTC at which a run begins: now, or right after the newest run where the clock was set back.

    Rows that a run changes carry this time, and other maps find them by it: a time before that of an earlier run would
    stand behind their watermarks, and the change would be lost.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    newest = backend.rows("SELECT max(greatest(started_at, finished_at)) FROM crosswalk.runs")[0][0]
    return max(now, newest + timedelta(microseconds=1)) if isinstance(newest, datetime) else now


def record(run: Run, invocation: Invocation, backend: Backend) -> None:
    """Add the run with its steps and findings."""
    backend.run(_INSERT, _values(run, invocation))
    for number, step in enumerate(run.steps):
        _record_step(run.run_id, number, step, backend)
    for finding in run.findings:
        _record_finding(run, finding, backend)


def _values(run: Run, invocation: Invocation) -> dict[str, object]:
    plan = run.plan
    known: dict[str, object] = {
        "run_id": run.run_id,
        "invocation": invocation.invocation,
        "leg": plan.name,
        "map_name": plan.map_name,
        "source": str(plan.source),
        "target": ", ".join(str(target) for target in plan.targets),
        "mode": plan.mode,
        "why_mode": run.why_mode,
        "digest": plan.digest,
        "started_at": run.started,
        "finished_at": run.finished,
        "seconds": run.seconds,
        "host": invocation.host,
        "user_name": invocation.user,
        "pid": invocation.pid,
        "version": invocation.version,
        "engine_version": invocation.engine_version,
        "examined": run.examined,
    }
    return {**known, **run.fates, **{f"rows_{fate}": count for fate, count in run.written.items()}}


def _record_step(run_id: str, number: int, step: StepTime, backend: Backend) -> None:
    backend.run(
        "INSERT INTO crosswalk.steps VALUES ($run_id, $number, $step, $detail, $seconds)",
        {"run_id": run_id, "number": number, "step": step.step, "detail": step.detail, "seconds": step.seconds},
    )


def _record_finding(run: Run, finding: Finding, backend: Backend) -> None:
    backend.run(
        "INSERT INTO crosswalk.findings VALUES ($run_id, $leg, $code, $message, $row_count, $sample)",
        {
            "run_id": run.run_id,
            "leg": run.plan.name,
            "code": finding.code,
            "message": finding.message,
            "row_count": finding.count,
            "sample": finding.sample,
        },
    )
