"""Runs the flow as written by hand: one SQL file, one transaction per leg, one watermark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb

SCRIPT = Path(__file__).parent / "sql" / "hand.sql"


def legs() -> Mapping[str, str]:
    """Cut the file at its ``-- leg:`` lines."""
    parts = SCRIPT.read_text(encoding="utf-8").split("-- leg: ")[1:]
    return {part.split("\n", 1)[0].strip(): part.split("\n", 1)[1] for part in parts}


def run(database: Path, since: datetime) -> tuple[datetime, dict[str, float]]:
    """Run all legs; give the time to pass as `since` next and the seconds per leg."""
    now = datetime.now(UTC).replace(tzinfo=None)
    seconds: dict[str, float] = {}
    with duckdb.connect(str(database)) as connection:
        for leg, script in legs().items():
            began = perf_counter()
            connection.execute("SET VARIABLE now = CAST(? AS TIMESTAMP)", [now])
            connection.execute("SET VARIABLE since = CAST(? AS TIMESTAMP)", [since])
            connection.execute("BEGIN TRANSACTION")
            connection.execute(script)
            connection.execute("COMMIT")
            seconds[leg] = perf_counter() - began
    return now, seconds
