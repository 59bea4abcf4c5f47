"""Opens the outside systems of a profile: finds the connector of each connection and hands it its surroundings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import cast

from crosswalk import connectors
from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.contracts import ConnectorSpec, Outside, Place
from crosswalk.errors import UsageError, nearest
from crosswalk.ledger.tables import Copied
from crosswalk.loading import Loaded, used_in
from crosswalk.model import Connection
from crosswalk.runner.outsides import Outsides
from crosswalk.secrets import reveal


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


def place_of(loaded: Loaded) -> Place:
    """Say where the connectors of a project find themselves."""
    return Place(loaded.root, loaded.project.overlap_seconds, partial(reveal, root=loaded.root))


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
    place = place_of(loaded)
    return tuple(
        folder for connection, spec in outside_of(loaded).values() for folder in spec.folders(connection, place)
    )


def open_outside(loaded: Loaded) -> dict[str, Outside]:
    """Open every outside system of the profile; those that are open are closed when one cannot be."""
    opened: dict[str, Outside] = {}
    try:
        for system, (connection, spec) in outside_of(loaded).items():
            opened[system] = cast("Outside", spec.open(connection, place_of(loaded)))
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
