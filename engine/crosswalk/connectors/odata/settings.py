"""What a connection of this kind may set: the schema, and the settings as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crosswalk.connectors.odata.dialects import DIALECTS, PLAIN, Dialect
from crosswalk.errors import UsageError, nearest
from crosswalk.model import Connection

Kind = Literal["client_secret", "certificate", "managed_identity", "device_code", "none"]
_COUNT = {"type": "string", "pattern": "^[1-9][0-9]{0,6}$", "x-says": "a whole number from 1"}
_TEXT = {"type": "string"}
_MEGABYTE = 2**20

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
            "type": ["object", "string"],
            "description": "How to log in; 'none' and 'managed_identity' may stand alone.",
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
    answer: int = 256 * _MEGABYTE


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
    given = _Given(connection.settings, str(connection.span))
    given.known(cast(Mapping[str, object], SCHEMA["properties"]))
    dialect = DIALECTS[given.one_of("dialect", (PLAIN.name, *DIALECTS))]
    return Settings(
        system=connection.system,
        url=_safe(url.rstrip("/"), given),
        place=given.place,
        dialect=dialect,
        auth=_auth(_Given({"kind": given.text("auth")}, given.place) if given.word("auth") else given.below("auth")),
        page_size=given.number("page_size", dialect.page_size),
        tables={name: str(value) for name, value in given.below("tables").settings.items()},
        change_tracking=cast(Literal["yes", "no", "auto"], given.one_of("change_tracking", ("auto", "yes", "no"))),
        compares_keys=given.one_of("deleted_rows", ("compare", "ignore")) == "compare",
        write=cast(Literal["upsert", "create"], given.one_of("write", ("upsert", "create"))),
        time_zone=_zone(given),
        limits=_limits(given.below("limits")),
        ca_file=str(root / given.text("ca_file")) if given.text("ca_file") else "",
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """Settings as they were written, and where."""

    settings: Mapping[str, object]
    place: str

    def wrong(self, what: str, remedy: str) -> UsageError:
        return UsageError(f"{self.place}: {what}", code="CONNECTION_SETTINGS", remedy=remedy)

    def known(self, names: Iterable[str]) -> None:
        for name in self.settings:
            if name not in names:
                remedy = nearest(name, names) or f"known are: {', '.join(names)}"
                raise self.wrong(f"there is no setting '{name}'", remedy)

    def text(self, name: str) -> str:
        found = self.settings.get(name)
        return "" if found is None else str(found)

    def word(self, name: str) -> bool:
        """Tell whether a setting that may have parts is written as one word."""
        return isinstance(self.settings.get(name), str)

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """Give a word of several; the first is meant where none is written."""
        found = self.text(name) or allowed[0]
        if found not in allowed:
            raise self.wrong(f"'{name}: {found}' means nothing", f"write one of: {', '.join(dict.fromkeys(allowed))}")
        return found

    def number(self, name: str, otherwise: int) -> int:
        found = self.text(name) or str(otherwise)
        if not found.isdecimal() or int(found) < 1:
            raise self.wrong(f"'{name}: {found}' is no whole number from 1", "write a number such as 100")
        return int(found)

    def below(self, name: str) -> _Given:
        found = self.settings.get(name)
        return _Given(found if isinstance(found, Mapping) else {}, self.place)


def _limits(given: _Given) -> Limits:
    usual = Limits()
    given.known(Limits.__dataclass_fields__)
    return Limits(
        concurrency=given.number("concurrency", usual.concurrency),
        timeout=given.number("timeout", usual.timeout),
        tries=given.number("tries", usual.tries),
        patience=given.number("patience", usual.patience),
        answer=given.number("answer", usual.answer // _MEGABYTE) * _MEGABYTE,
    )


def _zone(given: _Given) -> str:
    name = given.text("time_zone") or "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise given.wrong(f"there is no time zone '{name}'", "write a name such as Europe/Berlin") from None
    return name


_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    "none": (),
    "client_secret": ("tenant", "client", "secret"),
    "certificate": ("tenant", "client", "certificate"),
    "device_code": ("tenant", "client"),
    "managed_identity": (),
}


def _auth(given: _Given) -> Auth:
    given.known(Auth.__dataclass_fields__)
    kind = cast(Kind, given.one_of("kind", tuple(_NEEDED)))
    missing = [name for name in _NEEDED[kind] if not given.text(name)]
    if missing:
        raise given.wrong(
            f"auth of the kind '{kind}' needs {' and '.join(missing)}", "add what is missing below 'auth'"
        )
    return Auth(kind=kind, **{name: given.text(name) for name in given.settings if name != "kind"})


def _safe(url: str, given: _Given) -> str:
    """Take an address that leaves no doubt where requests go, and who can read them."""
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0 and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        raise given.wrong("'url' is no address", "write the url like https://host/path") from None
    if parts.scheme not in {"http", "https"} or not usable:
        raise given.wrong("'url' is not the root of a service", "write the url like https://host/path")
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        what = f"without TLS, everybody on the way to {parts.hostname} could read and change what is sent"
        raise given.wrong(what, "write https://; http:// is for this machine only")
    return url


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
