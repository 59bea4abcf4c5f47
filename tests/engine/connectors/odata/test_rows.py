"""Cells of an answer land as the engine spells them, to the last digit."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connectors.odata.answers import Unreadable, read_rows
from crosswalk.connectors.odata.dialects import DATAVERSE, FINOPS, PLAIN, Dialect, version_of
from crosswalk.connectors.odata.faults import Answer
from crosswalk.connectors.odata.removals import removed_keys
from crosswalk.connectors.odata.rows import keys_of, rows_of
from crosswalk.connectors.odata.settings import Settings
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Page
from tests.engine.connectors.odata.orders import binding, entity, key


def settings(dialect: Dialect = PLAIN, zone: str = "UTC") -> Settings:
    return Settings("shop", "http://127.0.0.1", dialect=dialect, time_zone=zone)


def landed(text: str, *names: str, given: Settings | None = None) -> list[tuple]:
    given = given or settings()
    bound = binding(given, entity(*names))
    rows = read_rows(Answer(200, {}, text), bound.expected)
    backend = DuckDBBackend(None)
    backend.land(Page(rows_of(bound, given), bound={"page": rows.text}), "page")
    found = backend.rows("SELECT * FROM page")
    backend.close()
    return found


def cell(column: str, value: str, given: Settings | None = None, name: str | None = None) -> object:
    """Land one cell, given as JSON text."""
    [(found,)] = landed(f'{{"value": [{{"{name or column}": {value}}}]}}', column, given=given)
    return found


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ('"123456789012345.6789"', "123456789012345.6789"),
        ("123456789012345.6789", "123456789012345.6789"),
        ("-0.0001", "-0.0001"),
        ("-99999999999999999999.9999", "-99999999999999999999.9999"),
        ("0.1", "0.1"),
        ("12.50", "12.5"),
        ("1E+3", "1000"),
        ("1.5e-7", "0.00000015"),
        ("1.2345678901234567E+25", "12345678901234567000000000"),
        ('"-1e-3"', "-0.001"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("null", None),
    ],
)
def test_no_digit_of_a_decimal_is_lost(given: str, wanted: str | None) -> None:
    found = cell("amount", given)
    if wanted is None:
        assert found is None
    else:
        assert "e" not in str(found).lower()
        assert Decimal(str(found)) == Decimal(wanted)


def test_a_long_number_keeps_its_digits_beside_texts_that_look_like_it() -> None:
    text = '{"value": [{"amount": 123456789012345.6789, "Name": "a\\"b: 1.10, \\ud83d\\ude00"}, {"amount": 2, "Name": null}]}'
    assert landed(text, "amount", "NAME") == [("123456789012345.6789", 'a"b: 1.10, \U0001f600'), ("2", None)]


def test_half_a_character_does_not_stop_a_page() -> None:
    assert landed('{"value": [{"Name": "a\\ud800b"}, {"Name": "c"}]}', "NAME") == [("a\ufffdb",), ("c",)]


@pytest.mark.parametrize("text", ["", "'; DROP TABLE x; --", "\x00", "\u2028", "{0} %s $1 {{ }}", "é" * 5000, '"\\'])
def test_a_text_lands_as_it_is(text: str) -> None:
    assert landed(json.dumps({"value": [{"Name": text}]}), "NAME") == [(text,)]


@pytest.mark.parametrize(
    ("dialect", "zone", "given", "wanted"),
    [
        (PLAIN, "UTC", "2026-11-27T08:00:00Z", "2026-11-27T08:00:00Z"),
        (PLAIN, "UTC", "2026-11-27T08:00:00.1234560Z", "2026-11-27T08:00:00.123456Z"),
        (PLAIN, "UTC", "2026-11-27T08:00:00.1234567Z", "2026-11-27T08:00:00.1234567Z"),
        (PLAIN, "UTC", "2026-11-27T08:00:00+02:00", "2026-11-27T06:00:00.000000"),
        (PLAIN, "UTC", "2026-11-27T00:30:00-03:30", "2026-11-27T04:00:00.000000"),
        (PLAIN, "UTC", "2026-11-27T08:00:00.1234567+02:00", "2026-11-27T08:00:00.1234567+02:00"),
        (PLAIN, "UTC", "2026-11-27T08:00:00", "2026-11-27T08:00:00.000000"),
        (PLAIN, "Europe/Berlin", "2026-11-27T08:00:00", "2026-11-27T07:00:00.000000"),
        (PLAIN, "Europe/Berlin", "2026-11-27T08:00:00Z", "2026-11-27T08:00:00Z"),
        (FINOPS, "UTC", "1900-01-01T00:00:00Z", None),
        (FINOPS, "UTC", "2026-11-27T08:00:00Z", "2026-11-27T08:00:00Z"),
        (PLAIN, "UTC", "1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z"),
        (PLAIN, "UTC", "soon", "soon"),
    ],
)
def test_times_are_in_utc_and_never_rounded(dialect: Dialect, zone: str, given: str, wanted: str | None) -> None:
    assert cell("sent", json.dumps(given), settings(dialect, zone)) == wanted


@pytest.mark.parametrize(
    ("dialect", "zone", "given", "wanted"),
    [
        (FINOPS, "UTC", "2026-11-27T12:00:00Z", "2026-11-27"),
        (FINOPS, "Pacific/Kiritimati", "2026-11-27T12:00:00Z", "2026-11-27"),
        (FINOPS, "UTC", "1900-01-01T12:00:00Z", None),
        (DATAVERSE, "UTC", "2026-11-27T00:00:00Z", "2026-11-27"),
        (DATAVERSE, "Europe/Berlin", "2026-11-26T23:00:00Z", "2026-11-27"),
        (PLAIN, "UTC", "2026-11-27T01:00:00+02:00", "2026-11-26"),
        (PLAIN, "UTC", "2026-11-27", "2026-11-27"),
    ],
)
def test_a_day_that_comes_as_a_time_is_the_day_it_means(
    dialect: Dialect, zone: str, given: str, wanted: str | None
) -> None:
    assert cell("due", json.dumps(given), settings(dialect, zone)) == wanted


@pytest.mark.parametrize(
    ("column", "name", "given", "wanted"),
    [
        ("day", "day", '"2026-11-27"', "2026-11-27"),
        ("count", "count", "5", "5"),
        ("open", "open", "true", "true"),
        ("open", "open", "false", "false"),
        ("held", "held", '"Yes"', "yes"),
        ("held", "held", '"Perhaps"', "Perhaps"),
        (
            "customer",
            "_customer_value",
            '"6BA7B810-9DAD-11D1-80B4-00C04FD430C8"',
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        ),
        ("versionnumber", "versionnumber", "9223372036854775807", "9223372036854775807"),
        ("NAME", "Name", "null", None),
    ],
)
def test_each_type_lands_in_its_spelling(column: str, name: str, given: str, wanted: object) -> None:
    assert cell(column, given, settings(DATAVERSE), name) == wanted


def test_a_row_version_is_made_of_the_etag_as_the_writing_side_makes_it() -> None:
    etag = 'W/"JzAsNTYzNzE0NDU3Nic="'
    given = settings(FINOPS)
    made = replace(entity().columns["versionnumber"], name="RecVersion")
    table = replace(entity("orderid"), columns={"RecVersion": made}, row_version="RecVersion")
    bound = binding(given, table)
    backend = DuckDBBackend(None)
    page = Page(rows_of(bound, given), bound={"page": json.dumps({"value": [{"@odata.etag": etag}]})})
    backend.land(page, "page")
    assert backend.rows("SELECT * FROM page") == [(str(version_of(etag)),)]
    backend.close()


def test_removed_rows_do_not_land() -> None:
    context = "http://127.0.0.1/api/$metadata#orders/$deletedEntity"
    rows = [
        {"orderid": key(1), "@odata.context": "http://127.0.0.1/api/$metadata#orders/$entity"},
        {"@odata.context": context, "id": key(2), "reason": "deleted"},
        {"@removed": {"reason": "deleted"}, "@id": f"orders({key(3)})"},
    ]
    assert landed(json.dumps({"value": rows}), "orderid") == [(key(1),)]


@pytest.mark.parametrize(
    "entry",
    [
        {"@odata.context": "x#orders/$deletedEntity", "id": key(2), "reason": "deleted"},
        {"@odata.context": "x#orders/$deletedEntity", "id": f"http://127.0.0.1/api/orders({key(2)})"},
        {"@removed": {"reason": "deleted"}, "@id": f"orders({key(2)})"},
        {"@removed": {"reason": "changed"}, "orderid": key(2)},
    ],
)
def test_the_key_of_a_removed_row_is_found_in_every_form(entry: dict) -> None:
    given = settings()
    bound = binding(given, entity("orderid"))
    text = json.dumps({"value": removed_keys([entry], bound)})
    backend = DuckDBBackend(None)
    backend.land(Page(keys_of(bound, given), "gone", bound={"page": text}), "page")
    assert backend.rows("SELECT * FROM page") == [(key(2),)]
    backend.close()


def test_a_removed_row_without_a_key_is_an_error() -> None:
    with pytest.raises(SystemFailure, match="without its key"):
        removed_keys([{"@removed": {"reason": "deleted"}}], binding(settings(), entity("orderid")))


def test_a_property_that_is_missing_in_a_row_is_told() -> None:
    with pytest.raises(Unreadable, match="lacks amount, which was asked for"):
        landed('{"value": [{"amount": 1, "Name": "a"}, {"Name": "b"}]}', "amount", "NAME")


def test_a_property_that_nobody_asked_for_is_left_out() -> None:
    assert landed('{"value": [{"Name": "a", "other": [1, {"x": 2}]}]}', "NAME") == [("a",)]


def test_a_column_without_a_property_is_told_with_what_is_near() -> None:
    table = entity("amount", row_version=None)
    wrong = replace(table, columns={"amout": replace(table.columns["amount"], name="amout")})
    with pytest.raises(UsageError, match="did you mean 'amount'") as caught:
        binding(settings(), wrong)
    assert caught.value.code == "SYSTEM_LACKS"


def test_a_table_that_is_not_there_is_told_with_what_is_near() -> None:
    given = Settings("shop", "http://127.0.0.1", tables={"orders": "ordres"})
    with pytest.raises(UsageError, match="did you mean 'orders'"):
        binding(given)
