"""A session with a service: what it tries again, what it refuses, and that it keeps still while it is throttled."""

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import formatdate

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from crosswalk.connectors.odata.faults import Unanswered
from crosswalk.connectors.odata.gate import Gate, RealClock
from crosswalk.connectors.odata.login import Login
from crosswalk.errors import SystemFailure, UsageError
from tests.engine.connectors.odata.scripted import Reply, Scripted, StillClock, one_after_the_other, running, system

GOOD = Reply(body={"value": [1]})
PASSING = [
    pytest.param(Reply(500), id="500"),
    pytest.param(Reply(502, "<html>bad gateway</html>", {"Content-Type": "text/html"}), id="502"),
    pytest.param(Reply(503), id="503"),
    pytest.param(Reply(504), id="504"),
    pytest.param(Reply(drop=True), id="connection dropped"),
    pytest.param(Reply(body={"value": ["x" * 5000]}, cut=True), id="cut in the middle"),
    pytest.param(Reply(body="<html>Sign in</html>", headers={"Content-Type": "text/html"}), id="HTML"),
    pytest.param(Reply(body='{"value": [{"a": "1'), id="truncated JSON"),
    pytest.param(Reply(body=b"\xff\xfe{}"), id="not UTF-8"),
]


@pytest.mark.parametrize("fault", PASSING)
def test_a_read_that_fails_once_is_tried_again(fault: Reply) -> None:
    clock = StillClock()
    with running(one_after_the_other(fault, GOOD)) as server:
        answer = server.system(clock).session.send("GET", "orders", json=True)
    assert json.loads(answer.text) == {"value": [1]}
    assert len(server.asked) == 2
    assert len(clock.slept) == 1


@pytest.mark.parametrize("fault", PASSING)
def test_a_read_that_keeps_failing_ends_with_a_failure_that_says_how_to_go_on(fault: Reply) -> None:
    with running(one_after_the_other(fault)) as server, pytest.raises(SystemFailure, match="failed 3 times") as caught:
        server.system(limits={"tries": "3"}).session.send("GET", "orders", json=True)
    assert len(server.asked) == 3
    assert "run the same command again" in caught.value.remedy


@pytest.mark.parametrize("fault", [fault for fault in PASSING if fault.id not in {"HTML", "truncated JSON"}])
def test_a_write_without_an_answer_is_never_sent_twice(fault: Reply) -> None:
    with running(one_after_the_other(fault, GOOD)) as server, pytest.raises(Unanswered):
        server.system().session.send("POST", "orders", content=b"{}", idempotent=False)
    assert len(server.asked) == 1


def test_a_write_that_never_left_is_tried_again() -> None:
    with running(one_after_the_other(GOOD)) as server:
        url = server.url
    opened = system(url, limits={"tries": "2"})
    with closing(opened), pytest.raises(SystemFailure, match="cannot be reached") as caught:
        opened.session.send("POST", "orders", content=b"{}", idempotent=False)
    assert caught.value.code == "SYSTEM_UNREACHABLE"


def test_a_server_that_answers_too_late_is_asked_again() -> None:
    with running(one_after_the_other(Reply(late=1.5), GOOD)) as server:
        answer = server.system(limits={"timeout": "1"}).session.send("GET", "orders")
    assert json.loads(answer.text) == {"value": [1]}


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_throttled_request_is_sent_again_when_the_server_said(form: str, idempotent: bool) -> None:
    clock = StillClock()
    after = "17" if form == "seconds" else formatdate(clock.now() + 17, usegmt=True)
    with running(one_after_the_other(Reply(429, {}, {"Retry-After": after}), GOOD)) as server:
        answer = server.system(clock).session.send("POST", "orders", content=b"{}", idempotent=idempotent)
    assert answer.status == 200
    assert clock.slept == [17.0]


def test_a_service_that_is_away_says_when_it_is_back() -> None:
    clock = StillClock()
    with running(one_after_the_other(Reply(503, {}, {"Retry-After": "9"}), GOOD)) as server:
        server.system(clock, limits={"tries": "1"}).session.send("GET", "orders")
    assert clock.slept == [9.0]


