"""The maps that ship are covered in full by their own tests."""

import pytest

from crosswalk import api
from tests.house.source_tree import ROOT


@pytest.fixture(scope="module")
def report() -> api.TestReport:
    loaded = api.load(ROOT / "maps")
    return api.unit_tests(loaded)


def test_every_test_of_the_shipped_maps_passes(report: api.TestReport) -> None:
    assert [outcome.test.name for outcome in report.outcomes if not outcome.passed] == []
    assert len(report.outcomes) > 200


def test_the_tests_of_the_shipped_maps_reach_everything(report: api.TestReport) -> None:
    assert [(one.map_name, one.missed) for one in report.coverage if one.missed] == []
    assert len(report.coverage) == len(api.load(ROOT / "maps").project.maps)


def test_no_two_tests_of_a_map_say_the_same(report: api.TestReport) -> None:
    names = [(outcome.test.map_name, outcome.test.name) for outcome in report.outcomes]
    assert len(names) == len(set(names))
