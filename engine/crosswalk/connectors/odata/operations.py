"""Turns one change of a row into one operation of the service.

An insert is an upsert by key where the service has that, so that a row that is sent twice is there once; elsewhere a
row that cannot be created is looked for, and updated if it is there, unless the connection says ``write: create``. An
update asks that the row exists (``If-Match: *``) or still has the version that was read, so that it never creates; a
delete of a row that is gone has reached its end.

Source: OData Protocol 4.01, sections 11.4.2 to 11.4.5; public developer pages of the Dataverse Web API on upsert,
conditional operations and disassociating rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crosswalk.connectors.odata.addressing import address, escaped
from crosswalk.connectors.odata.calls import Call
from crosswalk.connectors.odata.dialects import Dialect
from crosswalk.connectors.odata.encoding import Json, Unfit, encode
from crosswalk.connectors.odata.session import Session
from crosswalk.connectors.odata.table import Leads, Table
from crosswalk.exchange import Change, Plain
from crosswalk.model import Entity

ANY = "*"


@dataclass(frozen=True, slots=True)
class Desk:
    """What every write to one table needs. `upserts`: whether an insert may be a PATCH by key; `looks`: whether a row
    that cannot be created is looked for and updated, where the service itself knows no upsert; `leads` finds the table
    that holds a row where a lookup may lead to several.
    """

    session: Session
    dialect: Dialect
    table: Table
    entity: Entity
    upserts: bool
    leads: Callable[[str, Plain], Leads]
    looks: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a row before it is written: its address, and the ETag that it must still have."""

    address: str
    etag: str | None = None


def call_of(change: Change, desk: Desk, seen: Seen | None, group: str | None = None) -> Call:
    """Make the operation of a change; `Unfit` when a value or the key cannot be written."""
    name, etag = str(change.number), seen.etag if seen else None
    made = change.operation == "insert" and seen is None and not upserted(change, desk)
    where = "" if made else _address(change, desk, seen)
    match change.operation:
        case "delete":
            return Call(name, "DELETE", _with(where, _options(desk)), {"If-Match": etag} if etag else {}, None, group)
        case "update":
            headers = {"If-Match": etag or ANY} | _returning(desk)
            return Call(name, "PATCH", _with(where, _query(desk)), headers, body_of(change.values, desk), group)
        case "insert" if where:
            headers = ({"If-Match": etag or ANY} if seen else {}) | _returning(desk)
            return Call(name, "PATCH", _with(where, _query(desk)), headers, body_of(_new(change), desk), group)
        case "insert":
            body = body_of(_known(change.key) | dict(change.values), desk)
            return Call(
                name, "POST", _with(escaped(desk.table.entity_set), _query(desk)), _returning(desk), body, group
            )


def upserted(change: Change, desk: Desk) -> bool:
    """Tell whether an insert goes as an upsert: its key is one that the service can find rows by."""
    columns, table = change.key.keys(), desk.table
    return desk.upserts and bool(_known(change.key)) and (table.is_key(columns) or table.is_alternate(columns))


def address_of(change: Change, desk: Desk) -> str | None:
    """Give the address of a row by its key; None where the service cannot find rows by these columns."""
    table = desk.table
    if table.is_key(change.key):
        return address(table.entity_set, table.parts(change.key), spelling=table.spelling)
    if table.is_alternate(change.key):
        return address(table.entity_set, table.parts(change.key), alternate=True, spelling=table.spelling)
    return None


def _address(change: Change, desk: Desk, seen: Seen | None) -> str:
    found = seen.address if seen else address_of(change, desk)
    if found is None:
        raise Unfit("the service cannot find rows by these columns")
    return found


def _known(key: Mapping[str, Plain]) -> dict[str, Plain]:
    return {name: value for name, value in key.items() if value is not None}


def _new(change: Change) -> dict[str, Plain]:
    """Give the cells of a new row beside its key, which the address carries."""
    return {name: value for name, value in change.values.items() if name not in change.key}


def body_of(values: Mapping[str, Plain], desk: Desk) -> dict[str, Json]:
    """Give the body of a write: cells by property, lookups as references; a null takes a reference away."""
    body: dict[str, Json] = {}
    for column, value in values.items():
        if column in desk.table.lookups:
            body |= reference(column, value, desk)
        else:
            cell = desk.table.member(column, value)
            body[desk.table.property_of(column)] = encode(cell, desk.table.edm(column), desk.table.spelling)
    return body


def reference(column: str, value: Plain, desk: Desk) -> dict[str, Json]:
    """Write a lookup: ``name@odata.bind`` with the address of the row that it leads to, or null."""
    if value is None:
        return {f"{desk.table.lookups[column][0].navigation}@odata.bind": None}
    to = desk.leads(column, value)
    return {f"{to.navigation}@odata.bind": f"/{to.entity_set}({escaped(str(encode(value, to.edm)))})"}


def _returning(desk: Desk) -> dict[str, str]:
    return {"Prefer": "return=representation"} if wants_row(desk) else {}


def wants_row(desk: Desk) -> bool:
    """Tell whether the row after the write is worth asking for: it has a stamp of the system, or a key made there."""
    return bool(desk.entity.modified or desk.entity.row_version)


def _query(desk: Desk) -> dict[str, str]:
    """Give the query of a write: all columns of the entity come back, so that the row need not be read again."""
    if not (desk.dialect.selects and wants_row(desk)):
        return _options(desk)
    table = desk.table
    properties = dict.fromkeys(table.property_of(name) for name in (*table.key, *table.columns) if name in table.types)
    return _options(desk) | {"$select": ",".join(properties)}


def _options(desk: Desk) -> dict[str, str]:
    return dict(desk.dialect.options or {})


def _with(url: str, query: Mapping[str, str]) -> str:
    return f"{url}?{'&'.join(f'{name}={escaped(value)}' for name, value in query.items())}" if query else url
