"""Runs one plan in one transaction: its steps, its checks, its audit, and the row of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Literal, assert_never
from uuid import uuid4

from crosswalk.contracts import Backend
from crosswalk.errors import CrosswalkError, StatementError
from crosswalk.failpoints import around, reach
from crosswalk.ledger.reading import changed_columns, changes
from crosswalk.ledger.runs import Invocation, Run, StepTime, moment, record
from crosswalk.plan import Advance, Deliver, Divert, Extract, Plan, Settle, Shape, Statement, Step
from crosswalk.promises import Promise
from crosswalk.results import FATES, Finding, LegResult
from crosswalk.runner.judging import judge, sealed
from crosswalk.runner.sending import Post, written

Progress = Callable[[str, str], None]
"""Is told the leg and the step that begins."""

Label = Literal["extract", "shape", "divert", "deliver", "settle", "advance"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked for besides the plan: why this mode, the key or code of chosen rows, and what sends its
    changes where it writes to outside systems. It may pass the guards that are `allowed`. A `sealed` run takes the
    digest of its changes, and stops where that is not the one `promised`. `told` is reported with the result.
    """

    why_mode: str
    key: str | None = None
    code: str | None = None
    post: Post | None = None
    allowed: frozenset[str] = frozenset()
    sealed: bool = False
    promised: Promise | None = None
    told: tuple[Finding, ...] = ()


def run_leg(plan: Plan, request: Request, invocation: Invocation, backend: Backend, progress: Progress) -> LegResult:
    """Run a plan and commit it whole; `StoppedError` when a check stops it, and then nothing is changed."""
    reach("begin", "before", plan.name)
    with backend.transaction():
        reach("begin", "after", plan.name)
        result = walk(plan, request, invocation, backend, progress)
        reach("commit", "before", plan.name)
    reach("commit", "after", plan.name)
    if request.post is not None:
        with around("finish", plan.name):
            request.post.done()
    return result


def walk(plan: Plan, request: Request, invocation: Invocation, backend: Backend, progress: Progress) -> LegResult:
    """Walk the steps of a plan inside a transaction that is open already."""
    post, clock = request.post, perf_counter()
    run_id, started = (uuid4().hex[:12], moment(backend)) if post is None else (post.run.run_id, post.run.started)
    bound = {"run_id": run_id, "now": started, "digest": plan.digest, "key": request.key, "code": request.code}
    if post is not None:
        post.ready()
    findings: list[Finding] = [*request.told, *(() if post is None else post.told)]
    times: list[StepTime] = []
    changes_digest = ""
    for number, step in enumerate(plan.steps):
        progress(plan.name, label(step))
        began = perf_counter()
        with around(label(step), plan.name):
            if post is not None and isinstance(step, Deliver | Settle) and post.takes(step):
                findings += _send(plan, number, step, bound, post)
            else:
                findings += _take(plan, step, bound, backend, request.allowed)
            if isinstance(step, Divert) and request.sealed:
                changes_digest = sealed(plan, step, request.promised, backend)
        times.append(StepTime(label(step), detail(step), round(perf_counter() - began, 6)))
    with around("audit", plan.name):
        fates = _fates(plan, backend)
    run = Run(
        run_id=run_id,
        plan=plan,
        why_mode=request.why_mode,
        started=started,
        finished=max(started, _now()),
        seconds=perf_counter() - clock,
        examined=sum(fates.values()),
        fates=fates,
        written=_written(backend),
        findings=findings,
        steps=times,
    )
    with around("record", plan.name):
        record(run, invocation, backend)
    return replace(_result(run, backend), changes_digest=changes_digest)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def label(step: Step) -> Label:
    """Name a step as people see it."""
    match step:
        case Extract():
            return "extract"
        case Shape():
            return "shape"
        case Divert():
            return "divert"
        case Deliver():
            return "deliver"
        case Settle():
            return "settle"
        case Advance():
            return "advance"
        case _:
            assert_never(step)


def detail(step: Step) -> str:
    """Say which table a step is about, where it is about one."""
    match step:
        case Extract() | Settle():
            return str(step.source)
        case Deliver():
            return str(step.target)
        case Shape() | Divert() | Advance():
            return ""
        case _:
            assert_never(step)


