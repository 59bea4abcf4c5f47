"""The answers of a person, as the questions file asks for them: two trees, `maps` and `tables`, by name.

A null is an open question. What is written where no question is asked is refused with the nearest word, so that a slip
is not taken for an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from crosswalk.errors import UsageError, nearest

Tree = Mapping[str, object]
MAP_WORDS = ("key", "master", "returns", "writes")
TABLE_WORDS = (
    "row_id",
    "company",
    "references",
    "elements",
    "required",
    "read_only",
    "modified",
    "row_version",
    "types",
)


@dataclass(frozen=True, slots=True)
class Answers:
    """`maps` by map name, `tables` by system.table; below them the words of the questions."""

    maps: Mapping[str, Tree] = field(default_factory=dict)
    tables: Mapping[str, Tree] = field(default_factory=dict)

    def of_map(self, name: str, word: str) -> object:
        return self.maps.get(name, {}).get(word)

    def of_table(self, ref: str, word: str) -> object:
        return self.tables.get(ref, {}).get(word)

    def pairs(self, of: object, where: str) -> dict[str, str]:
        """Read an answer that is a list of pairs; open ones are left out."""
        if of is None:
            return {}
        if not isinstance(of, Mapping):
            raise _wrong(where, "pairs are expected, as in {left: right}")
        return {str(key): str(value) for key, value in of.items() if isinstance(value, str)}

    def listed(self, of: object, where: str) -> tuple[str, ...]:
        if of is None:
            return ()
        if not isinstance(of, list) or not all(isinstance(item, str) for item in of):
            raise _wrong(where, "a list is expected, as in [one, another]")
        return tuple(str(item) for item in of)

    def text(self, of: object, where: str) -> str:
        if of is None:
            return ""
        if not isinstance(of, str):
            raise _wrong(where, "one word is expected")
        return of


def read_answers(tree: Tree) -> Answers:
    """Check the shape of an answers file and take it in."""
    _known(tree, ("maps", "tables"), "the answers")
    return Answers(_part(tree, "maps", MAP_WORDS), _part(tree, "tables", TABLE_WORDS))


def check_asked(answers: Answers, asked: Collection[tuple[str, ...]]) -> None:
    """Refuse an answer at a place where the records of this import leave nothing open."""
    _asked({"maps": answers.maps, "tables": answers.tables}, asked, ())


def _asked(tree: Tree, asked: Collection[tuple[str, ...]], at: tuple[str, ...]) -> None:
    below_here = {path[: len(at) + 1] for path in asked if path[: len(at)] == at}
    for word, below in tree.items():
        path = (*at, word)
        if below is None or path in asked:
            continue
        if path in below_here and isinstance(below, Mapping):
            _asked(below, asked, path)
        elif below:
            words = sorted(known[-1] for known in below_here)
            hint = nearest(word, words) or f"known: {', '.join(words)}"
            where = ": ".join(at)
            raise UsageError(f"{where}: '{word}' answers no question", code="ANSWER_UNKNOWN", remedy=hint)


def _part(tree: Tree, part: str, words: tuple[str, ...]) -> dict[str, Tree]:
    found = tree.get(part)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise _wrong(part, "names are expected, with answers below them")
    kept: dict[str, Tree] = {}
    for name, below in found.items():
        if below is None:
            continue
        if not isinstance(below, Mapping):
            raise _wrong(f"{part}: {name}", f"words are expected below it: {', '.join(words)}")
        _known(below, words, f"{part}: {name}")
        kept[str(name)] = below
    return kept


def _known(tree: Tree, words: tuple[str, ...], where: str) -> None:
    for word in tree:
        if word not in words:
            hint = nearest(word, words) or f"known: {', '.join(words)}"
            raise UsageError(f"{where}: '{word}' answers no question", code="ANSWER_UNKNOWN", remedy=hint)


def _wrong(where: str, expected: str) -> UsageError:
    return UsageError(f"the answer to {where} cannot be read", code="ANSWER_UNKNOWN", remedy=expected)