def test_a_throttled_request_without_a_time_waits_longer_each_time() -> None:
    clock = StillClock()
    with running(one_after_the_other(Reply(429), Reply(429), Reply(429), GOOD)) as server:
        server.system(clock).session.send("GET", "orders")
    assert len(clock.slept) == 3
    assert all(0 < seconds <= 30 for seconds in clock.slept)


def test_a_wait_beyond_all_patience_ends_the_run() -> None:
    reply = Reply(429, {"error": {"code": "0x80072322", "message": "Too many."}}, {"Retry-After": "301"})
    with running(one_after_the_other(reply)) as server, pytest.raises(SystemFailure, match="301 seconds") as caught:
        server.system(limits={"patience": "300"}).session.send("GET", "orders")
    assert caught.value.code == "SYSTEM_THROTTLED"
    assert len(server.asked) == 1


def test_nothing_at_all_is_sent_while_the_server_throttles() -> None:
    pause, came, closed = 1.0, [], []

    def script(asked):
        came.append(time.monotonic())
        return Reply(429, {}, {"Retry-After": str(pause)}) if len(came) == 3 else GOOD

    class Watched(Gate):
        def close_for(self, seconds: float) -> None:
            super().close_for(seconds)
            closed.append(time.monotonic())

    with running(script) as server, ThreadPoolExecutor(4) as pool:
        session = server.system().session
        session.clock, session.gate = RealClock(), Watched(4, RealClock())
        list(pool.map(lambda _: session.send("GET", "orders"), range(40)))
    assert len(came) == 41
    on_its_way = 0.4
    assert [at for at in came if closed[0] + on_its_way < at < closed[0] + pause - 0.01] == []
    assert [at for at in came if at > closed[0] + pause - 0.01], "the rest went after the wait"


def test_fewer_requests_leave_at_a_time_after_the_server_throttled_and_more_again_when_it_goes_well() -> None:
    clock = StillClock()
    gate = Gate(8, clock)
    gate.close_for(1)
    gate.close_for(1)
    assert gate.allowed == 4
    clock.sleep(2)
    gate.close_for(1)
    assert gate.allowed == 2
    for _ in range(100):
        gate.went_well(None)
    assert gate.allowed == 8


def test_never_more_at_a_time_than_the_server_states() -> None:
    gate = Gate(8, StillClock())
    gate.went_well(3)
    assert gate.allowed == 3
    gate.went_well(None)
    assert gate.allowed == 3


def test_the_server_states_its_number_in_a_header_of_the_dialect() -> None:
    with running(one_after_the_other(Reply(headers={"x-ms-dop-hint": "2"}))) as server:
        session = server.system(dialect="dataverse").session
        session.send("GET", "orders")
    assert session.gate.allowed == 2


def test_a_redirect_to_another_host_is_refused() -> None:
    reply = Reply(302, {}, {"Location": "https://elsewhere.example/steal"})
    with running(one_after_the_other(reply)) as server, pytest.raises(SystemFailure, match=r"elsewhere\.example"):
        server.system().session.send("GET", "orders")
    assert len(server.asked) == 1


@pytest.mark.parametrize("address", ["https://elsewhere.example/x", "//elsewhere.example/x", "http://127.0.0.1:1/x"])
def test_an_address_on_another_host_is_refused(address: str) -> None:
    with running(one_after_the_other(GOOD)) as server, pytest.raises(SystemFailure, match="another host"):
        server.system().session.send("GET", address)
    assert server.asked == []


def test_an_answer_is_read_only_as_far_as_is_allowed() -> None:
    bomb = gzip.compress(b"x" * 40_000_000)
    with running(one_after_the_other(Reply(body=bomb, headers={"Content-Encoding": "gzip"}))) as server:
        with pytest.raises(SystemFailure, match="larger than 2 MB"):
            server.system(limits={"answer": "2"}).session.send("GET", "orders")


