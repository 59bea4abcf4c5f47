"""Prints the table of faults when all tests are through, where CROSSWALK_FAULTS asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

CELLS: dict[tuple[str, str, str], str] = {}
"""What became of each fault, by its name, the direction and the position."""


@pytest.fixture
def told(request: pytest.FixtureRequest) -> dict[str, str]:
    """Take what a test of the table has to say of its cell."""
    said: dict[str, str] = {}
    request.node.user_properties.append(("fault", said))
    return said


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    said = dict(item.user_properties).get("fault")
    if report.when == "call" and isinstance(said, dict):
        passed = "" if report.passed else "FAILED "
        given = item.callspec.params  # type: ignore[attr-defined]
        CELLS[given["case"].name, given["direction"], given["position"]] = passed + said.get("went", "")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not os.environ.get("CROSSWALK_FAULTS") or not CELLS:
        return
    columns = [(d, p) for d in ("read", "write", "write back") for p in ("first", "middle", "last")]
    lines = ["", "Exit codes of the run that met the fault and of those after it, and requests in all", ""]
    lines += ["| fault | " + " | ".join(f"{d}, {p}" for d, p in columns) + " |", "|---|" + "---|" * len(columns)]
    for fault in dict.fromkeys(name for name, _, _ in CELLS):
        lines.append(f"| {fault} | " + " | ".join(CELLS.get((fault, *column), "-") for column in columns) + " |")
    failed = sum(said.startswith("FAILED") for said in CELLS.values())
    lines += ["", f"{len(CELLS) - failed} of {len(CELLS)} cells passed"]
    for line in lines:
        terminalreporter.write_line(line)
