"""A shop whose two maps write two tables: what holds of both at once holds of whole invocations only."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswalk import api, failpoints
from tests.engine.shop import Shop

FEES = """\
map: fees
flow: sync
source: store.orders
target: books.fees
key: {Number: number}
fields: {Title: title}
"""


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return api.make_tables(Shop(tmp_path_factory.mktemp("tables")).map().loaded)


@pytest.fixture
def shop(tmp_path: Path, tables: Path) -> Iterator[Shop]:
    fresh = Shop(tmp_path, tables).map()
    fresh.write("fees.map.yaml", FEES)
    fresh.setting("publish: false\n", "")
    yield fresh
    failpoints.arm()
    fresh.close()
