"""Writes what is known of a table as an entity file: a stub, cautious in its types, for a person to complete.

A column is text unless its type is answered or beyond doubt: row ids and lookups are guids, and a column that a filter
compares with numbers, dates or truth values is of that kind where no value of a map speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crosswalk.dualwrite.catalogue import Catalogue, Column, Table, company_of
from crosswalk.dualwrite.filterlines import choices_of
from crosswalk.dualwrite.planning import MapPlan
from crosswalk.dualwrite.yaml_text import Block, Entry, Value, comments

_ROLES = {"modified": "datetime", "row_version": "int"}


def entity_block(table: Table, plans: Sequence[MapPlan], found: Catalogue) -> Block:
    """Write the entity of a table."""
    key = _key(table, plans, found)
    company = company_of(found, table)
    columns = {column.name: _column(column, table, found) for column in _columns(table, found)}
    roles = {word: _role(word, table, found) for word in _ROLES}
    return (
        *comments(["Made from table maps. A column without an answered type is text; see the questions file."]),
        Entry("entity", table.name),
        Entry("system", table.system),
        Entry("title", table.title),
        Entry("key", list(key), off=not key, note="" if key else "waits for the key of a map of this table"),
        *([Entry("company", company.column)] if company else []),
        *(Entry(word, column) for word, column in roles.items() if column),
        Entry("columns", (*_entries(columns), *_role_columns(roles, columns))),
    )


def _entries(columns: dict[str, Value]) -> Iterator[Entry]:
    return (Entry(name, value) for name, value in columns.items())


def _role(word: str, table: Table, found: Catalogue) -> str:
    return found.answers.text(found.answers.of_table(table.ref, word), f"tables: {table.ref}: {word}")


def _role_columns(roles: dict[str, str], columns: dict[str, Value]) -> Iterator[Entry]:
    known = {name.casefold() for name in columns}
    for word, column in roles.items():
        if column and column.casefold() not in known:
            yield Entry(column, {"type": _ROLES[word]})


def _key(table: Table, plans: Sequence[MapPlan], found: Catalogue) -> tuple[str, ...]:
    if table.side == "dataverse":
        return (found.row_id(table),)
    for plan in plans:
        if plan.finance is table and plan.key:
            return tuple(dict.fromkeys(part.finance for part in plan.key))
    return ()


def _columns(table: Table, found: Catalogue) -> Iterator[Column]:
    """Give the columns, row id first."""
    if table.side == "dataverse":
        yield table.column(found.row_id(table))
    row_id = found.row_id(table).casefold() if table.side == "dataverse" else ""
    yield from (column for name, column in table.columns.items() if name != row_id)


def _column(column: Column, table: Table, found: Catalogue) -> Value:
    kind = found.kind(table, column)
    value: dict[str, Value] = {"type": kind}
    if kind == "choice":
        choices = choices_of(table, column)
        value["choices"] = list(choices) if table.side == "finance" else dict(choices)
    if column.refers and column.to:
        value["to"] = column.to[0] if len(column.to) == 1 else list(column.to)
    required = found.answers.of_table(table.ref, "required")
    if column.name in found.answers.listed(required, f"tables: {table.ref}: required"):
        value["required"] = True
    return value
