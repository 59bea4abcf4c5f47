"""Plays a small project with the engine at hand and keeps the database files that come out, packed.

    python tests/ledger/keep.py

The files tell whether every later version of the engine can go on from a ledger of this version. Files of earlier
versions were made by this script with the engine of their day on the path; the script therefore stands alone, and the
project speaks a language that every version understands.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
import tempfile
from pathlib import Path

import duckdb

from crosswalk import api
from crosswalk.ledger.tables import VERSION

KEPT = Path(__file__).parent / "kept"
WITH_SYSTEMS = 4
"""The version in which the ledger first knew of outside systems."""

EMBEDDED = {
    "crosswalk.yaml": """\
project: kept
database: work.duckdb
overlap: 60s
connections:
  dev:
    store: {kind: embedded}
    books: {kind: embedded}
sequences:
  sales: {format: "S-{000}"}
  headers: {format: "H-{00}"}
""",
    "entities/store/orders.entity.yaml": """\
entity: orders
system: store
key: [id]
modified: changed
row_version: version
columns:
  id: {type: int}
  number: {type: text(20)}
  title: {type: text(40)}
  customer: {type: int, to: customers}
  changed: {type: datetime}
  version: {type: int}
""",
    "entities/store/customers.entity.yaml": """\
entity: customers
system: store
key: [id]
modified: changed
row_version: version
columns:
  id: {type: int}
  code: {type: text(10)}
  name: {type: text(40)}
  changed: {type: datetime}
  version: {type: int}
""",
    "entities/store/parts.entity.yaml": """\
entity: parts
system: store
key: [id]
modified: changed
row_version: version
columns:
  id: {type: int}
  basket: {type: text(10)}
  changed: {type: datetime}
  version: {type: int}
""",
    "entities/books/sales.entity.yaml": """\
entity: sales
system: books
key: [Number]
modified: Changed
row_version: Version
columns:
  Number: {type: text(20), required: true}
  Title: {type: text(40)}
  Name: {type: text(40)}
  Serial: {type: text(10)}
  Changed: {type: datetime}
  Version: {type: int}
""",
    "entities/books/partners.entity.yaml": """\
entity: partners
system: books
key: [Code]
modified: Changed
row_version: Version
columns:
  Code: {type: text(10), required: true}
  Name: {type: text(40)}
  Changed: {type: datetime}
  Version: {type: int}
""",
    "entities/books/headers.entity.yaml": """\
entity: headers
system: books
key: [Id]
modified: Changed
row_version: Version
columns:
  Id: {type: text(20), required: true}
  Group: {type: text(20)}
  Changed: {type: datetime}
  Version: {type: int}
""",
    "entities/books/lines.entity.yaml": """\
entity: lines
system: books
key: [Part]
modified: Changed
row_version: Version
columns:
  Part: {type: int, required: true}
  Header: {type: text(20)}
  Place: {type: int}
  Changed: {type: datetime}
  Version: {type: int}
""",
    "orders.map.yaml": """\
map: orders
flow: sync
source: store.orders
target: books.sales
key: {Number: number}
lookups: {who: {in: store.customers, where: {id: customer}, else: NO_CUSTOMER}}
requires: [{that: title is not null, else: NO_TITLE}]
fields: {Title: title, Name: who.name, Serial: {sequence: sales}}
""",
    "partners.map.yaml": """\
map: partners
flow: sync
source: store.customers
target: books.partners
key: {Code: code}
both: {Name: name}
back: {allow: [update], conflict: reject}
""",
    "papers.map.yaml": """\
map: papers
flow: sync
source: store.parts
target: books.lines
allow: [create]
document:
  target: books.headers
  by: {Group: basket}
  order: [id]
  lines: 2
  fields: {Id: {sequence: headers}}
key: {Part: id}
fields: {Header: document.Id, Place: document.line}
""",
}

FIRST = (
    "INSERT INTO store.customers VALUES (1, 'A', 'Ann', '2025-01-01', 1), (2, 'B', 'Bo', '2025-01-01', 1)",
    "INSERT INTO store.orders VALUES (1, 'N1', 'Chair', 1, '2025-01-01', 1), (2, 'N2', 'Desk', 2, '2025-01-01', 1),"
    " (3, NULL, 'no number', 1, '2025-01-01', 1), (4, 'N4', 'nobody', 9, '2025-01-01', 1),"
    " (5, NULL, 'soon', 2, '2025-01-01', 1), (6, 'N6', NULL, 2, '2025-01-01', 1)",
    "INSERT INTO store.parts VALUES (1, 'x', '2025-01-01', 1), (2, 'x', '2025-01-01', 1), (3, 'x', '2025-01-01', 1)",
)
SECOND = (
    "UPDATE store.orders SET title = 'Armchair', changed = '2025-02-01', version = 2 WHERE id = 1",
    "UPDATE store.orders SET number = 'N5', changed = '2025-02-01', version = 2 WHERE id = 5",
    "UPDATE store.customers SET name = 'Bob', changed = '2025-02-01', version = 2 WHERE id = 2",
    "UPDATE books.partners SET Name = 'Anna', Changed = now()::TIMESTAMP, Version = Version + 1 WHERE Code = 'A'",
    "INSERT INTO store.parts VALUES (4, 'y', '2025-02-01', 1)",
)

OUTSIDE = {
    "crosswalk.yaml": """\
