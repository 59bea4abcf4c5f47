"""What a connection of this kind may set: the schema, and the settings as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from crosswalk.connectors.odata.dialects import DIALECTS, PLAIN, Dialect
from crosswalk.errors import UsageError
from crosswalk.model import Connection

Kind = Literal["client_secret", "certificate", "managed_identity", "device_code", "none"]
_COUNT = {"type": "string", "pattern": "^[1-9][0-9]{0,6}$", "x-says": "a whole number from 1"}
_TEXT = {"type": "string"}

SCHEMA: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["url"],
    "properties": {
        "url": {
            "type": "string",
            "description": "The root of the service, such as https://org.crm.dynamics.com/api/data/v9.2 or"
            " https://org.operations.dynamics.com/data.",
        },
        "dialect": {"enum": sorted(DIALECTS), "description": "Which service it is. Default: plain."},
        "auth": {
            "type": "object",
            "additionalProperties": False,
            "required": ["kind"],
            "properties": {
                "kind": {"enum": ["client_secret", "certificate", "managed_identity", "device_code", "none"]},
                "tenant": _TEXT,
                "client": _TEXT,
                "secret": {"type": "string", "description": "A reference: ${env:NAME}, ${file:path}, ${keyring:name}."},
                "certificate": {"type": "string", "description": "The file with certificate and key, PEM or PKCS12."},
                "password": {"type": "string", "description": "A reference to the password of the certificate's key."},
                "scope": {"type": "string", "description": "Default: the root of the url's host and /.default."},
                "authority": {"type": "string", "description": "The host that gives tokens, for national clouds."},
            },
        },
        "page_size": {**_COUNT, "description": "Rows that one answer should hold at most."},
        "tables": {
            "type": "object",
            "additionalProperties": _TEXT,
            "description": "The entity set of an entity, where the two have different names.",
        },
        "change_tracking": {
            "enum": ["yes", "no", "auto"],
            "description": "Whether to read changes by delta links. auto, the default: where the service offers them.",
        },
        "deleted_rows": {
            "enum": ["compare", "ignore"],
            "description": "How deleted rows are found where changes are read by time: compare, the default, reads all"
            " keys after each incremental read; ignore does not look for them.",
        },
        "write": {
            "enum": ["upsert", "create"],
            "description": "How new rows are sent: upsert, by key, so that a row that is sent twice is there once; or"
            " create. Default: upsert, where the service has it.",
        },
        "time_zone": {
            "type": "string",
            "description": "The zone of times without an offset, and of the days of date columns. Default: UTC.",
        },
        "limits": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "concurrency": {**_COUNT, "description": "Requests at a time. Default: 4."},
                "timeout": {**_COUNT, "description": "Seconds to wait for an answer. Default: 120."},
                "tries": {**_COUNT, "description": "Times that a request is tried. Default: 5."},
                "patience": {**_COUNT, "description": "Seconds to wait while throttled. Default: 3600."},
                "answer": {**_COUNT, "description": "Megabytes that one answer may have. Default: 256."},
            },
        },
        "ca_file": {"type": "string", "description": "Certificates to trust beside those of this machine, in PEM."},
    },
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard a service is pressed. Times are in seconds, `answer` in bytes."""

    concurrency: int = 4
    timeout: int = 120
    tries: int = 5
    patience: int = 3600
    answer: int = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Auth:
    """How a token is had. Texts may still be references to secrets."""

    kind: Kind = "none"
    tenant: str = ""
    client: str = ""
    secret: str = ""
    certificate: str = ""
    password: str = ""
    scope: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a connection. `url` has no slash at its end; `place` is where the connection is written."""

    system: str
    url: str
    place: str = ""
    dialect: Dialect = PLAIN
    auth: Auth = Auth()
    page_size: int = PLAIN.page_size
    tables: Mapping[str, str] = field(default_factory=dict)
    change_tracking: Literal["yes", "no", "auto"] = "auto"
    compares_keys: bool = True
    write: Literal["upsert", "create"] = "upsert"
    time_zone: str = "UTC"
    limits: Limits = Limits()
    ca_file: str = ""

    @property
    def options(self) -> Mapping[str, str]:
        """What stands in the query of every request on a table."""
        return self.dialect.options or {}

    def entity_set(self, entity: str) -> str:
        return self.tables.get(entity, entity)


def read_settings(connection: Connection, url: str, root: Path) -> Settings:
    """Read the settings of a connection whose url has been resolved and whose paths are below `root`; `UsageError`
    where they cannot be used.
    """
    given, place = connection.settings, str(connection.span)
    dialect = DIALECTS[_text(given, "dialect") or PLAIN.name]
    return Settings(
        system=connection.system,
        url=_safe(url.rstrip("/"), place),
        place=place,
        dialect=dialect,
        auth=_auth(_below(given, "auth"), place),
        page_size=int(_text(given, "page_size") or dialect.page_size),
        tables={name: str(value) for name, value in _below(given, "tables").items()},
        change_tracking=cast(Literal["yes", "no", "auto"], _text(given, "change_tracking") or "auto"),
        compares_keys=_text(given, "deleted_rows") != "ignore",
        write=cast(Literal["upsert", "create"], _text(given, "write") or "upsert"),
        time_zone=_text(given, "time_zone") or "UTC",
        limits=_limits(_below(given, "limits")),
        ca_file=str(root / _text(given, "ca_file")) if _text(given, "ca_file") else "",
    )


def _below(given: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = given.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(given: Mapping[str, object], name: str) -> str:
    found = given.get(name)
    return "" if found is None else str(found)


def _limits(given: Mapping[str, object]) -> Limits:
    numbers = {name: int(str(value)) for name, value in given.items() if value is not None}
    if "answer" in numbers:
        numbers["answer"] *= 2**20
    return Limits(**numbers)


_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    "client_secret": ("tenant", "client", "secret"),
    "certificate": ("tenant", "client", "certificate"),
    "device_code": ("tenant", "client"),
    "managed_identity": (),
    "none": (),
}


def _auth(given: Mapping[str, object], place: str) -> Auth:
    texts = {name: str(value) for name, value in given.items() if name != "kind" and value is not None}
    auth = Auth(kind=cast(Kind, given.get("kind") or "none"), **texts)
    missing = [name for name in _NEEDED[auth.kind] if not texts.get(name)]
    if missing:
        message = f"{place}: auth of the kind '{auth.kind}' needs {' and '.join(missing)}"
        raise UsageError(message, code="CONNECTION_SETTINGS", remedy="add what is missing below 'auth'")
    return auth


def _safe(url: str, place: str) -> str:
    parts = urlsplit(url)
    usable = parts.hostname and not parts.query and not parts.fragment and not parts.username
    if parts.scheme not in {"http", "https"} or not usable:
        message = f"{place}: '{parts.scheme}://{parts.hostname or ''}' is not the root of a service"
        raise UsageError(message, code="CONNECTION_SETTINGS", remedy="write the url like https://host/path")
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        message = f"{place}: without TLS, everybody on the way to {parts.hostname} could read and change what is sent"
        raise UsageError(message, code="CONNECTION_SETTINGS", remedy="write https://; http:// is for this machine only")
    return url


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
