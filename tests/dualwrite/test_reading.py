"""Records are read in every shape and spelling that real ones have; what is no record is refused with its place."""

from __future__ import annotations

import json

import pytest

from crosswalk.dualwrite.reading import read_records
from crosswalk.dualwrite.records import chosen
from crosswalk.errors import UsageError
from tests.dualwrite import samples

BOOKS = samples.row(samples.books())


def titles(content: object) -> list[str]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return [record.title for record in read_records("x", data)]


@pytest.mark.parametrize(
    "content",
    [
        BOOKS,
        samples.books(),
        [BOOKS],
        {"value": [BOOKS]},
        {"entityMappingTasks": [samples.books()]},
        {**BOOKS, "msdyn_mapping": samples.books()},
        b"\xef\xbb\xbf" + json.dumps(BOOKS).encode(),
        json.dumps(BOOKS).encode("utf-16"),
        samples.customizations(BOOKS).encode(),
        ("\ufeff" + samples.customizations(BOOKS, indent="\n   ")).encode(),
        samples.solution(samples.customizations(BOOKS).encode("utf-8-sig")),
    ],
)
def test_a_record_is_read_out_of_any_wrapping(content: object) -> None:
    assert titles(content) == ["lib_books - Library books V2"]


def test_several_rows_of_a_solution_are_several_records() -> None:
    document = samples.customizations(BOOKS, samples.row(samples.fines()))
    assert titles(samples.solution(document.encode())) == ["lib_books - Library books V2", "lib_fines - Fines"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "line 1, column 2 is no JSON"),
        (b"[]", "it holds no table map"),
        (b"\xff\x00\xfe", "neither UTF-8 nor UTF-16"),
        (b"[" * 100_000, "nested too deeply"),
        (b"<a><b></a>", "line 1 is no XML"),
        (samples.customizations(BOOKS, before="<!DOCTYPE x>").encode(), "declares a document type"),
        (samples.customizations(BOOKS, before='<!DOCTYPE x [<!ENTITY a "b">]>').encode(), "declares a document type"),
        (b"PK\x03\x04broken", "no sound zip file"),
        (samples.solution(b"<a/>")[:-40], "no sound zip file"),
        ({**BOOKS, "msdyn_mapping": "{,}"}, "line 1, column 2"),
        (samples.mapping("", "lib_books", []), "names no source or no destination"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(content: object, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        titles(content)
    assert caught.value.code == "RECORD_UNREADABLE"


def test_a_zip_without_customizations_is_refused() -> None:
    content = samples.solution(b"<a/>").replace(b"customizations.xml", b"customizationz.xml")
    with pytest.raises(UsageError, match=r"holds no customizations\.xml"):
        titles(content)


def test_directions_are_numbers_or_digits_and_absence_has_three_spellings() -> None:
    (record,) = read_records("x", json.dumps(BOOKS).encode())
    assert [line.direction for line in record.lines] == ["both"] * 6 + ["to_dataverse", "to_finance"] * 2
    assert [(line.finance, line.dataverse, line.default) for line in record.lines[-2:]] == [
        ("", "lib_kind", "7"),
        ("ORIGIN", "", "Library"),
    ]
    assert record.lines[2].pairs == (("red", "1"), ("blue", "2"), ("", "1"), (" ", "1"))
    assert not [line.fault for line in record.lines if line.fault]


def test_properties_that_are_no_json_are_a_note() -> None:
    (record,) = read_records("x", json.dumps(samples.row(samples.books(), properties='{"a" 1}')).encode())
    assert record.notes == ("its properties are no valid JSON and were read past",)


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        (samples.pair(4, "A", "a"), "its direction is 4"),
        (samples.pair(None, "A", "a"), "its direction is missing"),
        (samples.pair(1, "", None), "no column on either side"),
        (samples.pair(1, "", "a"), "neither a source column nor a value"),
        (samples.pair(2, "", "a", valueTransforms=samples.constant("1")), "on which it names no column"),
        (samples.pair(3, "A", "a", valueTransforms=[{"transformType": "Spin"}]), "the transform 'Spin'"),
        (
            samples.pair(
                3, "A", "a", valueTransforms=[{"transformType": "ValueMap", "createValuesOnDestination": True}]
            ),
            "created on the destination",
        ),
    ],
)
def test_a_line_that_cannot_be_used_says_why(item: dict[str, object], fault: str) -> None:
    (record,) = read_records("x", json.dumps(samples.mapping("A", "as", [item])).encode())
    assert fault in record.lines[0].fault


def test_the_highest_version_wins_as_a_number_unless_another_is_asked_for() -> None:
    rows = [samples.row(samples.fines(), version) for version in ("1.0.0.9", "1.0.0.10", "1.0.0.2")]
    records = read_records("x", json.dumps(rows).encode())
    (best,) = chosen(records)
    assert (best.version, best.notes) == ("1.0.0.10", ("version 1.0.0.10 was taken; left aside: 1.0.0.2, 1.0.0.9",))
    assert [record.version for record in chosen(records, "1.0.0.2")] == ["1.0.0.2"]


def test_published_maps_are_read_as_records() -> None:
    fields = [
        {"fo_field": "A", "direction": "both", "dataverse_field": "a", "value_map": [["no", "False"]], "default": None},
        {"fo_field": None, "symbol": ">>", "dataverse_field": "b", "default": "1"},
        {"fo_field": "C", "direction": "both", "dataverse_field": "c", "unparsed_transform": "somehow"},
    ]
    content = [{"fo_entity": "Fines", "dataverse_table": "lib_fines", "fields": fields, "source_filter": '(A == "x")'}]
    (record,) = read_records("x", json.dumps(content).encode())
    assert [(line.direction, line.pairs, line.default) for line in record.lines[:2]] == [
        ("both", (("no", "False"),), None),
        ("to_dataverse", None, "1"),
    ]
    assert "somehow" in record.lines[2].fault
    assert record.finance_filter == '(A == "x")'
