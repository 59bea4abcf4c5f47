"""Problems are shown with their line and a caret that stands under the words in a terminal."""

from __future__ import annotations

from crosswalk.errors import Problem, Span
from crosswalk.problems import render


def shown(line: str, column: int, length: int, hint: str = "") -> list[str]:
    problem = Problem("UNKNOWN_COLUMN", "no such column", Span("a.map.yaml", 1, column, length), hint)
    return render([problem], {"a.map.yaml": (line,)}).splitlines()


def test_the_caret_stands_under_the_words():
    assert shown("  Amount: amuont", 11, 6, "did you mean 'amount'?") == [
        "error[UNKNOWN_COLUMN]: no such column",
        " --> a.map.yaml:1:11",
        "  |",
        "1 |   Amount: amuont",
        "  |           ^^^^^^ did you mean 'amount'?",
    ]


def test_wide_characters_take_two_columns_and_combining_ones_none():
    assert shown("数量: e\u0301a", 5, 3)[-1] == "  |       ^^"


def test_what_would_turn_or_move_the_text_is_shown_by_number():
    line, caret = shown("a\u202eb\tc", 5, 1)[-2:]
    assert line == "1 | a<U+202E>b    c"
    assert caret.index("^") == line.index("c")


def test_a_long_line_is_cut_around_the_place():
    line, caret = shown("x" * 500 + "HERE" + "y" * 500, 501, 4)[-2:]
    assert len(line) < 180
    assert line[caret.index("^") : caret.rindex("^") + 1] == "HERE"


def test_a_place_without_a_line_is_named_only():
    problem = Problem("PROJECT_MISSING", "no file", Span("a.yaml", 1, 1), "add it")
    assert render([problem], {}) == "error[PROJECT_MISSING]: no file\n --> a.yaml:1:1\n  = add it\n"


def test_at_most_fifty_are_shown():
    problems = [Problem("TOO_MANY", f"number {n}", Span("a.yaml", n + 1, 1)) for n in range(70)]
    assert render(problems, {}).endswith("... and 20 more\n")
