"""Value maps that several lines use become files; the others stay in their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crosswalk.dualwrite.yaml_text import Block, Entry, Value

Pairs = Sequence[tuple[str, str]]
_WORDS = 3


@dataclass(slots=True)
class SharedValues:
    """Written twice: the first time counts who uses what, the second time names what is used more than once."""

    uses: dict[frozenset[tuple[str, str]], int] = field(default_factory=dict)
    pairs: dict[frozenset[tuple[str, str]], Pairs] = field(default_factory=dict)
    names: dict[frozenset[tuple[str, str]], str] = field(default_factory=dict)

    def written(self, pairs: Pairs) -> Value:
        """Give the value of `values`: the name of a shared map, or the pairs."""
        known = frozenset(pairs)
        self.uses[known] = self.uses.get(known, 0) + 1
        self.pairs.setdefault(known, pairs)
        return self.names.get(known) or _inline(self.pairs[known])

    def name(self) -> None:
        """Name what is used more than once, by its first values."""
        taken: set[str] = set()
        for known, count in self.uses.items():
            if count > 1 and known:
                self.names[known] = _free(_named(self.pairs[known]), taken)

    def files(self) -> Iterator[tuple[str, Block]]:
        for known, name in self.names.items():
            pairs = tuple(Entry(key, value or None) for key, value in self.pairs[known])
            yield f"value_maps/{name}.yaml", (Entry("value_map", name), Entry("values", pairs))


def _inline(pairs: Pairs) -> Value:
    return {key: value or None for key, value in pairs}


def _named(pairs: Pairs) -> str:
    shown = sorted(key for key, _ in pairs if key.strip()) or ["blank"]
    words = [slug(key) for key in shown[:_WORDS]]
    rest = f"_and_{len(shown) - _WORDS}_more" if len(shown) > _WORDS else ""
    codes = "_".join(slug(dict(pairs)[key]) for key in shown[:_WORDS]) if len(shown) <= _WORDS else ""
    return f"{'_'.join(words)}{rest}{'_to_' + codes if codes else ''}"[:80]


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free)
    return free


def slug(text: str) -> str:
    """Give a text as a name: small letters and digits, parted by underscores."""
    return re.sub(r"_+", "_", re.sub(r"[^0-9a-z]+", "_", text.lower())).strip("_") or "x"
