"""Types as tables of SQLite declare them: what they mean, and in what form SQLite keeps what is put there."""

from __future__ import annotations

import re
from typing import Literal

from crosswalk.connectors.files.described import data_type
from crosswalk.entities import DataType

Affinity = Literal["integer", "text", "blob", "real", "numeric"]

_LENGTH = re.compile(r"\(\s*(\d+)\s*\)")
_GUIDS = ("UUID", "GUID", "UNIQUEIDENTIFIER")


def affinity(declared: str) -> Affinity:
    """Tell the form in which a column keeps values: the five rules of SQLite, in their order (datatype3.html, 3.1)."""
    upper = declared.upper()
    if "INT" in upper:
        return "integer"
    if any(word in upper for word in ("CHAR", "CLOB", "TEXT")):
        return "text"
    if not upper or "BLOB" in upper:
        return "blob"
    return "real" if any(word in upper for word in ("REAL", "FLOA", "DOUB")) else "numeric"


def meaning(declared: str) -> DataType:
    """Find the type of the language; what says nothing is text."""
    upper = declared.upper()
    bare = upper.partition("(")[0].strip()
    if any(bare.startswith(word) for word in _GUIDS):
        return DataType("guid")
    if bare.startswith("BOOL"):
        return DataType("boolean")
    if bare.startswith(("DATETIME", "TIMESTAMP")):
        return DataType("datetime")
    if bare == "DATE":
        return DataType("date")
    if affinity(upper) == "integer":
        return DataType("int")
    if affinity(upper) == "text":
        length = _LENGTH.search(upper)
        return DataType("text", length=int(length[1]) if length else None)
    if bare in ("DECIMAL", "NUMERIC"):
        found = data_type(upper)
        return found if found.kind == "decimal" else DataType("decimal", precision=28, scale=10)
    return DataType("decimal", precision=28, scale=10) if affinity(upper) in ("real", "numeric") else DataType("text")
