"""The proxy in front of the OData server throttles, checks tokens, tracks changes and keeps a log."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.servers.odata.cap import Server
from tests.servers.odata.limits import Throttle, Tokens
from tests.servers.odata.proxy import Gate

pytestmark = pytest.mark.proxy

GateTo = Callable[[Server], Gate]


def key(number: int) -> str:
    return f"9f000000-0000-4000-8000-{number:012d}"


def projects(*numbers: int) -> dict[str, list[dict[str, object]]]:
    return {"msdyn_projects": [{"msdyn_projectid": key(one), "msdyn_subject": f"P{one}"} for one in numbers]}


def walk(http: httpx.Client, url: str, link: str) -> tuple[list[dict[str, Any]], str]:
    """Follow next links with change tracking; give all rows and the delta link."""
    rows: list[dict[str, Any]] = []
    while True:
        headers = {"Prefer": "odata.track-changes, odata.maxpagesize=2"}
        answer = http.get(link if "://" in link else f"{url}/{link}", headers=headers)
        answer.raise_for_status()
        rows += answer.json()["value"]
        if "@odata.deltaLink" in answer.json():
            assert "odata.track-changes" in answer.headers["preference-applied"]
            return rows, answer.json()["@odata.deltaLink"]
        link = answer.json()["@odata.nextLink"]


def test_what_needs_nothing_passes_unaltered(dataverse_server: Server, gate_to: GateTo, http: httpx.Client) -> None:
    dataverse_server.load(projects(1))
    gate = gate_to(dataverse_server)
    through, direct = (http.get(f"{url}/msdyn_projects") for url in (gate.url, dataverse_server.url))
    assert through.content == direct.content
    assert "x-test-proxy" not in through.headers
    assert [(one.status, one.altered, one.sent) for one in gate.log] == [(200, (), 1)]


@pytest.mark.parametrize("absolute", [False, True])
def test_a_delta_holds_what_changed_and_what_is_gone(
    absolute: bool, dataverse_server: Server, gate_to: GateTo, http: httpx.Client
) -> None:
    dataverse_server.load(projects(1, 2, 3, 4, 5))
    gate = gate_to(dataverse_server)
    gate.absolute_links = absolute
    rows, link = walk(http, gate.url, "msdyn_projects?$select=msdyn_subject")
    assert [row["msdyn_subject"] for row in rows] == ["P1", "P2", "P3", "P4", "P5"]
    assert ("://" in link) == absolute
    for number in (2, 3, 4):
        http.patch(f"{gate.url}/msdyn_projects({key(number)})", json={"msdyn_subject": "new"}).raise_for_status()
    http.delete(f"{dataverse_server.url}/msdyn_projects({key(5)})").raise_for_status()
    http.delete(f"{dataverse_server.url}/msdyn_projects({key(4)})").raise_for_status()
    rows, link = walk(http, gate.url, link)
    assert [row["msdyn_projectid"] for row in rows if "reason" not in row] == [key(2), key(3)]
    assert [row["id"] for row in rows if row.get("reason") == "deleted"] == [key(4), key(5)]
    assert walk(http, gate.url, link)[0] == []


def test_a_change_during_the_read_is_in_the_next_delta(
    dataverse_server: Server, gate_to: GateTo, http: httpx.Client
) -> None:
    dataverse_server.load(projects(1, 2, 3))
    gate = gate_to(dataverse_server)
    pages = iter(range(10))

    def change(_request: object) -> None:
        if next(pages) == 1:
            dataverse_server.load({"msdyn_projects": [{"msdyn_projectid": key(1), "msdyn_subject": "late"}]})

    gate.hook = change
    rows, link = walk(http, gate.url, "msdyn_projects?$select=msdyn_subject")
    assert [row["msdyn_subject"] for row in rows] == ["P1", "P2", "P3"]
    assert [row["msdyn_subject"] for row in walk(http, gate.url, link)[0]] == ["late"]


def test_a_delta_link_expires(dataverse_server: Server, gate_to: GateTo, http: httpx.Client) -> None:
    gate = gate_to(dataverse_server)
    _, link = walk(http, gate.url, "msdyn_projects")
    gate.tracking.expire()
    assert http.get(f"{gate.url}/{link}").status_code == 410
    assert walk(http, gate.url, walk(http, gate.url, "msdyn_projects")[1])[0] == []


def test_a_throttle_counts_rows_and_says_when_to_come_again(
    dataverse_server: Server, gate_to: GateTo, http: httpx.Client
) -> None:
    gate = gate_to(dataverse_server)
    gate.throttle = Throttle(operations=5, window=60)
    way = f"{gate.url}/msdyn_projects/Microsoft.Dynamics.CRM.CreateMultiple"
    answers = [http.post(way, json={"Targets": [{"msdyn_subject": "x"}] * count}) for count in (3, 2, 1)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [a.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] for a in answers] == ["2", "0", "0"]
    assert 30 <= int(answers[2].headers["retry-after"]) <= 60
    gate.throttle = Throttle(operations=1, window=60, form="date")
    late = [http.get(f"{gate.url}/msdyn_projects") for _ in range(3)][1:]
    assert parsedate_to_datetime(late[0].headers["retry-after"]) is not None
    assert gate.throttle.violations == 1


def test_a_throttle_lets_through_what_fits_into_the_window() -> None:
    now = 0.0
    throttle = Throttle(operations=10, window=1.0, clock=lambda: now)
    passed = 0
    while now < 10:
        if throttle.enter(4) is None:
            throttle.leave()
            passed += 4
        now = round(now + 0.05, 2)
    assert passed == 80
    large = Throttle(operations=10, window=1.0, clock=lambda: now)
    assert large.enter(25) is None
    assert large.enter(1) is not None


def test_no_more_than_the_stated_number_of_requests_run_at_once() -> None:
    throttle = Throttle(at_once=2)
    answers = [throttle.enter(1) for _ in range(3)]
    assert [None if one is None else one.status for one in answers] == [None, None, 429]
    throttle.leave()
    assert throttle.enter(1) is None
    assert throttle.most_at_once == 2


def test_the_server_states_how_many_requests_at_once_it_wants(
    dataverse_server: Server, gate_to: GateTo, http: httpx.Client
) -> None:
    gate = gate_to(dataverse_server)
    gate.throttle = Throttle(hint=3)
    assert http.get(f"{gate.url}/accounts").headers["x-ms-dop-hint"] == "3"


def test_a_token_is_taken_until_it_expires(dataverse_server: Server, gate_to: GateTo, http: httpx.Client) -> None:
    gate = gate_to(dataverse_server)
    gate.tokens = Tokens()
    first = gate.tokens.issue()

    def status(token: str) -> int:
        return http.get(f"{gate.url}/accounts", headers={"Authorization": f"Bearer {token}"}).status_code

    before = status(first)
    gate.tokens.expire()
    assert (before, status(first), status("other"), status(gate.tokens.issue())) == (200, 401, 401, 200)
