"""Every bad case, through the real command line: its code, its place, its exit code, and nothing written by mistake.

`CROSSWALK_BADCASES=1` (`make badcases`) prints how many entries of each section pass.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswalk.codes import CODES
from tests.badcases.case import HERE, Case, cases, lay
from tests.badcases.playing import called, no_hang, told
from tests.badcases.test_badcases_of_machines import PLAYED

CASES = cases()
_PLACED = ("config", "compile")
NOT_SHOWN = {
    "UNDO_REFUSED": "a system would have to refuse to take back what it has just taken",
    "COLUMN_UNREADABLE": "the lake that has such a column is not among the test data",
}
"""Codes without a case, each with the reason."""
_passed: set[str] = set()


@pytest.fixture(scope="module", autouse=True)
def table(pytestconfig: pytest.Config) -> Iterator[None]:
    """Print how many cases and entries passed, by section, where that is asked for."""
    yield
    if not os.environ.get("CROSSWALK_BADCASES"):
        return
    failed = {case.id for case in CASES if case.name not in _passed}
    lines = [f"{'section':<10}{'entries':>10}{'passed':>8}{'cases':>8}"]
    for section in sorted({case.id[0] for case in CASES}):
        ids = {name for name in catalogue() if name[0] == section}
        played = [case for case in CASES if case.id[0] == section]
        lines.append(f"{section:<10}{len(ids):>10}{len(ids - failed):>8}{len(played):>8}")
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        os.write(1, ("\n" + "\n".join(lines) + "\n").encode())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_case_ends_with_its_code_at_its_place(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    lay(case, folder)
    monkeypatch.chdir(folder)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "200", **case.environ}.items():
        monkeypatch.setenv(name, value)
    with no_hang():
        for words in case.before:
            assert called(words.split(), capsys)[0] == 0, words
        code, text = called(case.call, capsys, process=case.process)
    assert code == case.exit, text
    assert "Traceback" not in text
    if case.code:
        assert (case.code, case.at) in told(text), text
    else:
        assert [found for found, _ in told(text) if found in CODES and CODES[found].stage != "advice"] == [], text
    for hint in case.hint:
        assert hint in text, text
    check_unspoken(case, text, folder)
    check_rows(case, capsys)
    _passed.add(case.name)


def check_unspoken(case: Case, text: str, folder: Path) -> None:
    for secret in case.never:
        assert secret not in text, text
        written = [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
        assert written == [], f"{secret} stands in {written}"


def check_rows(case: Case, capture: pytest.CaptureFixture[str]) -> None:
    if not case.rows:
        return
    found = json.loads(called(["rejects", "--output", "json"], capture)[1])
    assert dict(Counter(row["code"] for row in found)) == case.rows


def catalogue() -> dict[str, str]:
    """Give the entries of the catalogue: id and what it is about."""
    lines = (HERE / "catalogue.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))


def test_every_entry_of_the_catalogue_has_a_case_and_every_case_an_entry() -> None:
    assert sorted(set(catalogue()) ^ ({case.id for case in CASES} | set(PLAYED))) == []


def test_a_case_says_what_it_shows() -> None:
    for case in CASES:
        assert case.says.endswith("."), case.name
        assert case.instead == "" or case.instead.endswith("."), case.name
        assert case.code == "" or case.code in CODES, case.name
        placed = case.code and CODES[case.code].stage in _PLACED and case.code != "PROJECT_MISSING"
        assert not placed or case.at or case.call != ["validate"], f"{case.name} names no place"


def test_every_code_has_a_case_and_every_case_a_code() -> None:
    here = {case.code for case in CASES} | {code for case in CASES for code in case.rows}
    beside = {path.name.partition("-")[0] for path in case_folders()}
    elsewhere = dict(line.split() for line in (HERE / "elsewhere.txt").read_text(encoding="utf-8").splitlines())
    assert sorted(set(CODES) - here - beside - set(elsewhere) - set(NOT_SHOWN)) == []
    assert sorted(set(NOT_SHOWN) & (here | beside | set(elsewhere))) == []
    assert sorted((beside | set(elsewhere)) - set(CODES)) == []
    assert sorted(set(elsewhere) & (here | beside)) == []
    for code, place in elsewhere.items():
        file, _, test = place.partition("::")
        assert shows(HERE.parent / file, test, code), f"{place} does not show {code}"


def case_folders() -> list[Path]:
    """Give the folders of cases that other tests play."""
    places = ("badmaps/cases", "badmaps_compile/cases", "advice/cases")
    return [path for place in places for path in (HERE.parent / place).iterdir() if path.is_dir()]


def shows(file: Path, test: str, code: str) -> bool:
    """Whether a test, or the table above it, names a code."""
    text = file.read_text(encoding="utf-8")
    return re.search(rf"def {test}\b", text) is not None and re.search(rf"\b{code}\b", text, re.IGNORECASE) is not None
