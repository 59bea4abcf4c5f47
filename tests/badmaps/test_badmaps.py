"""Every mistake that a file can hold has a folder here, and what is printed for it stands beside it word for word.

A case is a folder in `cases`: its files are laid over those of `base`, and `expected.txt` is the rendered text. The
name begins with the code. A `case.json` makes what cannot be seen or should not be stored: ``remove`` lists files to
leave out; ``generate`` lists files by ``name`` with ``head``, ``repeat`` x ``times``, ``tail`` and, where needed,
``encoding``.

To write the expected texts anew: ``CROSSWALK_REGENERATE=1 python -m pytest tests/badmaps``, and read the difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosswalk.codes import CODES
from crosswalk.config.load import load, show
from crosswalk.errors import MapError, Problem
from crosswalk.problems import render

HERE = Path(__file__).parent
CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir())
OWN = ("expected.txt", "case.json")


def check_project(files: Mapping[str, bytes]) -> list[Problem]:
    """Find every problem of a project: what reading finds, and nothing more yet."""
    try:
        load(files)
    except MapError as error:
        return list(error.problems)
    return []


def files_of(folder: Path) -> dict[str, bytes]:
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name not in OWN}


def project_of(case: Path) -> dict[str, bytes]:
    files = files_of(HERE / "base") | files_of(case)
    recipe = case / "case.json"
    asked = json.loads(recipe.read_text(encoding="utf-8")) if recipe.exists() else {}
    for one in asked.get("generate", []):
        middle = one.get("repeat", "") * one.get("times", 1)
        text = one.get("head", "") + middle + one.get("tail", "")
        files[one["name"]] = text.encode(one.get("encoding", "utf-8"))
    return {name: content for name, content in files.items() if name not in asked.get("remove", [])}


def code_of(case: Path) -> str:
    return case.name.partition("-")[0]


def test_the_base_has_no_problem():
    assert check_project(files_of(HERE / "base")) == []


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_bad_map_is_told_word_for_word(case: Path):
    files = project_of(case)
    problems = check_project(files)
    text = render(problems, show(files))
    expected = case / "expected.txt"
    if os.environ.get("CROSSWALK_REGENERATE"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    assert code_of(case) in {problem.code for problem in problems}


def test_every_code_of_reading_has_a_case_and_every_case_a_code():
    cased = {code_of(case) for case in CASES}
    wanted = {code for code, entry in CODES.items() if entry.stage == "config"}
    assert sorted(wanted - cased) == []
    assert sorted(cased - set(CODES)) == []
