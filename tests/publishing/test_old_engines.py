"""Older engines read the file: proven with the oldest and the newest of DuckDB 1, each in an environment of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crosswalk import api
from tests.engine.shop import Shop
from tests.publishing.reading import ask, file_of, orders

LOOK = """
import json, sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
rows = connection.execute("SELECT Number, Title FROM books.sales ORDER BY 1").fetchall()
said = connection.execute("SELECT comment FROM duckdb_columns() WHERE table_name = 'rejects' AND column_name = 'fate'").fetchall()
more = [connection.execute("SELECT count(*) FROM crosswalk." + table).fetchone()[0]
        for table in ("runs", "steps", "rejects", "changes", "lineage", "published")]
print(json.dumps([duckdb.__version__, rows, said, more]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.0.0", "1.5.6"])
def test_an_older_engine_reads_the_file(shop: Shop, tmp_path: Path, version: str) -> None:
    python = tmp_path / "old" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--only-binary=:all:", f"duckdb=={version}"], capture_output=True
    )
    if installed.returncode:
        pytest.skip(f"DuckDB {version} cannot be installed here")
    shop.put("store.orders", *orders("A1", "A2"))
    api.run(shop.loaded)
    shop.put("store.orders", {"id": 1, "title": "new"})
    api.run(shop.loaded)
    seen = subprocess.run([python, "-c", LOOK, str(file_of(shop))], check=True, capture_output=True, text=True)
    told, rows, said, more = json.loads(seen.stdout)
    assert told == version
    assert rows == [["A1", "new"], ["A2", "A2"]]
    assert said == [["held or rejected."]]
    assert more[0] == ask(file_of(shop), "SELECT count(*) FROM crosswalk.runs")[0][0] == 4
