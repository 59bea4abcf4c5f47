"""Another DuckDB file is read in a connection that reaches nothing else, and written with receipts."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.contracts import Outside
from crosswalk.errors import StatementError, SystemFailure, UsageError
from crosswalk.exchange import Change, Wanted
from crosswalk.model import Connection, Entity, EntityRef
from tests.conformance.bench import open_connection
from tests.conformance.copies import Copy
from tests.conformance.delivery import LoggedDelivery
from tests.conformance.landed import land
from tests.engine.connectors.files.arriving import HERE, ORDERS, column


class Database:
    def __init__(self, root: Path) -> None:
        self.root, self.file = root, root / "shop.duckdb"
        self.run('CREATE TABLE orders ("Id" BIGINT, "Name" VARCHAR NOT NULL, "Amount" DECIMAL(19, 4))')

    def run(self, text: str) -> list[tuple[object, ...]]:
        with duckdb.connect(self.file) as connection:
            return connection.execute(text).fetchall()

    def open(self, **settings: object) -> Outside:
        whole = {"file": "shop.duckdb", "write": "true", **settings}
        return open_connection(Connection("shop", "duckdb", whole, HERE), self.root)

    def write(self, *changes: Change) -> LoggedDelivery:
        system = self.open()
        delivery = LoggedDelivery(system, ORDERS, changes)
        system.write(delivery)
        return delivery


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def insert(number: int, name: str | None = "a", key: int | None = None) -> Change:
    return Change(number, "insert", {"Id": key or number}, {"Name": name, "Amount": Decimal("1.5")})


def test_rows_that_the_table_refuses_are_found_among_many(database: Database) -> None:
    changes = [insert(number, None if number in (7, 63) else "a") for number in range(1, 101)]
    delivery = database.write(*changes)
    assert {number for number, state in delivery.states().items() if state == "refused"} == {7, 63}
    assert "NOT NULL" in delivery.acks[7].message
    assert database.run("SELECT count(*) FROM orders") == [(98,)]


def test_a_delivery_that_comes_again_is_told_by_its_receipts(database: Database) -> None:
    database.write(insert(1), insert(2, None))
    database.run("UPDATE orders SET Name = 'changed since'")
    assert database.write(insert(1), insert(2, None)).states() == {1: "applied", 2: "refused"}
    assert database.run("SELECT Name FROM orders") == [("changed since",)]
    assert database.open().tables() == ("orders",)


def test_a_key_that_stands_twice_in_the_table_is_refused(database: Database) -> None:
    database.run("INSERT INTO orders VALUES (1, 'a', 1), (1, 'b', 2)")
    delivery = database.write(Change(1, "update", {"Id": 1}, {"Name": "c"}))
    assert delivery.acks[1].code == "TARGET_DUPLICATE"


def test_without_a_modified_time_everything_is_read_and_what_is_gone_is_told(database: Database) -> None:
    database.run("INSERT INTO orders VALUES (1, 'a', 1), (2, 'b', 2)")
    copy = Copy(ORDERS)
    copy.read(database.open())
    database.run("DELETE FROM orders WHERE Id = 1")
    database.run("UPDATE orders SET Name = 'c'")
    copy.read(database.open())
    assert [row["Name"] for row in copy.rows.values()] == ["c"]


def test_other_types_come_as_those_of_the_entity(database: Database) -> None:
    database.run(
        'CREATE TABLE odd AS SELECT 1::HUGEINT AS "Id", \'x\'::ENUM(\'x\') AS "Name", 0.5::DOUBLE AS "Amount",'
        ' TIMESTAMPTZ \'2026-11-27 10:00:00+02\' AS "At", [1, 2] AS "List"'
    )
    columns = {**ORDERS.columns, "At": column("At", "datetime"), "List": column("List", "text")}
    odd = Entity(EntityRef("shop", "odd"), "odd", ("Id",), columns, HERE)
    (row,) = land(database.open().read(Wanted(odd)), odd).rows
    assert (row["Id"], row["Name"], row["Amount"], str(row["At"]), row["List"]) == (
        1, "x", Decimal("0.5000"), "2026-11-27 08:00:00", "[1,2]",
    )  # fmt: skip


def test_a_view_of_the_file_reaches_no_other_file(database: Database, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("Id,Name,Amount\n1,secret,1\n", encoding="utf-8")
    database.run(f"CREATE VIEW thief AS SELECT * FROM read_csv('{secret}')")
    thief = Entity(EntityRef("shop", "thief"), "t", ("Id",), ORDERS.columns, HERE)
    with pytest.raises((SystemFailure, StatementError, UsageError)):
        land(database.open().read(Wanted(thief)), thief)


def test_a_file_that_another_process_writes_is_told(database: Database) -> None:
    hold = (
        f"import duckdb, sys; c = duckdb.connect({str(database.file)!r}); print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            other.stdout.readline()
            with pytest.raises(SystemFailure, match="cannot be opened") as caught:
                land(database.open().read(Wanted(ORDERS)), ORDERS)
            assert "run again" in caught.value.remedy
        finally:
            other.kill()


def test_a_file_that_is_none_is_told(database: Database) -> None:
    database.file.write_bytes(b"something else" * 1000)
    with pytest.raises((UsageError, SystemFailure)):
        database.open().tables()
    database.file.unlink()
    with pytest.raises(UsageError, match="is not there"):
        database.open().tables()


def test_a_file_is_read_only_unless_it_says_otherwise(database: Database) -> None:
    with pytest.raises(UsageError) as caught:
        database.open(write="false").write(None)  # type: ignore[arg-type]
    assert caught.value.code == "NOT_WRITABLE"


def test_rows_stream_through_without_being_held(database: Database) -> None:
    database.run("INSERT INTO orders SELECT range, 'n' || range, 1.5 FROM range(300000)")
    pages = database.open().read(Wanted(ORDERS))
    backend = DuckDBBackend(None)
    backend.land(next(pages), "landed")
    assert backend.rows("SELECT count(*), sum(Id) FROM landed") == [(300000, 44999850000)]
    backend.close()
