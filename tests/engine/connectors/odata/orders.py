"""A small table as an OData service would describe it, and the entity for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crosswalk.connectors.odata.binding import Binding, bind
from crosswalk.connectors.odata.metadata import read_metadata
from crosswalk.connectors.odata.settings import Settings
from crosswalk.errors import Span
from crosswalk.exchange import Page
from crosswalk.model import Choice, Column, DataType, Entity, EntityRef
from tests.engine.connectors.odata.scripted import Asked, Reply, Script

SPAN = Span("orders.entity.yaml", 1, 1)

METADATA = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Shop" xmlns="http://docs.oasis-open.org/odata/ns/edm">
 <EnumType Name="NoYes"><Member Name="No" Value="0"/><Member Name="Yes" Value="1"/></EnumType>
 <EntityType Name="customer"><Key><PropertyRef Name="customerid"/></Key>
  <Property Name="customerid" Type="Edm.Guid" Nullable="false"/></EntityType>
 <EntityType Name="person"><Key><PropertyRef Name="personid"/></Key>
  <Property Name="personid" Type="Edm.Guid" Nullable="false"/></EntityType>
 <EntityType Name="thing" Abstract="true">
  <Property Name="modifiedon" Type="Edm.DateTimeOffset"/></EntityType>
 <EntityType Name="order" BaseType="Shop.thing"><Key><PropertyRef Name="orderid"/></Key>
  <Property Name="orderid" Type="Edm.Guid" Nullable="false"/>
  <Property Name="Name" Type="Edm.String" MaxLength="20"/>
  <Property Name="amount" Type="Edm.Decimal" Precision="19" Scale="4"/>
  <Property Name="rate" Type="Edm.Double"/>
  <Property Name="count" Type="Edm.Int32"/>
  <Property Name="open" Type="Edm.Boolean"/>
  <Property Name="held" Type="Shop.NoYes"/>
  <Property Name="day" Type="Edm.Date"/>
  <Property Name="due" Type="Edm.DateTimeOffset"/>
  <Property Name="sent" Type="Edm.DateTimeOffset"/>
  <Property Name="picture" Type="Edm.Binary"/>
  <Property Name="_customer_value" Type="Edm.Guid"/>
  <Property Name="versionnumber" Type="Edm.Int64"/>
  <NavigationProperty Name="customer_customer" Type="Shop.customer">
   <ReferentialConstraint Property="_customer_value" ReferencedProperty="customerid"/></NavigationProperty>
  <NavigationProperty Name="customer_person" Type="Shop.person">
   <ReferentialConstraint Property="_customer_value" ReferencedProperty="personid"/></NavigationProperty>
  <NavigationProperty Name="lines" Type="Collection(Shop.order)"/>
  <Annotation Term="OData.Community.Keys.V1.AlternateKeys"><Collection><Record>
   <PropertyValue Property="Key"><Collection><Record>
    <PropertyValue Property="Alias" String="Name"/><PropertyValue Property="Name" PropertyPath="Name"/>
   </Record></Collection></PropertyValue></Record></Collection></Annotation>
 </EntityType>
 <EntityContainer Name="Container">
  <EntitySet Name="orders" EntityType="Shop.order">
   <NavigationPropertyBinding Path="customer_customer" Target="customers"/>
   <Annotation Term="Org.OData.Capabilities.V1.ChangeTracking">
    <Record><PropertyValue Property="Supported" Bool="true"/></Record></Annotation></EntitySet>
  <EntitySet Name="customers" EntityType="Shop.customer"/>
  <EntitySet Name="people" EntityType="Shop.person"/>
 </EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


def column(name: str, kind: DataType, *choices: Choice) -> Column:
    return Column(name, kind, SPAN, choices=choices)


COLUMNS = {
    found.name: found
    for found in (
        column("orderid", DataType("guid")),
        column("NAME", DataType("text", length=20)),
        column("amount", DataType("decimal", precision=19, scale=4)),
        column("rate", DataType("decimal", precision=23, scale=10)),
        column("count", DataType("int")),
        column("open", DataType("boolean")),
        column("held", DataType("choice"), Choice("no", "no"), Choice("yes", "yes")),
        column("day", DataType("date")),
        column("due", DataType("date")),
        column("sent", DataType("datetime")),
        column("customer", DataType("guid")),
        column("modifiedon", DataType("datetime")),
        column("versionnumber", DataType("int")),
    )
}


def entity(*names: str, row_version: str | None = "versionnumber", modified: str | None = "modifiedon") -> Entity:
    """Give the entity with these columns, or with all; roles whose columns are not there are left out."""
    columns = {name: COLUMNS[name] for name in names} if names else COLUMNS
    return Entity(
        ref=EntityRef("shop", "orders"),
        title="Orders",
        key=("orderid",),
        columns=columns,
        span=SPAN,
        modified=modified if modified in columns else None,
        row_version=row_version if row_version in columns else None,
    )


def binding(settings: Settings, table: Entity | None = None) -> Binding:
    return bind(table or entity(), read_metadata(METADATA, "shop"), settings)


def key(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def serving(script: Script) -> Script:
    """Answer ``$metadata``, and leave the rest to a script."""

    def answer(asked: Asked) -> Reply:
        if "$metadata" in asked.plain:
            return Reply(body=METADATA, headers={"Content-Type": "application/xml"})
        return script(asked)

    return answer


def texts(pages: Iterable[Page]) -> list[str]:
    return [str(page.bound["page"]) for page in pages if page.relation is not None]


def rows(*cells: Mapping[str, object], **more: object) -> dict[str, object]:
    return {
        "value": [dict(row) for row in cells],
        **{name.replace("__", "@odata."): value for name, value in more.items()},
    }
