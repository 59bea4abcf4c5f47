"""Checks connections against what their connectors say of themselves: the kind exists, the settings fit its schema.

Settings stay text, as written, for the connector; a schema that asks for a number or for true or false is met by text
that is one. A reference such as ``${env:PORT}`` stands for any text or number: it is resolved when it is used.
"""

from __future__ import annotations

from crosswalk import connectors
from crosswalk.config.access import scalar
from crosswalk.config.check import Route, check_part
from crosswalk.config.kinds import settings_schema
from crosswalk.config.nodes import Mapping
from crosswalk.errors import Problems, nearest


def check_connection(node: Mapping, route: Route, problems: Problems) -> None:
    """Check one connection; `route` leads to it from the top of the project file."""
    kind = scalar(node.get("kind"))
    spec = connectors.spec(kind.text)
    if spec is None:
        known = [one.kind for one in connectors.all_specs()]
        hint = nearest(kind.text, known) or f"kinds: {', '.join(known)}"
        problems.add("UNKNOWN_KIND", f"no connector is of the kind '{kind.text}'", kind.span, hint)
        return
    check_part(node, settings_schema(spec), route, problems)
