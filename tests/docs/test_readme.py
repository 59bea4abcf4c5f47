"""The README teaches with maps that exist: its lines are those of the shop, its error is what is said."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.config.load import show
from crosswalk.errors import MapError
from crosswalk.problems import render
from tests.docs.pages import ROOT

README = ROOT / "README.md"
SHOP = ROOT / "examples" / "shop" / "maps"
BLOCK = re.compile(r"```(yaml)?\n(.*?)```", re.DOTALL)


def test_the_maps_of_the_readme_are_those_of_the_shop() -> None:
    shown = [text for kind, text in BLOCK.findall(README.read_text(encoding="utf-8")) if kind == "yaml"]
    files = [file.read_text(encoding="utf-8") for file in sorted(SHOP.glob("*.yaml"))]
    assert len(shown) == 2
    assert [text for text in shown if not any(text in file for file in files)] == []


def test_the_error_of_the_readme_is_what_is_said(tmp_path: Path) -> None:
    shutil.copytree(SHOP, tmp_path / "maps")
    file = tmp_path / "maps" / "orders.map.yaml"
    text = file.read_text(encoding="utf-8").replace("Total: total", "Total: totl")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MapError) as caught:
        api.load(tmp_path / "maps")
    said = render(caught.value.problems, show({file.name: text.encode()}))
    readme = README.read_text(encoding="utf-8")
    (shown,) = re.findall(r"```\n(error\[.*?)```", readme, re.DOTALL)
    if os.environ.get("CROSSWALK_REGENERATE"):
        README.write_text(readme.replace(shown, said), encoding="utf-8")
    else:
        assert shown == said
