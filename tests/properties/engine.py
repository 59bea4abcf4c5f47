"""Runs the compiled legs of a project on a database in memory that is filled from a `World`, and reads it back as one.

The database is made once and emptied between examples. The clock of the runner is ours, so that what a system stamps
can be compared like any other column.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import cast
from unittest.mock import patch

import duckdb

from crosswalk import compiler
from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connectors.embedded import EmbeddedSystem
from crosswalk.ledger.tables import TABLES
from crosswalk.model import Connection, DataType, Entity, EntityRef, Project
from crosswalk.plan import Mode, Plan, Reason, Shape
from crosswalk.results import LegResult
from crosswalk.runner.invocation import Asked, run_legs, signature
from crosswalk.runner.readiness import Systems, prepare
from crosswalk.sql import Sql, name, table, type_name
from tests.oracle import Row, RowFate, Value, World
from tests.oracle.cells import text_of


@dataclass(frozen=True)
class Ran:
    """What the engine says about one run of one leg; `stop` is the code of the guard that stopped it."""

    rows: tuple[RowFate, ...] = ()
    result: LegResult | None = None
    stop: str = ""

    mode: Mode = "initial"

    @property
    def findings(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for finding in self.result.findings if self.result else ():
            found[finding.code] = found.get(finding.code, 0) + finding.count
        return found

    @property
    def fates(self) -> dict[str, int]:
        return {fate: count for fate, count in self.result.fates.items() if count} if self.result else {}


class Engine:
    """A project compiled once, with a database in memory. One thread is fastest for tables as small as these."""

    def __init__(self, project: Project, *, threads: int = 1, memory: str = "1GB") -> None:
        self.learn(project)
        with patch("crosswalk.backends.duckdb._connect", lambda file, read_only: _connect(threads, memory)):
            self.backend = DuckDBBackend(None)
        systems: dict[str, tuple[Entity, ...]] = {}
        for entity in project.entities.values():
            systems[entity.ref.system] = (*systems.get(entity.ref.system, ()), entity)
        connected = {system: _connector(project, system) for system in systems}
        prepare(Systems(connected, systems), self.backend)

    def learn(self, project: Project) -> None:
        """Take the maps of a project; its tables must be those that are there."""
        self.project = project
        self.legs = {leg.name: leg for leg in compiler.compile_project(project)}
        self.plans: dict[tuple[str, Mode], Plan] = {}

    def fill(self, world: World) -> None:
        """Forget everything, the ledger too, and take the rows of a world."""
        for ledger_table in TABLES:
            if ledger_table != "meta":
                self.backend.run(f"DELETE FROM crosswalk.{ledger_table}")
        for entity in self.project.entities.values():
            self.put(entity, world.rows(entity.ref), before=None)

    def change(self, before: World, after: World) -> None:
        """Let other people edit the tables: those that differ are written anew."""
        for entity in self.project.entities.values():
            self.put(entity, after.rows(entity.ref), before=before.rows(entity.ref))

    def put(self, entity: Entity, rows: Sequence[Row], *, before: Sequence[Row] | None) -> None:
        if before is not None and list(before) == list(rows):
            return
        self.backend.run(f"DELETE FROM {table(entity.ref).text}")
        if rows:
            self.backend.run(inserting(entity, table(entity.ref), rows))

    def rows_of(self, ref: EntityRef) -> list[Row]:
        columns = list(self.project.entities[ref].columns)
        listed = ", ".join(name(column).text for column in columns)
        found = self.backend.rows(f"SELECT {listed} FROM {table(ref).text} ORDER BY rowid")
        return [dict(zip(columns, map(_cell, row), strict=True)) for row in found]

    def world(self, refs: Collection[EntityRef] | None = None) -> World:
        """All tables, or some."""
        return World({str(ref): self.rows_of(ref) for ref in self.project.entities if refs is None or ref in refs})

    def touched(self, leg: str) -> set[EntityRef]:
        """The tables that a leg may write: its targets, headers, and what it settles."""
        bound = self.legs[leg].bound
        return {bound.leg.source.ref, *bound.writes}

    def ledger(self, ledger_table: str, columns: str = "*") -> list[tuple[object, ...]]:
        return sorted(self.backend.rows(f"SELECT {columns} FROM crosswalk.{ledger_table}"), key=repr)

    def run(self, leg: str, now: datetime, *, full: bool = False, retry: bool = False) -> Ran:
        """Run one leg at a time of ours; whichever rows the engine itself chooses, or all."""
        asked, planned = Asked(full=full, open_only=retry), _Planned(self, leg)
        with patch("crosswalk.runner.leg.moment", lambda backend: now), patch("crosswalk.runner.leg._now", lambda: now):
            done, stopped = run_legs((planned,), asked, _SIGNATURE, self.backend, _silent)
        if stopped is not None:
            return Ran(stop=stopped.code, mode=planned.modes[-1])
        return Ran(tuple(self._shaped(planned)), done[0], mode=planned.modes[-1])

    def last_run(self, leg: str) -> Ran:
        """What the last run of a leg did, where it committed and died before it could tell."""
        mode = self.backend.rows(
            f"SELECT mode FROM crosswalk.runs WHERE leg = '{leg}' ORDER BY started_at DESC LIMIT 1"
        )
        planned = _Planned(self, leg)
        planned.plan(cast("Mode", mode[0][0]))
        return Ran(tuple(self._shaped(planned)), None, mode=planned.modes[-1])

    def _shaped(self, planned: _Planned) -> Iterator[RowFate]:
        """The fates of the run before, from the table that it left behind."""
        steps = planned.plan(planned.modes[-1]).steps
        reasons: dict[int, Reason] = {r.number: r for step in steps if isinstance(step, Shape) for r in step.reasons}
        for key, fate, number in self.backend.rows('SELECT "#key", "#fate", "#reason" FROM shaped'):
            reason = reasons[int(str(number))] if fate in ("held", "rejected") else None
            yield RowFate(str(key), str(fate), reason.code if reason else "", reason.column if reason else "")

    def open_rows(self) -> list[OpenRow]:
        """The rows that are held or rejected, as the ledger keeps them."""
        found = self.backend.rows(
            "SELECT leg, source_key, fate, code, source_row FROM crosswalk.rejects WHERE state = 'open'"
        )
        return [
            OpenRow(str(leg), str(key), str(fate), str(code), json.loads(str(row)))
            for leg, key, fate, code, row in sorted(found, key=repr)
        ]


@dataclass(frozen=True)
class OpenRow:
    """A row that cannot go on. `row` is the source row as it was kept, every value as text."""

    leg: str
    key: str
    fate: str
    code: str
    row: dict[str, str | None] = field(hash=False)


@dataclass(frozen=True)
class _Planned:
    """A leg whose plans are built once. The last of `modes` is the one that ran."""

    engine: Engine
    name: str
    modes: list[Mode] = field(default_factory=list)

    def plan(self, mode: Mode) -> Plan:
        self.modes.append(mode)
        known = self.engine.plans
        if (self.name, mode) not in known:
            known[self.name, mode] = self.engine.legs[self.name].plan(mode)
        return known[self.name, mode]


def _connect(threads: int, memory: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"threads": threads, "memory_limit": memory})


_SIGNATURE = signature("test", "test")


def _silent(leg: str, step: str) -> None:
    """Say nothing."""


def _connector(project: Project, system: str):
    connection: Connection = project.profiles[project.default_profile][system]
    assert connection.kind == "embedded"
    return EmbeddedSystem(system)


def inserting(entity: Entity, into: Sql, rows: Sequence[Row]) -> str:
    """A statement that puts rows into a table."""
    columns = ", ".join(name(column).text for column in entity.columns)
    return f"INSERT INTO {into.text} ({columns}) VALUES {', '.join(_written(entity, row) for row in rows)}"


def _written(entity: Entity, row: Row) -> str:
    return "(" + ", ".join(_literal(row[column.name], column.type) for column in entity.columns.values()) + ")"


def _literal(value: Value, kind: DataType) -> str:
    if value is None:
        return "NULL"
    text = text_of(value).replace("'", "''")
    return f"CAST('{text}' AS {type_name(kind).text})"


def _cell(value: object) -> Value:
    assert value is None or isinstance(value, uuid.UUID | str | int | Decimal | bool | date)
    return value


def read(text: str | None, kind: DataType) -> Value:
    """Read a value that the ledger keeps as text."""
    match kind.kind:
        case _ if text is None:
            return None
        case "guid":
            return uuid.UUID(text)
        case "decimal":
            return Decimal(text)
        case "boolean":
            return {"true": True, "false": False}[text]
        case "date":
            return date.fromisoformat(text)
        case "datetime":
            return datetime.fromisoformat(text)
        case "int":
            return int(text)
        case "choice" if kind.coded == "int":
            return int(text)
        case _:
            return text
