"""PostgreSQL as source and target: whole tables move through COPY, in transactions that say what they did."""

from __future__ import annotations

from collections.abc import Mapping

from crosswalk.connectors.postgres.granting import rights
from crosswalk.contracts import ConnectorSpec, opened_by

_SETTINGS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "uri": {
            "type": "string",
            "description": "The address as libpq takes it, postgresql://host:port/database. Stands for host, port,"
            " database and user; what those say is added to it.",
        },
        "host": {"type": "string", "description": "Name or address of the server, or the folder of its socket."},
        "port": {"type": "string", "pattern": "^[0-9]+$", "description": "5432 where nothing is said."},
        "database": {"type": "string"},
        "user": {"type": "string"},
        "password": {"type": "string", "description": "A reference: ${env:NAME}, ${file:path} or ${keyring:name}."},
        "schema": {"type": "string", "description": "The schema of the tables; public where nothing is said."},
        "receipts": {
            "type": "string",
            "description": "The schema of the table crosswalk_receipts; that of the tables where nothing is said.",
        },
        "tables": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "The table of an entity, where the two have different names.",
        },
        "ssl": {
            "enum": ["verify-full", "verify-ca", "off"],
            "description": "verify-full where nothing is said; off for a socket and for this machine.",
        },
        "ssl_root": {
            "type": "string",
            "description": "A file with the certificates that are trusted; those of the system where nothing is said.",
        },
        "timeout": {
            "type": "string",
            "pattern": "^[0-9]+[smh]$",
            "description": "How long one statement may run: 30s, 10m, 1h. One hour where nothing is said.",
        },
        "stamps": {
            "enum": ["engine", "server"],
            "description": "Who keeps the modified time and the version of a row: the engine, or the server itself.",
        },
        "deletes": {
            "enum": ["keys", "none"],
            "description": "How deleted rows are found by incremental reads: by all keys of the table, or not at all.",
        },
        "time_zone": {
            "type": "string",
            "description": "The zone of columns without one (timestamp without time zone); UTC where nothing is said.",
        },
    },
}

SPEC = ConnectorSpec(
    kind="postgres",
    summary="Tables of a PostgreSQL database, version 15 or later.",
    settings=_SETTINGS,
    open=opened_by("crosswalk.connectors.postgres.system", "postgres"),
    rights=rights,
)
