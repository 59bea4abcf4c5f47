"""Reading page by page from a scripted server: links, faults at each place, delta links, marks.

Change tracking is shown against the shapes that the public pages print; no service was asked.
"""

import json
import threading
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crosswalk.connectors.odata.ahead import ahead
from crosswalk.errors import CrosswalkError, SystemFailure, UsageError
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, MarkExpired, Not, Page, Wanted
from tests.engine.connectors.odata.orders import COLUMNS, entity, key, rows, serving, texts
from tests.engine.connectors.odata.scripted import Asked, Reply, Script, Scripted, one_after_the_other, running

NO_TRACKING: dict[str, Any] = {"change_tracking": "no"}
ORDERS = entity("orderid", "NAME", "modifiedon")


def order(number: int, modified: str = "2026-11-01T00:00:00Z") -> dict[str, object]:
    return {"orderid": key(number), "Name": f"n{number}", "modifiedon": modified}


def page(asked: Asked, *, size: int = 2, of: int = 6, relative: bool = True) -> Reply:
    """Answer with the page that the address asks for; the next link is relative or absolute."""
    start = int(asked.plain.partition("$skiptoken=")[2] or 0)
    body = rows(*(order(number) for number in range(start, min(start + size, of))))
    if start + size < of:
        link = f"orders?$skiptoken={start + size}"
        body["@odata.nextLink"] = link if relative else f"http://{asked.headers['host']}/api/{link}"
    return Reply(body=body, headers={"Date": "Fri, 27 Nov 2026 08:00:00 GMT"})


def keys(pages: list[Page]) -> list[str]:
    return [row["orderid"] for text in texts(pages) for row in json.loads(text)["value"]]


def read(server: Scripted, since: str | None = None, condition: Condition | None = None, **settings) -> list[Page]:
    return list(server.system(**{**NO_TRACKING, **settings}).read(Wanted(ORDERS, since, condition)))


@pytest.mark.parametrize("relative", [True, False])
def test_links_are_followed_to_the_end(relative: bool) -> None:
    with running(serving(lambda asked: page(asked, relative=relative))) as server:
        assert keys(read(server)) == [key(number) for number in range(6)]
    assert all(asked.headers["prefer"] == "odata.maxpagesize=5000" for asked in server.asked[1:])


def test_an_address_has_no_plus_and_asks_for_the_columns_of_the_entity_alone() -> None:
    with running(serving(page)) as server:
        read(server, condition=Compare("NAME", "=", "a + b"), page_size="7")
    first = server.asked[1]
    assert "+" not in first.path
    assert first.plain == "/api/orders?$select=orderid,Name,modifiedon&$filter=Name eq 'a + b'&$orderby=orderid"
    assert first.headers["prefer"] == "odata.maxpagesize=7"


FAULTS = {
    "refused": Reply(503),
    "throttled": Reply(429, {}, {"Retry-After": "3"}),
    "throttled until a date": Reply(429, {}, {"Retry-After": "Fri, 27 Nov 2026 08:00:09 GMT"}),
    "500": Reply(500),
    "502": Reply(502),
    "504": Reply(504),
    "dropped": Reply(drop=True),
    "cut": Reply(body={"value": [order(1)] * 50}, cut=True),
    "HTML": Reply(body="<html></html>", headers={"Content-Type": "text/html"}),
    "truncated": Reply(body='{"value": [{"orderid": "1"}'),
    "no rows": Reply(body='{"other": []}'),
}


def failing_once(fault: Reply, at: int) -> Script:
    """Let the request at this place fail the first time."""
    seen = []

    def script(asked: Asked) -> Reply:
        seen.append(asked)
        return fault if len(seen) == at + 1 else page(asked)

    return serving(script)


