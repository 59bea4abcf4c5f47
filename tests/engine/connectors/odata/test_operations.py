"""One change becomes one operation: which verb, which address, which precondition, which body."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk.connectors.odata.calls import Call, Reply
from crosswalk.connectors.odata.carrying import Carrier
from crosswalk.connectors.odata.dialects import DATAVERSE, FINOPS, Dialect, version_of
from crosswalk.connectors.odata.encoding import Json, Unfit
from crosswalk.connectors.odata.flights import pieces
from crosswalk.connectors.odata.multiples import calls_of
from crosswalk.connectors.odata.operations import Desk, Seen, call_of
from crosswalk.connectors.odata.table import Leads, Table
from crosswalk.connectors.odata.verdicts import verdict
from crosswalk.entities import Column, DataType, Entity, EntityRef, Kind
from crosswalk.exchange import Change, Plain
from tests.engine.connectors.odata.desks import SPAN, session

ROW, COMPANY = UUID(int=1), UUID(int=2)
KINDS: dict[str, Kind] = {
    "accountid": "guid", "number": "text", "name": "text", "limit": "decimal", "since": "date",
    "company": "guid", "held": "boolean", "stamp": "int",
}  # fmt: skip
COLUMNS = {name: Column(name, DataType(kind, precision=19, scale=4), SPAN) for name, kind in KINDS.items()}
EDM = {
    "accountid": "Edm.Guid", "number": "Edm.String", "name": "Edm.String", "limit": "Edm.Decimal",
    "since": "Edm.DateTimeOffset", "company": "Edm.Guid", "held": "Model.NoYes", "stamp": "Edm.Int64",
}  # fmt: skip
ENTITY = Entity(EntityRef("outside", "accounts"), "Accounts", ("accountid",), COLUMNS, SPAN)
TABLE = Table(
    entity_set="accounts",
    type_name="Model.account",
    key=("accountid",),
    columns=COLUMNS,
    types=EDM,
    properties={**{name: name for name in EDM}, "company": "_company_value"},
    codes={"held": {"Yes": "true", "No": "false"}},
    lookups={"company": (Leads("Company", "companies", "companyid"),)},
    alternates=(frozenset({"number", "company"}),),
)
ALTERNATE: dict[str, Plain] = {"number": "O'Neill/1", "company": COMPANY}
OWN: dict[str, Plain] = {"accountid": ROW}


def desk(dialect: Dialect = DATAVERSE, entity: Entity = ENTITY, table: Table = TABLE) -> Desk:
    line = session("http://127.0.0.1:9/data", dialect)
    line.close()
    return Desk(line, dialect, table, entity, dialect.upserts, lambda column, value: table.lookups[column][0])


def change(operation: Literal["insert", "update", "delete"], key: dict[str, Plain], **values: Plain) -> Change:
    return Change(7, operation, key, values)


def test_an_insert_goes_to_the_address_of_its_key() -> None:
    made = call_of(change("insert", OWN, name="N", limit=Decimal("1.10")), desk(), None)
    assert made == Call("7", "PATCH", f"accounts({ROW})", {}, {"name": "N", "limit": "1.10"})


def test_an_insert_by_an_alternate_key_names_lookups_by_their_value() -> None:
    made = call_of(change("insert", ALTERNATE, name="N", number="O'Neill/1"), desk(), None)
    assert unquote(made.url) == f"accounts(number='O''Neill/1',_company_value={COMPANY})"
    assert made.body == {"name": "N"}


@pytest.mark.parametrize("dialect", [replace(DATAVERSE, upserts=False), FINOPS], ids=["create", "finops"])
def test_an_insert_without_upserts_carries_its_key_in_the_body(dialect: Dialect) -> None:
    made = call_of(change("insert", OWN, name="N"), desk(dialect), None)
    assert (made.verb, made.url.partition("?")[0]) == ("POST", "accounts")
    assert made.body == {"accountid": str(ROW), "name": "N"}


def test_an_insert_whose_key_the_service_cannot_find_rows_by_is_a_creation() -> None:
    made = call_of(change("insert", {"number": "1"}, name="N"), desk(), None)
    assert (made.verb, made.url, made.body) == ("POST", "accounts", {"number": "1", "name": "N"})


def test_an_update_asks_that_the_row_exists_or_still_is_as_it_was() -> None:
    assert call_of(change("update", OWN, name="N"), desk(), None).headers == {"If-Match": "*"}
    seen = Seen(f"accounts({ROW})", 'W/"5"')
    assert call_of(change("update", OWN, name="N"), desk(), seen).headers == {"If-Match": 'W/"5"'}


def test_a_delete_has_a_precondition_only_where_one_was_asked_for() -> None:
    assert call_of(change("delete", OWN), desk(), None) == Call("7", "DELETE", f"accounts({ROW})")
    assert call_of(change("delete", OWN), desk(), Seen("accounts(x)", '"5"')).headers == {"If-Match": '"5"'}


def test_a_lookup_is_written_as_a_reference_and_taken_away_by_null() -> None:
    assert call_of(change("update", OWN, company=COMPANY), desk(), None).body == {
        "Company@odata.bind": f"/companies({COMPANY})"
    }
    assert call_of(change("update", OWN, company=None), desk(), None).body == {"Company@odata.bind": None}


def test_codes_are_written_as_the_members_of_their_enumeration() -> None:
    assert call_of(change("update", OWN, held=True), desk(), None).body == {"held": "Yes"}


def test_a_day_is_written_as_the_service_keeps_days() -> None:
    table = replace(TABLE, spelling=replace(TABLE.spelling, noon=True))
    made = call_of(change("update", OWN, since=date(2026, 11, 27)), desk(table=table), None)
    assert made.body == {"since": "2026-11-27T12:00:00Z"}


def test_options_of_the_service_stand_on_every_write() -> None:
    made = call_of(change("delete", OWN), desk(FINOPS), None)
    assert made.url == f"accounts({ROW})?cross-company=true"


def test_the_row_is_asked_for_where_the_system_stamps_it() -> None:
    made = call_of(change("update", OWN, name="N"), desk(entity=replace(ENTITY, row_version="stamp")), None)
    assert made.headers["Prefer"] == "return=representation"
    assert unquote(made.url.partition("$select=")[2]) == "accountid,number,name,limit,since,_company_value,held,stamp"


def test_a_key_with_a_null_has_no_operation() -> None:
    with pytest.raises(Unfit):
        call_of(change("update", {"number": None, "company": COMPANY}, name="N"), desk(), None)


def test_rows_of_one_call_have_the_same_columns_and_say_which_row_they_are() -> None:
    made = [
        replace(change("insert", OWN, name="N"), number=1),
        replace(change("insert", ALTERNATE, name="N", company=COMPANY), number=2),
    ]
    (own, _), (alternate, _) = calls_of(made, desk())
    assert own.url == alternate.url == "accounts/Model.UpsertMultiple"
    assert own.body == {"Targets": [{"@odata.type": "Model.account", "accountid": str(ROW), "name": "N"}]}
    targets = alternate.body and alternate.body["Targets"]
    assert isinstance(targets, list)
    (target,) = targets
    assert isinstance(target, dict)
    assert unquote(str(target.pop("@odata.id"))) == f"accounts(number='O''Neill/1',_company_value={COMPANY})"
    assert target == {"@odata.type": "Model.account", "name": "N"}


def test_a_row_comes_back_under_its_columns() -> None:
    body: dict[str, Json] = {
        "@odata.etag": '"x"', "accountid": str(ROW).upper(), "number": "", "limit": "1.1000", "since": "2026-11-27T23:30:00-02:00",
        "_company_value": str(COMPANY), "held": "No", "stamp": 5, "other": 1,
    }  # fmt: skip
    ack = verdict(change("update", OWN), Call("7", "PATCH", ""), Reply(200, {}, body), TABLE)
    assert ack.row == {
        "accountid": str(ROW), "number": "", "limit": Decimal("1.1000"), "since": date(2026, 11, 28),
        "company": str(COMPANY), "held": False, "stamp": 5,
    }  # fmt: skip


def test_a_version_that_is_made_from_the_etag_comes_back_too() -> None:
    table = replace(TABLE, properties={**TABLE.properties, "stamp": "@odata.etag"})
    ack = verdict(change("update", OWN), Call("7", "PATCH", ""), Reply(200, {}, {"@odata.etag": 'W/"JzEn"'}), table)
    assert ack.row == {"stamp": version_of('W/"JzEn"')}


def test_a_carrier_without_formats_left_sends_one_by_one() -> None:
    carrier = Carrier(desk().session, ["json", "multipart"])
    carrier._drop("json")
    carrier._drop("json")
    assert carrier.formats == ["multipart"]


@given(st.lists(st.sampled_from([None, "a", "b", "c"]), max_size=40), st.integers(1, 12))
def test_pieces_hold_every_change_once_in_order_and_cut_no_group_that_fits(groups: list[str | None], most: int) -> None:
    ordered = sorted(groups, key=str)
    batch = tuple(Change(n, "insert", {"id": n}, {}, group=group) for n, group in enumerate(ordered))
    found = list(pieces(batch, most))
    assert [one for piece in found for one in piece] == list(batch)
    assert all(0 < len(piece) <= most for piece in found)
    for group in {one.group for one in batch if one.group}:
        if ordered.count(group) <= most:
            assert sum(any(one.group == group for one in piece) for piece in found) == 1
