"""Records become maps, stubs, value maps and questions; what is not said is asked, and nothing is decided out of sight."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crosswalk import api
from crosswalk.dualwrite.answers import read_answers
from crosswalk.dualwrite.importing import Imported, Wish, bring
from crosswalk.dualwrite.reading import read_records
from crosswalk.errors import MapError, UsageError
from tests.dualwrite import samples
from tests.dualwrite.prepared import imported

BOOKS_MAP = "lib_books_library_books_v2"


def brought(content: object, answers: dict[str, Any] | None = None) -> Imported:
    return bring(read_records("x.json", json.dumps(content).encode()), Wish(read_answers(answers or {})))


def lines(found: Imported, name: str = BOOKS_MAP) -> str:
    return found.files[f"{name}.map.yaml"]


def asked(found: Imported) -> dict[str, tuple[bool, object]]:
    return {": ".join(one.path): (one.needed, one.proposed) for one in found.questions if one.open}


def test_open_lines_stand_as_comments_and_are_reported_with_the_question_they_wait_for() -> None:
    found = brought(samples.books())
    (report,) = found.maps
    assert (report.lines, report.expressed, report.cannot) == (10, 8, ())
    assert [one.why for one in report.waits] == [
        f"maps: {BOOKS_MAP}: returns: COLOUR",
        "tables: dataverse.lib_books: references: lib_sequel",
        f"maps: {BOOKS_MAP}: key",
    ]
    text = lines(found)
    assert "  # lib_sequel.lib_booknumber: SEQUELTO    # waits for an answer" in text
    assert "# key: {}    # waits for an answer" in text


def test_questions_say_what_is_needed_and_what_is_proposed() -> None:
    questions = asked(brought(samples.books()))
    assert questions[f"maps: {BOOKS_MAP}: key"] == (True, {"BOOKNUMBER": "lib_booknumber"})
    assert questions[f"maps: {BOOKS_MAP}: returns: COLOUR"] == (True, {"1": "red"})
    assert questions["tables: dataverse.lib_books: references: lib_sequel"] == (True, "lib_books")
    assert questions["tables: dataverse.lib_books: types: lib_israre"] == (False, "boolean")
    assert questions[f"maps: {BOOKS_MAP}: master"] == (False, "dataverse")


def test_the_lines_of_an_answered_map(tmp_path: Path) -> None:
    found = imported(samples.files(tmp_path, "books"), tmp_path / "project")
    assert (
        lines(found).partition("\n")[2]
        == f"""\
# Table map of Library books V2 and lib_books, from books.record.json.
map: {BOOKS_MAP}
title: lib_books - Library books V2
version: 1.0.0.0
tags: [dual-write]
flow: sync
source: finops.LibraryBooksV2
target: dataverse.lib_books
key:
  lib_booknumber: BOOKNUMBER
fields:
  lib_pages: PAGES
  lib_kind: {{value: 7}}
both:
  lib_title: TITLE
  lib_colour: {{from: COLOUR, values: {{red: 1, blue: 2, "": 1, " ": 1}}, back: {{1: red}}}}
  lib_israre: {{from: ISRARE, values: {{no: False, yes: True}}}}
  lib_shelf.lib_code: SHELFCODE
  lib_sequel.lib_booknumber: SEQUELTO
back:
  allow: [create, update]
  conflict: target
  fields:
    RATING: lib_rating
    ORIGIN: {{value: Library}}
