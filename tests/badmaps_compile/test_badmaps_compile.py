"""Every mistake that compiling finds has a folder here, and what is printed for it stands beside it word for word.

A case is a folder in `cases`: its files take the place of those of `base`, which holds four maps without a mistake, and
`expected.txt` is the rendered text. A case has one mistake, which is told once; the name begins with the code. The
folder `many` holds ten mistakes in one project.

To write the expected texts anew: ``CROSSWALK_REGENERATE=1 python -m pytest tests/badmaps_compile``, and read the
difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crosswalk
from crosswalk.codes import CODES
from crosswalk.compiler import compile_project
from crosswalk.config.load import load, show
from crosswalk.errors import MapError, Problem
from crosswalk.problems import render

HERE = Path(__file__).parent
CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir())
ENGINE = Path(next(iter(crosswalk.__path__)))
REFUSED_BEFORE = {"ROUND_MODE", "UNKNOWN_TRANSFORM", "UNKNOWN_VALUE_MAP"}
"""Codes that no map reaches in this stage: reading refuses such words first."""


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}


BASE = files_of(HERE / "base")
MAPS = sorted(name for name in BASE if name.endswith(".map.yaml"))


def problems_of(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """Compile a project and build its plans; give what is wrong with it."""
    try:
        legs = compile_project(load(files))
    except MapError as error:
        return error.problems
    for leg in legs:
        leg.plan("initial")
        leg.plan("incremental")
    return ()


def told(case: Path) -> tuple[tuple[Problem, ...], str]:
    """Give the problems of a case, and how they are shown; keep the text where that is asked for."""
    files = BASE | files_of(case)
    problems = problems_of(files)
    text = render(problems, show(files))
    if os.environ.get("CROSSWALK_REGENERATE"):
        (case / "expected.txt").write_text(text, encoding="utf-8")
    return problems, text


def code_of(case: Path) -> str:
    return case.name.partition("-")[0]


def test_the_base_has_no_problem():
    assert problems_of(BASE) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_mistake_is_told_once_word_for_word_with_its_fix(case: Path):
    problems, text = told(case)
    assert text == (case / "expected.txt").read_text(encoding="utf-8")
    assert [problem.code for problem in problems] == [code_of(case)]
    assert problems[0].hint


def test_ten_mistakes_of_one_project_are_told_at_once_sorted_by_place():
    problems, text = told(HERE / "many")
    assert text == (HERE / "many" / "expected.txt").read_text(encoding="utf-8")
    assert len(problems) == 10
    assert [problem.span for problem in problems] == sorted(problem.span for problem in problems)
    assert len({problem.span.file for problem in problems}) == 4


def test_every_code_that_compiling_can_raise_has_a_case_and_every_case_a_code():
    cased = {code_of(case) for case in CASES}
    sources = [*(ENGINE / "compiler").rglob("*.py"), *(ENGINE / "transforms").rglob("*.py")]
    named = {word for file in sources for word in re.findall(r'"([A-Z][A-Z_]+)"', file.read_text(encoding="utf-8"))}
    of_compiling = {code for code, entry in CODES.items() if entry.stage == "compile"}
    raised = {code for code in named if code in CODES and CODES[code].stage in ("config", "compile")}
    assert sorted(raised - cased - REFUSED_BEFORE) == []
    assert sorted(of_compiling - raised - OF_READING) == []
    assert sorted(cased - set(CODES)) == []


OF_READING = {"UNKNOWN_ENTITY"}
"""Codes of the stage that only reading raises."""

WORD = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|\d+|[{}\[\]:,<>='()]")
WORDS = sorted(
    {word for content in BASE.values() for word in WORD.findall(content.decode())}
    | {"document", "document.line", "target", "target.Number", "row.number", "null", "'x'", "sum", "a.b.c", ""}
)


@st.composite
def slips(draw: st.DrawFn) -> dict[str, bytes]:
    """Replace or delete single words in the maps of the base."""
    files = dict(BASE)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(MAPS))
        text = files[name].decode()
        word = draw(st.sampled_from(list(WORD.finditer(text))))
        files[name] = (text[: word.start()] + draw(st.sampled_from(WORDS)) + text[word.end() :]).encode()
    return files


@given(slips())
@settings(max_examples=150)
def test_a_slip_of_the_pen_is_a_map_error_at_a_place_that_exists_or_nothing(files: dict[str, bytes]):
    lines = show(files)
    for problem in problems_of(files):
        of_file = lines[problem.span.file]
        assert 1 <= problem.span.line <= max(1, len(of_file))
        line = of_file[problem.span.line - 1] if of_file else ""
        assert problem.span.column <= len(line) + 1
