"""Every behaviour of the suite meets every connector that signed up, and the matrix says what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.bench import Bench, Entry
from tests.conformance.matrix import Matrix
from tests.conformance.registry import SIGNED_UP

MATRIX = Matrix(notes={entry.name: entry.why_narrower for entry in SIGNED_UP if entry.why_narrower})


@pytest.fixture(params=SIGNED_UP, ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> Entry:
    """Give a connector; one that cannot do what is tested is skipped with its reason."""
    found: Entry = request.param
    marked = request.node.get_closest_marker("behaviour")
    reason = found.cannot.get(marked.args[0]) if marked else None
    if reason:
        pytest.skip(reason)
    return found


@pytest.fixture
def bench(entry: Entry, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    with entry.open(tmp_path, request.getfixturevalue) as far:
        opened = Bench(far)
        try:
            yield opened
        finally:
            opened.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    marked, callspec = item.get_closest_marker("behaviour"), getattr(item, "callspec", None)
    if marked is None or callspec is None or "entry" not in callspec.params:
        return
    if report.when == "call" or report.outcome != "passed":
        reason = str(report.longrepr[2]).removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        MATRIX.note(callspec.params["entry"].name, marked.args[0], report.outcome, reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CROSSWALK_MATRIX"):
        terminalreporter.write_line("")
        for line in MATRIX.markdown():
            terminalreporter.write_line(line)
