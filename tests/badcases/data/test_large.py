"""One value of 50 MB is taken or refused like any other, in bounded memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MEGABYTES = 50
SCRIPT = f"""
import resource, sys
from pathlib import Path
from tests.engine.shop import Shop
shop = Shop(Path(sys.argv[1]))
shop.entity("books.texts", "key: [Id]\\ncolumns:\\n  Id: {{type: int, required: true}}\\n  Body: {{type: text}}\\n")
shop.edit("store.orders", "title: {{type: text(200)}}", "title: {{type: text}}")
shop.map("target: books.texts\\nkey: {{Id: id}}\\nfields: {{Body: title}}", "orders")
shop.map("map: short\\nlimits: {{rejects: {{stop: 9}}}}", "short")
shop.sql("SELECT 1")
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
shop.sql("INSERT INTO store.orders (id, number, title, changed, version) SELECT 1, 'A', repeat('x', {MEGABYTES} << 20), '2026-01-01', 1")
shop.put("store.orders", {{"id": 2, "number": "B", "title": "b"}})
told = [shop.run()]
told += [shop.read("SELECT Id, length(Body) FROM books.texts ORDER BY ALL"), shop.rejects(), shop.run()]
(shop.root / "told").write_text("\\n".join(map(str, told)))
"""
ADDRESS_SPACE = 6 << 30
"""Room for threads and libraries, which reserve much and use little, and for a few copies of the value."""


@pytest.mark.slow
def test_a_value_of_fifty_megabytes_is_taken_by_text_and_refused_by_a_short_column(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'engine'}"}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(ADDRESS_SPACE)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    first, rows, rejects, second = (tmp_path / "maps" / "told").read_text().splitlines()
    assert first == "{'orders': {'inserted': 2}, 'short': {'inserted': 1, 'rejected': 1}}"
    assert (rows, rejects) == (f"[(1, {MEGABYTES << 20}), (2, 1)]", "[('1', 'rejected', 'TOO_LONG')]")
    assert second == "{'orders': {}, 'short': {'rejected': 1}}"
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert used < 20 * (MEGABYTES << 20)