@pytest.mark.parametrize("at", [0, 1, 2], ids=["first", "middle", "last"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_page_loses_and_doubles_nothing(fault: str, at: int) -> None:
    with running(failing_once(FAULTS[fault], at)) as server:
        assert keys(read(server)) == [key(number) for number in range(6)]


@pytest.mark.parametrize("at", [0, 1, 2], ids=["first", "middle", "last"])
@pytest.mark.parametrize("fault", ["500", "dropped", "cut", "HTML", "truncated"])
def test_a_page_that_stays_broken_ends_the_read_without_a_mark(fault: str, at: int) -> None:
    def script(asked: Asked) -> Reply:
        start = int(asked.plain.partition("$skiptoken=")[2] or 0)
        return FAULTS[fault] if start >= at * 2 else page(asked)

    pages: list[Page] = []
    with running(serving(script)) as server:
        found = server.system(**NO_TRACKING, limits={"tries": "2"}).read(Wanted(ORDERS))
        with pytest.raises(SystemFailure, match="failed 2 times") as caught:
            pages.extend(found)
    assert keys(pages) == [key(number) for number in range(at * 2)]
    assert all(one.mark is None for one in pages)
    assert "run the same command again" in caught.value.remedy


def test_pages_that_lead_in_a_circle_are_noticed() -> None:
    script = one_after_the_other(
        Reply(body=rows(order(1), __nextLink="orders?$skiptoken=a")),
        Reply(body=rows(order(2), __nextLink="orders?$skiptoken=b")),
        Reply(body=rows(order(3), __nextLink="orders?$skiptoken=a")),
    )
    with running(serving(script)) as server, pytest.raises(SystemFailure, match="in a circle"):
        read(server)
    assert len(server.asked) < 10


def test_a_link_to_another_host_is_refused() -> None:
    body = rows(order(1), __nextLink="https://elsewhere.example/orders?$skiptoken=1")
    with running(serving(one_after_the_other(Reply(body=body)))) as server:
        with pytest.raises(SystemFailure, match=r"another host, elsewhere\.example"):
            read(server)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, UsageError, "SYSTEM_REFUSED"),
        (403, UsageError, "SYSTEM_RIGHTS"),
        (404, UsageError, "SYSTEM_REFUSED"),
        (413, SystemFailure, "SYSTEM_ANSWER"),
    ],
)
def test_what_the_service_says_of_a_refused_read_is_told(status: int, kind: type[CrosswalkError], code: str) -> None:
    error = {"error": {"code": "0x80060888", "message": "No such property 'x'."}}
    with running(serving(one_after_the_other(Reply(status, error)))) as server:
        with pytest.raises(kind, match=r"refuses to give orders: \d+ 0x80060888: No such property") as refused:
            read(server)
    assert refused.value.code == code


def test_an_empty_table_has_a_mark_at_the_time_of_the_server() -> None:
    with running(serving(lambda asked: page(asked, of=0))) as server:
        [last] = read(server)
    assert last.relation is None
    assert json.loads(str(last.mark))["modified"] == "2026-11-27T08:00:00.000000Z"


def test_the_mark_is_the_latest_time_seen_and_never_later_than_the_start() -> None:
    def script(asked: Asked) -> Reply:
        later = order(2, "2026-11-27T08:00:50Z") if "late" in asked.plain else order(2, "2026-11-20T00:00:00Z")
        body = rows(order(1, "2026-11-20T01:00:00+02:00"), later)
        return Reply(body=body, headers={"Date": "Fri, 27 Nov 2026 08:00:00 GMT"})

    with running(serving(script)) as server:
        marks = [read(server, condition=Compare("NAME", "=", name))[-1].mark for name in ("early", "late")]
    assert [json.loads(str(mark))["modified"] for mark in marks] == [
        "2026-11-20T00:00:00.000000Z",
        "2026-11-27T08:00:00.000000Z",
    ]


def test_an_incremental_read_looks_again_before_its_mark_and_names_all_keys_afterwards() -> None:
    with running(serving(page)) as server:
        mark = read(server)[-1].mark
        pages = read(server, since=mark, condition=Compare("NAME", "=", "left the filter"))
    again = [asked.plain for asked in server.asked if "modifiedon ge" in asked.plain]
    assert again == [
        "/api/orders?$select=orderid,Name,modifiedon&$filter=modifiedon ge 2026-10-31T23:55:00Z&$orderby=orderid"
    ]
    assert [found.kind for found in pages] == ["rows"] * 4 + ["present"] * 3
    assert pages[3].mark == mark
    assert "/api/orders?$select=orderid&$orderby=orderid" in [asked.plain for asked in server.asked]