initial: {{master: target}}
"""
    )
    assert len(api.load(tmp_path / "project").project.maps) == 1


def test_a_map_whose_lines_all_flow_one_way_takes_that_side_as_its_source(tmp_path: Path) -> None:
    found = imported(samples.files(tmp_path, "fines", "loans"), tmp_path / "project")
    fines, loans = lines(found, "lib_fines_fines"), lines(found, "lib_loans_loans")
    assert "source: dataverse.lib_fines\ntarget: finops.Fines\nfilter: lib_amount > 0 and statecode = 0\n" in fines
    assert "source: finops.Loans\ntarget: dataverse.lib_loans\nfilter: STATE = 'out' or STATE = 'back'\n" in loans
    assert "  lib_borrowerid.readers.lib_readernumber: BORROWERID\n" in loans
    assert "  lib_borrowerid.schools.lib_schoolnumber: BORROWERID\n" in loans
    assert "  lib_copy.lib_book.lib_booknumber: COPYBOOK\n" in loans
    assert "\nback:" not in fines + loans
    api.load(tmp_path / "project")


def test_stubs_of_a_table_are_merged_over_all_maps_and_types_are_cautious(tmp_path: Path) -> None:
    found = imported(samples.files(tmp_path), tmp_path / "project")
    stub = found.files["entities/dataverse/lib_books.entity.yaml"]
    assert "key: [lib_bookid]\n" in stub
    assert "  lib_booknumber: {type: text}\n" in stub
    assert "  lib_sequel: {type: guid, to: lib_books}\n" in stub
    assert "  statecode: {type: int}\n" in found.files["entities/dataverse/lib_fines.entity.yaml"]
    assert (
        "  lib_borrowerid: {type: guid, to: [readers, schools]}\n"
        in found.files["entities/dataverse/lib_loans.entity.yaml"]
    )
    assert "key: [BOOKNUMBER]\n" in found.files["entities/finops/librarybooksv2.entity.yaml"]


def test_pairs_that_several_lines_use_become_a_file() -> None:
    fields = [
        samples.pair(3, name, name.lower(), valueTransforms=samples.valued(dict(reversed(pairs))))
        for name, pairs in {"A": [*samples.YES_NO.items()], "B": [*reversed(samples.YES_NO.items())]}.items()
    ]
    found = brought(samples.mapping("Things", "things", fields))
    assert found.files["value_maps/no_yes_to_false_true.yaml"].endswith("values:\n  yes: True\n  no: False\n")
    assert "  b: {from: B, values: no_yes_to_false_true}\n" in lines(found, "things_things")


def test_answered_types_companies_and_roles_are_written(tmp_path: Path) -> None:
    company = {"column": "lib_company", "to": "companies", "code": "code"}
    answers = {
        "maps": {BOOKS_MAP: {"master": "finops"}},
        "tables": {
            "dataverse.lib_books": {
                "company": company,
                "types": {"lib_israre": "boolean", "lib_colour": "choice", "lib_kind": "int"},
                "modified": "modifiedon",
                "row_version": "versionnumber",
                "required": ["lib_title"],
            },
            "finops.LibraryBooksV2": {
                "company": "dataAreaId",
                "types": {"dataAreaId": "text(4)", "COLOUR": "choice"},
                "modified": "ModifiedOn",
            },
        },
    }
    found = imported(samples.files(tmp_path, "books"), tmp_path / "project", answers)
    text, stub = lines(found), found.files["entities/dataverse/lib_books.entity.yaml"]
    assert "key:\n  lib_company.code: dataAreaId\n  lib_booknumber: BOOKNUMBER\n" in text
    assert "values: {no: false, yes: true}" in text
    assert "conflict: source" in text
    assert "initial: {master: source}" in text
    assert "company: lib_company\nmodified: modifiedon\nrow_version: versionnumber\n" in stub
    assert "  lib_colour: {type: choice, choices: {1: red, 2: blue}}\n" in stub
    assert "  lib_title: {type: text, required: true}\n" in stub
    assert "  versionnumber: {type: int}\n" in stub
    assert (
        "key: [dataAreaId, BOOKNUMBER]\ncompany: dataAreaId\n"
        in found.files["entities/finops/librarybooksv2.entity.yaml"]
    )
    api.load(tmp_path / "project")


def test_a_column_that_two_lines_write_keeps_one_writer_and_the_other_is_told() -> None:
    fields = [samples.pair(3, "A", "a"), samples.pair(3, "A", "b"), samples.pair(3, "ID", "id")]
    answers = {"maps": {"things_things": {"key": {"ID": "id"}, "writes": {"A": "b"}}}}
    first, asked_for = (brought(samples.mapping("Things", "things", fields), one) for one in ({}, answers))
    assert first.maps[0].notes == ("A is written by a, not by b",)
    assert asked_for.maps[0].notes == ("A is written by b, not by a",)
    assert "fields:\n  a: A\nboth:\n  b: A\n" in lines(asked_for, "things_things")


def test_a_read_only_column_is_written_by_nobody() -> None:
    answers = {"tables": {"dataverse.things": {"read_only": ["a", "b"]}}}
    fields = [samples.pair(3, "A", "a"), samples.pair(1, "B", "b"), samples.pair(3, "C", "c")]
    found = brought(samples.mapping("Things", "things", fields), answers)
    assert [one.why for one in found.maps[0].cannot] == ["the column that it writes is read-only, as answered"]
    assert "  fields:\n    A: a\n" in lines(found, "things_things")


def test_a_number_of_an_enumeration_is_asked_for_by_name_unless_it_is_yes_or_no() -> None:
    fields = [
        samples.pair(3, "ISRARE", "rare", valueTransforms=samples.valued(samples.YES_NO)),
        samples.pair(3, "STATE", "state", valueTransforms=samples.valued({"Draft": "1", "Sent": "2"})),
    ]
    content = samples.mapping("Things", "things", fields, sourceFilter="(IsRare == 1) && (State == 5)")
    found = brought(content)
    assert asked(found)["tables: finops.Things: elements: STATE: 5"] == (True, None)
    assert "filter: (IsRare == 1)" in lines(found, "things_things")
    assert any(one.what == "filter of finops.Things" for one in found.maps[0].waits)
    answered = brought(content, {"tables": {"finops.Things": {"elements": {"STATE": {"5": "Sent"}}}}})
    assert "\nfilter: ISRARE = 'yes' and STATE = 'Sent'\n" in lines(answered, "things_things")


def test_a_filter_that_cannot_be_read_is_told_with_its_place_and_stays_as_a_comment() -> None:
    found = brought(samples.mapping("Things", "things", [samples.pair(1, "A", "a")], sourceFilter="(A ~ 1)"))
    (left,) = found.maps[0].cannot
    assert left.what == "filter of finops.Things"
    assert "position 4" in left.why
    assert not found.lossless
    assert "# filter: (A ~ 1)    # cannot be said" in lines(found, "things_things")


@pytest.mark.parametrize(
    ("answers", "remedy"),
    [
        ({"mapz": {}}, "did you mean 'maps'?"),
        ({"maps": {"x": {"keys": {}}}}, "did you mean 'key'?"),
        ({"maps": {"x": "y"}}, "words are expected"),
        ({"maps": {"lib_books_library_books_v": {"key": {"A": "b"}}}}, "did you mean 'lib_books_library_books_v2'?"),
        ({"tables": {"dataverse.lib_books": {"types": {"lib_tittle": "text"}}}}, "did you mean 'lib_title'?"),
        ({"tables": {"dataverse.lib_books": {"types": "text"}}}, "pairs are expected"),
        ({"tables": {"dataverse.lib_books": {"required": "lib_title"}}}, "a list is expected"),
        ({"tables": {"dataverse.lib_books": {"row_id": ["a"]}}}, "one word is expected"),
    ],
)
def test_an_answer_to_no_question_is_refused(answers: dict[str, Any], remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        brought(samples.books(), answers)
    assert caught.value.code == "ANSWER_UNKNOWN"
    assert remedy in caught.value.remedy


def test_edited_files_are_kept_and_named_unless_force_is_said(tmp_path: Path) -> None:
    files, project = samples.files(tmp_path, "books"), tmp_path / "project"
    found = imported(files, project)
    name = f"{BOOKS_MAP}.map.yaml"
    edited = (project / name).read_text() + "# mine\n"
    (project / name).write_text(edited)
    laid = api.lay(found.files, project, force=False)
    assert (laid.written, laid.kept) == ((), (name,))
    assert (project / name).read_text() == edited
    assert api.lay(found.files, project, force=True).written == (name,)
    (project / "crosswalk.yaml").write_text("project: mine\nconnections: {dev: {finops: {kind: embedded}}}\n")
    assert "crosswalk.yaml" in api.lay(found.files, project, force=True).same


def test_a_later_import_does_not_take_columns_from_a_stub(tmp_path: Path) -> None:
    project = tmp_path / "project"
    imported(samples.files(tmp_path, "books"), project)
    api.lay(api.import_records(samples.files(tmp_path, "loans")).files, project, force=False)
    stub = (project / "entities/dataverse/lib_books.entity.yaml").read_text()
    assert "lib_title: {type: text}" in stub


def test_a_project_without_answers_says_what_is_missing(tmp_path: Path) -> None:
    found = api.import_records(samples.files(tmp_path, "fines"))
    api.lay(found.files, tmp_path / "project", force=False)
    with pytest.raises(MapError) as caught:
        api.load(tmp_path / "project")
    assert {problem.message for problem in caught.value.problems} == {"the file has no 'key'"}
