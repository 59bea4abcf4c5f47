"""A fresh project for every test."""

from pathlib import Path

import pytest

from tests.testing.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "bench")
