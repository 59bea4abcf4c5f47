"""Value maps: strict by default, blank by name, choices by code or label."""

from __future__ import annotations

import pytest

from crosswalk.contracts import TransformError, Value
from crosswalk.model import Choice, Scalar
from crosswalk.transforms import spec
from crosswalk.transforms.conversions.reversing import reversed_pairs
from tests.transforms.bench import Place, column, evaluated, given

KINDS = (Choice(10, "Cost"), Choice(20, "Sales"), Choice(30, "Tax"))
COLOURS = (Choice("r", "Red"), Choice("g", "Green"))
TARGET = column("choice", *COLOURS)


def built(source: Value, argument: dict[str, object], place: Place | None = None) -> Value:
    return spec("values").build(source, argument, place or Place(TARGET))


@pytest.mark.parametrize(
    ("cell", "expected"), [(10, ("r", "")), (20, ("g", "")), (30, (None, "VALUE_UNMAPPED")), (None, (None, ""))]
)
def test_choices_are_named_by_code_or_label_on_either_side(cell: Scalar, expected: tuple[object, str]) -> None:
    source = given("choice", *KINDS)
    value = built(source, {"values": {"Cost": "Red", "20": "g"}})
    assert evaluated(value, cell, source.type) == expected
    assert value.type == TARGET.type


@pytest.mark.parametrize(
    ("otherwise", "expected"),
    [
        (None, (None, "")),
        ("null", (None, "")),
        ("Green", ("g", "")),
        ({"value": "g"}, ("g", "")),
        ("reject", (None, "VALUE_UNMAPPED")),
        ("hold", (None, "VALUE_UNMAPPED")),
    ],
)
def test_otherwise_says_what_becomes_of_the_rest(otherwise: object, expected: tuple[object, str]) -> None:
    source = given("text(5)")
    value = built(source, {"values": {"x": "Red"}, "otherwise": otherwise})
    assert evaluated(value, "y", source.type) == expected
    assert evaluated(value, "x", source.type) == ("r", "")
    assert evaluated(value, None, source.type) == (None, "")
    assert [fault.fate for fault in value.faults] == {"reject": ["rejected"], "hold": ["held"]}.get(str(otherwise), [])


OTHER: dict[str, Scalar] = {"text(5)": "x", "int": 1, "boolean": True}


@pytest.mark.parametrize("kind", ["text(5)", "int", "boolean"])
def test_blank_answers_null_of_every_kind(kind: str) -> None:
    source = given(kind)
    value = built(source, {"values": {"": "Red"}})
    assert evaluated(value, None, source.type) == ("r", "")
    assert evaluated(value, OTHER[kind], source.type) == (None, "VALUE_UNMAPPED")


def test_blank_answers_empty_text_and_a_text_without_it_refuses_empty_text() -> None:
    source = given("text(5)")
    assert evaluated(built(source, {"values": {"": "Red", "x": "g"}}), "", source.type) == ("r", "")
    assert evaluated(built(source, {"values": {"x": "g"}}), "", source.type) == (None, "VALUE_UNMAPPED")


def test_a_shared_map_may_have_more_keys_than_the_column_has_choices() -> None:
    place = Place(TARGET, maps={"colours": {"Cost": "Red", "Freight": "Green"}})
    source = given("choice", *KINDS)
    assert evaluated(built(source, {"values": "colours"}, place), 10, source.type) == ("r", "")


@pytest.mark.parametrize(
    ("kind", "argument", "code"),
    [
        ("choice", {"values": {"Costs": "Red"}}, "UNKNOWN_CHOICE"),
        ("choice", {"values": {"Cost": "Rad"}}, "UNKNOWN_CHOICE"),
        ("choice", {"values": {"Cost": "Red", "10": "g"}}, "VALUE_MAP_KEY"),
        ("choice", {"values": "colors"}, "UNKNOWN_VALUE_MAP"),
        ("choice", {"values": {"Cost": "Red"}, "otherwise": "Blue"}, "UNKNOWN_CHOICE"),
        ("choice", {"values": {"Cost": "Red"}, "otherwise": "pass"}, "TYPE_MISMATCH"),
        ("int", {"values": {"ten": "Red"}}, "VALUE_MAP_KEY"),
        ("boolean", {"values": {"yes": "Red"}}, "VALUE_MAP_KEY"),
        ("date", {"values": {"2026-01-01": "Red"}}, "TYPE_MISMATCH"),
    ],
)
def test_a_map_that_cannot_work_is_refused(kind: str, argument: dict[str, object], code: str) -> None:
    source = given(kind, *KINDS) if kind == "choice" else given(kind)
    with pytest.raises(TransformError) as caught:
        built(source, argument)
    assert caught.value.code == code


def test_results_of_text_know_their_length() -> None:
    value = built(given("text(5)"), {"values": {"a": "x", "b": "long"}}, Place(column("text(30)")))
    assert str(value.type) == "text(4)"
    with pytest.raises(TransformError, match="does not fit"):
        built(given("text(5)"), {"values": {"a": "too long"}}, Place(column("text(3)")))


def test_a_map_turned_round_asks_which_of_two_values_returns() -> None:
    assert reversed_pairs({"a": "1", "": "0", "b": None}, {}) == {"1": "a", "0": None, "": "b"}
    with pytest.raises(TransformError) as caught:
        reversed_pairs({"a": "1", "b": "1"}, {})
    assert caught.value.code == "VALUE_MAP_NOT_REVERSIBLE"
    with pytest.raises(TransformError) as several:
        reversed_pairs({"a": "1", "b": "1", "c": "2", "": None, "d": ""}, {})
    assert str(several.value) == "'1' comes from 'a' and 'b'; '' comes from '' and 'd'"
    assert several.value.hint == "say which returns: back: {1: b, '': d}"
    assert reversed_pairs({"a": "1", "b": "1"}, {"1": "b"}) == {"1": "b"}
    with pytest.raises(TransformError, match="not among"):
        reversed_pairs({"a": "1", "b": "1"}, {"1": "c"})
