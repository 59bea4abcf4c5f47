"""Settings of connections are checked by the schema of their kind, at their place, and stay text for the connector."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from crosswalk import connectors
from crosswalk.config.load import load
from crosswalk.config.schemas import published
from crosswalk.contracts import ConnectorSpec
from crosswalk.errors import MapError
from crosswalk.loading import Loaded
from crosswalk.model import Connection

SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["host"],
    "properties": {
        "host": {"type": "string"},
        "port": {"type": "integer", "minimum": 1},
        "ssl": {"enum": ["on", "off"]},
        "wait": {"type": "string", "pattern": "^[0-9]+s$", "x-says": "seconds such as 30s"},
        "keep": {"type": "boolean"},
        "settle": {"type": "string", "pattern": "^[0-9]+$", "description": "Seconds to wait."},
        "write": {"enum": ["true", "false"]},
        "limits": {"type": "object", "additionalProperties": False, "properties": {"tries": {"type": "integer"}}},
        "folders": {"type": "array", "items": {"type": "string"}},
    },
}


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    far = ConnectorSpec("far", "A system far away.", SETTINGS, lambda connection, place: pytest.fail("opened"))
    specs = (*(spec for spec in connectors.all_specs() if spec.kind == "embedded"), far)
    monkeypatch.setattr(connectors, "all_specs", lambda: specs)


def read(settings: str, more: str = "") -> Connection:
    text = f"project: p\n{more}connections:\n  dev:\n    shop: {{kind: far, {settings}}}\n"
    return load({"crosswalk.yaml": text.encode()}).profiles["dev"]["shop"]


def problems(settings: str) -> list[tuple[str, str, int]]:
    with pytest.raises(MapError) as caught:
        read(settings)
    return [(one.code, one.message, one.span.column) for one in caught.value.problems]


def test_settings_that_fit_stay_text_as_written():
    found = read("host: a, port: 5432, ssl: on, keep: true, wait: 30s, limits: {tries: 3}, folders: [x, 010]")
    assert found.settings == {
        "host": "a",
        "port": "5432",
        "ssl": "on",
        "keep": "true",
        "wait": "30s",
        "limits": {"tries": "3"},
        "folders": ["x", "010"],
    }


def test_every_fault_is_told_in_one_pass_at_its_place():
    assert problems("port: many, ssl: maybe, wait: 5m, keep: 1, limits: {tires: 1}, prot: 1, folders: x") == [
        ("MISSING_PROPERTY", "'shop' has no 'host'", 11),
        ("WRONG_TYPE", "'port' must be a whole number, not 'many'", 29),
        ("WRONG_VALUE", "'ssl' must be on or off, not 'maybe'", 40),
        ("WRONG_VALUE", "'wait' must be seconds such as 30s, not '5m'", 53),
        ("WRONG_TYPE", "'keep' must be true or false, not '1'", 63),
        ("UNKNOWN_PROPERTY", "'tires' is not known in 'limits'", 75),
        ("UNKNOWN_PROPERTY", "'prot' is not known in 'shop'", 86),
        ("WRONG_TYPE", "'folders' must be a list, not 'x'", 104),
    ]


def test_a_reference_stands_for_any_text_or_number():
    found = read('host: "${env:HOST}", port: "${env:PORT}", ssl: "${file:ssl.txt}", wait: "${env:WAIT}"')
    assert found.settings["port"] == "${env:PORT}"


def test_a_pattern_that_is_not_worded_is_told_with_the_description():
    assert problems("host: a, settle: soon") == [("WRONG_VALUE", "'settle' cannot be 'soon'", 40)]


def test_a_mapping_is_no_number_whatever_stands_in_it():
    assert [code for code, _, _ in problems('host: a, port: {of: "${env:PORT}"}')] == ["WRONG_TYPE"]


@pytest.mark.parametrize(
    ("settings", "fits"),
    [
        ({"kind": "far", "host": "a", "port": 5432}, True),
        ({"kind": "far", "host": "a", "port": "${env:PORT}", "ssl": "${env:SSL}", "keep": "${env:KEEP}"}, True),
        ({"kind": "far", "host": "a", "write": True}, True),
        ({"kind": "far", "host": "a", "write": "false"}, True),
        ({"kind": "far", "host": "a", "write": "yes"}, False),
        ({"kind": "far"}, False),
        ({"kind": "far", "host": "a", "port": "many"}, False),
        ({"kind": "far", "host": "a", "prot": 1}, False),
        ({"kind": "near"}, False),
        ({"kind": "embedded"}, True),
        ({"kind": "embedded", "host": "a"}, False),
    ],
)
def test_the_published_schema_offers_the_kinds_with_their_settings(settings: dict[str, object], fits: bool):
    schema = published("project")
    Draft7Validator.check_schema(schema)
    whole = {"project": "p", "connections": {"dev": {"shop": settings}}}
    assert Draft7Validator(schema).is_valid(whole) is fits


def test_each_profile_may_have_a_file_of_its_own():
    connections = "connections: {dev: {a: {kind: embedded}}, test: {a: {kind: embedded}}}\n"
    database = "database: {dev: build/dev.duckdb, test: /data/test.duckdb}\n"
    project = load({"crosswalk.yaml": f"project: p\n{database}{connections}".encode()})
    files = [Loaded(Path("/here"), project, (), profile).database for profile in ("dev", "test")]
    assert files == [Path("/here/build/dev.duckdb"), Path("/data/test.duckdb")]


def test_one_path_is_the_file_of_all_profiles():
    connections = "connections: {dev: {a: {kind: embedded}}, test: {a: {kind: embedded}}}\n"
    project = load({"crosswalk.yaml": f"project: p\ndatabase: one.duckdb\n{connections}".encode()})
    assert {Loaded(Path("/here"), project, (), name).database for name in ("dev", "test")} == {Path("/here/one.duckdb")}


def test_the_specs_of_connectors_are_read_without_the_packages_that_they_need():
    program = "import sys; from crosswalk.connectors import all_specs; all_specs(); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in ran.stdout.split()}
    heavy = {"httpx", "azure", "msal", "adbc_driver_manager", "adbc_driver_postgresql", "deltalake", "arro3", "pyarrow"}
    assert "crosswalk" in loaded
    assert loaded & heavy == set()
