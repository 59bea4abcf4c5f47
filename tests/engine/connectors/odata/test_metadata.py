"""What a service says of itself becomes entities."""

import pytest

from crosswalk.connectors.odata.catalogue import Attribute
from crosswalk.connectors.odata.describing import describe
from crosswalk.connectors.odata.dialects import DATAVERSE, FINOPS, Dialect
from crosswalk.connectors.odata.metadata import read_metadata
from crosswalk.connectors.odata.settings import Settings
from crosswalk.errors import SystemFailure
from crosswalk.model import Choice, DataType, Entity
from tests.engine.connectors.odata.orders import METADATA
from tests.engine.connectors.odata.scripted import Reply, one_after_the_other, running


def described(dialect: Dialect = DATAVERSE, **tables: str) -> Entity:
    given = Settings("shop", "http://127.0.0.1", dialect=dialect, tables=tables)
    found = describe("orders", read_metadata(METADATA, "shop"), given, {})
    assert found is not None
    return found


def test_columns_have_the_types_of_their_properties() -> None:
    types = {name: str(column.type) for name, column in described().columns.items()}
    assert types == {
        "modifiedon": "datetime",
        "orderid": "guid",
        "Name": "text(20)",
        "amount": "decimal(19,4)",
        "rate": "decimal(38,10)",
        "count": "int",
        "open": "boolean",
        "held": "choice",
        "day": "date",
        "due": "datetime",
        "sent": "datetime",
        "customer": "guid",
        "versionnumber": "int",
    }


def test_key_and_roles_are_found_in_the_type_and_above_it() -> None:
    orders = described()
    assert orders.key == ("orderid",)
    assert (orders.modified, orders.row_version) == ("modifiedon", "versionnumber")
    assert orders.columns["orderid"].required
    assert not orders.columns["Name"].required


def test_a_lookup_has_the_name_of_its_attribute_and_leads_to_every_table_it_may() -> None:
    assert described(persons="people").columns["customer"].relation == ("customers", "persons")


def test_members_of_an_enumeration_are_choices() -> None:
    assert described().columns["held"].choices == (Choice("No", "No"), Choice("Yes", "Yes"))


def test_the_catalogue_says_what_the_metadata_do_not() -> None:
    settings = Settings("shop", "http://127.0.0.1", dialect=DATAVERSE)
    said = {
        "count": Attribute(choices=(Choice(0, "None"), Choice(1, "One"))),
        "rate": Attribute(digits=(19, 4), title="Rate of the day"),
    }
    found = describe("orders", read_metadata(METADATA, "shop"), settings, said)
    assert found is not None
    assert found.columns["count"].type == DataType("choice", coded="int")
    assert found.columns["count"].choices[1].label == "One"
    assert str(found.columns["rate"].type) == "decimal(19,4)"
    assert found.columns["rate"].title == "Rate of the day"


def test_a_row_version_is_made_where_the_service_has_etags_only() -> None:
    orders = described(dialect=FINOPS)
    assert orders.row_version == "RecVersion"
    assert str(orders.columns["RecVersion"].type) == "int"


def test_alternate_keys_and_tracking_are_known() -> None:
    metadata = read_metadata(METADATA, "shop")
    kind = metadata.type_of("orders")
    assert kind is not None
    assert kind.alternate_keys == (("Name",),)
    assert metadata.sets["orders"].tracked
    assert not metadata.sets["people"].tracked


def test_tables_are_named_as_the_project_names_them() -> None:
    with running(one_after_the_other(Reply(body=METADATA, headers={"Content-Type": "application/xml"}))) as server:
        opened = server.system(tables={"persons": "people"})
        assert opened.tables() == ("customers", "orders", "persons")
        assert list(opened.describe(("persons", "nothing"))) == ["persons"]
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname"><x/>',
        "<html><body>Sign in</body></html>",
        METADATA[:2000],
        "",
        '{"value": []}',
    ],
)
def test_what_is_no_metadata_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(SystemFailure, match="cannot be read") as caught:
        read_metadata(text, "shop")
    assert caught.value.code == "SYSTEM_ANSWER"


RECORDED = {
    "value": [
        {
            "LogicalName": "count",
            "MetadataId": "1",
            "OptionSet": {
                "Options": [
                    {"Value": 0, "Label": {"UserLocalizedLabel": {"Label": "None", "LanguageCode": 1033}}},
                    {"Value": 1, "Label": {"LocalizedLabels": [{"Label": "Eins"}], "UserLocalizedLabel": None}},
                    {"Value": 2, "Label": {"LocalizedLabels": []}},
                ]
            },
            "GlobalOptionSet": None,
        }
    ]
}
"""The shape of the page on querying table definitions; recorded by hand, no service was asked."""


def test_choices_lengths_and_titles_are_read_from_the_catalogue_of_attributes() -> None:
    title = {"UserLocalizedLabel": {"Label": "Note"}}
    memo = {"value": [{"LogicalName": "remark", "MaxLength": 2000, "DisplayName": title}]}
    bodies = {"PicklistAttributeMetadata": RECORDED, "MemoAttributeMetadata": memo}
    more = '<Property Name="remark" Type="Edm.String"/><Property Name="amount"'

    def script(asked):
        if "$metadata" in asked.plain:
            return Reply(body=METADATA.replace('<Property Name="amount"', more))
        found = next((body for kind, body in bodies.items() if kind in asked.plain), None)
        return Reply(body=found) if found else Reply(403, {"error": {"code": "x", "message": "no"}})

    with running(script) as server:
        columns = server.system(dialect="dataverse").describe(("orders", "nothing"))["orders"].columns
    choices = [(choice.code, choice.label) for choice in columns["count"].choices]
    assert choices == [(0, "None"), (1, "Eins"), (2, "2")]
    assert (str(columns["remark"].type), columns["remark"].title) == ("text(2000)", "Note")
    assert all("EntityDefinitions(LogicalName='order')" in asked.plain for asked in server.asked[2:])


def test_a_service_without_a_catalogue_is_asked_for_it_once() -> None:
    with running(lambda asked: Reply(body=METADATA) if "$metadata" in asked.plain else Reply(404, {})) as server:
        assert list(server.system(dialect="dataverse").describe(("orders", "people"))) == ["orders", "people"]
    assert len(server.asked) == 2