def _send(plan: Plan, number: int, step: Deliver | Settle, bound: dict[str, object], post: Post) -> list[Finding]:
    """Run the statements of a step that writes to an outside system, and send its changes in between."""
    sent, backend = step.sent, post.outsides.backend
    assert sent is not None, "a step without a change set writes to no outside system"
    for statement in step.statements[: sent.at]:
        _execute(plan, statement, bound, backend)
    findings = post.send(number, sent, written(step), bound)
    for statement in step.statements[sent.at :]:
        _execute(plan, statement, bound, backend)
    with around("give back", plan.name):
        post.give_back(sent)
    return findings


def _take(plan: Plan, step: Step, bound: dict[str, object], backend: Backend, allowed: frozenset[str]) -> list[Finding]:
    """Run the statements of a step, then its checks."""
    for statement in step.statements:
        _execute(plan, statement, bound, backend)
    match step:
        case Extract() | Shape() | Divert():
            judged = [judge(plan, check, bound, backend, allowed) for check in step.checks]
            return [found for found in judged if found is not None]
        case Deliver() | Settle() | Advance():
            return []
        case _:
            assert_never(step)


def _execute(plan: Plan, statement: Statement, bound: dict[str, object], backend: Backend) -> None:
    try:
        with around("statement", f"{plan.name}: {statement.purpose}"):
            backend.run(statement.sql, {parameter: bound[parameter] for parameter in statement.parameters})
    except StatementError as error:
        error.add_note(f"{plan.name}, {plan.file}: {statement.purpose}\n{statement.sql}")
        raise


def _fates(plan: Plan, backend: Backend) -> dict[str, int]:
    """Count the fates; a row without one would be a row lost, so it is a defect and nothing is committed."""
    (tally,) = [step.tally for step in plan.steps if isinstance(step, Divert)]
    counted = {str(f): int(str(n)) for f, n in backend.rows(tally.sql)}
    unknown = set(counted) - set(FATES)
    if unknown:
        raise CrosswalkError(f"{plan.name}: rows with the fate {sorted(unknown)}", code="DEFECT")
    return {fate: counted.get(fate, 0) for fate in FATES}


def _result(run: Run, backend: Backend) -> LegResult:
    plan, written = run.plan, run.written
    return LegResult(
        run_id=run.run_id,
        map_name=plan.map_name,
        leg=plan.leg,
        source=str(plan.source),
        target=", ".join(str(target) for target in plan.targets),
        mode=plan.mode,
        examined=run.examined,
        fates=run.fates,
        effects=_effects(plan, backend),
        written=written,
        changed_columns=changed_columns(run.run_id, backend) if written["updated"] else {},
        reasons=_reasons(plan, backend),
        findings=tuple(run.findings),
        changes=changes(run.run_id, backend) if written["updated"] or written["deleted"] else (),
        seconds=run.seconds,
        why_mode=run.why_mode,
        map_digest=plan.digest,
    )


def _effects(plan: Plan, backend: Backend) -> dict[str, int]:
    """Count the rows written per target table."""
    rows = backend.rows(
        "SELECT \"#arm\", count(*) FROM shaped WHERE \"#fate\" IN ('inserted', 'updated', 'deleted') GROUP BY 1"
    )
    return {str(plan.targets[int(str(arm))]): int(str(count)) for arm, count in rows}


def _written(backend: Backend) -> dict[str, int]:
    """Count target rows by what was done to them: a source row may make several, and several may make one."""
    counted = {str(f): int(str(n)) for f, n in backend.rows('SELECT "#fate", count(*) FROM shaped GROUP BY 1')}
    return {fate: counted.get(fate, 0) for fate in ("inserted", "updated", "deleted")}


def _reasons(plan: Plan, backend: Backend) -> tuple[tuple[str, str, str, int], ...]:
    """Count held and rejected rows by fate, code and column, most frequent first."""
    known = {r.number: r for step in plan.steps if isinstance(step, Shape) for r in step.reasons}
    rows = backend.rows(
        'SELECT "#fate", "#reason", count(*) FROM shaped WHERE "#fate" IN (\'held\', \'rejected\') GROUP BY ALL'
        " ORDER BY 3 DESC, 2"
    )
    return tuple(
        (str(fate), known[int(str(number))].code, known[int(str(number))].column, int(str(count)))
        for fate, number, count in rows
    )
