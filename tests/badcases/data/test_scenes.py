"""Rows that cannot be meant have the fate that their case says, and every entry of the catalogue has a case."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk import api
from tests.badcases.data.cells import columns, documents
from tests.badcases.data.scenes import Scene, play, scenes
from tests.engine.shop import Shop

CATALOGUE = {
    "D": "01 02 04 05 07 08 10 11 13 14 16 17 19 20 22 23 25 26 28 29 31 32 34 35 37 38 40 41 43 44 46",
    "E": "01 02 04 05 07 08 10 11 13 14 16 17 19 20 22 23 25 26 28 29 31 32 34 35 37 38 40",
    "G": "01 02 04 05 07 08 10 11 13 14 16 17",
}
ELSEWHERE = {
    "D40": "test_places.py",
    "D43": "test_arriving.py",
    "E40": "test_large.py",
    "G16": "../../engine/test_kept_plans.py",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return api.make_tables(Shop(tmp_path_factory.mktemp("template")).map().loaded)


def _marked(scene: Scene) -> pytest.MarkDecorator | tuple[()]:
    return pytest.mark.xfail(strict=True, reason=scene["weak"]) if "weak" in scene else ()


@pytest.mark.parametrize("scene", [pytest.param(one, id=name, marks=_marked(one)) for name, one in scenes().items()])
def test_rows_have_the_fate_that_their_case_says(tmp_path: Path, template: Path, scene: Scene) -> None:
    shop = Shop(tmp_path, template)
    try:
        play(shop, scene)
    finally:
        shop.close()


def test_every_entry_of_the_catalogue_has_a_case() -> None:
    wanted = {f"{section}{number}" for section, numbers in CATALOGUE.items() for number in numbers.split()}
    there = {name.partition("-")[0] for name in (*documents(), *scenes())}
    assert wanted - there - set(ELSEWHERE) == set()
    assert [file for file in ELSEWHERE.values() if not (Path(__file__).parent / file).is_file()] == []


def test_there_are_as_many_bad_rows_and_cells_of_our_own() -> None:
    entries = sum(len(numbers.split()) for numbers in CATALOGUE.values())
    refused = [cell for one in columns() for cell in one.cells if cell.code]
    assert len(refused) + len(scenes()) >= 2 * entries
