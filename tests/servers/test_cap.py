"""The OData server of the tests starts, holds what is loaded, and does what the tests of the connector rest on."""

from datetime import date, datetime
from decimal import Decimal

import httpx

from tests.servers.odata.cap import Server

ACTUAL = "aa000000-0000-4000-8000-000000000001"
OTHER = "aa000000-0000-4000-8000-000000000002"
PROJECT = "9f000000-0000-4000-8000-000000000001"


def test_a_loaded_row_is_served_and_found_again(dataverse_server: Server) -> None:
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
    served = httpx.get(f"{dataverse_server.url}/msdyn_actuals({ACTUAL})", headers=headers).json()
    assert served["msdyn_amount"] == "123456789012345.6789"
    assert (served["_msdyn_project_value"], served["versionnumber"]) == (PROJECT, "1173")
    (found,) = dataverse_server.rows("msdyn_actuals")
    assert found["msdyn_amount"] == Decimal("123456789012345.6789")
    assert found["msdyn_startdatetime"] == datetime(2026, 3, 2, 8, 0, 0, 123456)
    assert (found["msdyn_accountingdate"], found["msdyn_isjournalized"]) == (date(2026, 3, 2), True)
    assert (found["msdyn_billingtype"], found["msdyn_project"]) == (192350001, PROJECT)


def test_every_write_gets_the_next_row_version_of_all_tables(dataverse_server: Server) -> None:
    before = dataverse_server.version()
    url = dataverse_server.url
    httpx.patch(f"{url}/msdyn_projects({PROJECT})", json={"msdyn_subject": "P"}).raise_for_status()
    way = {"msdyn_project@odata.bind": f"/msdyn_projects({PROJECT})", "versionnumber": 5}
    httpx.patch(f"{url}/msdyn_actuals({ACTUAL})", json=way).raise_for_status()
    httpx.patch(f"{url}/msdyn_projects({PROJECT})", json={"msdyn_subject": "Q"}).raise_for_status()
    (project,) = dataverse_server.rows("msdyn_projects")
    (actual,) = dataverse_server.rows("msdyn_actuals")
    assert (project["versionnumber"], actual["versionnumber"]) == (before + 3, before + 2)
    assert actual["msdyn_project"] == PROJECT
    assert isinstance(actual["modifiedon"], datetime)


def test_composite_keys_are_served(finops_server: Server) -> None:
    finops_server.load({"ProjInvoiceJour": [{"dataAreaId": "usmf", "ProjInvoiceId": "I 1", "InvoiceAmount": "75.5"}]})
    answer = httpx.get(f"{finops_server.url}/ProjInvoiceJour(dataAreaId='usmf',ProjInvoiceId='I%201')")
    assert answer.status_code == 200
    assert answer.json()["InvoiceAmount"] == 75.5
