"""Opens the outside systems of a profile: finds the connector of each connection and hands it its surroundings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import cast

from crosswalk import connectors
from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.contracts import ConnectorSpec, Outside, Place
from crosswalk.errors import Problem, Span, UsageError, nearest
from crosswalk.ledger.tables import Copied
from crosswalk.loading import Loaded, used_in
from crosswalk.model import Connection
from crosswalk.runner.outsides import Outsides
from crosswalk.secrets import exposed, reveal


def connection_of(loaded: Loaded, system: str) -> tuple[Connection, ConnectorSpec]:
    """Find how a system is reached in the chosen profile, and the connector of that kind."""
    connection = loaded.project.profiles[loaded.profile].get(system)
    if connection is None:
        message = f"profile '{loaded.profile}' has no connection for '{system}'"
        raise UsageError(message, code="UNKNOWN_PROFILE", remedy=f"add {system}: {{kind: embedded}} to it")
    spec = connectors.spec(connection.kind)
    if spec is None:
        message = f"{connection.span}: no connector is of the kind '{connection.kind}'"
        kinds = [found.kind for found in connectors.all_specs()]
        remedy = nearest(connection.kind, kinds) or f"kinds that are known: {', '.join(kinds)}"
        raise UsageError(message, code="UNKNOWN_PROFILE", remedy=remedy)
    return connection, spec


def place_of(loaded: Loaded, connection: Connection | None = None) -> Place:
    """Say where connectors find themselves; a secret that is missing is told with the line of the connection."""
    told = partial(_revealed, loaded, connection) if connection else partial(reveal, root=loaded.root)
    return Place(loaded.root, loaded.project.overlap_seconds, told)


def exposed_secrets(loaded: Loaded) -> tuple[Problem, ...]:
    """Warn of files of secrets, named by any profile, that everyone on this machine can read."""
    connections = (one for profile in loaded.project.profiles.values() for one in profile.values())
    return tuple(
        Problem(
            "SECRET_READABLE",
            f"everyone on this machine can read the secret in '{file}'",
            _asked(loaded, connection, text),
            f"chmod 600 {file}",
            "warning",
        )
        for connection in connections
        for text in _texts(connection.settings)
        for file in exposed(text, loaded.root)
    )


def _texts(setting: object) -> Iterator[str]:
    match setting:
        case str():
            yield setting
        case Mapping():
            yield from (text for below in setting.values() for text in _texts(below))
        case list():
            yield from (text for below in setting for text in _texts(below))


def _revealed(loaded: Loaded, connection: Connection, text: str) -> str:
    try:
        return reveal(text, loaded.root)
    except UsageError as error:
        raise UsageError(
            f"{error} ({_asked(loaded, connection, text)})", code=error.code, remedy=error.remedy
        ) from None


def _asked(loaded: Loaded, connection: Connection, text: str) -> Span:
    """Find the line of a setting behind the name of its connection."""
    span = connection.span
    lines = loaded.project.lines.get(span.file, ())[span.line - 1 :]
    found = ((number, line.find(text)) for number, line in enumerate(lines, start=span.line))
    return next((Span(span.file, line, column + 1) for line, column in found if column >= 0), span)


def outside_of(loaded: Loaded) -> Mapping[str, tuple[Connection, ConnectorSpec]]:
    """Give the connections of the profile that lead outside the database file, by system."""
    systems = dict.fromkeys(entity.ref.system for entity in loaded.project.entities.values())
    found = {system: connection_of(loaded, system) for system in systems}
    return {system: (connection, spec) for system, (connection, spec) in found.items() if not spec.embedded}


def copies_of(loaded: Loaded) -> Mapping[str, Copied]:
    """Say of which connections the database file holds copies, by system; references to secrets stay unresolved."""
    return {
        system: Copied(
            loaded.profile,
            sha256(f"{one.kind} {json.dumps(one.settings, sort_keys=True, default=str)}".encode()).hexdigest()[:16],
        )
        for system, (one, _) in outside_of(loaded).items()
    }


def folders_of(loaded: Loaded) -> tuple[Path, ...]:
    """Name the folders that the database itself may read and write for connections of the profile."""
    return tuple(
        folder
        for connection, spec in outside_of(loaded).values()
        for folder in spec.folders(connection, place_of(loaded, connection))
    )


def open_outside(loaded: Loaded) -> dict[str, Outside]:
    """Open every outside system of the profile; those that are open are closed when one cannot be."""
    opened: dict[str, Outside] = {}
    try:
        for system, (connection, spec) in outside_of(loaded).items():
            opened[system] = cast("Outside", spec.open(connection, place_of(loaded, connection)))
    except BaseException:
        for outside in opened.values():
            outside.close()
        raise
    return opened


def connect(loaded: Loaded, backend: DuckDBBackend) -> Outsides | None:
    """Connect an invocation to the outside systems of its profile; None where there are none."""
    opened = open_outside(loaded)
    if not opened:
        return None
    return Outsides(opened, loaded.project.entities, backend, backend.beside(), uses=partial(used_in, loaded))
