"""A file is edited in place or not at all: what is shared, or written so that an edit would reach further, is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk.config import spelling
from crosswalk.config.editing import CannotEditError, Drop, Edit, Put, Replace, edited, same
from crosswalk.config.entity_files import column_node
from crosswalk.config.nodes import Mapping
from crosswalk.config.reader import read
from crosswalk.errors import Problems
from crosswalk.model import Choice, Column, DataType

TYPE = Replace(("columns", "a", "type"), spelling.bare("text(20)"))
NEW = Put(("columns",), spelling.text("z"), spelling.mapping((spelling.text("type"), spelling.bare("decimal(19,4)"))))
COLUMNS = "columns:\n  a: {type: int}   # one\n"


def put(key: str) -> Put:
    return Put(("columns", "a", "choices"), spelling.bare(key), spelling.text(f"L{key}"))


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        (COLUMNS, [TYPE], "columns:\n  a: {type: text(20)}   # one\n"),
        (COLUMNS, [NEW], COLUMNS + '  z: {type: "decimal(19,4)"}\n'),
        ("columns:\n  a:\n    type: int # one\n", [NEW], "columns:\n  a:\n    type: int # one\n  z:\n    type: decimal(19,4)\n"),
        ("columns: {a: {type: 'int'}}", [TYPE], "columns: {a: {type: text(20)}}"),
        ("columns: {a: {type: int}}", [NEW], 'columns: {a: {type: int}, z: {type: "decimal(19,4)"}}'),
        ("columns: {\n  a: {type: int}, # one\n}\n", [NEW], 'columns: {\n  a: {type: int}, # one\n  z: {type: "decimal(19,4)"},\n}\n'),
        ("columns: {\n  a: {type: int} # one\n}\n", [NEW], 'columns: {\n  a: {type: int}, # one\n  z: {type: "decimal(19,4)"}\n}\n'),
        ("columns:\n  a: {type: int}\n  b: {type: int} # two\n", [Drop(("columns", "b"))], "columns:\n  a: {type: int}\n"),
        ("columns: {a: {type: int}, b: 1, c: 2}", [Drop(("columns", "a")), Drop(("columns", "c"))], "columns: {b: 1}"),
        ("columns:\n  a:\n    choices:\n      - A   # x\n      - B\n", [Drop(("columns", "a", "choices", 0))], "columns:\n  a:\n    choices:\n      - B\n"),
        ("columns: {a: {choices: [A, B, C]}}", [Drop(("columns", "a", "choices", 1))], "columns: {a: {choices: [A, C]}}"),
        ("columns: {a: {choices: {1: A}}}", [put("2"), put("3")], "columns: {a: {choices: {1: A, 2: L2, 3: L3}}}"),
        ("columns:\n  a:\n    choices:\n      1: A  # x\n\n", [put("2"), NEW], "columns:\n  a:\n    choices:\n      1: A  # x\n      2: L2\n  z:\n    type: decimal(19,4)\n\n"),
        ("columns:\n  a:\n    choices:\n    - A", [Put(("columns", "a", "choices"), None, spelling.text("B"))], "columns:\n  a:\n    choices:\n    - A\n    - B"),
        ("columns:\n  a:\n    description: |\n      Two\n      lines\n\n# end\n", [NEW], "columns:\n  a:\n    description: |\n      Two\n      lines\n  z:\n    type: decimal(19,4)\n\n# end\n"),
        ("columns:\r\n  a: {type: int}\r\n", [TYPE, NEW], 'columns:\r\n  a: {type: text(20)}\r\n  z: {type: "decimal(19,4)"}\r\n'),
        ("columns: &all\n  a: {type: int}\nmore: *all\n", [TYPE], None),
        ("columns:\n  b: &b {type: int}\n  a: *b\n", [TYPE], None),
        ("columns:\n  a: {type: int}\n", [Drop(("columns", "a"))], None),
        ("columns:\n  a: {type: int}\n", [Replace(("columns", "b", "type"), spelling.bare("int"))], None),
        ("columns:\n  z: {type: int}\n", [NEW], None),
        ("columns: {a: 1, # one\n  b: 2}", [Drop(("columns", "b"))], None),
    ],
)  # fmt: skip
def test_an_edit_changes_what_it_means_and_nothing_else(before: str, edits: list[Edit], after: str | None):
    if after is None:
        with pytest.raises(CannotEditError):
            edited(before, edits)
    else:
        assert edited(before, edits) == after


def column_of(text: str) -> Mapping:
    problems = Problems()
    tree = read("x", text.encode(), problems)
    assert problems.found == []
    assert tree is not None
    return tree


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3, unique=True), st.booleans())
def test_whatever_a_text_holds_it_is_read_back_as_it_was(title: str, labels: list[str], braces: bool):
    choices = tuple(Choice(f"{number}", label) for number, label in enumerate(labels))
    node = column_node(Column("x", DataType("choice"), spelling.NOWHERE, choices=choices, title=title), ())
    lines = spelling.lines(spelling.text(title), node, 0, braces=braces)
    assert same(column_of("\n".join(lines) + "\n"), spelling.mapping((spelling.text(title), node)))


def test_codes_that_look_like_numbers_stay_text():
    column = Column("x", DataType("choice"), spelling.NOWHERE, choices=(Choice("010", "a"), Choice("7", "b")))
    assert spelling.flow(column_node(column, ())) == '{type: choice, choices: {010: a, "7": b}}'


def test_a_line_that_would_be_too_long_becomes_a_block():
    labels = [f"A label of some length {number}" for number in range(4)]
    choices = tuple(Choice(number, label) for number, label in enumerate(labels))
    column = Column("x", DataType("choice", coded="int"), spelling.NOWHERE, choices=choices)
    assert spelling.lines(spelling.text("x"), column_node(column, ()), 2, braces=True) == [
        "  x:",
        "    type: choice",
        "    choices:",
        *(f"      {number}: {label}" for number, label in enumerate(labels)),
    ]
