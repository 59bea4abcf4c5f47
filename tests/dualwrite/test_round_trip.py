"""What is imported and given back means the same; what a map says beyond the format is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.dualwrite.reading import read_records
from crosswalk.dualwrite.records import Record
from tests.dualwrite import samples
from tests.dualwrite.checking import check_runs
from tests.dualwrite.meaning import differences
from tests.dualwrite.prepared import imported


def originals(files: list[Path]) -> dict[str, Record]:
    return {record.title: record for file in files for record in read_records(file.name, file.read_bytes())}


@pytest.mark.parametrize("name", samples.ALL)
def test_a_record_given_back_means_what_it_meant_and_so_does_the_next(name: str, tmp_path: Path) -> None:
    files = samples.files(tmp_path, name)
    (before,) = originals(files).values()
    for turn in ("first", "second"):
        project = tmp_path / turn
        imported(files, project)
        (given,) = api.export_records(api.load(project))
        assert (given.lost, given.refused) == ((), "")
        (after,) = read_records(name, given.text.encode())
        assert differences(before, after) == []
        files = [tmp_path / f"{turn}.record.json"]
        files[0].write_text(given.text)


@pytest.mark.parametrize("name", samples.ALL)
def test_an_imported_map_runs_both_ways_and_writes_what_it_says(name: str, tmp_path: Path) -> None:
    found = imported(samples.files(tmp_path, name), tmp_path / "project")
    (one,) = found.maps
    out, back = check_runs(api.load(tmp_path / "project"), one.name, tmp_path)
    assert out >= 6
    assert back >= 6 or name in ("loans", "fines", "copies")


def test_a_side_from_which_the_key_does_not_flow_makes_no_rows(tmp_path: Path) -> None:
    answers = {"maps": {"lib_copies_copies": {"key": {"COPYID": "lib_copynumber"}}}}
    found = imported(samples.files(tmp_path, "copies"), tmp_path / "project", answers)
    text = found.files["lib_copies_copies.map.yaml"]
    assert "absent: skip\nkey:\n  lib_copynumber: COPYID\nboth:\n" in text
    assert "back:\n  allow: [update]\n" in text
    (given,) = api.export_records(api.load(tmp_path / "project"))
    assert given.record is not None
    assert {line.finance: line.direction for line in given.record.lines} == {"COPYID": "to_dataverse", "NOTE": "both"}
    assert check_runs(api.load(tmp_path / "project"), "lib_copies_copies", tmp_path) == (6, 0)


def beyond(tmp_path: Path, old: str, new: str) -> api.GivenBack:
    found = imported(samples.files(tmp_path, "books"), tmp_path / "project")
    path = tmp_path / "project" / f"{found.maps[0].name}.map.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    (given,) = api.export_records(api.load(tmp_path / "project"))
    return given


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("lib_pages: PAGES", "lib_pages: {from: PAGES, trim: true}", ("lib_pages", "'trim' has no place in a record")),
        (
            "lib_pages: PAGES",
            "lib_pages: {expr: upper(PAGES)}",
            ("lib_pages", "its value is computed, and a record knows columns and constants"),
        ),
        (
            "lib_pages: PAGES",
            "lib_pages: {from: PAGES, write: create}",
            ("lib_pages", "'write: create' has no place in a record"),
        ),
        (
            "RATING: lib_rating",
            "RATING: {from: lib_rating, required: hold}",
            ("RATING", "'required' has no place in a record"),
        ),
        ("key:\n", "on_leave: delete\nkey:\n", ("on_leave", "'on_leave' has no place in a record")),
        (
            "key:\n",
            "filter: length(TITLE) > 3\nkey:\n",
            (
                "filter of finops.LibraryBooksV2",
                "the name of a column is expected here, and there is 'length' (position 1)",
            ),
        ),
    ],
)
def test_what_a_map_says_beyond_the_format_is_told(tmp_path: Path, old: str, new: str, lost: tuple[str, str]) -> None:
    given = beyond(tmp_path, old, new)
    assert [(one.what, one.why) for one in given.lost] == [lost]


def test_a_map_of_another_shape_is_refused(tmp_path: Path) -> None:
    given = beyond(tmp_path, "flow: sync", "flow: staging_import")
    assert given.record is None
    assert "staging_import" in given.refused


def test_a_map_that_makes_rows_in_another_way_is_refused(tmp_path: Path) -> None:
    project = tmp_path / "project"
    imported(samples.files(tmp_path, "loans"), project)
    path = project / "lib_loans_loans.map.yaml"
    text = path.read_text().replace("fields:\n", "  lib_part: part.name\nfields:\n", 1)
    path.write_text(text.replace("key:\n", "each: {part: [{name: a}, {name: b}]}\nkey:\n"))
    stub = project / "entities/dataverse/lib_loans.entity.yaml"
    stub.write_text(stub.read_text() + "  lib_part: {type: text}\n")
    (given,) = api.export_records(api.load(project))
    assert "'each'" in given.refused


def test_systems_of_other_names_are_known_by_those(tmp_path: Path) -> None:
    files = samples.files(tmp_path, "fines")
    systems = api.record_systems("erp", "crm")
    answers = tmp_path / "answers.yml"
    answers.write_text("maps: {lib_fines_fines: {key: {FINEID: lib_finenumber}}}\n")
    found = api.import_records(files, answers=answers, systems=systems)
    api.lay(found.files, tmp_path / "project", force=False)
    loaded = api.load(tmp_path / "project")
    assert str(loaded.project.maps["lib_fines_fines"].source) == "crm.lib_fines"
    (given,) = api.export_records(loaded, systems=systems)
    assert given.refused == ""
    (strange,) = api.export_records(loaded)
    assert "not between finops and dataverse" in strange.refused