project: kept
database: outside.duckdb
connections:
  wire:
    shop: {kind: embedded}
    books: {kind: drill, file: books.sqlite, batch: "2", tries: "1"}
sequences:
  sales: {format: "S-{000}"}
""",
    "orders.entity.yaml": """\
entity: orders
system: shop
key: [number]
modified: changed
columns:
  number: {type: int, required: true}
  total: {type: "decimal(12,2)"}
  changed: {type: datetime}
""",
    "sales.entity.yaml": """\
entity: sales
system: books
key: [code]
modified: changed
row_version: version
columns:
  code: {type: text(10), required: true}
  amount: {type: "decimal(12,2)"}
  serial: {type: text(10)}
  changed: {type: datetime}
  version: {type: int}
""",
    "sales.map.yaml": """\
map: sales
flow: sync
source: shop.orders
target: books.sales
key: {code: {concat: [{value: S}, number]}}
fields: {amount: total, serial: {sequence: sales}}
""",
}
LAST_REQUEST = 'tries: "1", faults: [{on: write, fault: refused, at: last}]'


def lay(files: dict[str, str], folder: Path) -> Path:
    """Write the files of a project."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def play_embedded(folder: Path) -> None:
    """Three runs over two embedded systems, the last over what the way back of the second changed. In the end one order is held, two are rejected, and one was."""
    api.make_tables(api.load(lay(EMBEDDED, folder)))
    for edits in (FIRST, SECOND, ()):
        with duckdb.connect(str(folder / "work.duckdb")) as connection:
            for edit in edits:
                connection.execute(edit)
        result = api.run(api.load(folder))
        assert result.exit_code == 0, result.message


def play_outside(folder: Path) -> None:
    """Two rows were sent by a run that is finished; of the three of the next the last is not known to be there."""
    api.make_tables(api.load(lay(OUTSIDE, folder)))
    _order(folder, "(1, 1.5, '2025-01-01'), (2, 2.5, '2025-01-01')")
    assert api.run(api.load(folder)).exit_code == 0
    _order(folder, "(3, 3.5, '2025-02-01'), (4, 4.5, '2025-02-01'), (5, 5.5, '2025-02-01')")
    text = OUTSIDE["crosswalk.yaml"].replace('tries: "1"', LAST_REQUEST)
    (folder / "crosswalk.yaml").write_text(text, encoding="utf-8")
    assert api.run(api.load(folder)).exit_code == 5


def _order(folder: Path, rows: str) -> None:
    with duckdb.connect(str(folder / "outside.duckdb")) as connection:
        connection.execute(f"INSERT INTO shop.orders VALUES {rows}")


def unpack(version: int, name: str, folder: Path) -> Path:
    """Give a kept file as it was."""
    file = folder / name
    file.write_bytes(gzip.decompress((KEPT / str(version) / f"{name}.gz").read_bytes()))
    return file


def _pack(file: Path, version: int) -> None:
    to = KEPT / str(version) / f"{file.name}.gz"
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(gzip.compress(file.read_bytes(), mtime=0))
    sys.stdout.write(f"{to.relative_to(KEPT.parent)}: {to.stat().st_size:,} bytes\n")


def _pack_sqlite(file: Path, version: int) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    _pack(file, version)


def main() -> None:
    """Play and pack."""
    with tempfile.TemporaryDirectory() as folder:
        play_embedded(Path(folder) / "embedded")
        _pack(Path(folder) / "embedded" / "work.duckdb", VERSION)
        if VERSION >= WITH_SYSTEMS:
            play_outside(Path(folder) / "outside")
            _pack(Path(folder) / "outside" / "outside.duckdb", VERSION)
            _pack_sqlite(Path(folder) / "outside" / "books.sqlite", VERSION)


if __name__ == "__main__":
    main()
