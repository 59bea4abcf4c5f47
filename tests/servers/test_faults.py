"""Every fault of the table does what it says: to the client, and to what is on the server afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.servers.odata.cap import Server
from tests.servers.odata.faults import TABLE, Case, Fault, Position, cases, name_of, places
from tests.servers.odata.proxy import Gate

pytestmark = pytest.mark.proxy

ROWS = 6
GateTo = Callable[[Server], Gate]
BROKEN = (httpx.TransportError, json.JSONDecodeError)


def key(number: int) -> str:
    return f"9f000000-0000-4000-8000-{number:012d}"


def batch(first: int, form: str) -> dict[str, Any]:
    """Make a batch that writes four projects, as JSON or as multipart."""
    if form == "json":
        requests = [
            {
                "id": str(number),
                "method": "PATCH",
                "url": f"msdyn_projects({key(number)})",
                "headers": {"content-type": "application/json"},
                "body": {"msdyn_subject": "written"},
            }
            for number in range(first, first + 4)
        ]
        return {"json": {"requests": requests}}
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    parts = [
        f"--b\r\n{head}PATCH msdyn_projects({key(number)}) HTTP/1.1\r\n"
        'Content-Type: application/json\r\n\r\n{"msdyn_subject": "written"}\r\n'
        for number in range(first, first + 4)
    ]
    return {"content": "".join(parts) + "--b--\r\n", "headers": {"content-type": "multipart/mixed; boundary=b"}}


def patience(case: Case) -> float:
    """Give the seconds after which a client of these tests gives up: soon only where it has to."""
    return 1.0 if case.fault.kind.startswith("silent") else 20.0


def read_pages(gate: Gate, most: int, timeout: float = 20.0) -> list[str]:
    """Read pages as an artless client does: follow links, at most so many, try nothing again."""
    found, link = [], "msdyn_projects?$select=msdyn_projectnumber"
    with httpx.Client(verify=False, timeout=timeout, headers={"Prefer": "odata.maxpagesize=2"}) as client:
        for _ in range(most):
            page = client.get(f"{gate.url}/{link}")
            page.raise_for_status()
            found += [row["msdyn_projectnumber"] for row in page.json()["value"]]
            link = page.json().get("@odata.nextLink", "")
            if not link:
                break
    return found


@pytest.mark.parametrize(("case", "position"), cases("read"), ids=name_of)
def test_a_reader_meets_each_fault_at_each_place(
    case: Case, position: Position, dataverse_server: Server, gate_to: GateTo
) -> None:
    rows = [{"msdyn_projectid": key(number), "msdyn_projectnumber": str(number)} for number in range(ROWS)]
    dataverse_server.load({"msdyn_projects": rows})
    gate = gate_to(dataverse_server)
    at = places(3)[position]
    gate.script(replace(case.fault, at=at, method="GET"))
    clean = [str(number) for number in range(ROWS)]
    start = 2 * at - 2
    match case.fault.kind:
        case "page twice":
            assert read_pages(gate, 10) == clean[: start + 2] + clean[start:]
        case "page loop":
            assert read_pages(gate, 10)[start:] == clean[start : start + 2] * (11 - at)
        case "pages reordered":
            swapped = clean[:start] + clean[start + 2 : start + 4] + clean[start : start + 2] + clean[start + 4 :]
            assert read_pages(gate, 10) == (clean if position == "last" else swapped)
        case _:
            with pytest.raises((*BROKEN, httpx.HTTPStatusError)):
                read_pages(gate, 10, patience(case))
    assert gate.faults.met >= 1
    assert gate.broken == []


@pytest.mark.parametrize("form", ["json", "multipart"])
@pytest.mark.parametrize("case", [case for case in TABLE if "write" in case.directions], ids=name_of)
def test_after_each_fault_the_server_holds_what_the_table_says(
    case: Case, form: str, dataverse_server: Server, gate_to: GateTo, http: httpx.Client
) -> None:
    gate = gate_to(dataverse_server)
    gate.script(replace(case.fault, at=1, method="POST"))
    try:
        http.post(f"{gate.url}/$batch", timeout=patience(case), **batch(0, form))
    except httpx.TransportError:
        gate.settle()
    held = {str(row["msdyn_projectid"]) for row in dataverse_server.rows("msdyn_projects")}
    expected = {"none": [], "all": [0, 1, 2, 3], "half": [0, 1], "but one": [0, 2, 3]}[case.landed]
    assert held == {key(number) for number in expected}
    assert gate.broken == []


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_the_answer_to_a_batch_names_the_row_that_failed(
    form: str, dataverse_server: Server, gate_to: GateTo, http: httpx.Client
) -> None:
    gate = gate_to(dataverse_server)
    gate.script(Fault("row", status=403, part=3))
    answer = http.post(f"{gate.url}/$batch", **batch(0, form))
    if form == "json":
        statuses = [one["status"] for one in answer.json()["responses"]]
    else:
        statuses = [int(text[9:12]) for text in answer.text.split("\r\n") if text.startswith("HTTP/1.1 ")]
    assert [status // 100 for status in statuses] == [2, 2, 4, 2]
    assert answer.headers["x-test-proxy"] == "row"


def test_a_failed_changeset_takes_its_rows_along(dataverse_server: Server, gate_to: GateTo, http: httpx.Client) -> None:
    gate = gate_to(dataverse_server)
    gate.script(Fault("row", status=412, part=2))
    content = batch(0, "json")
    for one, group in zip(content["json"]["requests"], ("a", "a", "b", "b"), strict=True):
        one["atomicityGroup"] = group
    answer = http.post(f"{gate.url}/$batch", **content)
    assert [one["status"] for one in answer.json()["responses"]] == [424, 412, 201, 201]
    assert len(dataverse_server.rows("msdyn_projects")) == 2


def test_401_comes_once_or_twice(dataverse_server: Server, gate_to: GateTo, http: httpx.Client) -> None:
    gate = gate_to(dataverse_server)
    codes = []
    for times in (1, 2):
        gate.script(Fault("status", status=401, times=times))
        codes.append([http.get(f"{gate.url}/accounts").status_code for _ in range(3)])
    assert codes == [[401, 200, 200], [401, 401, 200]]


def test_a_redirect_leads_to_a_host_that_notes_what_it_is_told(
    dataverse_server: Server, gate_to: GateTo, http: httpx.Client
) -> None:
    gate = gate_to(dataverse_server)
    gate.script(Fault("redirect"))
    http.get(f"{gate.url}/accounts", headers={"Authorization": "Bearer x"}, follow_redirects=True)
    assert len(gate.doors.visits) == 1


def test_a_refusal_ends_by_itself(dataverse_server: Server, gate_to: GateTo) -> None:
    gate = gate_to(dataverse_server)
    with httpx.Client(verify=False) as client:
        client.get(f"{gate.url}/accounts")
        gate.script(Fault("refused", at=2, seconds=1.0))
        client.get(f"{gate.url}/accounts")
        with pytest.raises(httpx.ConnectError):
            client.get(f"{gate.url}/accounts")
        with httpx.Client(transport=httpx.HTTPTransport(verify=False, retries=6)) as patient:
            assert patient.get(f"{gate.url}/accounts").status_code == 200
