"""Batches in both formats: what is built can be read by a server, and answers are read whatever a server leaves out."""

import json
from email import policy
from email.parser import BytesParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk.connectors.odata import batch_json, batch_multipart
from crosswalk.connectors.odata.calls import Call, Reply, Unreadable, Verb, settled

TEXTS = st.text(max_size=60) | st.sampled_from(["\r\n--batch_x--\r\n", "\u2028", "\x00", "--", "HTTP/1.1 500 no"])


@st.composite
def some_calls(draw) -> list[Call]:
    calls: list[Call] = []
    for run in range(draw(st.integers(1, 4))):
        group = draw(st.sampled_from([None, f"g{run}"]))
        for _ in range(draw(st.integers(1, 3))):
            number = len(calls)
            body = draw(
                st.none() | st.dictionaries(TEXTS, TEXTS | st.integers() | st.none() | st.booleans(), max_size=3)
            )
            verb: Verb = "DELETE" if body is None else "PATCH"
            calls.append(Call(str(number), verb, f"orders({number})", {"If-Match": 'W/"1"'}, body, group))
    return calls


def http(message) -> dict:
    """Read one request as a server does."""
    head, _, body = message.get_payload(decode=True).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert int(headers.get("Content-Length", "0")) == len(body)
    verb, url, version = first.split(" ")
    assert version == "HTTP/1.1"
    return {
        "id": message["Content-ID"],
        "verb": verb,
        "url": url,
        "body": json.loads(body) if body else None,
        "etag": headers["If-Match"],
    }


def requests(content_type: str, content: bytes) -> list[tuple[dict, int | None]]:
    whole = BytesParser(policy=policy.HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    assert not whole.defects
    found: list[tuple[dict, int | None]] = []
    for place, part in enumerate(whole.iter_parts()):
        if part.is_multipart():
            found += [(http(inner), place) for inner in part.iter_parts()]
        else:
            found.append((http(part), None))
    return found


@settings(max_examples=40)
@given(some_calls())
def test_a_multipart_batch_can_be_read_back(calls: list[Call]) -> None:
    found = requests(*batch_multipart.build(calls))
    assert [request for request, _ in found] == [
        {"id": call.id, "verb": call.verb, "url": call.url, "body": call.body, "etag": 'W/"1"'} for call in calls
    ]
    assert [set_of is None for _, set_of in found] == [call.group is None for call in calls]
    sets: dict[int, set] = {}
    for call, (_, set_of) in zip(calls, found, strict=True):
        if set_of is not None:
            sets.setdefault(set_of, set()).add(call.group)
    assert all(len(groups) == 1 for groups in sets.values())


@settings(max_examples=40)
@given(some_calls())
def test_a_json_batch_can_be_read_back(calls: list[Call]) -> None:
    content_type, content = batch_json.build(calls)
    assert content_type.startswith("application/json")
    found = json.loads(content)["requests"]
    assert [(r["id"], r["method"], r["url"], r.get("body"), r.get("atomicityGroup")) for r in found] == [
        (call.id, call.verb, call.url, call.body, call.group) for call in calls
    ]


BODIES = st.none() | st.dictionaries(TEXTS, TEXTS | st.integers(), max_size=3)


@settings(max_examples=40)
@given(some_calls(), st.data())
def test_answers_in_parts_are_matched_to_their_calls(calls: list[Call], data) -> None:
    replies = {
        call.id: Reply(data.draw(st.sampled_from([200, 204, 400])), {"etag": '"x"'}, data.draw(BODIES))
        for call in calls
    }
    content_type, content = answer(calls, replies)
    assert batch_multipart.parse(calls, content_type, content) == replies


def answer(calls: list[Call], replies: dict[str, Reply], end: str = "\r\n") -> tuple[str, bytes]:
    """Write what a server would: change sets in parts of their own."""

    def part(call: Call) -> str:
        reply = replies[call.id]
        body = "" if reply.body is None else json.dumps(reply.body)
        head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary", f"Content-ID: {call.id}", ""]
        inner = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in reply.headers.items()), ""]
        return end.join([*head, *inner, body])

    parts = []
    for group, members in batch_multipart.groups_one_by_one(calls):
        if group is None:
            parts += [part(call) for call in members]
        else:
            inner = "".join(f"--cs{end}{part(call)}{end}" for call in members) + f"--cs--{end}"
            parts.append(f"Content-Type: multipart/mixed; boundary=cs{end}{end}{inner}")
    whole = "".join(f"--b{end}{each}{end}" for each in parts) + f"--b--{end}"
    return "multipart/mixed; boundary=b", whole.encode()