def test_deleted_rows_are_not_looked_for_where_that_is_set() -> None:
    with running(serving(page)) as server:
        mark = read(server)[-1].mark
        assert {found.kind for found in read(server, since=mark, deleted_rows="ignore")} == {"rows"}


@pytest.mark.parametrize("mark", ["", "{}", "[]", '{"selected": "x", "modified": "2026-11-01T00:00:00Z"}', "null"])
def test_a_mark_of_another_read_has_expired(mark: str) -> None:
    with running(serving(page)) as server, pytest.raises(MarkExpired):
        read(server, since=mark)
    assert len(server.asked) == 1


def test_a_table_without_a_modified_time_has_no_mark() -> None:
    with running(serving(page)) as server:
        wanted = Wanted(entity("orderid", "NAME"))
        assert [found.mark for found in server.system(**NO_TRACKING).read(wanted)] == [None] * 4


def test_every_request_on_a_table_asks_for_all_companies_where_the_dialect_says_so() -> None:
    with running(serving(page)) as server:
        list(server.system(**NO_TRACKING, dialect="finops").read(Wanted(ORDERS)))
    assert server.asked[1].plain.endswith("&$orderby=orderid&$count=true&cross-company=true")


def by_position(asked: Asked, there: list[int], gone: dict[int, int]) -> Reply:
    """Page by position over the rows that are `there`; `gone` says which row is removed before which position is read."""
    start = int(asked.plain.partition("$skip=")[2] or 0)
    if start in gone and gone[start] in there:
        there.remove(gone[start])
    body = rows(*(order(number) for number in there[start : start + 2]), __count=len(there))
    if "$top=1" not in asked.plain and start + 2 < len(there):
        body["@odata.nextLink"] = f"orders?$count=true&cross-company=true&$skip={start + 2}"
    return Reply(body=body)


def test_a_scan_by_position_that_may_have_missed_a_row_is_done_again() -> None:
    there = list(range(7))
    with running(serving(lambda asked: by_position(asked, there, {2: 0}))) as server:
        pages = read(server, dialect="finops")
    assert set(keys(pages)) >= {key(number) for number in range(1, 7)}, "row 2 moved to the page that was read already"
    assert pages[-1].mark is not None


def test_a_table_in_which_rows_never_stop_moving_leaves_no_mark_and_no_list_of_keys() -> None:
    there = list(range(16))

    def script(asked: Asked) -> Reply:
        return by_position(asked, there, {2: there[0]} if "$skip" in asked.plain else {})

    with running(serving(script)) as server:
        whole = read(server, dialect="finops", limits={"tries": "2"})
        assert whole[-1].mark is None
        there[:] = list(range(4))
        mark = read(server, dialect="finops", limits={"tries": "9"})[-1].mark
        there[:] = list(range(16))
        again = read(server, since=mark, dialect="finops", limits={"tries": "2"})
    assert {found.kind for found in again} == {"rows"}


TRACKED = {"Preference-Applied": "odata.track-changes"}
DELTA = "orders?$select=orderid,Name,modifiedon&$deltatoken=919042%2108%2f22%2f2017%2008%3a10%3a44"


def tracking(changes: Callable[[Asked], Reply]) -> Script:
    """Answer as the page on change tracking shows: all rows in two pages, then changes."""

    def script(asked: Asked) -> Reply:
        if "$deltatoken" in asked.plain:
            return changes(asked)
        if "$skiptoken" in asked.plain:
            return Reply(
                body=rows(order(2), __deltaLink=f"http://{asked.headers['host']}/api/{DELTA}"), headers=TRACKED
            )
        if "$filter" in asked.plain or "$orderby" in asked.plain:
            message = 'The "$filter" query parameter isn\'t supported when Change Tracking is enabled.'
            return Reply(400, {"error": {"code": "0x0", "message": message}})
        return Reply(body=rows(order(1), __nextLink="orders?$skiptoken=1"), headers=TRACKED)

    return serving(script)


def changed(asked: Asked) -> Reply:
    gone = {"@odata.context": "x/$metadata#orders/$deletedEntity", "id": key(2), "reason": "deleted"}
    return Reply(body=rows(order(1), gone, __deltaLink=f"http://{asked.headers['host']}/api/{DELTA}x"))


