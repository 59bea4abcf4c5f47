"""The page about the shipped maps names every one of them, and says no more than the maps hold."""

from __future__ import annotations

import re

from crosswalk import api
from crosswalk.model import TableMap
from tests.house.source_tree import ROOT

PAGE = (ROOT / "docs" / "project-operations.md").read_text(encoding="utf-8")
MAPS = api.load(ROOT / "maps").project.maps
LINK = re.compile(r"\[(\w+)\]\(\.\./maps/(\w+)\.map\.yaml\)")
COUNTED = re.compile(r"\[(\w+)\]\(\S+\) \| (\d+) \| (\d+) \|")
IDS = [*(f"F{n}" for n in range(1, 13)), *(f"P{n}" for n in range(1, 29)), "S1"]


def _lines(table_map: TableMap) -> int:
    back = table_map.back.fields if table_map.back else ()
    return len(table_map.key) + len(table_map.fields) + len(table_map.both) + len(back)


def test_every_shipped_map_stands_on_the_page_once() -> None:
    assert sorted(name for name, _ in LINK.findall(PAGE)) == sorted(MAPS)
    assert all(name == file for name, file in LINK.findall(PAGE))


def test_every_published_map_has_its_row() -> None:
    assert re.findall(r"^\| ([FPS]\d+) \|", PAGE, re.MULTILINE) == IDS


def test_no_more_columns_are_counted_than_are_public_or_written() -> None:
    counted = {name: (int(public), int(written)) for name, public, written in COUNTED.findall(PAGE)}
    assert len(counted) > 30
    assert {name for name, (public, written) in counted.items() if written > public} == set()
    assert {name for name, (_, written) in counted.items() if written > _lines(MAPS[name])} == set()
