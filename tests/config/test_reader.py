"""The reader keeps text as text and every place, and refuses what would read differently elsewhere."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crosswalk.config import reader
from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.config.reader import read
from crosswalk.errors import Problem, Problems, Span

FILE = "shop.map.yaml"


def tree(text: str | bytes) -> Mapping:
    problems = Problems()
    node = read(FILE, text.encode() if isinstance(text, str) else text, problems)
    assert problems.found == []
    assert node is not None
    return node


def faults(text: str | bytes) -> list[Problem]:
    problems = Problems()
    read(FILE, text.encode() if isinstance(text, str) else text, problems)
    return problems.found


def texts(node: Node) -> object:
    match node:
        case Scalar():
            return None if node.is_null else node.text
        case Sequence(items):
            return [texts(item) for item in items]
        case Mapping(entries):
            return {key.text: texts(value) for key, value in entries}


@pytest.mark.parametrize(
    "word", ["NO", "010", "12:30", "2026-01-01", "1e3", "0x1F", "1_000", "yes", "Null", ".inf", "="]
)
def test_plain_scalars_stay_text(word: str):
    assert texts(tree(f"a: {word}\n")) == {"a": word}


@pytest.mark.parametrize("word", ["", "~", "null"])
def test_three_spellings_are_null_unless_quoted(word: str):
    node = tree(f"a: {word}\nb: '{word}'\n")
    assert texts(node) == {"a": None, "b": word}


def test_a_byte_order_mark_and_windows_line_ends_are_accepted():
    node = tree(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert [key.span for key, _ in node.entries] == [Span(FILE, 1, 1, 1), Span(FILE, 2, 1, 1)]


@pytest.mark.parametrize(
    ("line", "column", "length"),
    [
        ("name: plain text", 7, 10),
        ("name: 'quoted'", 8, 6),
        ('name: "quoted" # more', 8, 6),
        ("注文: 数量", 5, 2),
        ("😀: &a x", 7, 1),
        ("name: &a 'x y'", 11, 3),
        ("name:   &a   x y   # more", 14, 3),
    ],
)
def test_columns_count_characters_and_cover_the_text(line: str, column: int, length: int):
    value = tree(line + "\n").entries[0][1]
    assert value.span == Span(FILE, 1, column, length)


def test_a_block_stands_at_its_first_line_of_text():
    node = tree("filter: >-\n\n  amount > 0\n  and rush\nnext: 1\n")
    assert texts(node) == {"filter": "\namount > 0 and rush", "next": "1"}
    assert node.entries[0][1].span == Span(FILE, 3, 3, 10)


def test_text_over_several_lines_stands_at_its_first():
    node = tree("a: one\n  two\nb: 'three\n  four'\n")
    assert [value.span for _, value in node.entries] == [Span(FILE, 1, 4, 3), Span(FILE, 3, 5, 5)]


def test_aliases_repeat_what_their_anchor_stands_before():
    assert texts(tree("a: &x {b: [1, 2]}\nc: *x\n")) == {"a": {"b": ["1", "2"]}, "c": {"b": ["1", "2"]}}


def test_an_alias_bomb_is_refused_at_once():
    links = "".join(f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    started = time.perf_counter()
    assert [one.code for one in faults("a: &a [x, x, x]\n" + links)] == ["YAML_ALIAS_LIMIT"]
    assert time.perf_counter() - started < 1


def test_aliases_cannot_nest_deeper_than_brackets():
    links = "".join(f"k{i}: &a{i} [[[[[[[[*a{i - 1}]]]]]]]]\n" for i in range(1, 12))
    assert [one.code for one in faults("k0: &a0 [x]\n" + links)] == ["YAML_DEPTH"]


def test_several_mistakes_of_a_file_are_told_together():
    found = faults("a: 1\na: !tag 2\nkey: {b: 1, b: 2}\n")
    assert [(one.code, one.span.line) for one in found] == [
        ("YAML_TAG", 2),
        ("MAP_DUP_TARGET", 3),
        ("YAML_DUPLICATE_KEY", 2),
    ]


def test_text_that_a_comma_cut_is_joined_again():
    problems = Problems()
    node = read(FILE, b"a: {type: decimal(19,4), required: true}\nb: [x, f(1, 2), y]\n", problems)
    assert node is not None
    assert texts(node) == {"a": {"type": "decimal(19,4)", "required": "true"}, "b": ["x", "f(1,2)", "y"]}
    assert [one.code for one in problems.found] == ["YAML_FLOW_COMMA", "YAML_FLOW_COMMA"]


@pytest.mark.parametrize("text", ["a: [1, 2", "a: 'x", "a:\n\tb: 1", "a: b: c", "a: @b", "a: {b: f('x', 'y')}"])
def test_mistakes_are_told_alike_with_and_without_the_fast_parser(text: str, monkeypatch: pytest.MonkeyPatch):
    fast = faults(text)
    monkeypatch.setattr(reader, "_FAST", yaml.SafeLoader)
    assert fast == faults(text)
    assert len(fast) == 1


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise(content: bytes):
    problems = Problems()
    node = read(FILE, content, problems)
    assert node is not None or problems.found


@given(st.text(alphabet=" \n\t:-,[]{}()'\"#&*!|>%@`?ab1~\\<=\r\u00a0é", max_size=60))
def test_no_text_makes_the_reader_raise_and_places_lie_in_the_file(text: str):
    problems = Problems()
    read(FILE, text.encode(), problems)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for one in problems.found:
        assert 1 <= one.span.line <= len(lines)
        assert 1 <= one.span.column <= len(lines[one.span.line - 1]) + 1
