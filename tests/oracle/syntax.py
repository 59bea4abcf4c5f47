"""Reads a condition or an expression of a map into a small tree, by recursive descent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from tests.oracle.cells import Unclear, Value


@dataclass(frozen=True)
class Literal:
    value: Value


@dataclass(frozen=True)
class Name:
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Star:
    """The star of ``count(*)``."""


@dataclass(frozen=True)
class Call:
    name: str
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Negation:
    """``not x``, or ``-x``."""

    sign: str
    item: Node


@dataclass(frozen=True)
class Pair:
    """Two operands with a sign between them: logic, comparison, arithmetic, joined text, ``like``."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Among:
    item: Node
    choices: tuple[Node, ...]


@dataclass(frozen=True)
class Between:
    item: Node
    low: Node
    high: Node


@dataclass(frozen=True)
class IsA:
    """``x is null``, ``x is true``, ``x is false``."""

    item: Node
    value: Value


@dataclass(frozen=True)
class Case:
    subject: Node | None
    arms: tuple[tuple[Node, Node], ...]
    otherwise: Node | None


Node = Literal | Name | Star | Call | Negation | Pair | Among | Between | IsA | Case

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")"""
    r"""|(?P<word>[^\W\d]\w*)|(?P<sign><>|!=|<=|>=|\|\||[-+*(),.=<>]))"""
)
_RESERVED = frozenset(
    ["and", "or", "not", "in", "between", "like", "is", "null", "true", "false", "case", "when", "then", "else", "end"]
)


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise Unclear(f"cannot read {text[place:]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return [*found, ("end", "")]


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.place = 0

    def peek(self, ahead: int = 0) -> str:
        """The next token in small letters when it is a sign or a word, else nothing."""
        kind, text = self.tokens[min(self.place + ahead, len(self.tokens) - 1)]
        return text.lower() if kind in ("sign", "word") else ""

    def take(self, *words: str) -> bool:
        """Step over these words when all of them come next."""
        if any(self.peek(ahead) != word for ahead, word in enumerate(words)):
            return False
        self.place += len(words)
        return True

    def need(self, word: str) -> None:
        if not self.take(word):
            raise Unclear(f"{word!r} expected")

    def step(self) -> tuple[str, str]:
        token = self.tokens[self.place]
        self.place += 1
        return token

    def disjunction(self) -> Node:
        node = self.conjunction()
        while self.take("or"):
            node = Pair("or", node, self.conjunction())
        return node

    def conjunction(self) -> Node:
        node = self.negation()
        while self.take("and"):
            node = Pair("and", node, self.negation())
        return node

    def negation(self) -> Node:
        return Negation("not", self.negation()) if self.take("not") else self.comparison()

    def comparison(self) -> Node:
        node = self.joined()
        while True:
            if self.peek() in ("=", "<>", "!=", "<", "<=", ">", ">="):
                sign = self.step()[1]
                node = Pair("<>" if sign == "!=" else sign, node, self.joined())
            elif self.take("is"):
                node = self.wrapped(self.take("not"), IsA(node, self.truth_word()))
            elif self.peek() in ("in", "between", "like") or self.peek() == "not":
                node = self.wrapped(self.take("not"), self.membership(node))
            else:
                return node

    @staticmethod
    def wrapped(turned: bool, node: Node) -> Node:
        return Negation("not", node) if turned else node

    def truth_word(self) -> Value:
        words: dict[str, Value] = {"null": None, "true": True, "false": False}
        return words[self.step()[1].lower()]

    def membership(self, node: Node) -> Node:
        if self.take("in"):
            self.need("(")
            return Among(node, self.items())
        if self.take("between"):
            low = self.joined()
            self.need("and")
            return Between(node, low, self.joined())
        self.need("like")
        return Pair("like", node, self.joined())

    def items(self) -> tuple[Node, ...]:
        """Expressions parted by commas, up to the closing bracket."""
        found: list[Node] = []
        if self.take(")"):
            return ()
        while True:
            found.append(self.disjunction())
            if self.take(")"):
                return tuple(found)
            self.need(",")

    def joined(self) -> Node:
        node = self.sums()
        while self.take("||"):
            node = Pair("||", node, self.sums())
        return node

    def sums(self) -> Node:
        node = self.product()
        while self.peek() in ("+", "-"):
            node = Pair(self.step()[1], node, self.product())
        return node

    def product(self) -> Node:
        node = self.signed()
        while self.take("*"):
            node = Pair("*", node, self.signed())
        return node

    def signed(self) -> Node:
        return Negation("-", self.signed()) if self.take("-") else self.atom()

    def atom(self) -> Node:
        kind, text = self.step()
        match kind:
            case "number":
                return Literal(Decimal(text) if "." in text else int(text))
            case "text":
                return Literal(text[1:-1].replace("''", "'"))
            case "sign" if text == "(":
                node = self.disjunction()
                self.need(")")
                return node
            case "word" if text.lower() in _RESERVED:
                return self.reserved(text.lower())
            case "word" | "quoted":
                return self.named(text)
            case _:
                raise Unclear(f"unexpected {text!r}")

    def reserved(self, word: str) -> Node:
        if word == "case":
            return self.case()
        words: dict[str, Value] = {"null": None, "true": True, "false": False}
        if word not in words:
            raise Unclear(f"unexpected {word!r}")
        return Literal(words[word])

    def named(self, first: str) -> Node:
        if first.lower() == "date" and self.tokens[self.place][0] == "text":
            return Literal(date.fromisoformat(self.step()[1][1:-1]))
        if self.take("("):
            return self.call(first.lower())
        parts = [_bare(first)]
        while self.take("."):
            parts.append(_bare(self.step()[1]))
        return Name(tuple(parts))

    def call(self, name: str) -> Node:
        if self.take("*"):
            self.need(")")
            return Call(name, (Star(),))
        return Call(name, self.items())

    def case(self) -> Node:
        subject = None if self.peek() == "when" else self.disjunction()
        arms: list[tuple[Node, Node]] = []
        while self.take("when"):
            condition = self.disjunction()
            self.need("then")
            arms.append((condition, self.disjunction()))
        otherwise = self.disjunction() if self.take("else") else None
        self.need("end")
        return Case(subject, tuple(arms), otherwise)


def _bare(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


@lru_cache(maxsize=512)
def parse(text: str) -> Node:
    """Read one whole expression; `Unclear` when it is none."""
    reader = _Reader(text)
    node = reader.disjunction()
    if reader.tokens[reader.place][0] != "end":
        raise Unclear(f"more than one expression: {text!r}")
    return node


def names(node: Node) -> list[tuple[str, ...]]:
    """Every path that an expression reads, in the order written, whatever arm of a CASE it stands in."""
    match node:
        case Name(parts):
            return [parts]
        case Literal() | Star():
            return []
        case Call(_, items):
            return [path for item in items for path in names(item)]
        case Negation(_, item) | IsA(item, _):
            return names(item)
        case Pair(_, left, right):
            return names(left) + names(right)
        case Among(item, choices):
            return [path for each in (item, *choices) for path in names(each)]
        case Between(item, low, high):
            return names(item) + names(low) + names(high)
        case Case(subject, arms, otherwise):
            whole = [subject, *(each for arm in arms for each in arm), otherwise]
            return [path for each in whole if each is not None for path in names(each)]
