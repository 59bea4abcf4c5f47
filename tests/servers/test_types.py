"""Every type of the language and awkward names and values go into the OData server and come out unchanged."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from crosswalk.entities import Column, DataType, Entity, EntityRef
from crosswalk.errors import Span
from tests.house.source_tree import ROOT
from tests.servers.odata import models
from tests.servers.odata.cap import Server
from tests.servers.odata.fixtures import Servers

PLACE = Span("test", 1, 1, 1)
EXACT = {
    "Accept": "application/json;IEEE754Compatible=true",
    "Content-Type": "application/json;IEEE754Compatible=true",
}
TYPES = {
    "id": DataType("guid"),
    "order": DataType("text", length=20),
    "memo": DataType("text"),
    "whole": DataType("int"),
    "exact": DataType("decimal", precision=38, scale=10),
    "large": DataType("decimal", precision=38),
    "flag": DataType("boolean"),
    "day": DataType("date"),
    "moment": DataType("datetime"),
    "code": DataType("choice", coded="int"),
    "word": DataType("choice", coded="text"),
    "Größe": DataType("text", length=10),
    "versionnumber": DataType("int"),
    "modifiedon": DataType("datetime"),
}
ROWS: list[dict[str, Any]] = [
    {
        "id": "aa000000-0000-4000-8000-000000000001",
        "order": "O'\"%&/+?#",
        "memo": "m" * 20_000,
        "whole": 2**63 - 1,
        "exact": "1234567890123456789012345678.0123456789",
        "large": "-" + "9" * 38,
        "flag": True,
        "day": "9999-12-31",
        "moment": "2026-01-01T00:00:00.000001",
        "code": 5,
        "word": "A b",
        "Größe": "ü\n\t\\",
    },
    {
        "id": "aa000000-0000-4000-8000-000000000002",
        "order": "",
        "memo": "\U0001f600",
        "whole": -(2**63),
        "exact": "-0.0000000001",
        "large": "0",
        "flag": False,
        "day": "0001-01-01",
        "moment": "0001-01-01T00:00:00",
        "code": -1,
    },
    {"id": "aa000000-0000-4000-8000-000000000003"},
]


@pytest.fixture
def server(odata_servers: Servers) -> Server:
    columns = {name: Column(name, kind, PLACE, required=name == "id") for name, kind in TYPES.items()}
    columns["select"] = Column("select", DataType("guid"), PLACE, relation=("group",))
    group = Entity(
        EntityRef("dataverse", "group"), "", ("id",), columns, PLACE, modified="modifiedon", row_version="versionnumber"
    )
    return odata_servers.get([group], models.DATAVERSE)


def sent(row: dict[str, Any]) -> dict[str, Any]:
    """Give the members that a client may write back of a row that was served."""
    kept = {"versionnumber", "modifiedon", "_select_value"}
    return {name: value for name, value in row.items() if name not in kept and "@" not in name}


@pytest.mark.parametrize("way", ["patch", "many"])
def test_what_is_served_and_written_back_is_the_same(way: str, server: Server, http: httpx.Client) -> None:
    server.load({"group": ROWS})
    before = server.rows("group")
    served = http.get(f"{server.url}/group", headers=EXACT).json()["value"]
    server.clear()
    if way == "patch":
        for row in served:
            http.patch(f"{server.url}/group({row['id']})", headers=EXACT, json=sent(row)).raise_for_status()
    else:
        call = f"{server.url}/group/Microsoft.Dynamics.CRM.UpsertMultiple"
        http.post(call, headers=EXACT, json={"Targets": [sent(row) for row in served]}).raise_for_status()
    stamps = ("modifiedon", "versionnumber")
    after = server.rows("group")
    assert [{**row, **dict.fromkeys(stamps)} for row in after] == [{**row, **dict.fromkeys(stamps)} for row in before]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("exact eq 1234567890123456789012345678.0123456789", 1),
        ("large lt -1", 1),
        ("whole gt 9223372036854775806", 1),
        ("moment gt 2026-01-01T00:00:00Z", 1),
        ("moment lt 2026-01-01T00:00:00.000001Z", 1),
        ("day eq 9999-12-31", 1),
        ("flag eq true", 1),
        ("code eq 5 and word eq 'A b'", 1),
        ("order eq 'O''\"%&/+?#'", 1),
        ("Größe eq 'ü\n\t\\'", 1),
        ("memo eq null", 1),
    ],
)
def test_every_type_can_be_sought(condition: str, count: int, server: Server, http: httpx.Client) -> None:
    server.load({"group": ROWS})
    found = http.get(f"{server.url}/group?$filter={quote(condition, safe='')}").json()["value"]
    assert len(found) == count


def test_the_files_of_the_examples_are_loaded(dataverse_server: Server, finops_server: Server) -> None:
    for server, system in ((dataverse_server, "dataverse"), (finops_server, "finops")):
        server.load_folder(ROOT / "examples" / "invoicing" / "data" / "day1" / system)
    assert len(dataverse_server.rows("msdyn_actuals")) > 50
    assert len(finops_server.rows("ExchangeRates")) > 3
