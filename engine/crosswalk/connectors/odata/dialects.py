"""What sets the services that speak OData apart, as values: one `Dialect` each, and no branch on a name anywhere.

Sources: the public developer pages of the Dataverse Web API (query data, change tracking, service protection limits,
bulk operations, send parallel requests) and of Finance and Operations (Open Data Protocol, service limits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Literal


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one service does what OData leaves open.

    Lookups: `lookup` is the property that carries the key of the row that a single-valued navigation property leads to,
    with the name of that property in the hole; `binds` says that it is written as ``name@odata.bind``.
    Reading: `options` stand in the query of every request on a table; `page_size` is asked for where no setting says
    otherwise; `tracks` says that change tracking may be asked for, and `expired` names the error codes of a delta link
    that is too old; `catalogue` says that labels of choices and
    lengths of texts can be read from the service's own catalogue of attributes.
    `by_position` says that its next links skip so many rows, which can miss one when another is removed.
    Dates: `noon` says that a date without a time comes as a time, and is written as twelve o'clock UTC; `no_date` is
    the date that stands for none.
    Versions: `version` is how an ETag is made: ``number`` from the row version that a property shows, ``opaque`` from
    what only the server knows. `row_version` names the property, or the column that is made from an opaque ETag.
    Roles: `modified` names properties that hold the modified time, `company` the one that holds the legal entity;
    `decimal` is the precision and scale of decimals whose metadata say nothing.
    Writing: `batches` lists the formats of ``$batch`` by preference, `batch_most` the operations in one, `multiples`
    the bound actions that take many rows; `multiples_most` the rows in one call; `upserts` says that a PATCH makes a
    row that is not there; `rooted` that addresses inside a batch start at the root of the host, as it is documented
    for the service, and not at the root of the service; `selects` that a write may name the properties to give back.
    Rights: `verbs` are the words of the service for reading, making, changing and removing rows; `append` the two for
    a row that refers to another one and for the one that is referred to, where they are rights of their own; `owner`
    is the column that only those may write who may hand rows over, and the word for it.
    Load: `parallel` is the header in which the server states how many requests at a time it wants; `url_most` is how
    long an address may get, in characters.
    """

    name: str
    lookup: str = "{}"
    binds: bool = True
    options: Mapping[str, str] | None = None
    page_size: int = 5000
    tracks: bool = False
    expired: tuple[str, ...] = ()
    catalogue: bool = False
    noon: bool = False
    no_date: str | None = None
    version: Literal["number", "opaque"] = "opaque"
    modified: tuple[str, ...] = ()
    row_version: str = "versionnumber"
    company: str | None = None
    by_position: bool = False
    decimal: tuple[int, int] = (38, 10)
    url_most: int = 6000
    batches: tuple[Literal["json", "multipart"], ...] = ("json", "multipart")
    batch_most: int = 100
    multiples: frozenset[str] = frozenset()
    multiples_most: int = 1000
    upserts: bool = True
    rooted: bool = False
    selects: bool = False
    verbs: tuple[str, str, str, str] = ("read", "create", "update", "delete")
    append: tuple[str, str] | None = None
    owner: tuple[str, str] | None = None
    parallel: str | None = None

    def etag(self, version: str) -> str | None:
        """Give the ETag of a row by the version that was read; None where only the server can make it."""
        return f'W/"{version}"' if self.version == "number" else None


PLAIN = Dialect("plain", modified=("modifiedAt", "ModifiedAt", "modifiedon", "ModifiedDateTime"))

DATAVERSE = Dialect(
    "dataverse",
    lookup="_{}_value",
    tracks=True,
    expired=("0x80044352",),
    catalogue=True,
    version="number",
    modified=("modifiedon",),
    url_most=16_000,
    batches=("multipart",),
    batch_most=1000,
    multiples=frozenset({"CreateMultiple", "UpdateMultiple", "UpsertMultiple"}),
    rooted=True,
    selects=True,
    verbs=("Read", "Create", "Write", "Delete"),
    append=("Append", "Append To"),
    owner=("ownerid", "Assign"),
    parallel="x-ms-dop-hint",
)

FINOPS = Dialect(
    "finops",
    binds=False,
    options={"cross-company": "true"},
    page_size=10_000,
    noon=True,
    no_date="1900-01-01",
    modified=("ModifiedDateTime", "ModifiedDateTime1"),
    row_version="RecVersion",
    company="dataAreaId",
    by_position=True,
    decimal=(32, 6),
    url_most=2000,
    batches=("multipart",),
    batch_most=500,
    upserts=False,
    rooted=True,
)

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (DATAVERSE, FINOPS, PLAIN)}


def version_of(etag: str) -> int:
    """Make a row version of an ETag that means nothing to us: 63 bits of its MD5, the same in every release.

    The reading side computes the same in SQL; the writing side reads a row with its ETag and compares.
    """
    return int.from_bytes(md5(etag.encode(), usedforsecurity=False).digest()[:8], "little") & (2**63 - 1)
