"""What lies in the SQLite file of a server: the triggers that keep row versions, and cells there and back.

Why triggers: the row version and the modified time are then right on every way in (POST, PATCH, batches, the bound
actions), in the same transaction, and a removed row leaves its key behind for change tracking. The row version comes
from one growing number over all tables, as in Dataverse.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal, Inexact

from crosswalk.entities import Column, Entity, Kind
from crosswalk.sql import literal, name
from tests.servers.odata.models import Service, stored_name, table_name

Cell = str | int | bool | Decimal | date | datetime | None
"""A value as tests see it: guids and choices as text or number, times without zone in UTC."""

_NO_DATE = "1900-01-01T00:00:00.0000000Z"
_EXACT = Context(prec=100, traps=[Inexact])
"""A value with more decimal places than its column has is a slip of the test."""

_STATE = """
CREATE TABLE crosswalk_server (version INTEGER, stamping INTEGER);
INSERT INTO crosswalk_server VALUES (1000, 1);
CREATE TABLE crosswalk_removed (version INTEGER, entity TEXT, key TEXT);
"""
_NOW = "strftime('%Y-%m-%dT%H:%M:%f', 'now') || '0000Z'"


def triggers(entities: Collection[Entity], service: Service) -> str:
    """Write the script that makes the triggers of all tables."""
    return _STATE + "".join(statement for entity in entities for statement in _triggers(entity, service))


def _triggers(entity: Entity, service: Service) -> Iterator[str]:
    table = table_name(service, entity)
    kept = {entity.row_version, entity.modified}
    watched = ", ".join(_quoted(stored_name(service, c)) for c in entity.columns.values() if c.name not in kept)
    stamps = {entity.row_version: "(SELECT version FROM crosswalk_server)", entity.modified: _NOW}
    sets = ", ".join(f"{_quoted(column)} = {value}" for column, value in stamps.items() if column)
    stamp = f"UPDATE {_quoted(table)} SET {sets} WHERE rowid = NEW.rowid;" if sets else ""
    when = "WHEN (SELECT stamping FROM crosswalk_server)"
    count = "UPDATE crosswalk_server SET version = version + 1;"
    for event, moment in (("insert", "INSERT"), ("update", f"UPDATE OF {watched}")):
        yield f"CREATE TRIGGER {_quoted(f'{table}_{event}')} AFTER {moment} ON {_quoted(table)} {when} BEGIN {count} {stamp} END;\n"
    key = ", ".join(f"{_text(part)}, OLD.{_quoted(part)}" for part in _keys(entity, service))
    gone = f"INSERT INTO crosswalk_removed SELECT version, {_text(entity.ref.entity)}, json_object({key}) FROM crosswalk_server;"
    yield f"CREATE TRIGGER {_quoted(f'{table}_delete')} AFTER DELETE ON {_quoted(table)} {when} BEGIN {count} {gone} END;\n"


def insertion(entity: Entity, service: Service) -> str:
    """Write the statement that inserts one row or takes the place of the row with its key, all columns in order."""
    columns = [stored_name(service, column) for column in entity.columns.values()]
    names, marks = ", ".join(map(_quoted, columns)), ", ".join("?" for _ in columns)
    return f"INSERT OR REPLACE INTO {_quoted(table_name(service, entity))} ({names}) VALUES ({marks})"


def selection(entity: Entity, service: Service) -> str:
    """Write the query for all rows in the order of their keys, all columns in order."""
    names = ", ".join(_quoted(stored_name(service, column)) for column in entity.columns.values())
    keys = ", ".join(map(_quoted, _keys(entity, service)))
    return f"SELECT {names} FROM {_quoted(table_name(service, entity))} ORDER BY {keys}"


def row_of(stored: tuple[object, ...], entity: Entity, service: Service) -> dict[str, Cell]:
    """Give a row of the file as values by column of the entity."""
    cells = zip(entity.columns.values(), stored, strict=True)
    return {
        column.name: None if service.noon and value == _NO_DATE else _read(value, column) for column, value in cells
    }


def row_to(row: Mapping[str, object], entity: Entity, service: Service) -> tuple[object, ...]:
    """Give a row for the file, in the order of the columns; what is missing is null. Text is read by type."""
    unknown = set(row) - set(entity.columns)
    if unknown:
        raise ValueError(f"{entity.ref} has no column {', '.join(sorted(unknown))}")
    cells = [(column.type.kind, _write(row.get(column.name), column)) for column in entity.columns.values()]
    return tuple(_at_noon(kind, cell) if service.noon else cell for kind, cell in cells)


def _at_noon(kind: Kind, cell: object) -> object:
    if cell is None:
        return _NO_DATE if kind in ("date", "datetime") else None
    return f"{cell}T12:00:00.0000000Z" if kind == "date" else cell


def removed_key(text: str) -> dict[str, object]:
    """Read the key of a removed row."""
    return dict(json.loads(text))


def _keys(entity: Entity, service: Service) -> list[str]:
    return [stored_name(service, entity.columns[part]) for part in entity.key]


def _quoted(word: str) -> str:
    return name(word).text


def _text(word: str) -> str:
    return literal(word).text


def _write(value: object, column: Column) -> object:
    if value is None or (value == "" and column.type.kind != "text"):
        return None
    match column.type.kind:
        case "boolean":
            return int(value) if isinstance(value, bool | int) else int(str(value).lower() == "true")
        case "decimal":
            return format(_EXACT.quantize(Decimal(str(value)), Decimal(1).scaleb(-column.type.scale)), "f")
        case "int":
            return int(str(value))
        case "choice" if column.type.coded == "int":
            return int(str(value))
        case "date":
            return value.isoformat() if isinstance(value, date) else str(value)
        case "datetime":
            return _moment(value)
        case "guid":
            return str(value).lower()
        case _:
            return str(value)


def _moment(value: object) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    utc = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return utc.isoformat(timespec="microseconds") + "0Z"


def _read(value: object, column: Column) -> Cell:
    if value is None:
        return None
    match column.type.kind:
        case "boolean":
            return bool(value)
        case "decimal":
            return Decimal(str(value))
        case "int":
            return int(str(value))
        case "choice":
            return int(str(value)) if column.type.coded == "int" else str(value)
        case "date":
            return date.fromisoformat(str(value)[:10])
        case "datetime":
            return datetime.fromisoformat(str(value)[:26])
        case _:
            return str(value)
