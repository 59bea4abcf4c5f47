"""A SQLite file is read as it stands and written in transactions: what its columns cannot hold is told, not bent."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from crosswalk.connectors.sqlite.cells import spelled
from crosswalk.connectors.sqlite.declared import affinity, meaning
from crosswalk.contracts import Outside
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Change, Wanted
from crosswalk.model import Connection, Entity, EntityRef
from tests.conformance.bench import open_connection
from tests.conformance.copies import Copy
from tests.conformance.delivery import LoggedDelivery
from tests.conformance.landed import Misspelled, land
from tests.engine.connectors.files.arriving import HERE, column

TABLE = "CREATE TABLE orders (Id INTEGER PRIMARY KEY, Name TEXT NOT NULL, Amount {amount}, Flag BOOLEAN, At DATETIME)"
ORDERS = Entity(
    EntityRef("shop", "orders"),
    "orders",
    ("Id",),
    {
        "Id": column("Id", "int"),
        "Name": column("Name", "text", length=20),
        "Amount": column("Amount", "decimal", precision=38, scale=4),
        "Flag": column("Flag", "boolean"),
        "At": column("At", "datetime"),
    },
    HERE,
)


class Database:
    def __init__(self, root: Path, amount: str = "DECIMAL(38,4)") -> None:
        self.root, self.file = root, root / "shop.db"
        self.run(TABLE.format(amount=amount))

    def run(self, text: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            return connection.execute(text, values).fetchall()

    def open(self, **settings: object) -> Outside:
        whole = {"file": "shop.db", "write": "true", "wait": "0", **settings}
        return open_connection(Connection("shop", "sqlite", whole, HERE), self.root)

    def amounts(self) -> list[object]:
        return [row["Amount"] for row in land(self.open().read(Wanted(ORDERS)), ORDERS).rows]

    def write(self, *changes: Change) -> LoggedDelivery:
        system = self.open()
        delivery = LoggedDelivery(system, ORDERS, changes)
        system.write(delivery)
        return delivery


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def insert(number: int, **cells: object) -> Change:
    return Change(number, "insert", {"Id": number}, {"Name": "a", **cells})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("declared", "kind", "kept"),
    [
        ("INTEGER", "int", "integer"), ("bigint unsigned", "int", "integer"), ("VARCHAR(40)", "text(40)", "text"),
        ("nvarchar", "text", "text"), ("decimal(10,2)", "decimal(10,2)", "numeric"), ("REAL", "decimal(28,10)", "real"),
        ("DOUBLE PRECISION", "decimal(28,10)", "real"), ("BOOLEAN", "boolean", "numeric"), ("DATE", "date", "numeric"),
        ("timestamp", "datetime", "numeric"), ("uniqueidentifier", "guid", "numeric"), ("", "text", "blob"),
        ("FLOATING POINT", "int", "integer"),
    ],
)  # fmt: skip
def test_a_declared_type_means_a_type_and_a_way_to_keep_values(declared: str, kind: str, kept: str) -> None:
    assert (str(meaning(declared)), affinity(declared)) == (kind, kept)


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("decimal", 0.1, "0.1"), ("decimal", 0.1 + 0.2, "?0.30000000000000004"), ("decimal", 1e20, "100000000000000000000"),
        ("decimal", 123456789012345.67, "?123456789012345.67"), ("decimal", float("inf"), "?inf"), ("int", 5.0, "5"),
        ("boolean", 1, "true"), ("boolean", 2, "?2"), ("boolean", "TRUE", "true"), ("guid", b"\0" * 16, "00000000-0000-0000-0000-000000000000"),
        ("text", b"\x01\xff", "?01ff"), ("text", 12, "12"), ("datetime", "2026-11-27 08:30:00", "2026-11-27T08:30:00"),
        ("datetime", "2026-11-27T08:30:00+02:00", "2026-11-27T06:30:00"), ("datetime", "soon", "?soon"), ("datetime", 1700000000, "1700000000"),
    ],
)  # fmt: skip
def test_a_cell_of_any_kind_comes_in_one_spelling(kind: str, value: object, told: str) -> None:
    assert spelled(value, column("X", kind)) == told  # type: ignore[arg-type]


def test_reals_of_fifteen_digits_are_exact_and_others_are_no_values(database: Database) -> None:
    database.run("INSERT INTO orders VALUES (1, 'a', '0.10', 1, NULL), (2, 'b', '99999999999.9999', 0, NULL)")
    assert database.amounts() == [Decimal("0.1000"), Decimal("99999999999.9999")]
    database.run("INSERT INTO orders VALUES (3, 'c', '123456789012345.6789', 1, NULL)")
    with pytest.raises(Misspelled, match=r"\?123456789012345"):
        database.amounts()


def test_a_decimal_that_a_column_would_make_a_real_of_is_refused(database: Database) -> None:
    delivery = database.write(insert(1, Amount=Decimal("0.10")), insert(2, Amount=Decimal("123456789012345.6789")))
    assert delivery.states() == {1: "applied", 2: "refused"}
    assert delivery.acks[2].code == "PRECISION_LOSS"
    assert database.amounts() == [Decimal("0.1000")]


def test_a_text_column_keeps_all_digits(tmp_path: Path) -> None:
    database = Database(tmp_path, amount="TEXT")
    assert database.write(insert(1, Amount=Decimal("123456789012345.6789"))).states() == {1: "applied"}
    assert database.amounts() == [Decimal("123456789012345.6789")]


def test_what_the_table_refuses_is_refused_with_its_code(database: Database) -> None:
    delivery = database.write(insert(1), insert(2, Name=None), insert(3, Name="x" * 21))
    assert delivery.states() == {1: "applied", 2: "refused", 3: "refused"}
    assert (delivery.acks[2].code, delivery.acks[3].code) == ("SQLITE_CONSTRAINT_NOTNULL", "TOO_LONG")


def test_a_delivery_that_comes_again_is_told_by_its_receipts(database: Database) -> None:
    database.write(insert(1), insert(2, Name=None))
    database.run("UPDATE orders SET Name = 'changed since'")
    again = database.write(insert(1), insert(2, Name=None))
    assert again.states() == {1: "applied", 2: "refused"}
    assert database.run("SELECT Name FROM orders") == [("changed since",)]
    system = database.open()
    assert system.tables() == ("orders",)


def test_identifiers_in_capitals_are_found(tmp_path: Path) -> None:
    database = Database(tmp_path)
    database.run("CREATE TABLE things (Id UUID PRIMARY KEY, Name TEXT)")
    key = "ABCDEF00-0000-4000-8000-000000000001"
    database.run("INSERT INTO things VALUES (?, 'old')", key)
    things = Entity(
        EntityRef("shop", "things"), "t", ("Id",), {"Id": column("Id", "guid"), "Name": column("Name", "text")}, HERE
    )
    system = database.open()
    delivery = LoggedDelivery(system, things, [Change(1, "update", {"Id": key.lower()}, {"Name": "new"})])
    system.write(delivery)
    assert delivery.states() == {1: "applied"}
    assert len(land(system.find(things, ("Id",), [(key.lower(),)]), things).rows) == 1
    assert database.run("SELECT * FROM things") == [(key, "new")]


def test_without_a_modified_time_everything_is_read_and_what_is_gone_is_told(database: Database) -> None:
    database.run("INSERT INTO orders VALUES (1, 'a', 1, 1, NULL), (2, 'b', 1, 1, NULL)")
    copy = Copy(ORDERS)
    copy.read(database.open())
    database.run("DELETE FROM orders WHERE Id = 1")
    database.run("UPDATE orders SET Name = 'c'")
    copy.read(database.open())
    assert [row["Name"] for row in copy.rows.values()] == ["c"]


def test_a_read_holds_one_snapshot(database: Database) -> None:
    database.run("PRAGMA journal_mode = WAL")
    database.run("INSERT INTO orders VALUES (1, 'a', 1, 1, '2026-11-27 08:00:00')")
    pages = database.open().read(Wanted(ORDERS))
    first = next(pages)
    database.run("INSERT INTO orders VALUES (2, 'b', 1, 1, '2026-11-27 09:00:00')")
    landed = land([first, *pages], ORDERS)
    assert [row["At"] for row in landed.rows] == [datetime(2026, 11, 27, 8)]


def test_a_file_that_is_locked_is_told_with_what_to_do(database: Database) -> None:
    with closing(sqlite3.connect(database.file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for step in (database.write, lambda change: database.amounts()):
            with pytest.raises(SystemFailure, match="locked") as caught:
                step(insert(1))
            assert "wait" in caught.value.remedy


def test_a_file_that_is_none_is_told(database: Database) -> None:
    database.file.write_bytes(b"something else that is long enough" * 100)
    with pytest.raises(SystemFailure, match="not a database"):
        database.amounts()
    database.file.unlink()
    with pytest.raises(UsageError) as caught:
        database.amounts()
    assert caught.value.code == "FILE_MISSING"


def test_a_file_is_read_only_unless_it_says_otherwise(database: Database) -> None:
    with pytest.raises(UsageError) as caught:
        database.open(write="false").write(None)  # type: ignore[arg-type]
    assert caught.value.code == "NOT_WRITABLE"
