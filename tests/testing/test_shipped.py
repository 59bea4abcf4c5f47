"""The maps that ship are covered in full by their own tests, and what is tested is what runs."""

import re

import pytest

from crosswalk import api
from crosswalk.compiler import compile_project
from crosswalk.plan import Shape
from tests.house.source_tree import ROOT

_PROBE = re.compile(r'^.* AS "#(probe|each|part|filter)\b[^"]*",  -- [^\n]*\n', re.MULTILINE)


@pytest.fixture(scope="module")
def loaded() -> api.Loaded:
    return api.load(ROOT / "maps")


@pytest.fixture(scope="module")
def report(loaded: api.Loaded) -> api.TestReport:
    return api.unit_tests(loaded)


def test_every_test_of_the_shipped_maps_passes(report: api.TestReport) -> None:
    assert [outcome.test.name for outcome in report.outcomes if not outcome.passed] == []


def test_the_tests_of_the_shipped_maps_reach_everything(report: api.TestReport, loaded: api.Loaded) -> None:
    assert [(one.map_name, one.missed) for one in report.coverage if one.missed] == []
    assert {one.map_name for one in report.coverage} == set(loaded.project.maps)
    assert {outcome.test.map_name for outcome in report.outcomes} == set(loaded.project.maps)


def test_what_is_tested_is_what_runs_but_for_the_columns_that_tell_what_was_reached(loaded: api.Loaded) -> None:
    probed = {leg.name: leg.plan("initial") for leg in compile_project(loaded.project, probed=True)}
    told = 0
    for leg in loaded.legs:
        for step, tested in zip(leg.plan("initial").steps, probed[leg.name].steps, strict=True):
            if isinstance(step, Shape) and isinstance(tested, Shape):
                assert tested.reasons == step.reasons
            for plain, more in zip(step.statements, tested.statements, strict=True):
                bare = _PROBE.sub("", more.sql)
                told += bare != more.sql
                if leg.bound.units.made is None:
                    assert bare == plain.sql
    assert told > 10
