"""What the compiler makes of a project depends on the project alone, and names and values never become SQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB

from crosswalk import compiler
from crosswalk.config.load import load
from crosswalk.model import Project
from tests.properties.made.project import ALL, Plot, plots
from tests.properties.made.words import hostile_constant, hostile_name
from tests.properties.shop import examples

Statements = list[tuple[str, str, str]]

CHILD = """\
import json, sys
from tests.properties.test_made_compiling import compiled
files = json.load(sys.stdin)
print(json.dumps([compiled({name: text.encode() for name, text in one.items()}) for one in files]))
"""


def statements(project: Project) -> Statements:
    """The SQL of all legs in all modes: leg, purpose, statement."""
    found: Statements = []
    for leg in compiler.compile_project(project):
        for mode in ("initial", "incremental", "open", "key"):
            plan = leg.plan(mode)
            found.append((leg.name, mode, plan.digest))
            for step in plan.steps:
                found += [(leg.name, one.purpose, one.sql) for one in step.statements]
                found += [(leg.name, one.code, one.query.sql) for one in getattr(step, "checks", ())]
    return found


def compiled(files: Mapping[str, bytes]) -> list[list[str]]:
    return [list(one) for one in statements(load(files))]


@contextmanager
def shut_off() -> Iterator[None]:
    """No clock, no environment, no file, no chance."""

    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError(f"the compiler looked outside: {arguments}")

    doors = ("time.time", "time.monotonic", "time.perf_counter", "builtins.open", "os.open", "os.getcwd", "os.urandom")
    more = ("random.random", "uuid.uuid4", "socket.gethostname", "locale.getlocale", "os.getenv", "os.listdir")
    patches = [patch(door, refuse) for door in (*doors, *more)]
    with patch.dict(os.environ, clear=True):
        for one in patches:
            one.start()
        try:
            yield
        finally:
            for one in patches:
                one.stop()


@examples(12)
@given(plot=plots())
def test_compile_is_pure(plot: Plot) -> None:
    """Without clock, environment and files it gives the same bytes as with them."""
    project = plot.project()
    free = statements(project)
    with shut_off():
        shut = statements(plot_project(plot))
    assert shut == free


def plot_project(plot: Plot) -> Project:
    return plot.project()


@examples(2)
@given(made=st.lists(plots(), min_size=5, max_size=5))
def test_compile_gives_the_same_bytes_in_another_process(made: list[Plot]) -> None:
    """With another hash seed, locale and zone."""
    files = [plot.files() for plot in made]
    here = json.loads(json.dumps([compiled(one) for one in files]))
    text = json.dumps([{name: content.decode() for name, content in one.items()} for one in files])
    surroundings = {**os.environ, "PYTHONHASHSEED": "4711", "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"}
    there = subprocess.run([sys.executable, "-c", CHILD], input=text, env=with_paths(surroundings), capture_output=True, text=True, check=True)  # fmt: skip
    assert json.loads(there.stdout) == here


def with_paths(surroundings: Mapping[str, str]) -> dict[str, str]:
    return {**surroundings, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.parametrize("shape", ALL)
@examples(4)
@given(data=st.data())
def test_hostile_names_and_values_leave_the_shape_of_the_sql_unchanged(shape: str, data: st.DataObject) -> None:
    plot = data.draw(plots((shape,)))
    plain = statements(plot.project())
    hostile = statements(plot.project(hostile_name, hostile_constant))
    assert len(plain) == len(hostile)
    for one, other in zip(plain, hostile, strict=True):
        if one[1] not in ("initial", "incremental", "open", "key"):
            assert tokens(one[2]) == tokens(other[2]), f"{one[1]}\n{one[2]}\n{other[2]}"
        if one[1] in TREES:
            assert tree(one[2]) == tree(other[2]), one[1]


TREES = ("map the examined rows", "the rows to examine", "make new rows", "change rows")
"""Statements whose trees are compared too; the tokens of all are."""

_NAMES = ("VAR", "IDENTIFIER")


def tokens(sql: str) -> list[str]:
    """The kinds of tokens of a statement: names are names, quoted or not, and texts are texts."""
    found = [token.token_type.name for token in DuckDB().tokenize(sql)]
    return ["name" if kind in _NAMES else kind for kind in found]


def tree(sql: str) -> str:
    """The tree of a statement, with every name and text taken out."""
    found = parse_one(sql, dialect="duckdb")
    for node in list(found.find_all(exp.Identifier)):
        node.replace(exp.to_identifier("n", quoted=True))
    for literal in list(found.find_all(exp.Literal)):
        if literal.is_string:
            literal.replace(exp.Literal.string("t"))
    return found.sql(dialect="duckdb", comments=False)
