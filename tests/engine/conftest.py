"""A fresh shop for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswalk import api
from tests.engine.shop import Shop


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of the shop, made once: most tests start with a copy of them."""
    return api.make_tables(Shop(tmp_path_factory.mktemp("template")).map().loaded)


@pytest.fixture
def shop(tmp_path: Path, template: Path) -> Iterator[Shop]:
    fresh = Shop(tmp_path, template)
    yield fresh
    fresh.close()
