"""Lays what the engine did beside what the oracle did, and says where they differ."""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk.model import Entity, Project
from tests.oracle import Outcome, Row, RowFate, World
from tests.properties.engine import Ran

Unsorted = Iterable[RowFate]


def by_key(rows: Unsorted) -> dict[str, list[tuple[str, str, str]]]:
    """Fates with their reasons, by source key."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for row in rows:
        found.setdefault(row.key, []).append((row.fate, row.code, row.column))
    return {key: sorted(fates) for key, fates in sorted(found.items())}


def same_fates(ran: Ran, outcome: Outcome, note: str) -> None:
    assert ran.stop == outcome.stop, (
        f"{note}: {ran.stop or 'went through'}, and the oracle: {outcome.stop or 'went through'}"
    )
    engine, oracle = by_key(ran.rows), by_key(outcome.rows) if not outcome.stop else {}
    wrong = {
        key: (engine.get(key), oracle.get(key)) for key in {*engine, *oracle} if engine.get(key) != oracle.get(key)
    }
    assert not wrong, f"{note}: key: (engine, oracle) {wrong}"


def same_findings(ran: Ran, outcome: Outcome, note: str) -> None:
    oracle = {code: count for code, count in outcome.findings.items() if count}
    assert ran.stop or ran.findings == oracle, f"{note}: findings {ran.findings}, and the oracle: {oracle}"


def content(project: Project, world: World, *, stamps: bool = True) -> dict[str, list[str]]:
    """The rows of every table, in no order; without `stamps` what a system keeps by itself is left out."""
    entities = {str(ref): entity for ref, entity in project.entities.items()}
    return {
        table: sorted(_shown(entities[table], row, stamps=stamps) for row in rows)
        for table, rows in sorted(world.tables.items())
    }


def _shown(entity: Entity, row: Row, *, stamps: bool) -> str:
    kept = () if stamps else (entity.modified, entity.row_version)
    return repr({column: row[column] for column in entity.columns if column not in kept})


def same_tables(project: Project, engine: World, oracle: World, note: str, *, stamps: bool = True) -> None:
    """Compare the tables that the first world holds."""
    there = World({name: oracle.tables[name] for name in engine.tables})
    same_content(content(project, engine, stamps=stamps), content(project, there, stamps=stamps), note)


def same_content(one: dict[str, list[str]], other: dict[str, list[str]], note: str = "") -> None:
    wrong = {table: _difference(one[table], other[table]) for table in one if one[table] != other[table]}
    assert not wrong, f"{note}: " + "\n".join(f"{table}\n{lines}" for table, lines in wrong.items())


def changed_cells(before: World, after: World) -> list[str]:
    """Say briefly how one world differs from another, for the story of a failing example."""
    found: list[str] = []
    for table, rows in sorted(before.tables.items()):
        there = after.tables[table]
        if len(rows) != len(there):
            found += [f"{table} lost {row}" for row in rows if row not in there]
            found += [f"{table} got {row}" for row in there if row not in rows or there.count(row) > rows.count(row)]
            continue
        for old, new in zip(rows, there, strict=True):
            cells = {column: (old[column], new[column]) for column in old if old[column] != new[column]}
            found += [f"{table} {next(iter(old.values()))}: {cells}"] if cells else []
    return found


def _difference(one: list[str], other: list[str]) -> str:
    left, right = list(one), list(other)
    for row in one:
        if row in right:
            right.remove(row)
            left.remove(row)
    return "\n".join([*(f"  one   {row}" for row in left), *(f"  there {row}" for row in right)])
