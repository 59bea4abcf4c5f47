"""Reads the keys of deleted rows out of a delta answer, in each of the forms that services give them.

The properties of the key themselves; or an address, ``accounts(6f..)``, ``Orders(company='usmf',number='1')``; or the
bare key alone. Sources: OData JSON Format 4.0, deleted entity, and 4.01; the pages on change tracking of the Web API.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from crosswalk.connectors.odata.answers import Row
from crosswalk.connectors.odata.binding import Binding
from crosswalk.errors import SystemFailure

_ADDRESS = re.compile(r"^.*?\((?P<key>.*)\)/?$", re.DOTALL)
_PART = re.compile(r"(?:(?P<name>\w+)=)?(?P<value>'(?:[^']|'')*'|[^,']+)(?:,|$)")


def removed_keys(entries: Sequence[Row], binding: Binding) -> list[dict[str, str]]:
    """Give the keys by the names of their properties; `SystemFailure` where an entry does not tell which row it was."""
    names = [binding.columns[column].name for column in binding.entity.key]
    return [_key(entry, names, binding) for entry in entries]


def _key(entry: Row, names: list[str], binding: Binding) -> dict[str, str]:
    if all(entry.get(name) is not None for name in names):
        return {name: str(entry[name]) for name in names}
    address = entry.get("id") or entry.get("@id") or entry.get("@odata.id")
    found = _parts(str(address), names) if address else None
    if found is None:
        message = f"{binding.entity.ref}: the server tells of a deleted row without its key"
        raise SystemFailure(message, code="SYSTEM_ANSWER", remedy="write 'change_tracking: no' in the connection")
    return found


def _parts(address: str, names: list[str]) -> dict[str, str] | None:
    inside = _ADDRESS.match(address)
    if inside is None:
        return {names[0]: unquote(address)} if len(names) == 1 else None
    parts = list(_PART.finditer(unquote(inside["key"])))
    values = [_plain(part["value"]) for part in parts]
    if len(parts) == 1 and len(names) == 1:
        return {names[0]: values[0]}
    found = {str(part["name"]): value for part, value in zip(parts, values, strict=True)}
    return found if found.keys() == set(names) else None


def _plain(value: str) -> str:
    return value[1:-1].replace("''", "'") if value.startswith("'") else value.strip()
