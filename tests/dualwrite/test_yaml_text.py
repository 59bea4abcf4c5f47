"""What the writer writes, the reader of the house reads back as the same text, whatever the text is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crosswalk.config.plain_files import read_plain
from crosswalk.dualwrite.yaml_text import WIDTH, Entry, comments, document

TEXTS = st.one_of(
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=20),
    st.sampled_from(
        [
            "null",
            "~",
            "no",
            "010",
            "a: b",
            "a #b",
            "-",
            "- a",
            "[a",
            "{",
            "'",
            '"',
            "a,b",
            "decimal(19,4)",
            "<<",
            "@x",
            "%",
        ]
    ),
    st.text("ab :#,-[]{}'\"\\\n\t()|>&*!%@`?", max_size=12),
)
NAMES = TEXTS.filter(lambda text: text != "")
VALUES = st.recursive(
    st.one_of(TEXTS, st.none()),
    lambda below: st.one_of(
        st.lists(below, min_size=1, max_size=3), st.dictionaries(NAMES, below, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4))
def test_any_tree_of_text_reads_back_as_it_was(tree: dict[str, object]) -> None:
    written = document(tuple(Entry(name, value) for name, value in tree.items()))  # type: ignore[arg-type]
    assert read_plain("x.yml", written.encode()) == tree


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=3))
def test_blocks_read_back_like_mappings_in_braces(tree: dict[str, object]) -> None:
    block = tuple(Entry(name, value) for name, value in tree.items())  # type: ignore[arg-type]
    assert read_plain("x.yml", document((Entry("a", block),)).encode()) == {"a": tree}


@given(NAMES, VALUES)
def test_a_line_that_is_switched_off_is_all_comment(name: str, value: object) -> None:
    written = document((Entry(name, value, note="why", off=True), Entry("a", "b")))  # type: ignore[arg-type]
    assert read_plain("x.yml", written.encode()) == {"a": "b"}


def test_plain_words_stand_without_quotes_and_long_mappings_on_lines_of_their_own() -> None:
    pairs = {f"code{number}": str(number) for number in range(30)}
    written = document((*comments(["word " * 60]), Entry("values", {"no": "010"}), Entry("more", pairs)))
    assert "values: {no: 010}\n" in written
    assert "more:\n  code0: 0\n" in written
    assert max(map(len, written.splitlines())) <= WIDTH
