"""The warm process and the scene, made once for all tables of this folder; and the table of cells passed of all."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.resources.children import Children
from tests.resources.scene import Scene, scene_of

CELLS: dict[str, Counter[str]] = {}
WHY: dict[str, set[str]] = {}


@pytest.fixture(scope="session")
def children() -> Iterator[Children]:
    warm = Children()
    assert warm.works, warm.why_not()
    yield warm
    warm.end()


@pytest.fixture(scope="session")
def scene(children: Children, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return scene_of(tmp_path_factory.mktemp("scene"), children)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call" or report.outcome != "passed":
        row = item.name.partition("[")[0].removeprefix("test_").replace("_", " ")
        CELLS.setdefault(row, Counter())[report.outcome] += 1
        if isinstance(report.longrepr, tuple):
            WHY.setdefault(row, set()).add(str(report.longrepr[2]).removeprefix("Skipped: "))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CROSSWALK_RESOURCES"):
        for line in table():
            terminalreporter.write_line(line)


def table() -> Iterator[str]:
    """Give the cells that passed of all, by what is promised."""
    yield ""
    for row, counted in CELLS.items():
        why = f"   skipped: {'; '.join(sorted(WHY[row]))}" if row in WHY else ""
        yield f"{counted['passed']:>5} of {counted.total():<5} {row}{why}"
    whole = sum((counted for counted in CELLS.values()), Counter())
    yield f"{whole['passed']:>5} of {whole.total():<5} cells"
