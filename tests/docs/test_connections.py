"""The page on connections has a table for every kind, made from what its connector says of itself; its files are read.

``make docs`` writes the tables anew; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from crosswalk.codes import CODES
from crosswalk.config.load import load
from crosswalk.connectors import all_specs
from crosswalk.contracts import ConnectorSpec
from tests.docs.pages import table

PAGE = Path(__file__).parents[2] / "docs" / "connections.md"
BLANKS = {"": "nothing", " ": "a blank"}
BEGIN, END = "<!-- kinds: written by make docs -->", "<!-- end of kinds -->"


def kinds() -> str:
    """Write a section for every kind of system."""
    return "\n".join(line for spec in all_specs() for line in section(spec))


def section(spec: ConnectorSpec) -> Iterator[str]:
    rows = list(settings(spec.settings, ""))
    yield from ["", f"### {spec.kind}", "", spec.summary, ""]
    yield from table(["setting", "says"], [list(row) for row in rows]) if rows else ["It has no settings."]


def settings(part: Mapping[str, object], above: str) -> Iterator[tuple[str, str]]:
    """Give the settings of a schema, those below others by their whole name; `[]` stands for each entry of a list."""
    needed = cast(list[str], part.get("required", []))
    for name, below in cast(Mapping[str, Mapping[str, object]], part.get("properties", {})).items():
        yield f"`{above}{name}`{' (needed)' if name in needed else ''}", said(below)
        yield from settings(below, f"{above}{name}.")
        items = below.get("items")
        if isinstance(items, dict):
            yield from settings(items, f"{above}{name}[].")


def said(part: Mapping[str, object]) -> str:
    sentence = str(part.get("description", ""))
    values = cast(list[str], part.get("enum", []))
    chosen = f"One of {', '.join(BLANKS.get(value, f'`{value}`') for value in values)}." if values else ""
    return " ".join(text for text in (sentence, chosen) if text)


def test_the_page_lists_every_kind_with_its_settings() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    if os.environ.get("CROSSWALK_REGENERATE"):
        PAGE.write_text(f"{before}{BEGIN}\n{kinds()}\n\n{END}{after}", encoding="utf-8")
        return
    assert text == f"{before}{BEGIN}\n{kinds()}\n\n{END}{after}"


def test_the_project_files_of_the_page_are_read() -> None:
    files = re.findall(r"```yaml\n# crosswalk\.yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert files
    for text in files:
        assert load({"crosswalk.yaml": text.encode()}).profiles


def test_every_code_that_the_page_names_exists() -> None:
    assert set(re.findall(r"`([A-Z]+_[A-Z_]+)`", PAGE.read_text(encoding="utf-8"))) <= set(CODES)
