"""What a command does to the files of a project, and what the surroundings of a process may not change."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from crosswalk import api
from crosswalk.cli import main
from crosswalk.config.load import load
from crosswalk.results import LegResult, RunResult
from tests.oracle import World
from tests.oracle.generate import worlds
from tests.properties.compare import by_key, content
from tests.properties.engine import Engine
from tests.properties.made.folders import Folder, laid
from tests.properties.made.playing import day
from tests.properties.made.project import ALL, Plot, plots
from tests.properties.shop import examples


@contextmanager
def folder(data: st.DataObject, shapes: tuple[str, ...] = ALL) -> Iterator[Folder]:
    """A made project in a folder, its tables filled."""
    with tempfile.TemporaryDirectory() as root:
        found = laid(data.draw(plots(shapes)), Path(root))
        found.fill(data.draw(worlds(found.loaded.project, [leg.name for leg in found.loaded.legs])))
        yield found


@examples(8)
@given(data=st.data())
def test_plan_says_exactly_what_run_does(data: st.DataObject) -> None:
    """Of a first run, and of a second one; the time in stamps is the only thing that a plan cannot know."""
    with folder(data) as found:
        for _ in range(2):
            planned, done = api.plan(found.loaded), api.run(found.loaded)
            assert said(found, planned) == said(found, done)
            assert (planned.exit_code, planned.message) == (done.exit_code, done.message)


def said(found: Folder, result: RunResult) -> list[LegResult]:
    stamps = {entity.modified for entity in found.loaded.project.entities.values()}
    return [bare(leg, stamps) for leg in result.legs]


def bare(leg: LegResult, stamps: set[str | None]) -> LegResult:
    """A result without what tells one run from another."""
    changes = tuple(
        replace(one, cells={column: cell for column, cell in one.cells.items() if column not in stamps})
        for one in leg.changes
    )
    return replace(leg, run_id="", seconds=0.0, changes=changes)


@examples(8)
@given(data=st.data())
def test_dry_run_writes_no_byte(data: st.DataObject) -> None:
    with folder(data) as found:
        for _ in range(2):
            before = found.prints()
            api.plan(found.loaded)
            assert found.prints() == before
            api.run(found.loaded)


OUTSIDE = {"kind": "duckdb", "file": "books.duckdb", "write": "true"}


@examples(8)
@given(data=st.data())
def test_batch_size_does_not_matter(data: st.DataObject) -> None:
    """Rows leave for another system one by one, in twos, or all at once."""
    plot = data.draw(plots(("plain", "arms", "each")))
    plot = plot.with_connections(shop={"kind": "embedded"}, books=OUTSIDE)
    world = data.draw(worlds(plot.project(), ["one"]))
    ends = [sent_in(plot, world, size) for size in (1, 2, 10_000)]
    assert ends[0] == ends[2]
    assert ends[1] == ends[2]


def sent_in(plot: Plot, world: World, size: int) -> object:
    with tempfile.TemporaryDirectory() as root, patch("crosswalk.connectors.duckdb.file._BATCH", size):
        found = laid(plot, Path(root))
        found.fill_outside("books.duckdb", "books", world)
        found.fill(World({name: rows for name, rows in world.tables.items() if name.startswith("shop.")}))
        result = api.run(found.loaded)
        books = [ref for ref in found.loaded.project.entities if ref.system == "books"]
        stamps = {one.modified for one in found.loaded.project.entities.values()}
        legs = [(dict(leg.fates), dict(leg.effects), leg.reasons) for leg in result.legs]
        return legs, [rows_without(found, ref, stamps) for ref in books], result.message


def rows_without(found: Folder, ref, stamps: set[str | None]) -> list[str]:
    import duckdb

    from crosswalk.sql import name

    columns = [name(one).text for one in found.loaded.project.entities[ref].columns if one not in stamps]
    with duckdb.connect(str(found.root / "books.duckdb"), read_only=True) as connection:
        return sorted(
            map(repr, connection.execute(f"SELECT {', '.join(columns)} FROM {name(ref.entity).text}").fetchall())
        )


SECRETS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="${}"), min_size=8, max_size=30
)


@examples(8)
@given(data=st.data())
def test_secrets_appear_nowhere(data: st.DataObject) -> None:
    """A password of any letters, and commands that fail for want of a server: nothing said or written holds it."""
    secret = data.draw(SECRETS.filter(lambda text: text.strip() == text))
    plot = data.draw(plots(("plain",)))
    server = {"kind": "postgres", "host": "127.0.0.1", "port": "1", "user": "me", "password": "${env:BOOKS_PASSWORD}"}
    files = {"kind": "files", "folder": "${env:BOOKS_PASSWORD}"}
    plot = plot.with_connections(shop={"kind": "embedded"}, books=data.draw(st.sampled_from((server, files))))
    with tempfile.TemporaryDirectory() as root, patch.dict(os.environ, {"BOOKS_PASSWORD": secret}):
        laid(plot, Path(root))
        for words in (["validate"], ["plan"], ["run"], ["run", "--output", "json"], ["rejects"], ["runs"]):
            assert secret not in called([*words, "--project", root])
        for file in Path(root).rglob("*"):
            assert not file.is_file() or secret.encode() not in file.read_bytes(), file


def called(words: list[str]) -> str:
    """Call the command line; give all that it says."""
    out, err = StringIO(), StringIO()
    with patch("sys.stdout", out), patch("sys.stderr", err):
        main(words)
    return out.getvalue() + err.getvalue()


CHILD = """\
import sys
from tests.properties.test_made_files import answer
print(answer(sys.stdin.read()))
"""
SURROUNDINGS = (
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C"},
    {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "77"},
)


@examples(2)
@given(data=st.data())
def test_time_zone_and_locale_do_not_matter(data: st.DataObject) -> None:
    """The same projects and rows end in the same cells in processes with other zones, locales and hash seeds."""
    asked = []
    for plot in data.draw(st.lists(plots(), min_size=4, max_size=4)):
        project = plot.project()
        asked.append((plot.files(), data.draw(worlds(project, list(project.maps)))))
    question = b64encode(pickle.dumps(asked)).decode()
    here = answer(question)
    for one in SURROUNDINGS:
        env = {**os.environ, **one, "PYTHONPATH": os.pathsep.join(sys.path)}
        there = subprocess.run([sys.executable, "-c", CHILD], input=question, env=env, capture_output=True, text=True, check=True)  # fmt: skip
        assert there.stdout.strip() == here.strip(), one


def answer(question: str) -> str:
    """Run made projects, and tell what came of them."""
    return json.dumps([ended(files, world) for files, world in pickle.loads(b64decode(question))])


def ended(files: Mapping[str, bytes], world: World) -> object:
    engine = Engine(load(files))
    try:
        engine.fill(world)
        fates = [by_key(engine.run(leg, day(0) + timedelta(minutes=n)).rows) for n, leg in enumerate(engine.legs)]
        return fates, content(engine.project, engine.world())
    finally:
        engine.backend.close()
