"""The compiled SQL of every shipped map, checked in and read as a difference when it changes.

Regenerate with `make goldens`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from crosswalk import api
from crosswalk.compiler import CompiledLeg
from crosswalk.plan import Mode, Plan

HERE = Path(__file__).parent
MAPS = HERE.parents[1] / "maps"
LOADED = api.load(MAPS)
SHAPES = api.load(HERE.parent / "oracle" / "shapes")
"""Maps in which one row makes several, several make one, and a value is split: of these no map need be shipped."""

PAIR = api.load(HERE / "pair")
"""A map that goes both ways: paths on the left, a second pass, and columns judged by what both sides agreed on."""


def _text(plan: Plan) -> str:
    """Write a plan as a person reads it: every step, every statement with its purpose, the checks of the step."""
    parts = [
        f"-- {plan.name}: {plan.title}\n-- {plan.source} -> {', '.join(str(t) for t in plan.targets)}, {plan.mode}\n"
    ]
    for number, step in enumerate(plan.steps, start=1):
        parts.append(f"-- step {number}: {api.label(step)} {api.detail(step)}".rstrip() + "\n")
        parts += [f"-- {statement.purpose}\n{statement.sql};\n" for statement in step.statements]
        parts += [
            f"-- check {check.code}: {check.query.purpose}\n{check.query.sql};\n"
            for check in getattr(step, "checks", ())
        ]
    return "\n".join(parts)


@pytest.mark.parametrize("mode", ["initial", "incremental"])
@pytest.mark.parametrize("leg", [leg.name for leg in LOADED.legs])
def test_golden_sql_of_every_leg(leg: str, mode: str) -> None:
    compiled = next(found for found in LOADED.legs if found.name == leg)
    _compare(compiled, "initial" if mode == "initial" else "incremental", HERE / "sql")


@pytest.mark.parametrize("mode", ["initial", "incremental"])
@pytest.mark.parametrize("leg", [leg.name for leg in SHAPES.legs])
def test_golden_sql_of_maps_that_change_the_shape(leg: str, mode: str) -> None:
    compiled = next(found for found in SHAPES.legs if found.name == leg)
    _compare(compiled, "initial" if mode == "initial" else "incremental", HERE / "shapes")


@pytest.mark.parametrize("mode", ["initial", "incremental"])
@pytest.mark.parametrize("leg", [leg.name for leg in PAIR.legs])
def test_golden_sql_of_a_map_that_goes_both_ways(leg: str, mode: str) -> None:
    compiled = next(found for found in PAIR.legs if found.name == leg)
    _compare(compiled, "initial" if mode == "initial" else "incremental", HERE / "pair" / "sql")


def _compare(compiled: CompiledLeg, mode: Mode, folder: Path) -> None:
    text = _text(compiled.plan(mode))
    file = folder / f"{compiled.name.replace(':', '.')}.{mode}.sql"
    if os.environ.get("CROSSWALK_REGENERATE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


REFUSED = (exp.Qualify, exp.IntDiv, exp.Div, exp.Merge)


@pytest.mark.parametrize("leg", [leg.name for leg in LOADED.legs])
def test_golden_statements_parse_and_hold_no_refused_node(leg: str) -> None:
    """What users write never becomes division through DOUBLE, QUALIFY or MERGE. `//` stands in one place: lines per
    header.
    """
    compiled = next(found for found in LOADED.legs if found.name == leg)
    for step in compiled.plan("initial").steps:
        for statement in step.statements:
            for parsed in sqlglot.parse(statement.sql, read="duckdb"):
                assert parsed is not None
                found = [node for kind in REFUSED for node in parsed.find_all(kind)]
                if statement.purpose != "place the new lines in open and new documents":
                    assert found == [], statement.purpose


def test_golden_plans_are_the_same_every_time() -> None:
    again = api.load(MAPS)
    for first, second in zip(LOADED.legs, again.legs, strict=True):
        assert first.plan("initial") == second.plan("initial")
        assert first.plan("incremental").digest == second.plan("initial").digest


def test_golden_digest_stays_when_a_comment_moves_the_lines_of_a_map(tmp_path: Path) -> None:
    shutil.copytree(MAPS, tmp_path / "maps")
    for file in (tmp_path / "maps").glob("*.map.yaml"):
        file.write_text("# a remark\n\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    moved = api.load(tmp_path / "maps")
    for first, second in zip(LOADED.legs, moved.legs, strict=True):
        assert first.plan("initial").digest == second.plan("initial").digest
        assert first.plan("initial") != second.plan("initial")
