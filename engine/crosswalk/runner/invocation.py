"""Runs the legs that were asked for, in order, on one connection: the whole of what one command does to a database."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from crosswalk.contracts import Backend, Embedded
from crosswalk.errors import StoppedError
from crosswalk.ledger import tables
from crosswalk.ledger.reading import state_of
from crosswalk.ledger.runs import Invocation
from crosswalk.model import Entity
from crosswalk.plan import Mode, Plan
from crosswalk.results import LegResult
from crosswalk.runner.lease import user_name
from crosswalk.runner.leg import Progress, Request, run_leg


class Leg(Protocol):
    """A leg that can be planned in any mode."""

    @property
    def name(self) -> str: ...

    def plan(self, mode: Mode) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: all, those of one key, the open ones, or by default what changed."""

    full: bool = False
    key: str | None = None
    open_only: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Systems:
    """The connectors by system, and the entities that each must be able to read and write."""

    connectors: Mapping[str, Embedded]
    entities: Mapping[str, tuple[Entity, ...]]


def signature(version: str, engine_version: str) -> Invocation:
    """Say who runs, where and with what."""
    return Invocation(uuid4().hex[:12], socket.gethostname(), user_name(), os.getpid(), version, engine_version)


def prepare(systems: Systems, backend: Backend) -> None:
    """Make the ledger and the missing tables, and stop where a table differs from its entity."""
    with backend.transaction():
        tables.prepare(backend)
        differences: list[str] = []
        for system, connector in systems.connectors.items():
            connector.prepare(systems.entities[system], backend)
            for entity in systems.entities[system]:
                differences += connector.drift(entity, backend)
        if differences:
            message = "the tables differ from the entities: " + "; ".join(differences)
            raise StoppedError(message, code="DRIFT", remedy="change the entity file, or the table, so that they agree")


def run_legs(
    legs: Sequence[Leg], asked: Asked, invocation: Invocation, backend: Backend, progress: Progress
) -> tuple[tuple[LegResult, ...], StoppedError | None]:
    """Run legs one after the other; a leg that is stopped does not undo those before it, and ends the invocation."""
    done: list[LegResult] = []
    for leg in legs:
        mode, why = _mode(leg, asked, backend)
        try:
            plan = leg.plan(mode)
            why = f"{why}; {plan.why}" if plan.why else why
            done.append(run_leg(plan, Request(why, asked.key, asked.code), invocation, backend, progress))
        except StoppedError as stopped:
            return tuple(done), stopped
    return tuple(done), None


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
