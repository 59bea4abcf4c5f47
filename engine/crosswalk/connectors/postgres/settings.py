"""What a connection to PostgreSQL sets, and the address that libpq is given, made at the moment it is used.

Why the address is made late: it holds the password. It lives as long as the call that opens a session.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from crosswalk.contracts import Place
from crosswalk.errors import UsageError
from crosswalk.model import Connection

RECEIPTS = "crosswalk_receipts"
"""The table in which writes leave their receipts."""

_UNITS = {"s": 1, "m": 60, "h": 3600}
_WORDS = {"host": "host", "port": "port", "database": "dbname", "user": "user", "password": "password"}
_ALWAYS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "tcp_user_timeout": "60000",
    "client_encoding": "UTF8",
    "application_name": "crosswalk",
}
_HERE = ("", "localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """A connection, read. `written` holds the parts of the address as they stand in the file, references and all;
    `timeout` is in seconds.
    """

    system: str
    connection: Connection
    written: Mapping[str, str]
    uri: str
    root: Path
    reveal: Callable[[str], str]
    schema: str
    receipts: str
    tables: Mapping[str, str]
    ssl: str
    ssl_root: str
    timeout: int
    stamps: bool
    deletes: bool
    time_zone: str

    def table(self, entity: str) -> str:
        """Name the table of an entity."""
        return self.tables.get(entity, entity)

    def entity(self, table: str) -> str:
        """Name the entity of a table."""
        return next((entity for entity, named in self.tables.items() if named == table), table)

    def address(self) -> str:
        """Make the address, with the secrets in it."""
        parts = {_WORDS[key]: self.reveal(value) for key, value in self.written.items()}
        uri = self.reveal(self.uri)
        host = parts.get("host") or _host(uri)
        return _joined(uri, {**parts, **self._encryption(uri, host), **_ALWAYS})

    def _encryption(self, uri: str, host: str) -> dict[str, str]:
        """Say how the server proves who it is; never less than asked, never silently nothing over a network."""
        if not self.ssl and (re.search(r"\bsslmode\s*=", uri) or host.startswith("/") or host in _HERE):
            return {}
        if self.ssl == "off":
            return {"sslmode": "disable"}
        trusted = str(self.root / self.ssl_root) if self.ssl_root else "system"
        return {"sslmode": self.ssl or "verify-full", "sslrootcert": trusted}


def read_settings(connection: Connection, place: Place) -> Settings:
    """Read the settings of a connection; `UsageError` when one cannot be meant."""
    texts = {key: str(value) for key, value in connection.settings.items() if value is not None}
    tables = connection.settings.get("tables")
    schema = texts.get("schema", "public")
    return Settings(
        system=connection.system,
        connection=connection,
        written={key: texts[key] for key in _WORDS if key in texts},
        uri=texts.get("uri", ""),
        root=place.root,
        reveal=place.reveal,
        schema=schema,
        receipts=texts.get("receipts", schema),
        tables={str(key): str(value) for key, value in tables.items()} if isinstance(tables, Mapping) else {},
        ssl=texts.get("ssl", ""),
        ssl_root=texts.get("ssl_root", ""),
        timeout=_seconds(connection, texts.get("timeout", "1h")),
        stamps=texts.get("stamps") == "server",
        deletes=texts.get("deletes", "keys") != "none",
        time_zone=texts.get("time_zone", "UTC"),
    )


def _seconds(connection: Connection, text: str) -> int:
    if not re.fullmatch(r"[0-9]+[smh]", text):
        message = f"{connection.span}: timeout of '{connection.system}' is '{text}'"
        raise UsageError(message, code="CONNECTION_SETTINGS", remedy="write it like 30s, 10m or 1h")
    return int(text[:-1]) * _UNITS[text[-1]]


def _host(uri: str) -> str:
    if not _is_url(uri):
        found = re.search(r"\bhost(?:addr)?\s*=\s*'?([^'\s]*)", uri)
        return found[1] if found else ""
    parts = urlsplit(uri)
    asked = re.search(r"(?:^|&)host=([^&]*)", parts.query)
    return asked[1].replace("%2F", "/") if asked else parts.hostname or ""


def _joined(uri: str, parts: Mapping[str, str]) -> str:
    """Add to an address what it does not say itself."""
    missing = {key: value for key, value in parts.items() if not re.search(rf"[?&\s]{key}\s*=", f" {uri}")}
    if _is_url(uri):
        added = "&".join(f"{key}={quote(value, safe='')}" for key, value in missing.items())
        return f"{uri}{'&' if '?' in uri else '?'}{added}"
    quoted = (f"{key}='{_escaped(value)}'" for key, value in missing.items())
    return " ".join((uri, *quoted)).strip()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _is_url(uri: str) -> bool:
    return uri.startswith(("postgresql://", "postgres://"))