def test_a_zipped_answer_is_read() -> None:
    body = gzip.compress(json.dumps({"value": ["ü"]}).encode())
    with running(one_after_the_other(Reply(body=body, headers={"Content-Encoding": "gzip"}))) as server:
        assert json.loads(server.system().session.send("GET", "orders", json=True).text) == {"value": ["ü"]}
    assert server.asked[0].headers["accept-encoding"] == "gzip"


def test_every_request_says_which_odata_it_speaks_and_keeps_no_cookie() -> None:
    with running(one_after_the_other(Reply(headers={"Set-Cookie": "ARRAffinity=1; Path=/"}))) as server:
        session = server.system().session
        session.send("GET", "orders")
        session.send("GET", "orders")
    assert server.asked[1].headers["accept"] == "application/json;IEEE754Compatible=true"
    assert server.asked[1].headers["odata-version"] == "4.0"
    assert "cookie" not in server.asked[1].headers


def test_errors_of_the_caller_are_answers() -> None:
    with running(one_after_the_other(Reply(404, {"error": {"code": "x", "message": "no"}}))) as server:
        assert server.system().session.send("GET", "orders", json=True).status == 404


class Tokens:
    """A credential that gives token 1, 2, 3 .., each good for so many seconds."""

    made = 0

    def __init__(self, clock: StillClock, seconds: int = 3600) -> None:
        self.clock, self.seconds = clock, seconds

    def get_token(self, scope: str, /):
        Tokens.made += 1
        return type("Token", (), {"token": f"t{Tokens.made}", "expires_on": int(self.clock.now()) + self.seconds})()


@pytest.fixture
def clock() -> StillClock:
    Tokens.made = 0
    return StillClock()


def with_login(server: Scripted, clock: StillClock, seconds: int = 3600):
    opened = server.system(clock)
    opened.session.login = Login(lambda: Tokens(clock, seconds), "scope", "shop", clock)
    return opened.session


def test_a_token_is_used_until_shortly_before_its_end(clock: StillClock) -> None:
    with running(one_after_the_other(GOOD)) as server:
        session = with_login(server, clock)
        session.send("GET", "a")
        clock.sleep(3200)
        session.send("GET", "b")
        clock.sleep(200)
        session.send("GET", "c")
    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer t1", "Bearer t1", "Bearer t2"]


def test_a_token_that_the_service_refuses_is_replaced_once(clock: StillClock) -> None:
    with running(one_after_the_other(Reply(401), GOOD)) as server:
        assert with_login(server, clock).send("GET", "a").status == 200
    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer t1", "Bearer t2"]


def test_a_second_refusal_ends_with_a_sentence_that_shows_no_token(clock: StillClock) -> None:
    body = {"error": {"code": "0x80072560", "message": "The user is not a member of the organization."}}
    with running(one_after_the_other(Reply(401, body))) as server, pytest.raises(UsageError) as caught:
        with_login(server, clock).send("GET", "a")
    assert len(server.asked) == 2
    assert caught.value.code == "LOGIN_REFUSED"
    assert "not a member" in str(caught.value)
    assert "t1" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ClientAuthenticationError("AADSTS7000215: Invalid client secret\nTrace"), UsageError, "LOGIN_REFUSED"),
        (ServiceRequestError("Name or service not known"), SystemFailure, "SYSTEM_UNREACHABLE"),
        (ValueError("Unable to deserialize the certificate"), UsageError, "LOGIN_REFUSED"),
    ],
)
def test_a_login_that_cannot_be_had_is_told_in_one_line(error, kind, code, clock: StillClock) -> None:
    class Broken:
        def get_token(self, scope: str, /):
            raise error

    with pytest.raises(kind) as caught:
        Login(Broken, "scope", "shop", clock).header()
    assert caught.value.code == code
    assert "\n" not in str(caught.value)


def test_threads_that_are_refused_together_ask_for_one_new_token(clock: StillClock) -> None:
    login = Login(lambda: Tokens(clock), "scope", "shop", clock)
    old = login.header()
    with ThreadPoolExecutor(8) as pool:
        new = set(pool.map(lambda _: login.header(refused=old), range(8)))
    assert new == {"Bearer t2"}
