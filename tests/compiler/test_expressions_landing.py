"""Landing in a column, constants, and sources made of several values."""

from __future__ import annotations

import pytest

from crosswalk.compiler.landing import constant, land
from crosswalk.compiler.sources import concat_of, first_of
from crosswalk.contracts import TransformError, Value
from crosswalk.model import Choice, Constant, Scalar
from tests.transforms.bench import HERE, column, evaluated, given

STATES = (Choice(0, "Draft"), Choice(1, "Open"))


@pytest.mark.parametrize(
    ("kind", "target", "cell", "expected"),
    [
        ("int", "decimal(19,2)", "7", ("7.00", "")),
        ("int", "decimal(5,2)", "-9223372036854775808", (None, "OUT_OF_RANGE")),
        ("int", "decimal(5,2)", "999", ("999.00", "")),
        ("decimal(5,2)", "decimal(19,4)", "1.25", ("1.2500", "")),
        ("decimal(38,2)", "decimal(5,2)", "-1000", (None, "OUT_OF_RANGE")),
        ("decimal(38,2)", "decimal(5,2)", "999.99", ("999.99", "")),
        ("decimal(38,0)", "int", "9" * 38, (None, "OUT_OF_RANGE")),
        ("decimal(38,0)", "int", "-9223372036854775808", ("-9223372036854775808", "")),
        ("text(40)", "text(3)", "longer", ("longer", "")),
        ("decimal(5,2)", "decimal(5,2)", "1.00", ("1.00", "")),
    ],
)
def test_a_value_lands_without_a_word(kind: str, target: str, cell: str, expected: tuple[str | None, str]) -> None:
    found, code = evaluated(land(given(kind), column(target)), cell, given(kind).type)
    assert (None if found is None else str(found), code) == expected


@pytest.mark.parametrize(
    ("kind", "target", "code"),
    [
        ("decimal(19,4)", "decimal(19,2)", "PRECISION_LOSS_POSSIBLE"),
        ("decimal(19,4)", "int", "PRECISION_LOSS_POSSIBLE"),
        ("datetime", "date", "TZ_REQUIRED"),
        ("date", "datetime", "TZ_REQUIRED"),
        ("text", "int", "TYPE_MISMATCH"),
        ("guid", "text(40)", "TYPE_MISMATCH"),
        ("boolean", "int", "TYPE_MISMATCH"),
    ],
)
def test_a_value_that_needs_a_word_is_refused(kind: str, target: str, code: str) -> None:
    with pytest.raises(TransformError) as caught:
        land(given(kind), column(target))
    assert caught.value.code == code
    assert caught.value.hint


def test_a_choice_lands_in_a_choice_or_an_int_by_its_code() -> None:
    source = given("choice", *STATES)
    assert land(source, column("int")).sql == source.sql
    wide = land(source, column("choice", *STATES))
    assert evaluated(wide, 1, source.type) == (1, "")
    assert evaluated(wide, 7, source.type) == (None, "VALUE_UNMAPPED")
    narrower = land(source, column("choice", STATES[0]))
    assert evaluated(narrower, 1, source.type) == (None, "VALUE_UNMAPPED")
    assert evaluated(narrower, 0, source.type) == (0, "")
    with pytest.raises(TransformError):
        land(source, column("choice", Choice("d", "Draft")))


CONSTANTS = [
    ("yes", "text(3)", "yes"),
    (5, "decimal(9,2)", "5.00"),
    ("0.0000001", "decimal(9,7)", "1E-7"),
    ("2026-01-31", "date", "2026-01-31"),
    ("2026-01-31T10:00:00+02:00", "datetime", "2026-01-31 08:00:00"),
    (True, "boolean", "True"),
    ("6F9619FF-8B86-D011-B42D-00CF4FC964FF", "guid", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
    (None, "int", "None"),
]


@pytest.mark.parametrize(("scalar", "kind", "shown"), CONSTANTS)
def test_a_constant_takes_the_type_of_its_column(scalar: Scalar, kind: str, shown: str) -> None:
    value = constant(Constant(scalar, HERE), column(kind))
    assert str(evaluated(value, None, column("int").type)[0]) == shown


@pytest.mark.parametrize(
    ("scalar", "kind"),
    [
        ("long", "text(3)"),
        ("9223372036854775808", "int"),
        ("1.234", "decimal(9,2)"),
        ("12345678.00", "decimal(9,2)"),
        ("1e5", "int"),
        ("yes", "boolean"),
        ("2026-02-30", "date"),
        ("2026-01-31T10:00:00", "datetime"),
        ("x", "guid"),
    ],
)
def test_a_constant_that_does_not_fit_is_refused(scalar: Scalar, kind: str) -> None:
    with pytest.raises(TransformError) as caught:
        constant(Constant(scalar, HERE), column(kind))
    assert caught.value.code == "DEFAULT_DOES_NOT_FIT"


def test_a_constant_choice_is_named_by_code_or_label() -> None:
    for scalar in (1, "1", "Open"):
        assert constant(Constant(scalar, HERE), column("choice", *STATES)).sql.text == "1"
    with pytest.raises(TransformError) as caught:
        constant(Constant("Opn", HERE), column("choice", *STATES))
    assert (caught.value.code, caught.value.hint) == ("UNKNOWN_CHOICE", "did you mean 'Open'?")


def test_the_first_value_that_is_there_wins() -> None:
    source = given("text(5)")
    value = first_of([source, constant(Constant("none", HERE), column("text(20)"))])
    assert [evaluated(value, cell, source.type)[0] for cell in (None, "", "x")] == ["none", "none", "x"]
    assert str(value.type) == "text(5)"
    numbers = first_of([given("int"), Value(given("decimal(9,2)").sql, given("decimal(9,2)").type)])
    assert str(numbers.type) == "decimal(21,2)"
    with pytest.raises(TransformError, match="do not go together"):
        first_of([given("text(5)"), given("int")])


def test_joined_text_takes_null_as_empty() -> None:
    dash = constant(Constant("-", HERE), column("text"))
    value = concat_of([given("int"), dash, given("int")])
    assert evaluated(value, None, given("int").type) == ("-", "")
    assert evaluated(value, 7, given("int").type) == ("7-7", "")
    assert str(value.type) == "text(41)"
    with pytest.raises(TransformError):
        concat_of([given("boolean")])