def tracked(server: Scripted, since: str | None = None, **settings) -> list[Page]:
    opened = server.system(dialect="dataverse", **settings)
    return list(opened.read(Wanted(ORDERS, since, Compare("NAME", "=", "a"))))


def test_a_tracked_table_is_read_whole_first_and_ends_with_a_delta_link() -> None:
    with running(tracking(changed)) as server:
        pages = tracked(server)
    assert keys(pages) == [key(1), key(2)]
    assert "$deltatoken" in json.loads(str(pages[-1].mark))["delta"]
    assert all("odata.track-changes" in asked.headers["prefer"] for asked in server.asked[1:])


def test_a_delta_link_brings_what_changed_and_what_is_gone() -> None:
    with running(tracking(changed)) as server:
        mark = tracked(server)[-1].mark
        pages = tracked(server, since=mark)
    assert [found.kind for found in pages] == ["rows", "gone", "rows"]
    assert json.loads(texts(pages)[1]) == {"value": [{"orderid": key(2)}]}
    assert json.loads(str(pages[-1].mark))["delta"].endswith("44x")
    assert server.asked[-1].path.endswith("919042%2108%2f22%2f2017%2008%3a10%3a44"), "it is opaque, and sent as it came"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(410, {"error": {"code": "", "message": "Gone"}}),
        Reply(404, {}),
        Reply(
            400, {"error": {"code": "0x80044352", "message": "Version stamp associated with the client has expired."}}
        ),
    ],
)
def test_an_expired_delta_link_asks_for_everything(reply: Reply) -> None:
    with running(tracking(lambda asked: reply)) as server:
        mark = tracked(server)[-1].mark
        with pytest.raises(MarkExpired):
            tracked(server, since=mark)


def test_a_delta_link_that_is_refused_for_another_reason_is_an_error() -> None:
    reply = Reply(403, {"error": {"code": "0x80040220", "message": "missing prvReadOrder privilege"}})
    with running(tracking(lambda asked: reply)) as server:
        mark = tracked(server)[-1].mark
        with pytest.raises(UsageError, match="missing prvReadOrder"):
            tracked(server, since=mark)


@pytest.mark.parametrize(
    "first",
    [
        Reply(400, {"error": {"code": "0x80060431", "message": "Change tracking is not enabled."}}),
        Reply(body=rows(order(9))),
    ],
    ids=["refused", "ignored"],
)
def test_a_table_that_is_not_tracked_is_read_by_time_and_with_the_filter(first: Reply) -> None:
    def script(asked: Asked) -> Reply:
        return first if "track-changes" in asked.headers["prefer"] else page(asked)

    with running(serving(script)) as server:
        assert len(keys(tracked(server))) == 6
    assert "$filter=Name eq 'a'" in server.asked[2].plain


def test_a_table_that_must_be_tracked_and_is_not_is_an_error() -> None:
    with running(serving(page)) as server, pytest.raises(UsageError, match="does not track changes of orders"):
        tracked(server, change_tracking="yes")


