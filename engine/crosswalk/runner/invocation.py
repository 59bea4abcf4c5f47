"""Runs the legs that were asked for, in order, on one connection: the whole of what one command does to a database."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import uuid4

from crosswalk.contracts import Backend
from crosswalk.errors import CrosswalkError, MachineError, StoppedError, SystemFailure, UsageError
from crosswalk.ledger import outbox
from crosswalk.ledger.outbox import Unfinished, unfinished
from crosswalk.ledger.reading import state_of
from crosswalk.ledger.runs import Invocation, moment
from crosswalk.model import EntityRef
from crosswalk.plan import Extract, Mode, Plan
from crosswalk.promises import Promise
from crosswalk.results import Finding, LegResult
from crosswalk.runner.lease import user_name
from crosswalk.runner.leg import Progress, Request, run_leg
from crosswalk.runner.outsides import Outsides
from crosswalk.runner.sending import Post


class Leg(Protocol):
    """A leg that can be planned in any mode."""

    @property
    def name(self) -> str: ...

    def plan(self, mode: Mode) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: all, those of one key, the open ones, or by default what changed; which guards the run may pass;
    whether it takes the digest of its changes, and what a plan promised of each leg. `told` is what was noticed of
    tables beforehand: a leg that reads one says so.
    """

    full: bool = False
    key: str | None = None
    open_only: bool = False
    code: str | None = None
    allowed: frozenset[str] = frozenset()
    sealed: bool = False
    promised: Mapping[str, Promise] | None = None
    told: Mapping[EntityRef, Finding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Legs:
    """The legs that are asked for, in order, and all legs of the project."""

    chosen: Sequence[Leg]
    known: Sequence[Leg]


def signature(version: str, engine_version: str) -> Invocation:
    """Say who runs, where and with what."""
    return Invocation(uuid4().hex[:12], socket.gethostname(), user_name(), os.getpid(), version, engine_version)


def run_legs(
    legs: Sequence[Leg], asked: Asked, invocation: Invocation, backend: Backend, progress: Progress
) -> tuple[tuple[LegResult, ...], CrosswalkError | None]:
    """Run legs one after the other; a leg that is stopped does not undo those before it, and ends the invocation."""
    return _in_turn([Turn(leg, asked) for leg in legs], invocation, backend, progress)


def run_outside(
    legs: Legs, asked: Asked, invocation: Invocation, outsides: Outsides, progress: Progress
) -> tuple[tuple[LegResult, ...], CrosswalkError | None]:
    """Run legs of which some read or write outside systems: first those that an earlier invocation began
    to send and did not finish, asked for or not, for what they sent must be known before anything is read again.
    """
    told: list[Finding] = []
    turns: list[Turn] = []
    known = {leg.name: leg for leg in legs.known}
    fresh = {leg.name for leg in legs.chosen} if asked.full else set()
    for run in unfinished(outsides.beside) if outsides.sends else ():
        if run.leg not in known or (run.stopped and run.leg in fresh):
            told.append(_given_up(run, outsides))
        else:
            again = replace(_asked(run), allowed=asked.allowed, told=asked.told)
            turns.append(Turn(known[run.leg], again, Post(outsides, run, again=True)))
    for leg in legs.chosen:
        turns.append(Turn(leg, asked, Post(outsides, Unfinished(uuid4().hex[:12], leg.name, moment(outsides.beside)))))
    if turns and (post := turns[0].post) is not None:
        post.told = told
    return _in_turn(turns, invocation, outsides.backend, progress)


def _asked(run: Unfinished) -> Asked:
    """Say what a run was asked for when it was begun."""
    return Asked(full=run.mode == "initial", key=run.key, open_only=run.mode == "open", code=run.code)


def _given_up(run: Unfinished, outsides: Outsides) -> Finding:
    """End a run that nobody can finish: its map is gone, or it was asked for anew after it had been stopped."""
    taken = outbox.give_up(run.run_id, outsides.beside)
    return Finding("RUN_GIVEN_UP", f"the run of '{run.leg}' begun at {_when(run)} was given up", taken, run.run_id)


def _when(run: Unfinished) -> str:
    return f"{run.started:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class Turn:
    """A leg that is to run, over which rows, and what sends its changes."""

    leg: Leg
    asked: Asked
    post: Post | None = None


def _in_turn(
    turns: Sequence[Turn], invocation: Invocation, backend: Backend, progress: Progress
) -> tuple[tuple[LegResult, ...], CrosswalkError | None]:
    done: list[LegResult] = []
    for turn in turns:
        try:
            done.append(_take_turn(turn, invocation, backend, progress))
        except (StoppedError, SystemFailure) as stopped:
            return tuple(done), _explained(stopped, turn)
        except MachineError as failed:
            if not done:
                raise
            return tuple(done), failed
        except UsageError as refused:
            if not done and not _began(turn):
                raise
            failure = SystemFailure(str(refused), code=refused.code, remedy=refused.remedy)
            return tuple(done), _explained(failure, turn)
    return tuple(done), None


def _began(turn: Turn) -> bool:
    """Say whether anything was noted as sent. A login that is refused or a table that is gone is a wrong call only as
    long as nothing was changed; after that it is a failure in the middle, and the next run goes on.
    """
    return turn.post is not None and bool(unfinished(turn.post.outsides.beside))


def _explained(stopped: StoppedError | SystemFailure, turn: Turn) -> CrosswalkError:
    """Say why a leg ran that perhaps nobody asked for; where it is stopped, how to go on without it."""
    post = turn.post
    if post is None or not post.again:
        return stopped
    message = f"{stopped}; the run of '{turn.leg.name}' begun at {_when(post.run)} has to be finished first"
    if isinstance(stopped, SystemFailure):
        return SystemFailure(message, code=stopped.code, remedy=stopped.remedy)
    if stopped.code == "DRIFT":
        return StoppedError(message, code=stopped.code, remedy=stopped.remedy)
    outbox.stop(post.run.run_id, stopped.code, post.outsides.beside)
    anew = f"crosswalk run --full --select {turn.leg.name} gives it up and starts anew"
    return StoppedError(message, code=stopped.code, remedy="; ".join(part for part in (stopped.remedy, anew) if part))


def _take_turn(turn: Turn, invocation: Invocation, backend: Backend, progress: Progress) -> LegResult:
    leg, asked, post = turn.leg, turn.asked, turn.post
    if post is not None:
        progress(leg.name, "read")
        post.exact = post.again and post.run.digest == leg.plan("initial").digest
        post.outsides.refresh(leg.plan("initial"), asked.allowed, kept=post.exact)
    mode, why = _mode(leg, asked, backend) if post is None or not post.exact else (post.run.mode, post.run.why)
    plan = leg.plan(mode)
    if post is not None:
        post.run = replace(post.run, mode=mode, why=why, key=asked.key, code=asked.code, digest=plan.digest)
    why = f"{why}; {plan.why}" if plan.why else why
    asks = plan.asks if post is not None and post.outsides.takes(plan.source) else ""
    why = f"{why}; {asks}" if asks else why
    why = f"{why}; begun before, and finished now" if post is not None and post.again else why
    if asks:
        plan = _judged_already(plan)
    request = Request(
        why_mode=why,
        key=asked.key,
        code=asked.code,
        post=post,
        allowed=asked.allowed,
        sealed=asked.sealed,
        promised=(asked.promised or {}).get(leg.name),
        told=(asked.told[plan.source],) if plan.source in asked.told else (),
    )
    return run_leg(plan, request, invocation, backend, progress)


def _judged_already(plan: Plan) -> Plan:
    """Leave out the checks of a source that was asked for some rows only: that none came says nothing of the table, and
    what it says was judged when it was read.
    """
    return replace(
        plan, steps=tuple(replace(one, checks=()) if isinstance(one, Extract) else one for one in plan.steps)
    )


def _mode(leg: Leg, asked: Asked, backend: Backend) -> tuple[Mode, str]:
    """Choose which rows a leg examines, and say why."""
    if asked.key is not None and not asked.open_only:
        return "key", f"asked for {asked.key}"
    if asked.open_only:
        return "open", "asked for the open rows"
    if asked.full:
        return "initial", "asked for all rows"
    digest = state_of(leg.name, backend).digest
    if digest is None:
        return "initial", "first run"
    if digest != leg.plan("initial").digest:
        return "initial", "the map changed since the last run"
    return "incremental", "rows changed since the last run"
