"""Profiles that do not name every system: a run with one of them is refused before it starts."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.advice.reading import Reading
from crosswalk.errors import Problem


def systems_not_connected(reading: Reading) -> Iterator[Problem]:
    """Find systems of entities that a profile has no connection for; it is told at the profile's first connection."""
    systems = dict.fromkeys(ref.system for ref in reading.project.entities)
    for profile, connections in reading.project.profiles.items():
        missing = [system for system in systems if system not in connections]
        for first in list(connections.values())[:1] if missing else []:
            message = f"profile '{profile}' has no connection for {', '.join(missing)}"
            hint = f"add a line '{missing[0]}: ...': no run is possible without"
            yield Problem("SYSTEM_NOT_CONNECTED", message, first.span, hint, "warning")
