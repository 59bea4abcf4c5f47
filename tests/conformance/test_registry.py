"""Every kind of system stands in the registry, and what is left out is left out for a reason."""

from __future__ import annotations

import re
from pathlib import Path

from crosswalk.connectors import all_specs
from tests.conformance.registry import SIGNED_UP, UNSIGNED

SUITE = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
BEHAVIOURS = set(re.findall(r'mark\.behaviour\("([^"]+)"\)', SUITE))


def test_every_kind_of_system_has_signed_up_or_says_why_not() -> None:
    signed = {entry.name.partition(",")[0] for entry in SIGNED_UP}
    assert {spec.kind for spec in all_specs()} == signed | set(UNSIGNED)
    assert not signed & set(UNSIGNED)


def test_only_behaviours_of_the_suite_are_left_out_and_each_for_a_reason() -> None:
    assert len(BEHAVIOURS) > 35
    for entry in SIGNED_UP:
        assert set(entry.cannot) <= BEHAVIOURS, entry.name
        assert all(len(reason) > 10 for reason in entry.cannot.values()), entry.name
        assert bool(entry.narrower) <= bool(entry.why_narrower), entry.name
