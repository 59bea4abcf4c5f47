"""Writes test outcomes as JUnit XML, which pipelines show: one suite for each map, one case for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from unicodedata import category
from xml.etree import ElementTree

from crosswalk.testing.outcome import Difference, TestOutcome

Say = Callable[[Difference], str]
"""Puts a difference into words."""


def junit(outcomes: Iterable[TestOutcome], say: Say) -> str:
    """Write a document."""
    groups = [(name, list(tests)) for name, tests in groupby(outcomes, key=lambda outcome: outcome.test.map_name)]
    whole = ElementTree.Element("testsuites", _counts([one for _, tests in groups for one in tests]))
    for name, tests in groups:
        suite = ElementTree.SubElement(whole, "testsuite", {"name": _clean(name), **_counts(tests)})
        for outcome in tests:
            _case(suite, outcome, say)
    ElementTree.indent(whole)
    return ElementTree.tostring(whole, encoding="unicode", xml_declaration=True) + "\n"


def _counts(tests: list[TestOutcome]) -> dict[str, str]:
    failed = sum(not outcome.passed for outcome in tests)
    seconds = sum(outcome.seconds for outcome in tests)
    return {
        "tests": str(len(tests)),
        "failures": str(failed),
        "errors": "0",
        "skipped": "0",
        "time": f"{seconds:.3f}",
    }


def _case(suite: ElementTree.Element, outcome: TestOutcome, say: Say) -> None:
    test = outcome.test
    place = {"file": test.span.file, "line": str(test.span.line)}
    named = {"classname": _clean(test.map_name), "name": _clean(test.name)}
    case = ElementTree.SubElement(suite, "testcase", {**named, **place, "time": f"{outcome.seconds:.3f}"})
    if not outcome.passed:
        lines = [_clean(f"{one.outcome}  {one.key}  {say(one)}") for one in outcome.differences]
        count = f"{len(lines)} difference{'s' * (len(lines) != 1)}"
        failure = ElementTree.SubElement(case, "failure", {"message": count, "type": "difference"})
        failure.text = "\n".join(lines)


def _clean(text: str) -> str:
    """Leave out what XML cannot hold: values come from files that anybody may write."""
    return "".join(char if category(char) not in ("Cc", "Cs") and char not in "\ufffe\uffff" else "?" for char in text)
