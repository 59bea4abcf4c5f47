"""The OData server of the tests starts, holds what is loaded, and does what the tests of the connector rest on."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic

import httpx

from tests.servers.odata import cap, models
from tests.servers.odata.cap import Server

ACTUAL = "aa000000-0000-4000-8000-000000000001"
OTHER = "aa000000-0000-4000-8000-000000000002"
PROJECT = "9f000000-0000-4000-8000-000000000001"


def test_a_loaded_row_is_served_and_found_again(dataverse_server: Server, http: httpx.Client) -> None:
    row = {
        "msdyn_actualid": ACTUAL,
        "msdyn_amount": "123456789012345.6789",
        "msdyn_project": PROJECT,
        "msdyn_accountingdate": "2026-03-02",
        "msdyn_startdatetime": "2026-03-02 08:00:00.123456",
        "msdyn_isjournalized": "true",
        "msdyn_billingtype": "192350001",
        "versionnumber": "1173",
    }
    dataverse_server.load({"msdyn_actuals": [row]})
    headers = {"Accept": "application/json;IEEE754Compatible=true"}
    served = http.get(f"{dataverse_server.url}/msdyn_actuals({ACTUAL})", headers=headers).json()
    assert served["msdyn_amount"] == "123456789012345.6789"
    assert (served["_msdyn_project_value"], served["versionnumber"]) == (PROJECT, "1173")
    (found,) = dataverse_server.rows("msdyn_actuals")
    assert found["msdyn_amount"] == Decimal("123456789012345.6789")
    assert found["msdyn_startdatetime"] == datetime(2026, 3, 2, 8, 0, 0, 123456)
    assert (found["msdyn_accountingdate"], found["msdyn_isjournalized"]) == (date(2026, 3, 2), True)
    assert (found["msdyn_billingtype"], found["msdyn_project"]) == (192350001, PROJECT)


def test_every_write_gets_the_next_row_version_of_all_tables(dataverse_server: Server, http: httpx.Client) -> None:
    before = dataverse_server.version()
    url = dataverse_server.url
    http.patch(f"{url}/msdyn_projects({PROJECT})", json={"msdyn_subject": "P"}).raise_for_status()
    way = {"msdyn_project@odata.bind": f"/msdyn_projects({PROJECT})", "versionnumber": 5}
    http.patch(f"{url}/msdyn_actuals({ACTUAL})", json=way).raise_for_status()
    http.patch(f"{url}/msdyn_projects({PROJECT})", json={"msdyn_subject": "Q"}).raise_for_status()
    (project,) = dataverse_server.rows("msdyn_projects")
    (actual,) = dataverse_server.rows("msdyn_actuals")
    assert (project["versionnumber"], actual["versionnumber"]) == (before + 3, before + 2)
    assert actual["msdyn_project"] == PROJECT
    assert isinstance(actual["modifiedon"], datetime)


def test_composite_keys_are_served(finops_server: Server, http: httpx.Client) -> None:
    finops_server.load({"ProjInvoiceJour": [{"dataAreaId": "usmf", "ProjInvoiceId": "I 1", "InvoiceAmount": "75.5"}]})
    answer = http.get(f"{finops_server.url}/ProjInvoiceJour(dataAreaId='usmf',ProjInvoiceId='I%201')")
    assert answer.status_code == 200
    assert answer.json()["InvoiceAmount"] == 75.5


def test_a_row_is_found_and_made_by_an_alternate_key(dataverse_server: Server, http: httpx.Client) -> None:
    way = f"{dataverse_server.url}/accounts(accountnumber='A%20''1')"
    made = http.patch(way, json={"name": "first"})
    changed = http.patch(way, json={"name": "second"})
    assert (made.status_code, changed.status_code) == (201, 200)
    assert [(row["accountnumber"], row["name"]) for row in dataverse_server.rows("accounts")] == [("A '1", "second")]


def test_preconditions_answer_as_dataverse_answers(dataverse_server: Server, http: httpx.Client) -> None:
    way = f"{dataverse_server.url}/msdyn_projects({PROJECT})"
    codes = [
        http.patch(way, json={"msdyn_subject": name}, headers=headers).status_code
        for name, headers in (
            ("absent", {"If-Match": "*"}),
            ("new", {"If-None-Match": "*"}),
            ("twice", {"If-None-Match": "*"}),
            ("stale", {"If-Match": 'W/"1"'}),
            ("any", {"If-Match": "*"}),
            ("free", {}),
        )
    ]
    assert codes == [404, 201, 412, 412, 200, 200]


def test_many_rows_are_written_in_one_call_or_not_at_all(dataverse_server: Server, http: httpx.Client) -> None:
    way = f"{dataverse_server.url}/msdyn_projects/Microsoft.Dynamics.CRM."
    made = http.post(f"{way}CreateMultiple", json={"Targets": [{"msdyn_subject": "a"}, {"msdyn_subject": "b"}]})
    ids = made.json()["Ids"]
    assert {row["msdyn_projectid"] for row in dataverse_server.rows("msdyn_projects")} == set(ids)
    rows = [{"msdyn_projectid": ids[0], "msdyn_subject": "c"}, {"msdyn_projectid": OTHER, "msdyn_subject": "d"}]
    assert http.post(f"{way}UpdateMultiple", json={"Targets": rows}).status_code == 404
    assert {row["msdyn_subject"] for row in dataverse_server.rows("msdyn_projects")} == {"a", "b"}
    assert http.post(f"{way}UpsertMultiple", json={"Targets": rows}).status_code == 204
    assert {row["msdyn_subject"] for row in dataverse_server.rows("msdyn_projects")} == {"b", "c", "d"}


def test_pages_have_the_size_that_is_asked_for(dataverse_server: Server, http: httpx.Client) -> None:
    keys = [f"9f000000-0000-4000-8000-{number:012d}" for number in range(7)]
    dataverse_server.load({"msdyn_projects": [{"msdyn_projectid": key} for key in keys]})
    sizes, link = [], "msdyn_projects?$select=msdyn_projectid"
    while link:
        page = http.get(f"{dataverse_server.url}/{link}", headers={"Prefer": "odata.maxpagesize=3"}).json()
        sizes.append(len(page["value"]))
        link = page.get("@odata.nextLink", "")
    assert sizes == [3, 3, 1]


def test_twenty_thousand_rows_are_loaded_in_seconds(dataverse_server: Server, http: httpx.Client) -> None:
    keys = (f"9f000000-0000-4000-8000-{number:012d}" for number in range(20_000))
    start = monotonic()
    dataverse_server.load({"msdyn_projects": ({"msdyn_projectid": key, "msdyn_subject": "P"} for key in keys)})
    assert monotonic() - start < 10
    count = http.get(f"{dataverse_server.url}/msdyn_projects/$count").text
    assert int(count) == 20_000


def test_a_server_without_its_reader_is_gone(tmp_path: Path) -> None:
    server = cap.start([models.shipped("finops")["Ledgers"]], models.FINOPS, tmp_path / "one")
    assert server.process.stdin is not None
    server.process.stdin.close()
    assert server.process.wait(timeout=5) == 0
    server.stop()


def test_dates_of_finance_are_times_at_noon_and_none_is_1900(finops_server: Server, http: httpx.Client) -> None:
    rows = [{"dataAreaId": "usmf", "ProjInvoiceId": "1", "InvoiceDate": "2026-02-27"}]
    finops_server.load({"ProjInvoiceJour": rows})
    way = f"{finops_server.url}/ProjInvoiceJour(dataAreaId='usmf',ProjInvoiceId='1')"
    read = http.get(way).json()
    assert read["InvoiceDate"].startswith("2026-02-27T12:00:00")
    assert read["CashDiscDate"].startswith("1900-01-01T00:00:00")
    http.patch(way, json={"InvoiceDate": None, "CashDiscDate": "2026-03-01T12:00:00Z"}).raise_for_status()
    (found,) = finops_server.rows("ProjInvoiceJour")
    assert (found["InvoiceDate"], found["CashDiscDate"]) == (None, date(2026, 3, 1))
    made = {"dataAreaId": "usmf", "ProjInvoiceId": "2", "CashDiscDate": "2026-03-01T12:00:00Z"}
    http.post(f"{finops_server.url}/ProjInvoiceJour", json=made).raise_for_status()
    assert finops_server.rows("ProjInvoiceJour")[1]["InvoiceDate"] is None


def test_finance_makes_no_row_by_patch(finops_server: Server, http: httpx.Client) -> None:
    way = f"{finops_server.url}/ProjInvoiceJour(dataAreaId='usmf',ProjInvoiceId='1')"
    assert http.patch(way, json={"CurrencyId": "USD"}).status_code == 404
    assert finops_server.rows("ProjInvoiceJour") == []


def test_the_labels_of_choices_are_in_the_catalogue(dataverse_server: Server, http: httpx.Client) -> None:
    way = "EntityDefinitions(LogicalName='msdyn_actual')/Attributes/Microsoft.Dynamics.CRM."
    found = {}
    for kind in ("Picklist", "State"):
        answer = http.get(f"{dataverse_server.url}/{way}{kind}AttributeMetadata?$select=LogicalName&$expand=OptionSet")
        for one in answer.json()["value"]:
            options = one["OptionSet"]["Options"]
            found[one["LogicalName"]] = {
                each["Value"]: each["Label"]["UserLocalizedLabel"]["Label"] for each in options
            }
    assert found["statecode"] == {0: "Active", 1: "Inactive"}
    assert found["msdyn_billingtype"][192350001] == "Chargeable"


def test_a_lookup_to_two_tables_has_two_ways(dataverse_server: Server, http: httpx.Client) -> None:
    way = f"{dataverse_server.url}/salesorders({ACTUAL})"
    found = []
    for name, target in (("customerid_account", "accounts"), ("customerid_contact", "contacts")):
        http.patch(way, json={f"{name}@odata.bind": f"/{target}({PROJECT})"}).raise_for_status()
        found += [row["customerid"] for row in dataverse_server.rows("salesorders")]
        http.patch(way, json={f"{name}@odata.bind": None}).raise_for_status()
        found += [row["customerid"] for row in dataverse_server.rows("salesorders")]
    assert found == [PROJECT, None, PROJECT, None]
    assert http.patch(way, json={"_customerid_value": PROJECT}).status_code == 400
