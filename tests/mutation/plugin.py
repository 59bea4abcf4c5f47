"""Runs, instead of the tests, the tests against mutants: each mutant in a process that is forked with all loaded.

First every test runs once while it is noted which lines of which files it reaches; then each mutant meets the tests that
reach its line, the quickest first, until one fails. A template is reached where a statement that it made runs. A mutant that none notices has survived; one that no test reaches
too.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import TypeVar, cast

import pytest
from coverage import Coverage
from jinja2 import Template

from crosswalk.backends.duckdb import DuckDBBackend
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.patching import patch

SECONDS = 60
"""A mutant that lets its tests go on for longer has been noticed."""

Reached = tuple[str, int]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Passed:
    """A test that passed: how long it took, and the lines that it reached; line 0 stands for a whole file."""

    seconds: float
    reached: frozenset[Reached]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: killed, survived or unreached, and by which test."""

    file: str
    line: int
    what: str
    outcome: str
    test: str = ""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutate", action="append", default=[], help="a module or a template to change")
    parser.addoption("--mutants-report", default="mutants.jsonl", help="where verdicts are written, one a line")
    parser.addoption("--mutants-at-once", type=int, default=2, help="how many processes")
    parser.addoption("--mutants-tests", type=int, default=80, help="how many tests a mutant meets at the most")
    parser.addoption("--mutants-share", type=int, default=1, help="take every n-th mutant only")


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run the mutants in place of the tests."""
    options = session.config.option
    files = [Path(name).resolve() for name in options.mutate]
    passed = _answer_of(lambda: _first_run(session, files))
    mutants = [mutant for file in files for mutant in mutants_of(file)][:: options.mutants_share]
    print(f"\n{len(passed)} tests, {len(mutants)} mutants of {len(files)} files", flush=True)
    items = {item.nodeid: item for item in session.items}
    with Path(options.mutants_report).open("a", encoding="utf-8") as report:
        for verdict in _all(mutants, passed, items, options):
            report.write(json.dumps(asdict(verdict)) + "\n")
            report.flush()
    return True


def _first_run(session: pytest.Session, files: Sequence[Path]) -> dict[str, Passed]:
    """Run every test once and note what it reaches; one that fails by itself is left out."""
    names = {str(file) for file in files}
    seconds: dict[str, float] = {}
    rendered: dict[str, set[Reached]] = {}
    measured = Coverage(data_file=None, include=sorted(names), config_file=False)
    measured.start()
    for item in session.items:
        measured.switch_context(item.nodeid)
        began = time.perf_counter()
        with _rendering(names) as reached:
            good = _passes(item)
        if good:
            seconds[item.nodeid], rendered[item.nodeid] = time.perf_counter() - began, reached
        else:
            print(f"left out, for it fails by itself: {item.nodeid}", flush=True)
    measured.stop()
    lines = _lines(measured, names)
    return {name: Passed(took, frozenset(rendered[name] | lines.get(name, set()))) for name, took in seconds.items()}


def _lines(measured: Coverage, names: set[str]) -> dict[str, set[Reached]]:
    """Turn what was measured round: from lines by file to lines by test; what runs at import is of no test."""
    found: dict[str, set[Reached]] = {}
    for file in names & measured.get_data().measured_files():
        for line, contexts in measured.get_data().contexts_by_lineno(file).items():
            for name in contexts:
                found.setdefault(name, set()).update(((file, line), (file, 0)))
    return found


@contextlib.contextmanager
def _rendering(names: set[str]) -> Iterator[set[Reached]]:
    """Note the templates of which a statement runs: every template is rendered by nearly every test."""
    reached: set[Reached] = set()
    texts: dict[str, str] = {}
    real_render, real_run = Template.render, DuckDBBackend.run

    def rendering(template: Template, *given: object, **values: object) -> str:
        text = real_render(template, *given, **values)
        texts["\n".join(line.rstrip() for line in text.splitlines() if line.strip())] = str(template.name)
        return text

    def running(backend: DuckDBBackend, sql: str, bound: Mapping[str, object] | None = None) -> None:
        real_run(backend, sql, bound)
        reached.update((name, 0) for name in names if sql in texts and name.endswith(f"/{texts[sql]}"))

    vars_of_class(Template, render=rendering)
    vars_of_class(DuckDBBackend, run=running)
    try:
        yield reached
    finally:
        vars_of_class(Template, render=real_render)
        vars_of_class(DuckDBBackend, run=real_run)


def vars_of_class(owner: type, **methods: object) -> None:
    """Exchange methods of a class for the time of a measurement."""
    for name, method in methods.items():
        setattr(owner, name, method)


def _passes(item: pytest.Item) -> bool:
    from _pytest.runner import runtestprotocol

    reports = runtestprotocol(item, nextitem=None, log=False)
    return all(report.outcome != "failed" for report in reports)


def _all(
    mutants: Sequence[Mutant], passed: dict[str, Passed], items: dict[str, pytest.Item], options: Namespace
) -> Iterator[Verdict]:
    at_once, most = options.mutants_at_once, options.mutants_tests
    running: dict[int, tuple[Mutant, int, float]] = {}
    waiting = list(reversed(mutants))
    while waiting or running:
        while waiting and len(running) < at_once:
            mutant = waiting.pop()
            chosen = _meeting(mutant, passed, most)
            if not chosen:
                yield _verdict(mutant, "unreached")
                continue
            pid, ear = _forked(lambda m=mutant, c=chosen: _try(m, [items[name] for name in c]))  # type: ignore[misc]
            running[pid] = (mutant, ear, time.monotonic())
        yield from _ended(running)


def _ended(running: dict[int, tuple[Mutant, int, float]]) -> Iterator[Verdict]:
    for pid, (mutant, ear, began) in list(running.items()):
        done, status = os.waitpid(pid, os.WNOHANG)
        late = time.monotonic() - began > SECONDS
        if not done and not late:
            continue
        if not done:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        with os.fdopen(ear, "rb") as answer:
            text = b"" if late and not done else answer.read()
        del running[pid]
        said = pickle.loads(text) if text else f"ended by {'the clock' if late else status}"
        yield _verdict(mutant, "survived" if said == "" else "killed", said)
    time.sleep(0.01)


def _verdict(mutant: Mutant, outcome: str, test: str = "") -> Verdict:
    return Verdict(mutant.file.as_posix(), mutant.line, mutant.what, outcome, test)


def _meeting(mutant: Mutant, passed: dict[str, Passed], most: int) -> list[str]:
    """Choose the tests that reach a mutant: those that reach its line, of the whole file where that is no code."""
    file = str(mutant.file)
    chosen = [name for name, test in passed.items() if (file, mutant.line) in test.reached]
    if not chosen:
        chosen = [name for name, test in passed.items() if (file, 0) in test.reached]
    if len(chosen) > most:  # of tests that all pass here, those of other places say more than the quickest alone
        chosen = Random(mutant.text).sample(chosen, most)
    return sorted(chosen, key=lambda name: passed[name].seconds)


def _try(mutant: Mutant, items: Sequence[pytest.Item]) -> str:
    """Say which test notices a mutant; nothing where none does."""
    if not patch(mutant):
        return "it cannot be loaded"
    return next((item.nodeid for item in items if not _passes(item)), "")


def _answer_of(act: Callable[[], T]) -> T:
    pid, ear = _forked(act, quiet=False)
    with os.fdopen(ear, "rb") as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return cast("T", pickle.loads(text))


def _forked(act: Callable[[], object], *, quiet: bool = True) -> tuple[int, int]:
    """Do something in a process of its own, with what is loaded; gives its number and where its answer comes."""
    ear, mouth = os.pipe()
    pid = os.fork()
    if pid:
        os.close(mouth)
        return pid, ear
    os.setpgid(0, 0)
    os.close(ear)
    if quiet:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    try:
        answer = pickle.dumps(act())
    except BaseException as error:
        answer = pickle.dumps(f"ended by {type(error).__name__}")
    with os.fdopen(mouth, "wb") as out:
        out.write(answer)
    os._exit(0)
