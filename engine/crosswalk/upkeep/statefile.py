"""The file in which the state of a ledger is carried: JSON lines, with a head, rows by table, and an end.

    {"crosswalk": "state", "format": 1, "ledger": 5, "project": "shop", "profile": "dev", "written_at": "...", ...}
    {"lineage": {"leg": "orders", "source_key": "1", ...}}
    {"end": {"rows": {"lineage": 1, ...}, "sha256": "..."}}

The end counts the rows of each table and holds the digest of all lines before it: a file that was cut, edited or put
together from two is refused. Whoever writes such a file can compute the digest too, so every row is looked at: what it
says must be what a ledger could hold.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import IO

from crosswalk.errors import UsageError
from crosswalk.upkeep.staterows import checked

FORMAT = 1
_LONGEST = 64 * 2**20
"""A line holds one row; nothing that a ledger keeps of a row is longer."""


@dataclass(frozen=True, slots=True)
class Head:
    """Of what a file is the state. `ledger` is the version of the ledger, `written_at` UTC."""

    project: str
    profile: str
    ledger: int
    written_at: str
    written_by: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, and the line of the file that holds it."""

    line: int
    table: str
    cells: Mapping[str, object]


def written(head: Head, tables: Mapping[str, Iterable[str]], to: IO[bytes]) -> Mapping[str, int]:
    """Write a file; gives the rows written by table."""
    digest, counted = sha256(), Counter(dict.fromkeys(tables, 0))

    def put(line: str) -> None:
        text = f"{line}\n".encode()
        digest.update(text)
        to.write(text)

    put(json.dumps({"crosswalk": "state"} | asdict(head), ensure_ascii=False))
    for table, rows in tables.items():
        for row in rows:
            counted[table] += 1
            put(f'{{"{table}": {row}}}')
    end = {"rows": dict(counted), "sha256": digest.hexdigest()}
    to.write(json.dumps({"end": end}).encode() + b"\n")
    return dict(counted)


@dataclass(slots=True)
class Reading:
    """A file that is read: `head` first, then `rows` to the end. Raises `UsageError` with the place of what is wrong.

    `columns` are those of a ledger, by table.
    """

    name: str
    file: IO[bytes]
    columns: Mapping[str, Mapping[str, str]]
    _line: int = 0
    _digest: bytes = b""
    _counted: Counter[str] = field(default_factory=Counter)

    def head(self) -> Head:
        found = self._parsed(self._next())
        if found.pop("crosswalk", None) != "state" or not isinstance(found.get("format"), int):
            raise self._refused("is no state of a ledger; its first line has to say so")
        if found["format"] != FORMAT:
            raise self._refused(f"has the format {found['format']}; this Crosswalk knows {FORMAT}", "STATE_NEWER")
        expected = {"project": str, "profile": str, "ledger": int, "written_at": str, "written_by": str, "format": int}
        if {name: type(value) for name, value in found.items()} != expected:
            raise self._refused(f"has another head than {', '.join(expected)}")
        project, profile, at, by = (str(found[name]) for name in ("project", "profile", "written_at", "written_by"))
        return Head(project, profile, int(str(found["ledger"])), at, by)

    def rows(self) -> Iterator[Row]:
        digest = sha256(self._digest)
        while True:
            text = self._next()
            found = self._parsed(text)
            if "end" in found:
                self._end(found["end"], digest.hexdigest())
                return
            digest.update(text)
            yield self._row(found)

    def _row(self, found: Mapping[str, object]) -> Row:
        table = next(iter(found), "")
        if len(found) != 1 or table not in self.columns:
            raise self._refused(f"holds something else than one row of {', '.join(self.columns)}")
        cells = found[table]
        wrong = checked(table, cells, self.columns[table])
        if wrong or not isinstance(cells, dict):
            raise self._refused(f"{table}: {wrong or 'no row'}")
        self._counted[table] += 1
        return Row(self._line, table, cells)

    def _end(self, end: object, digest: str) -> None:
        if not isinstance(end, dict) or end.keys() != {"rows", "sha256"}:
            raise self._refused("does not end as a state does")
        if end["sha256"] != digest:
            raise self._refused("the digest is another: the file was changed after it was written")
        if end["rows"] != {table: self._counted[table] for table in self.columns}:
            raise self._refused("the numbers of rows are not those that were read")
        if self.file.read(1):
            self._line += 1
            raise self._refused("stands behind the end")

    def _next(self) -> bytes:
        text = self.file.readline(_LONGEST)
        self._line += 1
        if not text:
            raise self._refused("is missing: the file was cut")
        if not text.endswith(b"\n"):
            raise self._refused("is cut off, or longer than a row can be")
        if self._line == 1:
            self._digest = text
        return text

    def _parsed(self, text: bytes) -> dict[str, object]:
        try:
            found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise self._refused(f"is no JSON: {error}") from None
        if not isinstance(found, dict):
            raise self._refused("is no JSON object")
        return found

    def _refused(self, what: str, code: str = "STATE_UNREADABLE") -> UsageError:
        message = f"{self.name}, line {self._line}: {what}"
        return UsageError(message, code=code, remedy="crosswalk state export writes one")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no number")
