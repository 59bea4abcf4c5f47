"""Makes broken inputs for the fuzz targets: bytes at random, and sound files of the repository with a few things changed.

A tree is changed by lines, words and single characters, so that most of what comes out gets past the first check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from tests.fuzz import corpus

_WORDS = (
    "null", "~", "", "[]", "{}", "[[[[", "{a: b}", "- x", "*a", "&a x", "!!str x", "<<: {a: b}", "|", ">-", "010",
    "0x1F", "1e3", "-1", "9" * 40, "true", "'", '"', "(", ")", "#", "---", "...", "\t", "\u00a0", "\u202e", "\x00",
    "\ufeff", "\u2028", "caf\u00e9", "cafe\u0301", "\U0001f600", "x" * 200, "row.number", "document.line", "target.x",
    "a.b.c.d", "a..b", "${env:X}", "${", "'; DROP TABLE x; --", "/* */", "-- ", "decimal(40,50)", "text(0)", "*",
)  # fmt: skip
_TERMS = (
    "amount",
    "note",
    "status",
    "rush",
    "1",
    "-0.5",
    "'x'",
    "null",
    "true",
    "date('2026-01-31')",
    '"note"',
    "?",
    "$1",
)
_SIGNS = ("+", "-", "*", "/", "||", "=", "<>", "<", "and", "or", "in", "like", "is", "between", "::", "->", "^", ".")
_CALLS = (
    "lower",
    "coalesce",
    "greatest",
    "round",
    "date_trunc",
    "read_text",
    "sum",
    "count",
    "cast",
    "struct_pack",
    "x",
)


def changed(texts: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Change one of these texts in a few places."""
    return st.builds(_change, st.sampled_from(texts), st.lists(_changes(), min_size=1, max_size=4))


def _changes() -> st.SearchStrategy[tuple[str, float, float, str]]:
    what = st.sampled_from(("cut", "twice", "put", "swap", "line"))
    where = st.floats(0, 1, exclude_max=True)
    return st.tuples(what, where, where, st.sampled_from(_WORDS) | st.text(max_size=5))


def _change(content: bytes, changes: list[tuple[str, float, float, str]]) -> bytes:
    text = content.decode("utf-8")
    for what, first, second, word in changes:
        start, end = sorted((int(first * len(text)), int(second * len(text))))
        lines = text.split("\n")
        at = int(first * len(lines))
        match what:
            case "cut":
                text = text[:start] + text[min(end, start + 40) :]
            case "twice":
                text = "\n".join([*lines[: at + 1], *lines[at:]])
            case "put":
                text = text[:start] + word + text[start:]
            case "swap":
                text = text[:start] + word + text[min(end, start + 12) :]
            case _:
                name, colon, _ = lines[at].partition(":")
                text = "\n".join([*lines[:at], f"{name}{colon} {word}", *lines[at + 1 :]])
    return text.encode("utf-8", "replace")


@st.composite
def projects(draw: st.DrawFn) -> Mapping[str, bytes]:
    """Change files of a sound project, take one away, or let one take the place of another."""
    files = dict(draw(st.sampled_from(corpus.projects())))
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(files)))
        match draw(st.integers(0, 9)):
            case 0:
                files.pop(name)
            case 1:
                files[name] = files[draw(st.sampled_from(sorted(files)))]
            case _:
                files[name] = draw(changed([files[name]]))
        if not files:
            break
    return files


def expressions() -> st.SearchStrategy[bytes]:
    """Build expressions by their grammar, sound or not, and change those of the shipped maps."""
    built = st.recursive(
        st.sampled_from(_TERMS),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(_SIGNS), inner).map(" ".join),
            st.tuples(st.sampled_from(_CALLS), inner, inner).map(lambda found: f"{found[0]}({found[1]}, {found[2]})"),
            inner.map(lambda found: f"({found})"),
            inner.map(lambda found: f"not {found}"),
            st.tuples(inner, inner).map(lambda found: f"case when {found[0]} then {found[1]} end"),
            inner.map(lambda found: f"(select {found})"),
            inner.map(lambda found: f"{found} over ()"),
        ),
        max_leaves=12,
    )
    shipped = [text.encode() for text in corpus.expressions()]
    return st.one_of(
        built.map(str.encode), changed(shipped), st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace"))
    )


def contents(target: str) -> st.SearchStrategy[bytes]:
    """Give inputs for a target that takes one text."""
    match target:
        case "expression":
            return expressions()
        case "yaml":
            return st.one_of(st.binary(max_size=200), changed(tuple(corpus.seeds("yaml"))))
        case _:
            return st.one_of(st.binary(max_size=100), changed(tuple(corpus.seeds(target))))
