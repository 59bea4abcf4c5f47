"""Checks that the columns of an entity can be written into those of a table without a change of meaning."""

from __future__ import annotations

from crosswalk.connectors.postgres.catalog import Table
from crosswalk.connectors.postgres.forms import taken
from crosswalk.errors import UsageError
from crosswalk.model import Entity
from crosswalk.sql import Sql

_TAKES = {
    "decimal": {"decimal", "int"},
    "choice": {"choice", "text"},
    "datetime": {"datetime"},
    "date": {"date"},
    "guid": {"guid", "text"},
    "int": {"int", "choice"},
    "boolean": {"boolean"},
}
"""The kinds that a column of a kind takes; one of text takes all. The server would round, cut or guess at others."""


def value_of(table: Table, entity: Entity, column: str, x: Sql) -> Sql:
    """Make the value of a column from what was staged; `UsageError` when the two are of different kinds."""
    there, given = table.columns[column].form, entity.columns[column].type
    if there.type.kind != "text" and given.kind not in _TAKES[there.type.kind]:
        message = f"'{table.name}.{column}' is {there.type} there and {given} in the entity"
        raise UsageError(message, code="SYSTEM_LACKS", remedy="bring the entity up to date: crosswalk entity pull")
    return taken(there, x, given)
