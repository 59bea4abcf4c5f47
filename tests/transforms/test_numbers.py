"""Scaling and rounding: exact on decimals, guarded where digits may not suffice."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from crosswalk.contracts import TransformError
from crosswalk.sql import name
from crosswalk.transforms import spec
from tests.transforms.bench import Place, column, evaluated, given

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}


@settings(max_examples=150)
@generated(
    units=st.integers(-(10**38) + 1, 10**38 - 1) | st.integers(-100_000, 100_000),
    to=st.integers(0, 5),
    mode=st.sampled_from(sorted(MODES)),
)
def test_rounding_is_that_of_decimals(units: int, to: int, mode: str) -> None:
    source = given("decimal(38,4)")
    value = spec("round").build(source, {"to": to, "mode": mode}, Place(column("decimal(38,4)")))
    number = Decimal(units).scaleb(-4) if abs(units) < 10**28 else Decimal(f"{units}e-4")
    with localcontext() as context:
        context.prec = 60
        wanted = number.quantize(Decimal(1).scaleb(-to), MODES[mode])
        assert evaluated(value, f"{number:f}", source.type) == (wanted, "")


@pytest.mark.parametrize(
    ("places", "cell", "expected"),
    [
        (0, "12.3456", ("12.00", "")),
        (2, "12.3456", ("12.35", "")),
        (3, "12.3456", (None, "PRECISION_LOSS")),
        (3, "12.3400", ("12.34", "")),
        (-1, "12.3456", (None, "ROUND_DIGITS")),
        (None, "12.3456", (None, "ROUND_DIGITS")),
        (None, None, (None, "")),
    ],
)
def test_the_row_may_name_its_digits(places: int | None, cell: str | None, expected: tuple[str | None, str]) -> None:
    source, digits = given("decimal(19,4)"), given("int")
    digits = type(digits)(name("n"), digits.type)
    place = Place(column("decimal(19,2)"), paths={"currency.digits": digits})
    value = spec("round").build(source, {"to": "currency.digits"}, place)
    found, code = evaluated(value, cell, source.type, n=f"CAST({'NULL' if places is None else places} AS BIGINT)")
    assert (None if found is None else str(found), code) == expected
    assert str(value.type) == "decimal(18,2)"


@pytest.mark.parametrize(("places", "code"), [(0, "OUT_OF_RANGE"), (2, "OUT_OF_RANGE"), (9, "OUT_OF_RANGE")])
def test_rounding_up_to_one_digit_more_stops_nothing(places: int, code: str) -> None:
    source, digits = given("decimal(38,2)"), given("int")
    place = Place(column("decimal(38,2)"), paths={"n": type(digits)(name("n"), digits.type)})
    value = spec("round").build(source, {"to": "n"}, place)
    assert evaluated(value, "9" * 36 + ".99", source.type, n=f"CAST({places} AS BIGINT)") == (None, code)


@pytest.mark.parametrize(
    ("left", "right", "cell", "factor", "expected"),
    [
        ("decimal(19,4)", "decimal(28,12)", "12.5000", "0.081234567891", ("1.0154320986375000", "")),
        ("decimal(19,4)", "decimal(28,12)", "999999999999999.9999", "2", (None, "OUT_OF_RANGE")),
        ("decimal(10,2)", "decimal(10,2)", "99999999.99", "99999999.99", ("9999999998000000.0001", "")),
        ("int", "int", "-9223372036854775808", "-9223372036854775808", (str(2**126), "")),
        ("decimal(19,4)", "decimal(28,12)", "1.0000", None, (None, "")),
    ],
)
def test_a_product_is_exact_or_refused(
    left: str, right: str, cell: str, factor: str | None, expected: tuple[str | None, str]
) -> None:
    source, other = given(left), given(right)
    place = Place(column("decimal(38,16)"), paths={"rate": type(other)(name("rate"), other.type)})
    value = spec("multiply").build(source, "rate", place)
    cast = f"CAST({'NULL' if factor is None else repr(factor)} AS {other.type})".replace("AS int", "AS BIGINT")
    found, code = evaluated(value, cell, source.type, rate=cast)
    assert (None if found is None else str(found), code) == expected


@pytest.mark.parametrize(
    ("name_", "kind", "argument", "code"),
    [
        ("multiply", "text", "2", "TYPE_MISMATCH"),
        ("multiply", "int", "1e5", "TYPE_MISMATCH"),
        ("multiply", "int", "nowhere", "UNKNOWN_COLUMN"),
        ("multiply", "decimal(38,20)", "0.0000000000000001", "EXPR_TOO_WIDE"),
        ("round", "decimal(9,2)", {"to": 1, "mode": "up"}, "ROUND_MODE"),
        ("round", "decimal(9,2)", "-1", "ROUND_DIGITS"),
        ("round", "date", 2, "TYPE_MISMATCH"),
        ("trim", "choice", True, "TYPE_MISMATCH"),
        ("default", "int", "none", "DEFAULT_DOES_NOT_FIT"),
        ("default", "int", None, "DEFAULT_DOES_NOT_FIT"),
    ],
)
def test_a_transform_that_cannot_work_is_refused(name_: str, kind: str, argument: object, code: str) -> None:
    target = column("int") if name_ == "default" else column("decimal(38,4)")
    with pytest.raises(TransformError) as caught:
        spec(name_).build(given(kind), argument, Place(target))
    assert caught.value.code == code


def test_a_default_answers_empty_text_that_a_conversion_refuses() -> None:
    place = Place(column("int"))
    value = spec("default").build(spec("as").build(given("text"), {"as": "int"}, place), 0, place)
    assert evaluated(value, "", given("text").type) == (0, "")
    assert evaluated(value, "x", given("text").type)[1] == "CAST_INT"
    assert not value.nullable
