"""The part that all filter languages share: ``or`` of ``and`` of single tests, ``not``, and brackets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crosswalk.dualwrite.filters.tokens import Tokens
from crosswalk.dualwrite.filters.tree import Filter, Negation, joined


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words of one language, and how a single test is read in it."""

    test: Callable[[Tokens], Filter]
    either: tuple[str, ...] = ("or",)
    every: tuple[str, ...] = ("and",)
    negated: tuple[str, ...] = ("not",)

    def read(self, tokens: Tokens) -> Filter:
        """Read a whole filter; what is left over is refused."""
        tree = self._either(tokens)
        tokens.done()
        return tree

    def _either(self, tokens: Tokens) -> Filter:
        parts = [self._every(tokens)]
        while tokens.taken(*self.either):
            parts.append(self._every(tokens))
        return joined("or", parts)

    def _every(self, tokens: Tokens) -> Filter:
        parts = [self._one(tokens)]
        while tokens.taken(*self.every):
            parts.append(self._one(tokens))
        return joined("and", parts)

    def _one(self, tokens: Tokens) -> Filter:
        tokens.deeper()
        try:
            if tokens.taken(*self.negated):
                return Negation(self._one(tokens))
            if tokens.taken("("):
                inner = self._either(tokens)
                tokens.need(")")
                return inner
            return self.test(tokens)
        finally:
            tokens.depth -= 1
