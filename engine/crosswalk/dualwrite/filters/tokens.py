"""Cuts a filter into words, signs and constants, and walks over them: the ground of all three readers.

Blanks of any kind count as blanks, also those that are pasted out of documents, and so do their curly quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from crosswalk.dualwrite.filters.tree import FilterError

MOST = 8_000
DEEPEST = 50
_QUOTES = {"'": "'", '"': '"', "\u2018": "\u2019", "\u2019": "\u2019", "\u201c": "\u201d", "\u201d": "\u201d"}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is the name of the pattern that it matches: word, number, sign, text, or one of the language's own."""

    kind: str
    text: str
    position: int


@dataclass(slots=True)
class Tokens:
    """A filter while it is read."""

    whole: str
    listed: list[Token]
    at: int = 0
    depth: int = 0
    end: Token = field(init=False)

    def __post_init__(self) -> None:
        self.end = Token("end", "the end", len(self.whole))

    @property
    def next(self) -> Token:
        return self.listed[self.at] if self.at < len(self.listed) else self.end

    @property
    def following(self) -> Token:
        return self.listed[self.at + 1] if self.at + 1 < len(self.listed) else self.end

    def take(self) -> Token:
        token = self.next
        self.at += 1
        return token

    def taken(self, *words: str) -> Token | None:
        """Take the next word or sign where it is one of these, whatever its letter case."""
        token = self.next
        return self.take() if token.kind in ("word", "sign") and token.text.lower() in words else None

    def need(self, *words: str) -> Token:
        return self.taken(*words) or self.fail(f"{' or '.join(words)} is expected here")

    def fail(self, message: str, token: Token | None = None) -> Token:
        """Stop reading; typed as a token so that it stands where one is needed."""
        place = token or self.next
        raise FilterError(f"{message}, and there is {place.text!r}", place.position)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FilterError(f"brackets are nested more than {DEEPEST} deep", self.next.position)

    def done(self) -> None:
        if self.next.kind != "end":
            self.fail("the filter goes on after its end")


def cut(text: str, language: re.Pattern[str], *, escape: str) -> Tokens:
    """Cut a filter by the patterns of its language; quoted text is read here.

    `escape` says how a quote stands inside quoted text: ``doubled``, or behind a ``backslash``.
    """
    if len(text) > MOST:
        raise FilterError(f"the filter is longer than {MOST:,} characters", MOST)
    listed: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace() or text[at] in "\u200b\ufeff":
            at += 1
            continue
        if text[at] in _QUOTES:
            inner, after = _quoted(text, at, escape)
            listed.append(Token("text", inner, at))
            at = after
            continue
        found = language.match(text, at)
        if found is None or found.lastgroup is None:
            raise FilterError(f"{text[at]!r} means nothing here", at)
        listed.append(Token(found.lastgroup, found.group(), at))
        at = found.end()
    return Tokens(text, listed)


def _quoted(text: str, start: int, escape: str) -> tuple[str, int]:
    """Read quoted text; give it and the place behind its quote."""
    closing = _QUOTES[text[start]]
    inner: list[str] = []
    at = start + 1
    while at < len(text):
        char = text[at]
        if escape == "backslash" and char == "\\" and at + 1 < len(text):
            inner.append(text[at + 1])
            at += 2
        elif char == closing and escape == "doubled" and text[at + 1 : at + 2] == closing:
            inner.append(closing)
            at += 2
        elif char == closing:
            return "".join(inner), at + 1
        else:
            inner.append(char)
            at += 1
    raise FilterError("a quote is not closed", start)
