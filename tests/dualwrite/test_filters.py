"""Filters of both sides are read, written and turned into conditions and back, without a change of meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk.dualwrite.filters import conditions, odata, ranges
from crosswalk.dualwrite.filters.tree import (
    Comparison,
    Filter,
    FilterError,
    Group,
    Match,
    Negation,
    Operand,
    UnsayableError,
    joined,
)

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: (
        name.lower() not in ("and", "or", "not", "in", "like", "true", "false", "null", "is", "between", "substring")
        and name.lower() not in ("contains", "startswith", "endswith", "eq", "ne", "gt", "ge", "lt", "le")
    )
)
TEXT = st.text(st.characters(exclude_characters="*", exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.decimals(-1000, 1000, places=2).map(lambda number: Operand("number", f"{number:f}"))
DATES = st.dates().map(lambda day: Operand("date", day.isoformat()))
TRUTHS = st.sampled_from([Operand("boolean", "true"), Operand("boolean", "false")])
TEXTS = TEXT.map(lambda text: Operand("text", text))
NULL = st.just(Operand("null", "null"))
GUIDS = st.uuids().map(lambda guid: Operand("guid", str(guid)))
ELEMENTS = st.builds(lambda enum, name: Operand("element", name, enum), NAMES, NAMES)
SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
INNER = TEXT.filter(lambda text: text != "" and text == text.strip("*"))


def trees(operands: st.SearchStrategy[Operand]) -> st.SearchStrategy[Filter]:
    leaf = st.one_of(
        st.builds(Comparison, NAMES, SIGNS, operands),
        st.builds(Match, NAMES, st.sampled_from(["starts", "ends", "contains"]), INNER),
    )
    return st.recursive(
        leaf,
        lambda below: st.one_of(
            st.builds(Negation, below),
            st.builds(joined, st.sampled_from(["and", "or"]), st.lists(below, min_size=2, max_size=4)),
        ),
        max_leaves=8,
    )


@given(trees(st.one_of(TEXTS, NUMBERS, DATES, TRUTHS, NULL, GUIDS)))
def test_what_is_written_for_the_sales_side_reads_back_the_same(tree: Filter) -> None:
    assert odata.parse(odata.write(tree)) == tree


@given(trees(st.one_of(TEXTS, NUMBERS, DATES, TRUTHS, ELEMENTS)))
def test_what_is_written_for_the_finance_side_reads_back_the_same(tree: Filter) -> None:
    assert ranges.parse(ranges.write(tree)) == tree


@given(trees(TEXTS.filter(lambda one: one.text != "")))
def test_a_condition_of_a_map_reads_back_the_same(tree: Filter) -> None:
    try:
        written = conditions.write(tree, lambda name: conditions.Named(name))
    except UnsayableError:
        return
    assert conditions.parse(written) == tree


OPEN = Comparison("State", "=", Operand("text", "Open"))
SLIPS = {
    '((State == "Open"))': OPEN,
    "State = 'Open'": OPEN,
    "(State\u00a0==\u200b \u201cOpen\u201d)": OPEN,
    '  ( ( State=="Open" ) )': OPEN,
    '(State == "Open") && Rank > 3': Group("and", (OPEN, Comparison("Rank", ">", Operand("number", "3")))),
    '!(State == "Open")': Negation(OPEN),
    '(State == "Open") or (State <> "")': Group("or", (OPEN, Comparison("State", "<>", Operand("text", "")))),
    "(Kind == LibKind::Rare)": Comparison("Kind", "=", Operand("element", "Rare", "LibKind")),
    "(Day >= 5\\12\\2025)": Comparison("Day", ">=", Operand("date", "2025-12-05")),
    '(Title like "*war*")': Match("Title", "contains", "war"),
    '(Title like "a*b")': Match("Title", "like", "a*b"),
}


@pytest.mark.parametrize("text", SLIPS)
def test_range_expressions_are_read_with_their_slips(text: str) -> None:
    assert ranges.parse(text) == SLIPS[text]


ASKED = {
    "lib_kind eq 7": Comparison("lib_kind", "=", Operand("number", "7")),
    "lib_kind  EQ 7": Comparison("lib_kind", "=", Operand("number", "7")),
    "not (a ne null)": Negation(Comparison("a", "<>", Operand("null", "null"))),
    "contains(a,'it''s')": Match("a", "contains", "it's"),
    "startswith(a, 'x') eq false": Negation(Match("a", "starts", "x")),
    "a in ('x','y')": Group(
        "or", (Comparison("a", "=", Operand("text", "x")), Comparison("a", "=", Operand("text", "y")))
    ),
    "_lib_shelf_value eq 0F6C1A6E-0000-4000-8000-00000000000A": Comparison(
        "_lib_shelf_value", "=", Operand("guid", "0f6c1a6e-0000-4000-8000-00000000000a")
    ),
    "a gt 2026-01-01T00:00:00Z or b eq true": Group(
        "or",
        (
            Comparison("a", ">", Operand("datetime", "2026-01-01T00:00:00Z")),
            Comparison("b", "=", Operand("boolean", "true")),
        ),
    ),
}


@pytest.mark.parametrize("text", ASKED)
def test_queries_of_the_sales_side_are_read(text: str) -> None:
    assert odata.parse(text) == ASKED[text]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('(State == "Open"', 16),
        ("State", 5),
        ('State == "Open', 9),
        ("State == ?", 9),
        ("(State == 1) (x", 13),
        ("", 0),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        ranges.parse(text)
    assert caught.value.position == position


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(FilterError, match="nested"):
        odata.parse("(" * 100 + "a eq 1" + ")" * 100)


def test_a_null_has_no_words_on_the_finance_side_nor_a_star_on_the_other() -> None:
    with pytest.raises(UnsayableError):
        ranges.write(odata.parse("a eq null"))
    with pytest.raises(UnsayableError):
        odata.write(ranges.parse('(a like "x*y")'))


@pytest.mark.parametrize("text", ['(A != "x")', '(A == "")', '(A != "")', '((A != "x") && (B == ""))'])
def test_blank_counts_as_a_value_of_the_finance_side(text: str) -> None:
    tree = ranges.parse(text)
    condition = conditions.write(conditions.blank_aware(tree), lambda name: conditions.Named(name))
    assert "null" in condition
    assert ranges.write(conditions.without_blanks(conditions.parse(condition))) == text


def test_a_condition_spells_a_constant_in_the_type_of_its_column() -> None:
    kinds = {"n": "int", "t": "text", "b": "boolean", "d": "date", "m": "datetime", "c": "choice"}

    def columns(name: str) -> conditions.Named:
        return conditions.Named(name, kinds[name], {"7": "Rare"} if name == "c" else {})

    text = "n eq 7 and t eq '7' and b eq true and d eq 2026-01-01 and m gt 2026-01-01 and c eq 7"
    written = conditions.write(odata.parse(text), columns)
    assert (
        written == "n = 7 and t = '7' and b = true and d = '2026-01-01' and m > '2026-01-01T00:00:00Z' and c = 'Rare'"
    )
    with pytest.raises(UnsayableError, match="no choice '8'"):
        conditions.write(odata.parse("c eq 8"), columns)
    with pytest.raises(UnsayableError, match="int"):
        conditions.write(odata.parse("n eq 'x'"), columns)
