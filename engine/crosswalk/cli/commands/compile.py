"""Print the SQL of a map, with the map's lines beside it.

The steps are those that a run takes, in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, assert_never

import typer

from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.plan import Advance, Check, Deliver, Divert, Extract, Plan, Reason, Settle, Shape, Step


class ModeName(StrEnum):
    """The modes of a plan, as the command line spells them."""

    initial = "initial"
    incremental = "incremental"
    key = "key"
    open = "open"


_MODES = f"Which rows the plan is for: {', '.join(ModeName)}."


def compile_map(
    session: Session,
    *,
    map_name: Annotated[str, typer.Argument(metavar="MAP", help="The name of a map, or map:back for one leg.")],
    mode: Annotated[ModeName, typer.Option("--mode", metavar="MODE", help=_MODES)] = ModeName.initial,
    steps: Annotated[bool, typer.Option("--steps", help="List the steps only.")] = False,
) -> int:
    """Print the SQL of a map, with the map's lines beside it."""
    from crosswalk import api

    plans = api.plans(session.load(), (map_name,), mode.value)
    if session.screen.as_json:
        session.screen.json([_as_json(plan) for plan in plans])
    else:
        for plan in plans:
            session.screen.lines(_plan(plan, steps_only=steps))
    return 0


def _plan(plan: Plan, *, steps_only: bool) -> Iterator[Line]:
    targets = ", ".join(str(target) for target in plan.targets)
    yield Line(f"-- {plan.name}  {plan.mode}  {plan.source} -> {targets}  {plan.file}  digest {plan.digest}", "bold")
    if plan.why:
        yield Line(f"-- {plan.why}", "dim")
    if plan.asks:
        yield Line(f"-- of an outside system, {plan.asks}", "dim")
    for number, step in enumerate(plan.steps, start=1):
        yield Line(f"-- step {number}  {_named(step)}".rstrip(), "bold cyan")
        if not steps_only:
            yield from _inside(step)


def _named(step: Step) -> str:
    from crosswalk import api

    return f"{api.label(step):<8} {api.detail(step)}"


def _inside(step: Step) -> Iterator[Line]:
    """Print the statements of a step, then its checks, in the order in which they run."""
    for reason in _reasons(step):
        column = f" {reason.column}" if reason.column else ""
        yield Line(f"-- reason {reason.number}: {reason.fate} {reason.code}{column}  {reason.span}", "dim")
    for statement in step.statements:
        yield Line("")
        yield from _sql(statement.purpose, statement.sql)
    for check in _checks(step):
        yield Line("")
        effect = "stops" if check.stops else "reports"
        yield from _sql(f"check {check.code} ({effect}): {check.message}", check.query.sql)
    yield Line("")


def _sql(purpose: str, sql: str) -> Iterator[Line]:
    yield Line(f"-- {purpose}", "green")
    lines = sql.strip().splitlines()
    yield from (Line(line.rstrip()) for line in lines[:-1])
    yield from (Line(line.rstrip().removesuffix(";") + ";") for line in lines[-1:])


def _checks(step: Step) -> tuple[Check, ...]:
    match step:
        case Extract() | Shape() | Divert():
            return step.checks
        case Deliver() | Settle() | Advance():
            return ()
        case _:
            assert_never(step)


def _reasons(step: Step) -> tuple[Reason, ...]:
    match step:
        case Shape():
            return step.reasons
        case Extract() | Divert() | Deliver() | Settle() | Advance():
            return ()
        case _:
            assert_never(step)


def _as_json(plan: Plan) -> dict[str, object]:
    from crosswalk import api

    steps = [{"step": api.label(step), "detail": api.detail(step), **asdict(step)} for step in plan.steps]
    targets = [str(target) for target in plan.targets]
    head = {"map": plan.map_name, "leg": plan.name, "mode": plan.mode, "digest": plan.digest, "file": plan.file}
    return {**head, "source": str(plan.source), "asks": plan.asks, "targets": targets, "steps": steps}


SPEC = CommandSpec(run=compile_map)
