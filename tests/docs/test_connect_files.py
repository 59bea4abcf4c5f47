"""The pages on files name every setting of their connectors, and no setting that does not exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from crosswalk.connectors import spec

DOCS = Path(__file__).parents[2] / "docs"


def settings(kind: str) -> dict[str, Any]:
    found = spec(kind)
    assert found is not None
    properties: Any = found.settings["properties"]
    return dict(properties)


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("connect-files.md", "files"),
        ("connect-files.md", "duckdb"),
        ("connect-files.md", "sqlite"),
        ("read-synapse-link.md", "cdm"),
        ("connect-lake.md", "delta"),
        ("connect-lake.md", "dmf"),
    ],
)
def test_a_page_names_every_setting(page: str, kind: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert [name for name in settings(kind) if not re.search(rf"\b{name}:|`{name}`", text)] == []


@pytest.mark.parametrize(("page", "kind"), [("connect-files.md", "files"), ("read-synapse-link.md", "cdm")])
def test_a_table_of_settings_names_none_that_does_not_exist(page: str, kind: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8").split("| setting |")[1].split("\n\n")[0]
    named = {name for line in text.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])} - {"meaning"}
    assert named - set(settings(kind)) == set()
