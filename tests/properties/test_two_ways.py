"""Two-way maps converge: after any edits on both sides, engine and interpreter agree, and both sides come to rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk.config.load import load
from crosswalk.model import Project
from tests.oracle import Row, State, Value, World, run
from tests.properties.compare import same_fates, same_tables
from tests.properties.edits import stamp
from tests.properties.engine import Engine
from tests.properties.shop import FIRST, examples

Pools = Mapping[str, Sequence[Value]]

FILES = {
    "crosswalk.yaml": "project: pair\ndatabase: x.duckdb\nconnections:\n  dev:\n    left: {kind: embedded}\n"
    "    right: {kind: embedded}\n",
    "entities/left/cards.entity.yaml": "entity: cards\nsystem: left\nkey: [code]\nmodified: at\nrow_version: v\n"
    "columns:\n  code: {type: text(5)}\n  name: {type: text(9)}\n  state: {type: text(9)}\n  size: {type: int}\n"
    "  note: {type: text(9)}\n  at: {type: datetime}\n  v: {type: int}\n",
    "entities/right/Notes.entity.yaml": "entity: Notes\nsystem: right\nkey: [Code]\nmodified: At\nrow_version: V\n"
    "columns:\n  Code: {type: text(5)}\n  Name: {type: text(3)}\n  State: {type: text(9)}\n  Size: {type: int}\n"
    "  Note: {type: text(9)}\n  At: {type: datetime}\n  V: {type: int}\n",
}
MAP = """\
map: pair
flow: sync
source: left.cards
target: right.Notes
initial: {master: %s}
key: {Code: code}
both:
  Name: {from: name, fit: truncate}
  State: {from: state, values: {a: A, b: B, "": "-"}}
  Size: size
  Note: {from: note, owner: %s}
back: {allow: [create, update], conflict: %s}
"""
LEFT: Pools = {
    "name": (None, "", "one", "longer", "two"),
    "state": (None, "a", "b"),
    "size": (None, 1, 2),
    "note": ("p", "q"),
}
RIGHT: Pools = {
    "Name": (None, "", "one", "lon", "x"),
    "State": (None, "A", "B", "-"),
    "Size": (None, 1, 2),
    "Note": ("p", "r"),
}


@cache
def project(master: str, owner: str, conflict: str) -> Project:
    files = {**FILES, "pair.map.yaml": MAP % (master, owner, conflict)}
    return load({name: text.encode() for name, text in files.items()})


@cache
def engine_of(master: str, owner: str, conflict: str) -> Engine:
    return Engine(project(master, owner, conflict))


def rows(data: st.DataObject, key: str, columns: Pools, most: int) -> list[Row]:
    codes = data.draw(st.lists(st.sampled_from("ABCD"), unique=True, max_size=most))
    stamps: Row = {"at": FIRST - timedelta(days=9), "v": 1}
    if key == "Code":
        stamps = {name.title(): value for name, value in stamps.items()}
    made: list[Row] = []
    for code in codes:
        made.append({key: code, **{name: data.draw(st.sampled_from(pool)) for name, pool in columns.items()}, **stamps})
    return made


@pytest.mark.parametrize("conflict", ["reject", "source", "target"])
@examples(6)
@given(data=st.data())
def test_both_sides_come_to_rest_where_the_interpreter_says(conflict: str, data: st.DataObject) -> None:
    """A full run comes before the rest: what was written over a column that the other side owns is put right there."""
    words = data.draw(st.sampled_from(("source", "target"))), data.draw(st.sampled_from(("source", "target")))
    engine, state = engine_of(*words, conflict), State()
    left, right = (engine.project.entities[ref] for ref in engine.project.entities)
    world = World({"left.cards": rows(data, "code", LEFT, 4), "right.Notes": rows(data, "Code", RIGHT, 2)})
    engine.fill(world)
    for day in range(3):
        start = FIRST + timedelta(days=day)
        if day:
            before, world = world, world.copy()
            for entity, pools in ((left, LEFT), (right, RIGHT)):
                for row in world.rows(entity.ref):
                    if data.draw(st.booleans()):
                        name = data.draw(st.sampled_from(sorted(pools)))
                        row[name] = data.draw(st.sampled_from(pools[name]))
                        stamp(entity, row, start - timedelta(hours=1))
            engine.change(before, world)
        if not play(engine, world, state, start, full=data.draw(st.booleans())):
            return
        if not play(engine, world, state, start + timedelta(hours=1), full=True):
            return
        rest(engine, world)


def play(engine: Engine, world: World, state: State, start, *, full: bool) -> bool:
    """Run both legs on both sides and compare; False where a guard stops one."""
    for number, leg in enumerate(engine.legs):
        now = start + timedelta(minutes=number)
        ran = engine.run(leg, now, full=full)
        only = None if ran.mode == "initial" or ran.stop else {row.key for row in ran.rows}
        outcome = run(engine.project, leg, world, state, now, first=ran.mode == "initial", only=only)
        same_fates(ran, outcome, leg)
        same_tables(engine.project, engine.world(), world, leg)
        if ran.stop:
            return False
    return True


def rest(engine: Engine, world: World) -> None:
    """Nothing more is written, by an incremental run or a full one; what both may change is the same on both sides."""
    before = engine.world()
    for number in range(3):
        for leg in engine.legs:
            ran = engine.run(leg, FIRST + timedelta(days=20, minutes=number), full=number == 1)
            assert not {*ran.fates} & {"inserted", "updated", "deleted"}, ran.fates
    assert engine.world() == before
    stuck = {row.key for row in engine.open_rows()}
    there = {row["Code"]: row for row in world.tables["right.Notes"]}
    for row in world.tables["left.cards"]:
        if row["code"] not in stuck:
            assert there[row["code"]]["Size"] == row["size"]
