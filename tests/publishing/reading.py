"""Looks into the file for readers as an analyst would: with DuckDB alone."""

from pathlib import Path
from typing import Any

import duckdb

from tests.engine.shop import Shop


def file_of(shop: Shop) -> Path:
    return shop.database.with_name("work.published.duckdb")


def ask(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def stands(file: Path) -> int:
    """Name the file that has a name: another one after each swap."""
    return file.stat().st_ino


def orders(*numbers: str) -> list[dict[str, object]]:
    return [{"id": int(number.strip("AB")), "number": number, "title": number} for number in numbers]
