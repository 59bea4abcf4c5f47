"""Runs one imported map on generated rows, both ways where it has a way back, and compares what it wrote cell by cell."""

from __future__ import annotations

from pathlib import Path

from crosswalk import api
from crosswalk.model import Entity, TableMap
from crosswalk.results import RunResult
from tests.dualwrite.world import (
    Expected,
    Row,
    Seen,
    backward_world,
    database,
    forward_world,
    same,
)


def check_runs(loaded: api.Loaded, name: str, folder: Path) -> tuple[int, int]:
    """Run a map on rows of either side; give how many rows were written each way."""
    table_map = loaded.project.maps[name]
    out = check_out(loaded, table_map, folder / f"{name[:60]}.duckdb")
    if table_map.back is None:
        return out, 0
    return out, check_back(loaded, table_map, folder / f"{name[:60]}-back.duckdb")


def check_out(loaded: api.Loaded, table_map: TableMap, path: Path) -> int:
    world, expected = forward_world(loaded.project, table_map)
    small = database(loaded, world, path)
    made = expected.made if table_map.allow.create is not False else 0
    fates = _fates(api.run(small))
    assert fates[table_map.name] == _nonzero(inserted=made, filtered=expected.filtered + expected.made - made)
    seen = Seen(loaded.project, path)
    if made:
        _compare(expected, world.target, seen, [line.target for line in table_map.key])
    again = _fates(api.run(small, full=True))
    assert set(again[table_map.name]) <= {"unchanged", "filtered"}
    return made


def check_back(loaded: api.Loaded, table_map: TableMap, path: Path) -> int:
    assert table_map.back is not None
    world, expected = backward_world(loaded.project, table_map)
    small = database(loaded, world, path)
    made = expected.made if table_map.back.allow.create is not False else 0
    fates = _fates(api.run(small))
    assert fates[f"{table_map.name}:back"] == _nonzero(inserted=made, filtered=expected.filtered + expected.made - made)
    if made:
        _compare(expected, world.source, Seen(loaded.project, path), list(world.source.key))
    again = _fates(api.run(small, full=True))
    assert {fate for leg in again.values() for fate in leg} <= {"unchanged", "filtered"}
    return made


def _nonzero(**counts: int) -> dict[str, int]:
    return {fate: count for fate, count in counts.items() if count}


def _fates(result: RunResult) -> dict[str, dict[str, int]]:
    assert result.exit_code == 0, (result.message, [leg.findings for leg in result.legs])
    return {
        (leg.map_name if leg.leg == "out" else f"{leg.map_name}:{leg.leg}"): _nonzero(**leg.fates)
        for leg in result.legs
    }


def _compare(expected: Expected, entity: Entity, seen: Seen, key: list[str]) -> None:
    """Find the written row of every row by the key, and compare all its cells."""
    written = seen.of(entity.ref)
    by_key = {tuple(str(seen.follow(entity, row, part)) for part in key): row for row in written}
    for _, cells in expected.rows:
        said = dict(cells)
        row = by_key[tuple(_text(said[part]) for part in key)]
        for column, value in cells:
            assert _holds(entity, row, column, value, seen), (column, value, row)


def _text(value: object) -> str:
    return str(value)


def _holds(entity: Entity, row: Row, column: str, value: object, seen: Seen) -> bool:
    """Say whether a column holds a value; of a reference to one of several tables, one of them does."""
    head, _, rest = column.partition(".")
    relation = entity.columns[head].relation
    if rest and len(relation) > 1:
        inner = rest.partition(".")[0]
        there = seen.project.entities
        found = [ref for ref in there if ref.system == entity.ref.system and ref.entity == inner]
        ids = {one[there[found[0]].key[0]] for one in seen.of(found[0])}
        return row[head] not in ids or same(seen.follow(entity, row, column), value)
    return same(seen.follow(entity, row, column), value)
