"""Every code of advice has a case in which it is given, word for word, and the base is advised of nothing.

To write the expected texts anew: ``CROSSWALK_REGENERATE=1 python -m pytest tests/advice``, and read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosswalk.advice import RULES, advise
from crosswalk.codes import CODES
from crosswalk.compiler import compile_project
from crosswalk.config.load import load, show
from crosswalk.errors import Problem
from crosswalk.problems import render

HERE = Path(__file__).parent
CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir())


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}


BASE = files_of(HERE / "base")


def advice_on(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    project = load(files)
    return advise(project, compile_project(project))


def test_a_project_in_order_is_advised_of_nothing() -> None:
    assert advice_on(BASE) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_advice_is_given_word_for_word(case: Path) -> None:
    files = BASE | files_of(case)
    found = advice_on(files)
    text = render(found, show(files))
    expected = case / "expected.txt"
    if os.environ.get("CROSSWALK_REGENERATE"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    assert {one.code for one in found} == {case.name}


def test_every_code_of_advice_has_a_case_and_every_rule_a_code() -> None:
    assert {case.name for case in CASES} == {code for code, entry in CODES.items() if entry.stage == "advice"}
    assert len(RULES) == len(CASES)
