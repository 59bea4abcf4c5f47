"""Says how the ledger of a file differs from what this version makes, before anything is read from it or written to it.

Why at every opening: the file may come from elsewhere, or somebody may have worked in it. A table that is a view, or a
macro that takes the name of a function, would answer our own statements with something else than they ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from crosswalk.contracts import Backend
from crosswalk.errors import MachineError

_VERSION = "SELECT value FROM crosswalk.meta WHERE name = 'version'"

_THERE = (
    "SELECT tables.table_name, columns.column_name, columns.data_type FROM duckdb_tables() AS tables"
    " JOIN duckdb_columns() AS columns USING (database_oid, schema_oid, table_oid)"
    " WHERE tables.database_name = current_database() AND tables.schema_name = 'crosswalk'"
)
_OWN = (
    "SELECT function_name FROM duckdb_functions()"
    " WHERE NOT internal AND database_name = current_database() AND schema_name = 'main' LIMIT 1"
)
"""Nearly every file has none, and to compare them with all functions takes twice as long as to look for one."""

_MACROS = (
    "SELECT DISTINCT own.function_name FROM duckdb_functions() AS own JOIN duckdb_functions() AS known"
    " ON known.internal AND lower(known.function_name) = lower(own.function_name)"
    " WHERE NOT own.internal AND own.database_name = current_database() AND own.schema_name = 'main' ORDER BY 1"
)


def version_of(backend: Backend) -> int | None:
    """Give the version of the ledger, None where the file has none; `MachineError` where it says nothing of use."""
    tables = (
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'crosswalk'"
    )
    if backend.rows(tables) == [(0,)]:
        return None
    known = {table for table, _, _ in _columns(backend)}
    found = backend.rows(_VERSION) if "meta" in known else []
    if len(found) != 1 or not str(found[0][0]).isdecimal():
        raise _damaged("it does not say which version it has")
    return int(str(found[0][0]))


def check(tables: Mapping[str, str], backend: Backend) -> None:
    """Refuse a ledger whose tables, by name with their columns, have another form; tells the first difference."""
    for difference in differences(tables, backend):
        raise _damaged(difference)


def newer(version: int, known: int) -> MachineError:
    """Say that a ledger was made by a later version."""
    message = f"the ledger has version {version}; this Crosswalk knows versions up to {known}"
    return MachineError(message, code="DATABASE_NEWER", remedy="install the newer Crosswalk")


def differences(tables: Mapping[str, str], backend: Backend) -> Iterator[str]:
    """Name what is missing in the ledger, what has another type, and what would answer in the place of a function."""
    there = {(table, column): kind for table, column, kind in _columns(backend)}
    for table, text in tables.items():
        for column, kind in _declared(text):
            found = there.get((table, column))
            if found is None:
                yield f"crosswalk.{table} has no column {column}, or is no table"
            elif found.partition("(")[0] != kind.partition("(")[0]:
                yield f"crosswalk.{table}.{column} is {found} where it should be {kind}"
    for (name,) in backend.rows(_MACROS) if backend.rows(_OWN) else ():
        yield f"the macro main.{name} takes the place of a function"


def _columns(backend: Backend) -> list[tuple[str, str, str]]:
    return [(str(table), str(column), str(kind)) for table, column, kind in backend.rows(_THERE)]


def _declared(text: str) -> Iterator[tuple[str, str]]:
    """Take the columns of a declaration apart; those of a type stand in brackets."""
    for part in re.split(r", (?![^(]*\))", text):
        column, _, kind = part.strip().partition(" ")
        yield column, kind.strip()


def _damaged(what: str) -> MachineError:
    message = f"the ledger is not as Crosswalk leaves it: {what}"
    return MachineError(message, code="DATABASE_DAMAGED", remedy="crosswalk doctor, or go back to a copy of the file")
