"""Settings of a connection: what is meant, what is refused before anything is sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crosswalk.connectors import spec
from crosswalk.connectors.odata.login import open_login
from crosswalk.connectors.odata.settings import Settings, read_settings
from crosswalk.contracts import Place
from crosswalk.errors import Span, UsageError
from crosswalk.model import Connection
from tests.engine.connectors.odata.scripted import StillClock

URL = "https://org.crm.dynamics.com/api/data/v9.2"


def read(url: str = URL, **settings: object) -> Settings:
    connection = Connection("crm", "odata", {"url": url, **settings}, Span("crosswalk.yaml", 7, 5))
    return read_settings(connection, url, Path("project"))


def test_the_dialect_gives_what_is_not_set() -> None:
    assert read(dialect="finops").page_size == 10_000
    assert read(dialect="finops").options == {"cross-company": "true"}
    assert read(dialect="dataverse", page_size="7").page_size == 7
    assert read(f"{URL}/").url == URL
    assert read(auth="none").auth.kind == "none"
    assert read(auth="managed_identity").auth.kind == "managed_identity"
    assert read(limits={"answer": "3"}).limits.answer == 3 * 2**20


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]:8/x", URL])
def test_plain_http_is_for_this_machine(url: str) -> None:
    assert read(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://org.example/data",
        "http://192.168.0.1/data",
        "http://127.0.0.1.example/data",
        "ftp://org.example/data",
        "org.example/data",
        "https://user:word@org.example/data",
        "https://org.example/data?x=1",
        "https://org.example:port/data",
        "https:///data",
        "",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match=r"crosswalk\.yaml:7:5") as caught:
        read(url)
    assert caught.value.code == "CONNECTION_SETTINGS"
    assert "word" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"dialect": "crm"}, "'dialect: crm' means nothing"),
        ({"page_sise": "7"}, "there is no setting 'page_sise'"),
        ({"page_size": "many"}, "'page_size: many' is no whole number"),
        ({"limits": {"tries": "0"}}, "'tries: 0' is no whole number"),
        ({"limits": {"trys": "1"}}, "there is no setting 'trys'"),
        ({"time_zone": "Berlin"}, "there is no time zone 'Berlin'"),
        ({"change_tracking": "on"}, "'change_tracking: on' means nothing"),
        ({"auth": {"kind": "password"}}, "'kind: password' means nothing"),
        ({"auth": {"kind": "client_secret", "tenant": "t"}}, "needs client and secret"),
        ({"auth": {"kind": "none", "user": "t"}}, "there is no setting 'user'"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_told_with_its_place(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read(**settings)
    assert caught.value.remedy


def test_every_setting_stands_in_the_schema_with_what_it_may_be() -> None:
    found = spec("odata")
    assert found is not None
    assert found.settings["required"] == ["url"]
    assert not found.embedded


AUTHS = {
    "client_secret": {"tenant": "t", "client": "c", "secret": "${env:SECRET}"},
    "managed_identity": {},
    "device_code": {"tenant": "t", "client": "c"},
}


@pytest.mark.parametrize("kind", AUTHS)
def test_every_kind_of_login_can_be_made_and_secrets_are_resolved_as_late_as_that(kind: str) -> None:
    resolved: list[str] = []

    def reveal(text: str) -> str:
        resolved.append(text)
        return text.replace("${env:SECRET}", "s3cret")

    login = open_login(read(auth={"kind": kind, **AUTHS[kind]}), Place(Path(), 0, reveal), StillClock())
    assert login is not None
    assert "${env:SECRET}" not in resolved
    assert login.scope == "https://org.crm.dynamics.com/.default"
    login.make()
    assert ("${env:SECRET}" in resolved) == (kind == "client_secret")


def test_a_certificate_that_is_not_there_is_told(tmp_path: Path) -> None:
    given = {"kind": "certificate", "tenant": "t", "client": "c", "certificate": "login.pem"}
    login = open_login(read(auth=given), Place(tmp_path, 0, lambda text: text), StillClock())
    assert login is not None
    with pytest.raises(UsageError, match=r"login\.pem") as caught:
        login.header()
    assert caught.value.code == "MISSING_SECRET"


def test_reading_the_spec_loads_neither_the_http_client_nor_the_login() -> None:
    program = (
        "import sys; from crosswalk.connectors import all_specs; all_specs();"
        " print([name for name in ('httpx', 'azure', 'msal') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True)
    assert ran.stdout.strip() == "[]"
