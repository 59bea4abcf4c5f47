"""Makes the records of both systems at volume, from arithmetic on row numbers: nothing is random."""

from __future__ import annotations

from pathlib import Path

import duckdb

SQL = Path(__file__).parent / "sql"
ROWS_PER_INVOICE = 20


def make(database: Path, rows: int) -> None:
    """Fill the empty tables of a database with reference rows and `rows` records of work."""
    with duckdb.connect(str(database)) as connection:
        _bind(connection, rows, first=0, last=rows)
        connection.execute("SET VARIABLE changed_at = TIMESTAMP '2026-03-31 18:30:00'")
        connection.execute("SET VARIABLE pace = 2.0")
        connection.execute((SQL / "reference.sql").read_text(encoding="utf-8"))
        connection.execute((SQL / "records.sql").read_text(encoding="utf-8"))


def change(database: Path, rows: int, one_in: int) -> None:
    """Let one record in `one_in` be changed or new, half of them each; new ones come with their invoices and links."""
    new = max(ROWS_PER_INVOICE, rows // one_in // 2 // ROWS_PER_INVOICE * ROWS_PER_INVOICE)
    with duckdb.connect(str(database)) as connection:
        _bind(connection, rows, first=rows, last=rows + new)
        connection.execute("SET VARIABLE changed_at = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)")
        connection.execute("SET VARIABLE pace = 0.0")
        connection.execute(f"SET VARIABLE every = {one_in * 2}")
        for statement in (SQL / "reference.sql").read_text(encoding="utf-8").split(";"):
            if "TEMP TABLE" in statement:
                connection.execute(statement)
        connection.execute((SQL / "records.sql").read_text(encoding="utf-8"))
        connection.execute((SQL / "changes.sql").read_text(encoding="utf-8"))


def _bind(connection: duckdb.DuckDBPyConnection, rows: int, *, first: int, last: int) -> None:
    connection.execute(f"SET VARIABLE projects = {max(10, rows // 2000)}")
    connection.execute(f"SET VARIABLE first_row = {first}; SET VARIABLE last_row = {last}")
