"""Every code of advice has a case in which it is given, word for word, and the base is advised of nothing.

To write the expected texts anew: ``CROSSWALK_REGENERATE=1 python -m pytest tests/advice``, and read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosswalk.advice import RULES, advise
from crosswalk.codes import CODES
from crosswalk.compiler import compile_project
from crosswalk.config.load import load, show
from crosswalk.errors import Problem
from crosswalk.problems import render

HERE = Path(__file__).parent
CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir())


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}


BASE = files_of(HERE / "base")


def advice_on(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    project = load(files)
    return advise(project, compile_project(project))


def test_a_project_in_order_is_advised_of_nothing() -> None:
    assert advice_on(BASE) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_advice_is_given_word_for_word(case: Path) -> None:
    files = BASE | files_of(case)
    found = advice_on(files)
    text = render(found, show(files))
    expected = case / "expected.txt"
    if os.environ.get("CROSSWALK_REGENERATE"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    assert {one.code for one in found} == {case.name}


def test_every_code_of_advice_has_a_case_and_every_rule_a_code() -> None:
    assert {case.name for case in CASES} == {code for code, entry in CODES.items() if entry.stage == "advice"}
    assert len(RULES) == len(CASES)


SALES = """
map: {name}
flow: sync
source: shop.orders
target: books.sales
key: {{Company: company, Number: number}}
"""
PLAIN = (
    SALES.format(name="plain") + "filter: status = 'Draft'\nfields: {Day: day, State: {from: status, values: states}}\n"
)


def test_filters_of_two_maps_that_exclude_each_other_keep_a_column_apart() -> None:
    told = {}
    for of in ("Paid", "Draft"):
        more = SALES.format(name="more") + f"allow: [update]\nfilter: status = '{of}'\nfields: {{Day: day}}\n"
        found = advice_on(BASE | {"plain.map.yaml": PLAIN.encode(), "more.map.yaml": more.encode()})
        told[of] = [one.code for one in found]
    assert told == {"Paid": [], "Draft": ["COLUMN_WRITTEN_TWICE"]}


@pytest.mark.parametrize("rest", ["reject", "hold", "null"])
def test_a_value_map_that_speaks_of_the_rest_is_not_advised(rest: str) -> None:
    line = f"  State: {{from: status, values: {{Draft: open}}, otherwise: {rest}, write: create}}\n"
    more = SALES.format(name="more") + "scope: Kind = 'more'\nfields:\n" + line
    assert [one.code for one in advice_on(BASE | {"more.map.yaml": more.encode()})] == []


def test_the_rows_of_one_company_need_no_company_in_the_key() -> None:
    more = "map: more\nflow: sync\nsource: shop.orders\ntarget: books.facts\n{only}key: {{Number: number}}\n"
    more += "fields: {{Day: {{from: day, required: reject}}}}\n"
    told = {
        only: [one.code for one in advice_on(BASE | {"more.map.yaml": more.format(only=only).encode()})]
        for only in ("filter: company = '010'\n", "filter: company in ('010', '020')\n", "")
    }
    assert list(told.values()) == [[], ["COMPANY_SCOPE"], ["COMPANY_SCOPE"]]


def test_conditions_of_targets_that_exclude_each_other_keep_a_column_apart() -> None:
    told = {}
    for of in ("Paid", "Draft"):
        when = f"targets: [{{target: books.sales, when: status = '{of}'}}]"
        head = SALES.format(name="more").replace("target: books.sales", when)
        found = advice_on(
            BASE
            | {
                "plain.map.yaml": PLAIN.encode(),
                "more.map.yaml": f"{head}allow: [update]\nfields: {{Day: day}}\n".encode(),
            }
        )
        told[of] = [one.code for one in found if one.code == "COLUMN_WRITTEN_TWICE"]
    assert told == {"Paid": [], "Draft": ["COLUMN_WRITTEN_TWICE"]}
