"""Values in bodies and addresses come back as they were, whatever stands in them."""

import json
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk.connectors.odata.addressing import Part, address, filter_of
from crosswalk.connectors.odata.encoding import Spelling, Unfit, encode, literal

GUID = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
HOSTILE = st.sampled_from(
    [
        "'",
        "''",
        "a'b",
        "x')/y('",
        "a,b=c",
        "50% off",
        "a+b c",
        "a/b\\c?d#e&f",
        "%27",
        "\r\n--batch",
        "ƶ́☃",
        "",
        "null",
        "(1)",
        "'),Id=('",
    ]
)


@pytest.mark.parametrize(
    ("value", "edm", "encoded"),
    [
        (None, "Edm.Decimal", None),
        (True, "Edm.Boolean", True),
        (False, "Model.NoYes", "No"),
        (True, "Edm.Int32", 1),
        (7, "Edm.Int32", 7),
        (7, "Edm.Int64", "7"),
        (7, "Edm.Decimal", "7"),
        (7, "Edm.String", "7"),
        (Decimal("-12.50"), "Edm.Decimal", "-12.50"),
        (Decimal("1E+3"), "Edm.Decimal", "1000"),
        (Decimal("123456789012345.6789"), "Edm.Decimal", "123456789012345.6789"),
        (Decimal("3.0"), "Edm.Int32", 3),
        (Decimal("0.5"), "Edm.Double", 0.5),
        (GUID, "Edm.Guid", str(GUID)),
        (str(GUID).upper(), "Edm.Guid", str(GUID)),
        (date(2026, 11, 27), "Edm.Date", "2026-11-27"),
        (datetime(2026, 11, 27, 8, 0, 0, 120000), "Edm.DateTimeOffset", "2026-11-27T08:00:00.120000Z"),
        (datetime(2026, 11, 27), "Edm.Date", "2026-11-27"),
        ("192350000", "Edm.Int32", 192350000),
        ("chargeable", "Model.BillingType", "chargeable"),
        ("12.50", "Edm.Decimal", "12.50"),
    ],
)
def test_a_value_is_spelled_as_its_property_asks(value, edm, encoded) -> None:
    found = encode(value, edm)
    assert (found, type(found)) == (encoded, type(encoded))


def test_a_date_kept_as_an_instant_gets_the_time_of_day_of_the_server() -> None:
    assert encode(date(2026, 11, 27), "Edm.DateTimeOffset") == "2026-11-27T00:00:00Z"
    assert encode(date(2026, 11, 27), "Edm.DateTimeOffset", Spelling(noon=True)) == "2026-11-27T12:00:00Z"
    assert encode(date(2026, 11, 27), "Edm.DateTimeOffset", Spelling(zone="Europe/Oslo")) == "2026-11-26T23:00:00Z"


@pytest.mark.parametrize(
    ("value", "edm"),
    [
        (Decimal("NaN"), "Edm.Decimal"),
        (Decimal("Infinity"), "Edm.Double"),
        (Decimal("1.5"), "Edm.Int32"),
        ("no guid", "Edm.Guid"),
        ("1e3x", "Edm.Decimal"),
        ("yes", "Edm.Int32"),
        ("\u0663", "Edm.Int32"),
        (datetime(2026, 11, 27, 1), "Edm.Date"),
    ],
)
def test_a_value_that_does_not_fit_is_not_bent(value, edm) -> None:
    with pytest.raises(Unfit):
        encode(value, edm)


@pytest.mark.parametrize(
    ("value", "edm", "written"),
    [
        (None, "Edm.String", "null"),
        ("O'Neill", "Edm.String", "'O''Neill'"),
        ("Yes", "Model.NoYes", "Model.NoYes'Yes'"),
        (True, "Model.NoYes", "Model.NoYes'Yes'"),
        (True, "Edm.Boolean", "true"),
        (GUID, "Edm.Guid", str(GUID)),
        (Decimal("10.50"), "Edm.Decimal", "10.50"),
        (7, "Edm.Int64", "7"),
        (datetime(2026, 11, 27, 8), "Edm.DateTimeOffset", "2026-11-27T08:00:00Z"),
    ],
)
def test_a_literal_is_written_by_its_type(value, edm, written) -> None:
    assert literal(value, edm) == written


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_keeps_every_digit(value: Decimal) -> None:
    text = encode(value, "Edm.Decimal")
    assert isinstance(text, str)
    assert "e" not in text.lower()
    assert Decimal(text) == value


@given(TEXTS | HOSTILE)
def test_any_text_survives_a_body(value: str) -> None:
    assert json.loads(json.dumps(encode(value, "Edm.String"))) == value


def read_key(predicate: str) -> list[tuple[str, str]]:
    """Read a key predicate as a server does: escapes first, then names, quotes and commas."""
    text, pairs, place = unquote(predicate), [], 0
    while place < len(text):
        start = text.index("=", place) + 1
        name, end, value = text[place : start - 1], start + 1, ""
        assert text[start] == "'"
        while text[end : end + 2] == "''" or text[end] != "'":
            step = 2 if text[end] == "'" else 1
            value, end = value + text[end], end + step
        pairs.append((name, value))
        assert text[end + 1 : end + 2] in {",", ""}
        place = end + 2
    return pairs


@given(st.lists(TEXTS | HOSTILE, min_size=2, max_size=4))
def test_a_key_of_any_texts_can_be_read_back(values: list[str]) -> None:
    found = address("orders", [Part(f"k{n}", "Edm.String", value) for n, value in enumerate(values)])
    assert found.startswith("orders(")
    assert found.endswith(")")
    inside = found.removeprefix("orders(").removesuffix(")")
    assert not set(inside) & set("/?#&+ ()\r\n")
    assert read_key(inside) == [(f"k{n}", value) for n, value in enumerate(values)]


def test_a_key_of_one_part_stands_bare_and_an_alternate_one_is_named() -> None:
    assert address("accounts", [Part("accountid", "Edm.Guid", GUID)]) == f"accounts({GUID})"
    key = [Part("accountnumber", "Edm.String", "A 1"), Part("_company_value", "Edm.Guid", GUID)]
    assert address("accounts", key[:1], alternate=True) == "accounts(accountnumber='A%201')"
    assert address("accounts", key, alternate=True) == f"accounts(accountnumber='A%201',_company_value={GUID})"


def test_a_key_with_a_part_that_is_null_has_no_address() -> None:
    with pytest.raises(Unfit, match="'number'"):
        address("orders", [Part("company", "Edm.String", "usmf"), Part("number", "Edm.String", None)])


def test_half_a_character_has_no_address() -> None:
    with pytest.raises(Unfit):
        address("orders", [Part("number", "Edm.String", "\ud800")])


def test_a_filter_for_a_key_asks_for_null_where_a_part_is_null() -> None:
    key = [Part("number", "Edm.String", "a'b+c"), Part("company", "Edm.String", None)]
    assert unquote(filter_of(key)) == "number eq 'a''b+c' and company eq null"
    assert "+" not in filter_of(key)