def calls_of(*groups: str | None) -> list[Call]:
    return [Call(str(n), "PATCH", f"orders({n})", body={}, group=group) for n, group in enumerate(groups)]


def test_parts_that_a_server_left_out_stay_without_an_answer() -> None:
    calls = calls_of(None, None, None)
    replies = {"0": Reply(204), "1": Reply(400, {}, {"error": {"code": "bad"}})}
    content_type, content = answer(calls[:2], replies)
    assert batch_multipart.parse(calls, content_type, content) == replies


def test_line_ends_of_a_text_file_are_read_too() -> None:
    calls = calls_of(None, "g", "g")
    replies = {call.id: Reply(200, {"etag": "x"}, {"a": call.id}) for call in calls}
    assert batch_multipart.parse(calls, *answer(calls, replies, end="\n")) == replies


def test_one_answer_for_a_change_set_counts_for_all_of_it() -> None:
    calls = calls_of("g", "g", None)
    said = Reply(400, {}, {"error": {"code": "x"}})
    content_type, content = answer([calls[0], calls[2]], {"0": said, "2": Reply(204)})
    found = settled(calls, batch_multipart.parse(calls, content_type, content))
    assert {name: reply.status for name, reply in found.items()} == {"0": 400, "1": 424, "2": 204}
    all_of = Reply(400, {}, said.body, shared=True)
    bare = b'--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 No\r\n\r\n{"error":{"code":"x"}}\r\n--b--'
    assert batch_multipart.parse(calls, "multipart/mixed;boundary=b", bare) == {"0": all_of, "1": all_of}


def test_one_answer_for_a_group_in_json_counts_for_all_of_it() -> None:
    calls = calls_of("g", "g", None)
    content = json.dumps({"responses": [{"id": "g", "status": 409}, {"id": "2", "status": 201, "body": {"a": 1}}]})
    assert batch_json.parse(calls, "application/json", content.encode()) == {
        "0": Reply(409, shared=True),
        "1": Reply(409, shared=True),
        "2": Reply(201, {}, {"a": 1}),
    }


def test_a_failure_in_a_group_counts_for_all_of_it_even_where_the_server_said_201_before() -> None:
    calls = calls_of("g", "g", "g", None)
    bad = Reply(400, {}, {"error": {"code": "x"}})
    found = settled(calls, {"0": Reply(201), "1": bad, "3": Reply(201)})
    assert {name: reply.status for name, reply in found.items()} == {"0": 424, "1": 400, "2": 424, "3": 201}
    assert found["0"].body == bad.body


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>sorry</html>",
        b'{"responses":[{"id":"0","status":20',
        b'{"value":[]}',
        b'{"responses":[{"id":"0"}]}',
        b"[]",
    ],
)
def test_an_answer_that_is_no_batch_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(Unreadable):
        batch_json.parse(calls_of(None), "application/json", content)


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/html", b"<html>sorry</html>"),
        ("multipart/mixed;boundary=b", b"<html>"),
        ("multipart/mixed;boundary=b", b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 2"),
    ],
)
def test_an_answer_without_parts_is_said_to_be_none(content_type: str, content: bytes) -> None:
    with pytest.raises(Unreadable):
        batch_multipart.parse(calls_of(None), content_type, content)
