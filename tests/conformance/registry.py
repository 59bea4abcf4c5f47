"""Who signed up for the suite. Every kind of outside system stands here, fakes included."""

from __future__ import annotations

from functools import partial
from typing import Any

from crosswalk.exchange import Plain
from crosswalk.model import Column
from tests.conformance.bench import Entry
from tests.conformance.benches.cdm import cdm_folder
from tests.conformance.benches.data_packages import data_packages
from tests.conformance.benches.drill import drill
from tests.conformance.benches.duckdb_file import duckdb_file, less
from tests.conformance.benches.folders import (
    arriving_csv,
    arriving_json,
    changes,
    replaced,
)
from tests.conformance.benches.lake import described, lake
from tests.conformance.benches.odata import kept as odata_kept
from tests.conformance.benches.odata import noon, odata
from tests.conformance.benches.postgres import kept as postgres_kept
from tests.conformance.benches.postgres import postgres
from tests.conformance.benches.sqlite_file import kept as sqlite_kept
from tests.conformance.benches.sqlite_file import sqlite_file

_LOCAL = "a local file: there is no network between that could fail"
NO_NETWORK = dict.fromkeys(
    ("unknown outcome", "unknown outcome of updates", "throttling", "expired login", "server errors"), _LOCAL
)

WRITING = (
    "every type written exact", "insert and read back", "upsert idempotent", "update touches only its columns", "composite keys",
    "partial failure", "groups", "update of a missing row", "conflict by version", "conflict by cells", "delete",
    "delete with precondition", "all operations in one delivery", "nothing to write", "large batch split", "killed in the middle",
    "unknown outcome", "unknown outcome of updates", "hostile names, writing", "hostile values, writing", "hostile values, deleting",
)  # fmt: skip
READ_ONLY = dict.fromkeys(WRITING, "files of others are read, never written")
NO_LOGIN = {
    "expired login": "tokens come from a login service that is not part of the bench: tests/engine/connectors/odata shows it",
}
UNFILTERED = dict.fromkeys(
    ("left the filter", "pushed-down filter equals local filter"), "a read that begins to track changes cannot filter"
)
ODATA: dict[str, Any] = {
    "cannot": NO_LOGIN,
    "why_narrower": "change tracking, page sizes, waiting and faults are played by our proxy in front of SAP CAP",
    "names": "words",
}
POSTGRES = {
    "throttling": "PostgreSQL never asks to wait",
    "expired login": "a session of PostgreSQL stays logged in",
    "server errors": "PostgreSQL has no answers of that kind; a connection that is lost is played as a lost answer",
}
NO_RULE = dict.fromkeys(
    ("partial failure", "groups"), "a Delta table has no lengths: nothing that the entity allows is refused there"
)

BY_FILE = {"incremental, changes only": "without a change feed all rows of a file that was rewritten come again"}

_READ_ONLY = "files that arrive are read only"
ARRIVING = NO_NETWORK | dict.fromkeys(
    (
        "every type written exact", "insert and read back", "upsert idempotent", "update touches only its columns",
        "composite keys", "partial failure", "groups", "update of a missing row", "conflict by version", "delete",
        "conflict by cells", "delete with precondition", "all operations in one delivery", "nothing to write",
        "large batch split", "hostile names, writing", "hostile values, writing", "hostile values, deleting",
        "killed in the middle",
    ),
    _READ_ONLY,
) | {"deletes seen": "a file that arrives does not tell what is gone"}  # fmt: skip
_NAMELESS = {"schema pull": "JSON without rows names no columns"}
REPLACED = NO_NETWORK | {"incremental, changes only": "a file that is replaced is read whole"}


def is_empty(value: Plain) -> bool:
    return value == ""


def untyped(column: Column) -> str:
    """Text: a file without types has no other."""
    return "text"


MESSAGES_ONLY = {
    **dict.fromkeys(("partial failure", "groups", "update of a missing row"), "a package says nothing of single rows"),
    **dict.fromkeys(("conflict by cells", "conflict by version"), "a package cannot ask: such changes are refused"),
    **dict.fromkeys(
        ("delete", "delete with precondition", "hostile values, deleting", "all operations in one delivery"),
        "a package cannot delete: such changes are refused",
    ),
    "deletes seen": "an export tells of no row that was removed",
    "update touches only its columns": "a package holds whole rows; what it leaves out is for the system to say",
    "insert and read back": "what was sent is no state of the system; it is found by key",
    **dict.fromkeys(
        ("nulls read", "pushed-down filter equals local filter"),
        "the CSV of a package does not tell empty text from null",
    ),
}

SIGNED_UP: tuple[Entry, ...] = (
    Entry("drill, stamps by the system", partial(drill, stamps="server")),
    Entry("drill, stamps by the engine", partial(drill, stamps="engine")),
    Entry("duckdb", duckdb_file, cannot=NO_NETWORK, describes=less),
    Entry("sqlite", sqlite_file, cannot=NO_NETWORK, describes=sqlite_kept),
    Entry("postgres", postgres, cannot=POSTGRES, describes=postgres_kept),
    Entry(
        "cdm",
        cdm_folder,
        cannot={**NO_NETWORK, **READ_ONLY},
        narrower={"Name": is_empty, "Note": is_empty},
        why_narrower="an empty text and null are written alike by Synapse Link",
        describes=postgres_kept,
        keys_described=False,
        adds=("SinkVersion", "IsDelete"),
    ),
    Entry("odata, dataverse", partial(odata, dialect="dataverse"), describes=odata_kept, **ODATA),
    Entry(
        "odata, finops", partial(odata, dialect="finops"), describes=noon, adds=("RecVersion",), upserts=False, **ODATA
    ),
    Entry(
        "odata, change tracking",
        partial(odata, dialect="dataverse", tracking="auto"),
        describes=odata_kept,
        **{**ODATA, "cannot": {**NO_LOGIN, **UNFILTERED, **dict.fromkeys(WRITING, "as without change tracking")}},
    ),
    *(
        Entry(
            f"delta, {way}",
            partial(lake, write=way, feed=feed),
            {**NO_NETWORK, **NO_RULE, **rest},
            describes=described,
            keys_described=False,
        )
        for way, feed, rest in (("merge", True, {}), ("replace", False, BY_FILE))
    ),
    Entry("files, Parquet replaced", replaced, cannot=REPLACED, describes=less, keys_described=False),
    Entry("files, Parquet of changes", changes, cannot=NO_NETWORK, describes=less, keys_described=False),
    Entry("files, CSV arriving", arriving_csv, cannot=ARRIVING, describes=untyped, keys_described=False),
    Entry("files, JSON arriving", arriving_json, cannot=ARRIVING | _NAMELESS, describes=untyped, keys_described=False),
    Entry(
        "dmf",
        data_packages,
        {**NO_NETWORK, **MESSAGES_ONLY},
        narrower={column: lambda value: value == "" for column in ("Name", "Note")},
        why_narrower="the CSV of a package does not tell empty text from null",
        describes=untyped,
        keys_described=False,
    ),
)

UNSIGNED = {
    "embedded": "no outside system",
}
"""Kinds that have no bench, each with the reason."""
