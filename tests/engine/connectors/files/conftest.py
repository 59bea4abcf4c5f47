"""A fresh folder for every test."""

from pathlib import Path

import pytest

from tests.engine.connectors.files.arriving import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
