"""Conversions refuse what the engine would read kindly, and never stop a statement."""

from __future__ import annotations

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from crosswalk.contracts import TransformError
from crosswalk.model import Choice
from crosswalk.transforms import spec
from tests.transforms.bench import Place, column, evaluated, given, shown

AS = spec("as").build

REFUSED = {
    "int": {
        "CAST_INT": ["1e5", " 12 ", "1_000", "1,000", "12.0", "-", "+", "１２", "nan", "0x1F", "12\n"],
        "OUT_OF_RANGE": ["9223372036854775808", "9" * 400],
        "EMPTY": [""],
    },
    "decimal(5,2)": {
        "CAST_DECIMAL": ["1e2", ".", "5.", ".5", "1.000,00", "inf", "NaN", " 1"],
        "PRECISION_LOSS": ["12.345", "0.001"],
        "OUT_OF_RANGE": ["1000", "-1000.00", "9" * 60],
    },
    "decimal(5,0)": {"CAST_DECIMAL": ["5."], "PRECISION_LOSS": ["5.1"]},
    "boolean": {"CAST_BOOL": ["t", "TRUE", "1", "yes", "on", " true"]},
    "guid": {"CAST_GUID": ["{6F9619FF-8B86-D011-B42D-00CF4FC964FF}", "6F9619FF8B86D011B42D00CF4FC964FF", "x"]},
    "date": {
        "CAST_DATE": ["2026-02-30", "2026-2-3", "03/04/2026", "2026-01-01T00:00:00", "99999-01-01", "infinity"],
        "OUT_OF_RANGE": ["0000-01-01", "1752-12-31"],
    },
    "datetime": {
        "CAST_DATETIME": ["2026-01-01T10:00:00", "2026-01-01T24:00:00Z", "2026-01-01", "2026-13-01T00:00:00Z"],
        "PRECISION_LOSS": ["2026-01-01T10:00:00.1234567Z"],
        "OUT_OF_RANGE": ["1700-01-01T00:00:00Z"],
    },
}


@pytest.mark.parametrize("kind", REFUSED)
def test_text_that_is_not_plainly_of_the_type_is_refused(kind: str) -> None:
    value = AS(given("text"), {"as": kind}, Place(column(kind)))
    for code, cells in REFUSED[kind].items():
        for cell in cells:
            assert evaluated(value, cell, given("text").type) == (None, code), cell
    assert evaluated(value, None, given("text").type) == (None, "")


TAKEN = [
    ({"as": "int"}, "-9223372036854775808", -(2**63)),
    ({"as": "int"}, "+007", 7),
    ({"as": "decimal(5,2)"}, "-999.9900", "-999.99"),
    ({"as": "decimal(5,0)"}, "0" * 300 + "5.000", "5"),
    ({"as": "datetime"}, "2026-01-01T10:00:00.123456000-05:30", "2026-01-01 15:30:00.123456"),
    ({"as": "datetime", "timezone": "Europe/Oslo"}, "2026-07-01 10:00", "2026-07-01 08:00:00"),
    ({"as": "datetime", "timezone": "Europe/Oslo"}, "2026-07-01T10:00:00Z", "2026-07-01 10:00:00"),
    ({"as": "date", "format": "%-m/%-d/%Y"}, "3/4/2026", "2026-03-04"),
    ({"as": "datetime", "format": "%d.%m.%Y %H:%M", "timezone": "UTC"}, "04.03.2026 09:30", "2026-03-04 09:30:00"),
    ({"as": "guid"}, "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
]


@pytest.mark.parametrize(("argument", "cell", "result"), TAKEN)
def test_text_that_is_plainly_of_the_type_is_taken(argument: dict[str, object], cell: str, result: object) -> None:
    value = AS(given("text"), argument, Place(column(str(argument["as"]))))
    found, code = evaluated(value, cell, given("text").type)
    assert (shown(found), code) == (result, "")


@pytest.mark.parametrize("cell", ["3-4-2026", "13/45/2026", "03/04/26", "", "x", "31/12/2026 "])
def test_a_format_is_kept_to_the_letter(cell: str) -> None:
    value = AS(given("text"), {"as": "date", "format": "%d/%m/%Y"}, Place(column("date")))
    found, code = evaluated(value, cell, given("text").type)
    assert (found, code) == (None, "CAST_DATE" if cell else "EMPTY")


def test_a_local_time_that_the_clock_skipped_is_refused() -> None:
    place = Place(column("datetime"))
    value = AS(given("text"), {"as": "datetime", "timezone": "Europe/Oslo"}, place)
    assert evaluated(value, "2026-03-29T02:30:00", given("text").type) == (None, "TZ_GAP")
    plain = AS(given("date"), {"as": "datetime", "timezone": "America/Havana"}, place)
    assert evaluated(plain, "2026-03-08", given("date").type) == (None, "TZ_GAP")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "America/New_York"])