def filtered(condition: Condition, **settings) -> str:
    names = [name for name in COLUMNS if name != "customer" or settings.get("dialect") == "dataverse"]
    table = entity(*names)
    with running(serving(lambda asked: Reply())) as server:
        list(server.system(**{**NO_TRACKING, **settings}).read(Wanted(table, filter=condition)))
        return server.asked[1].plain.partition("$filter=")[2].partition("&$orderby")[0]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (Compare("NAME", "=", "O'Brien & Söhne #1+1"), "Name eq 'O''Brien & Söhne #1+1'"),
        (Compare("amount", "<=", Decimal("12.5000")), "amount le 12.5000"),
        (Compare("NAME", "<>", "x"), "(Name ne 'x' and Name ne null)"),
        (Not(Compare("NAME", "=", "x")), "(Name ne 'x' and Name ne null)"),
        (Not(Compare("count", "<", 5)), "count ge 5"),
        (Not(IsNull("NAME")), "Name ne null"),
        (Not(AllOf((Compare("count", "=", 1), IsNull("NAME")))), "((count ne 1 and count ne null) or Name ne null)"),
        (AnyOf((Compare("open", "=", True), Compare("count", ">", 1))), "(open eq true or count gt 1)"),
        (AllOf(()), "true"),
        (AnyOf(()), "false"),
        (Compare("held", "=", "yes"), "held eq Shop.NoYes'Yes'"),
        (Compare("day", "=", date(2026, 11, 27)), "day eq 2026-11-27"),
        (Compare("sent", ">", datetime(2026, 11, 27, 8, 0, 0, 5)), "sent gt 2026-11-27T08:00:00.000005Z"),
        (Compare("due", "=", date(2026, 11, 27)), "(due ge 2026-11-27T00:00:00Z and due lt 2026-11-28T00:00:00Z)"),
        (Compare("count", ">", Decimal("1.5")), "count gt 1.5"),
        (Compare("day", "<", datetime(2026, 11, 27, 12)), "day le 2026-11-27"),
        (Compare("day", ">=", datetime(2026, 11, 27, 12)), "day gt 2026-11-27"),
        (Compare("day", ">=", datetime(2026, 11, 27)), "day ge 2026-11-27"),
        (Compare("due", "<=", date(2026, 11, 27)), "due lt 2026-11-28T00:00:00Z"),
        (Compare("due", "<>", date(2026, 11, 27)), "(due lt 2026-11-27T00:00:00Z or due ge 2026-11-28T00:00:00Z)"),
    ],
)
def test_a_condition_is_written_as_a_filter_that_means_the_same(condition: Condition, wanted: str) -> None:
    assert filtered(condition) == wanted


def test_the_day_of_a_filter_is_a_day_in_the_zone_of_the_connection() -> None:
    assert (
        filtered(Compare("due", ">=", date(2026, 11, 27)), time_zone="Europe/Berlin") == "due ge 2026-11-26T23:00:00Z"
    )


def test_a_lookup_is_filtered_by_its_value() -> None:
    condition = Compare("customer", "=", key(1))
    assert filtered(condition, dialect="dataverse") == f"_customer_value eq {key(1)}"


def test_no_date_and_null_are_one_where_the_dialect_says_so() -> None:
    assert filtered(IsNull("due"), dialect="finops").partition("&")[0] == "(due eq null or due le 1900-01-01T23:59:59Z)"


def test_rows_are_found_by_hostile_keys_in_addresses_of_bounded_length() -> None:
    names = [f"a'b+c %&?#/ü\U0001f600 {number}" for number in range(100)]
    with running(serving(page)) as server:
        wanted = [(name,) for name in [*names, names[0]]]
        list(server.system(dialect="finops").find(ORDERS, ("NAME",), wanted))
    found = [asked for asked in server.asked if "$filter" in asked.plain]
    assert all(len(server.url) + len(asked.path) < 2100 for asked in found)
    assert len(found) > 1
    asked_for = [
        part for asked in found for part in asked.plain.partition("$filter=")[2].partition("&cross")[0].split(" or ")
    ]
    assert asked_for == [f"Name eq '{name.replace(chr(39), chr(39) * 2)}'" for name in names]
    assert all("+" not in asked.path for asked in found)


def test_rows_are_found_by_keys_of_several_parts_and_null() -> None:
    with running(serving(lambda asked: Reply())) as server:
        list(server.system().find(entity("orderid", "NAME", "count"), ("NAME", "count"), [("a", 1), ("b", None)]))
    found = server.asked[1].plain.partition("$filter=")[2]
    assert found == "(Name eq 'a' and count eq 1) or (Name eq 'b' and count eq null)"


def test_no_key_asks_for_nothing() -> None:
    with running(serving(page)) as server:
        assert list(server.system().find(ORDERS, ("NAME",), [])) == []
    assert len(server.asked) == 1


def test_the_next_page_is_fetched_while_one_is_in_use_and_never_more_than_two_ahead() -> None:
    fetched = []

    def pages():
        for number in range(10):
            fetched.append(number)
            yield number

    items = ahead(pages())
    assert next(items) == 0
    wait_until(lambda: len(fetched) == 3)
    assert fetched == [0, 1, 2]
    items.close()  # type: ignore[attr-defined]
    wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name == "odata-pages"])


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came to hold")
