"""The connector against a real OData server, SAP CAP, with the tables that our maps know of the two services.

It shows that we speak OData, not how the services differ from it. Change tracking is not part of that server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connectors.odata.gate import RealClock
from crosswalk.connectors.odata.system import ODataSystem
from crosswalk.entities import Entity
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Not, Page, Plain, Wanted
from tests.engine.connectors.odata.scripted import system
from tests.servers.odata.cap import Server

HOSTILE = ["O'Brien", 'a "b" c', "x & y = z?#+%41/..;", "Zoë \U0001f600 \u202e", "'' or 1 eq 1", " ", "100%", "a,b(c)d"]
ACTUALS = "msdyn_actuals"


def guid(number: int) -> str:
    return str(UUID(int=number + 1))


def actual(number: int, **cells: object) -> dict[str, object]:
    return {"msdyn_actualid": guid(number), "statecode": 0, "modifiedon": datetime(2026, 11, 1), **cells}


@pytest.fixture
def backend() -> Iterator[DuckDBBackend]:
    opened = DuckDBBackend(None)
    yield opened
    opened.close()


@pytest.fixture
def dataverse(dataverse_server: Server) -> Iterator[ODataSystem]:
    opened = system(dataverse_server.url, RealClock(), dialect="dataverse", change_tracking="no")
    yield opened
    opened.close()


@pytest.fixture
def finops(finops_server: Server) -> Iterator[ODataSystem]:
    opened = system(finops_server.url, RealClock(), dialect="finops")
    yield opened
    opened.close()


def landed(backend: DuckDBBackend, pages: list[Page], entity: Entity, kind: str = "rows") -> list[dict[str, object]]:
    """Land pages and give their rows; what a page holds must fit its column."""
    names = entity.columns if kind == "rows" else entity.key
    found: list[dict[str, object]] = []
    for page in pages:
        if page.relation is not None and page.kind == kind:
            backend.land(page, "page")
            found += [dict(zip(names, row, strict=True)) for row in backend.rows("SELECT * FROM page")]
    return found


def test_every_table_of_our_maps_is_described_as_its_entity(dataverse: ODataSystem, dataverse_server: Server) -> None:
    described = dataverse.describe(tuple(dataverse_server.entities))
    assert dataverse.tables() == tuple(sorted(dataverse_server.entities))
    for name, entity in dataverse_server.entities.items():
        found = described[name]
        assert found.key == entity.key
        assert (found.modified, found.row_version) == (entity.modified, entity.row_version)
        for column in entity.columns.values():
            there = found.columns[column.name]
            kind = "int" if column.type.kind == "choice" and column.type.coded == "int" else column.type.kind
            kind = "text" if kind == "choice" else kind
            assert there.type.kind == kind, f"{name}.{column.name}"
            assert there.relation == column.relation


def test_every_table_of_our_maps_can_be_read(
    finops: ODataSystem, finops_server: Server, dataverse: ODataSystem, dataverse_server: Server
) -> None:
    for opened, server in ((finops, finops_server), (dataverse, dataverse_server)):
        for entity in server.entities.values():
            assert [page.relation for page in opened.read(Wanted(entity))] == [None], entity.ref


def test_every_type_arrives_exactly(dataverse: ODataSystem, dataverse_server: Server, backend: DuckDBBackend) -> None:
    cells = {
        "msdyn_amount": Decimal("123456789012345.6789"),
        "exchangerate": Decimal("-0.0000000001"),
        "msdyn_description": HOSTILE[3],
        "msdyn_accountingdate": date(2026, 2, 28),
        "msdyn_enddatetime": datetime(2026, 3, 29, 1, 30, 0, 123456),
        "msdyn_accountcustomer": guid(77),
        "msdyn_billingtype": 192350001,
        "msdyn_skipsync": True,
    }
    dataverse_server.load({ACTUALS: [actual(1, **cells), actual(2)]})
    entity = dataverse_server.entities[ACTUALS]
    full, empty = sorted(
        landed(backend, list(dataverse.read(Wanted(entity))), entity), key=lambda row: str(row["msdyn_actualid"])
    )
    assert Decimal(str(full["msdyn_amount"])) == cells["msdyn_amount"]
    assert Decimal(str(full["exchangerate"])) == cells["exchangerate"]
    assert full["msdyn_description"] == cells["msdyn_description"]
    assert full["msdyn_accountingdate"] == "2026-02-28"
    assert str(full["msdyn_enddatetime"]).startswith("2026-03-29T01:30:00.123456")
    assert full["msdyn_accountcustomer"] == guid(77)
    assert full["msdyn_billingtype"] == "192350001"
    assert full["msdyn_skipsync"] == "true"
    assert all(empty[name] is None for name in cells)


def test_all_pages_of_a_long_table_arrive_once(
    dataverse: ODataSystem, dataverse_server: Server, backend: DuckDBBackend
) -> None:
    count = 10_007
    dataverse_server.load({ACTUALS: [actual(number) for number in range(count)]})
    entity = dataverse_server.entities[ACTUALS]
    pages = list(dataverse.read(Wanted(entity)))
    rows = landed(backend, pages, entity)
    assert len(pages) > 2
    assert len(rows) == len({row["msdyn_actualid"] for row in rows}) == count


def test_what_changed_since_the_mark_arrives_with_ties_late_rows_and_deletes(
    dataverse: ODataSystem, dataverse_server: Server, backend: DuckDBBackend
) -> None:
    entity = dataverse_server.entities[ACTUALS]
    last = datetime(2026, 11, 2)
    dataverse_server.load({ACTUALS: [actual(1), actual(2, modifiedon=last), actual(3)]})
    mark = list(dataverse.read(Wanted(entity)))[-1].mark
    late, tie = last - timedelta(seconds=200), last
    dataverse_server.clear()
    dataverse_server.load(
        {ACTUALS: [actual(1), actual(2, modifiedon=last), actual(4, modifiedon=late), actual(5, modifiedon=tie)]}
    )
    pages = list(dataverse.read(Wanted(entity, mark)))
    assert {row["msdyn_actualid"] for row in landed(backend, pages, entity)} == {guid(2), guid(4), guid(5)}
    present = landed(backend, pages, entity, "present")
    assert {row["msdyn_actualid"] for row in present} == {guid(1), guid(2), guid(4), guid(5)}


ROWS = {
    1: {"msdyn_description": "a", "msdyn_amount": Decimal("1.5"), "msdyn_accountingdate": date(2026, 1, 1)},
    2: {"msdyn_description": "b", "msdyn_amount": Decimal("-2"), "msdyn_skipsync": True},
    3: {"msdyn_description": "O'Brien", "msdyn_accountingdate": date(2026, 6, 1), "msdyn_skipsync": False},
    4: {},
}
CONDITIONS: list[tuple[Condition, set[int]]] = [
    (Compare("msdyn_description", "=", "O'Brien"), {3}),
    (Compare("msdyn_description", "<>", "a"), {2, 3}),
    (Not(Compare("msdyn_description", "=", "a")), {2, 3}),
    (Compare("msdyn_amount", "<", Decimal("1.5000")), {2}),
    (Not(Compare("msdyn_amount", "<", Decimal("0"))), {1}),
    (IsNull("msdyn_amount"), {3, 4}),
    (Not(IsNull("msdyn_amount")), {1, 2}),
    (Compare("msdyn_skipsync", "=", False), {3}),
    (Compare("msdyn_accountingdate", ">=", date(2026, 6, 1)), {3}),
    (Compare("modifiedon", ">", datetime(2026, 10, 31)), {1, 2, 3, 4}),
    (Compare("statecode", "=", 0), {1, 2, 3, 4}),
    (Not(AnyOf((IsNull("msdyn_amount"), Compare("msdyn_amount", ">", 0)))), {2}),
    (Not(AllOf((Compare("msdyn_amount", ">", 0), Compare("msdyn_description", "=", "a")))), {2, 3}),
    (Compare("msdyn_actualid", "=", UUID(guid(2))), {2}),
    (Compare("msdyn_accountcustomer", "=", guid(5)), set()),
]


@pytest.mark.parametrize(("condition", "wanted"), CONDITIONS)
def test_the_server_keeps_the_rows_that_sql_would_keep(
    condition: Condition, wanted: set[int], dataverse: ODataSystem, dataverse_server: Server, backend: DuckDBBackend
) -> None:
    dataverse_server.load({ACTUALS: [actual(number, **cells) for number, cells in ROWS.items()]})
    entity = dataverse_server.entities[ACTUALS]
    rows = landed(backend, list(dataverse.read(Wanted(entity, filter=condition))), entity)
    assert {row["msdyn_actualid"] for row in rows} == {guid(number) for number in wanted}


def test_rows_are_found_by_hostile_texts(
    dataverse: ODataSystem, dataverse_server: Server, backend: DuckDBBackend
) -> None:
    dataverse_server.load({ACTUALS: [actual(place, msdyn_description=text) for place, text in enumerate(HOSTILE)]})
    entity = dataverse_server.entities[ACTUALS]
    keys: list[tuple[Plain, ...]] = [(text,) for text in [*HOSTILE, "nobody"]]
    found = landed(backend, list(dataverse.find(entity, ("msdyn_description",), keys)), entity)
    assert sorted(str(row["msdyn_description"]) for row in found) == sorted(HOSTILE)


def test_many_rows_are_found_by_key(dataverse: ODataSystem, dataverse_server: Server, backend: DuckDBBackend) -> None:
    dataverse_server.load({ACTUALS: [actual(number) for number in range(700)]})
    entity = dataverse_server.entities[ACTUALS]
    keys: list[tuple[Plain, ...]] = [(UUID(guid(number)),) for number in range(100, 800)]
    found = landed(backend, list(dataverse.find(entity, entity.key, keys)), entity)
    assert {row["msdyn_actualid"] for row in found} == {guid(number) for number in range(100, 700)}


def test_rows_are_found_by_a_key_of_several_parts(
    finops: ODataSystem, finops_server: Server, backend: DuckDBBackend
) -> None:
    rows = [{"dataAreaId": company, "CUSTOMERACCOUNT": text} for company in ("usmf", "demf") for text in ("O'B", "x/y")]
    finops_server.load({"CustomersV3": rows})
    entity = finops_server.entities["CustomersV3"]
    found = landed(
        backend, list(finops.find(entity, entity.key, [("usmf", "O'B"), ("demf", "x/y"), ("usmf", "z")])), entity
    )
    assert {(row["dataAreaId"], row["CUSTOMERACCOUNT"]) for row in found} == {("usmf", "O'B"), ("demf", "x/y")}


def test_names_that_differ_in_case_only_are_one(
    finops: ODataSystem, finops_server: Server, backend: DuckDBBackend
) -> None:
    finops_server.load({"CustomersV3": [{"dataAreaId": "usmf", "CUSTOMERACCOUNT": "1"}]})
    entity = finops_server.entities["CustomersV3"]
    columns = {name.lower(): replace(column, name=name.lower()) for name, column in entity.columns.items()}
    lower = replace(
        entity, columns=columns, key=tuple(name.lower() for name in entity.key), modified=None, row_version=None
    )
    assert landed(backend, list(finops.read(Wanted(lower))), lower)[0]["customeraccount"] == "1"


def test_a_mark_goes_on_where_the_read_ended(dataverse: ODataSystem, dataverse_server: Server) -> None:
    entity = dataverse_server.entities[ACTUALS]
    dataverse_server.load({ACTUALS: [actual(1, modifiedon=datetime(2026, 11, 3, 4, 5, 6, 789000))]})
    mark = list(dataverse.read(Wanted(entity)))[-1].mark
    assert json.loads(str(mark))["modified"] == "2026-11-03T04:05:06.789000Z"
    assert list(dataverse.read(Wanted(entity, mark)))[-2].mark == mark
