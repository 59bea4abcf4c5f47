"""`crosswalk import dual-write` and `export dual-write`: what they say, what they write, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.calls import Shell
from tests.dualwrite import samples
from tests.dualwrite.prepared import imported

BOOKS = "lib_books_library_books_v2"


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The file of a record, in the current folder."""
    monkeypatch.chdir(tmp_path)
    samples.files(tmp_path, "books")
    return "books.record.json"


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A record with a line that no map can say."""
    monkeypatch.chdir(tmp_path)
    unknown = [{"transformType": "ValueMap", "valueMap": {}, "createValuesOnDestination": True}]
    fields = [samples.pair(3, "A", "a"), samples.pair(3, "B", "b", valueTransforms=unknown)]
    (tmp_path / "bad.json").write_text(json.dumps(samples.mapping("Things", "things", fields)))
    return "bad.json"


def test_a_report_says_what_becomes_of_each_map_and_writes_nothing(shell: Shell, books: str, tmp_path: Path) -> None:
    out = shell("import", "dual-write", books, "--report").out
    assert out.splitlines()[0] == f"{BOOKS} 1.0.0.0: 8 of 10 lines"
    assert out.splitlines()[-1] == "1 map: 8 of 10 lines expressed, 0 not expressible, 3 answers needed"
    assert [path.name for path in tmp_path.iterdir()] == [books]


def test_a_report_as_json_holds_the_same_and_the_questions(shell: Shell, books: str) -> None:
    told = shell("import", "dual-write", books, "--report", "--output", "json").json
    assert (told["lines"], told["expressed"], told["cannot"]) == (10, 8, 0)
    assert told["maps"][0]["waits"][-1] == {"what": "key", "why": f"maps: {BOOKS}: key"}
    needed = [question["path"] for question in told["questions"] if question["needed"]]
    assert ["maps", BOOKS, "key"] in needed


def test_files_are_written_and_edited_ones_are_kept(shell: Shell, books: str, tmp_path: Path) -> None:
    assert "files written to maps" in shell("import", "dual-write", books, "-o", "maps").out
    questions = tmp_path / "maps" / "questions.yml"
    questions.write_text(questions.read_text() + "# mine\n")
    assert "kept, because it was edited: questions.yml" in shell("import", "dual-write", books, "-o", "maps").out
    assert "kept" not in shell("import", "dual-write", books, "-o", "maps", "--force").out


def test_what_cannot_be_expressed_stops_the_import_unless_lossy_is_said(shell: Shell, bad: str, tmp_path: Path) -> None:
    ran = shell("import", "dual-write", bad, "-o", "maps", exit=2)
    assert "cannot be expressed: B = b: it asks that unknown values be created" in ran.out
    assert "CANNOT_EXPRESS" in ran.err
    assert not (tmp_path / "maps").exists()
    shell("import", "dual-write", bad, "-o", "maps", "--lossy")
    assert "# b: B    # it asks" in (tmp_path / "maps" / "things_things.map.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("import", "dual-write", "none.json"), "FILE_MISSING"),
        (("import", "dual-write", "empty.json"), "RECORD_UNREADABLE"),
        (("import", "dual-write", "books.record.json", "--answers", "slip.yml"), "ANSWER_UNKNOWN"),
        (("export", "dual-write"), "PROJECT_MISSING"),
    ],
)
def test_a_call_that_cannot_be_served_ends_with_2(
    shell: Shell, books: str, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    (tmp_path / "empty.json").write_text("{}")
    (tmp_path / "slip.yml").write_text("maps: {x: {keys: {}}}\n")
    assert code in shell(*words, exit=2).err


def test_maps_are_given_back_as_records(shell: Shell, books: str, tmp_path: Path) -> None:
    imported([tmp_path / books], tmp_path / "maps")
    assert "1 record written" in shell("export", "dual-write", "-C", "maps", "-o", "out").out
    written = json.loads((tmp_path / "out" / f"{BOOKS}.record.json").read_text())
    assert written["msdyn_displayname"] == "lib_books - Library books V2"
    shell("import", "dual-write", f"out/{BOOKS}.record.json", "--report")


def test_what_a_record_cannot_say_stops_the_export_unless_lossy_is_said(
    shell: Shell, books: str, tmp_path: Path
) -> None:
    imported([tmp_path / books], tmp_path / "maps")
    path = tmp_path / "maps" / f"{BOOKS}.map.yaml"
    path.write_text(path.read_text().replace("lib_pages: PAGES", "lib_pages: {expr: upper(PAGES)}"))
    ran = shell("export", "dual-write", "-C", "maps", "-o", "out", exit=2)
    assert "lib_pages: its value is computed" in ran.out
    assert not (tmp_path / "out").exists()
    ran = shell("export", "dual-write", "-C", "maps", "-o", "out", "--lossy", "--output", "json")
    assert ran.json["maps"][0]["lost"][0]["what"] == "lib_pages"
    assert len(ran.json["written"]) == 1