@pytest.mark.parametrize(
    "cell", ["290309-12-22 (BC) 00:00:00", "294247-01-10 04:00:54.775806", "infinity", "-infinity"]
)
def test_instants_outside_the_calendar_are_refused_and_stop_nothing(zone: str, cell: str) -> None:
    value = AS(given("datetime"), {"as": "date", "timezone": zone}, Place(column("date")))
    assert evaluated(value, cell, given("datetime").type) == (None, "OUT_OF_RANGE")


@pytest.mark.parametrize("cell", ["5877642-06-25 (BC)", "5881580-07-10", "infinity"])
def test_dates_outside_the_calendar_are_refused_and_stop_nothing(cell: str) -> None:
    for zone in ("UTC", "Asia/Tokyo"):
        value = AS(given("date"), {"as": "datetime", "timezone": zone}, Place(column("datetime")))
        assert evaluated(value, cell, given("date").type) == (None, "OUT_OF_RANGE")


REFUSED_MAPS = [
    ("datetime", {"as": "date"}, "TZ_REQUIRED"),
    ("date", {"as": "datetime"}, "TZ_REQUIRED"),
    ("text", {"as": "datetime", "format": "%Y-%m-%d %H:%M"}, "TZ_REQUIRED"),
    ("text", {"as": "date", "timezone": "CST"}, "UNKNOWN_ZONE"),
    ("text", {"as": "date", "timezone": "Europe/Osslo"}, "UNKNOWN_ZONE"),
    ("text", {"as": "date", "format": "%d/%m/%y"}, "BAD_FORMAT"),
    ("text", {"as": "date", "format": "%d/%m"}, "BAD_FORMAT"),
    ("int", {"as": "text", "format": "%d"}, "BAD_FORMAT"),
    ("text", {"as": "number"}, "UNKNOWN_TYPE"),
    ("text", {"as": "decimal(39,2)"}, "UNKNOWN_TYPE"),
    ("text", {"as": "choice"}, "UNKNOWN_TYPE"),
    ("decimal(19,4)", {"as": "int"}, "PRECISION_LOSS_POSSIBLE"),
    ("decimal(19,4)", {"as": "decimal(19,2)"}, "PRECISION_LOSS_POSSIBLE"),
    ("boolean", {"as": "text"}, "TYPE_MISMATCH"),
    ("int", {"as": "boolean"}, "TYPE_MISMATCH"),
    ("guid", {"as": "int"}, "TYPE_MISMATCH"),
]


@pytest.mark.parametrize(("kind", "argument", "code"), REFUSED_MAPS)
def test_a_conversion_that_cannot_be_is_refused_when_the_map_is_read(
    kind: str, argument: dict[str, object], code: str
) -> None:
    with pytest.raises(TransformError) as caught:
        AS(given(kind), argument, Place(column("text(20)")))
    assert caught.value.code == code


def test_a_code_of_a_choice_may_come_as_text_or_number() -> None:
    states = column("choice", Choice(0, "Draft"), Choice(1, "Open"))
    for kind in ("text", "int"):
        value = AS(given(kind), {"as": "choice"}, Place(states))
        assert evaluated(value, "1", given(kind).type) == (1, "")
        assert evaluated(value, "7", given(kind).type) == (None, "VALUE_UNMAPPED")


def test_a_date_is_written_as_text_by_its_pattern() -> None:
    value = AS(given("date"), {"as": "text", "format": "%d.%m.%Y"}, Place(column("text(20)")))
    assert evaluated(value, "2026-03-04", given("date").type) == ("04.03.2026", "")


KINDS = ["int", "decimal(9,2)", "decimal(38,38)", "boolean", "guid", "date", "datetime", "text(3)"]


@settings(max_examples=150)
@generated(
    cell=st.text(max_size=12) | st.from_regex(r"[-+0-9.eTZ: ]{0,30}", fullmatch=True), kind=st.sampled_from(KINDS)
)
def test_no_text_stops_a_statement_and_every_lost_value_has_a_fault(cell: str, kind: str) -> None:
    if "\0" in cell:
        cell = cell.replace("\0", "")
    options: dict[str, object] = {"timezone": "America/Havana"} if kind == "datetime" else {}
    value = AS(given("text"), {"as": kind, **options}, Place(column(kind)))
    found, code = evaluated(value, cell, given("text").type)
    assert (found is None) == (code != "")
