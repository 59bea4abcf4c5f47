"""Gives the value of an expression for one row, or of an aggregate for several, with three truth values."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import md5
from typing import Protocol

from crosswalk.model import Column
from tests.oracle.cells import EXACT, Cell, Fault, Unclear, Value, same, text_of
from tests.oracle.syntax import (
    Among,
    Between,
    Call,
    Case,
    IsA,
    Literal,
    Name,
    Negation,
    Node,
    Pair,
    Star,
    names,
    parse,
)


class Scope(Protocol):
    """What paths mean at one place of a map."""

    def cell(self, parts: tuple[str, ...]) -> Cell:
        """Follow a path; `Fault` when a reference on the way finds no row, `Unclear` when there is no such path."""


class Lenient:
    """A scope for conditions: a reference that finds no row gives null and stops nothing."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def cell(self, parts: tuple[str, ...]) -> Cell:
        try:
            return self.scope.cell(parts)
        except Fault:
            return Cell(None)


def holds(text: str, scope: Scope) -> bool:
    """Whether a condition is true; false and null are not."""
    return _Evaluation(Lenient(scope)).value(parse(text)) is True


def expression(text: str, scope: Scope) -> Value:
    """The value of an ``expr``. Every path in it is followed first, so that each reference that dangles is a fault."""
    tree = parse(text)
    for parts in names(tree):
        scope.cell(parts)
    return _Evaluation(scope).value(tree)


def aggregate(text: str, scopes: Sequence[Scope]) -> Value:
    """The value of a ``total`` or an ``expect`` over several rows."""
    return _Aggregation([Lenient(scope) for scope in scopes]).value(parse(text))


class _Evaluation:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def column(self, node: Node) -> Column | None:
        return self.scope.cell(node.parts).column if isinstance(node, Name) else None

    def name(self, node: Name) -> Value:
        return self.scope.cell(node.parts).value

    def value(self, node: Node) -> Value:
        match node:
            case Literal(value):
                return value
            case Name():
                return self.name(node)
            case Call(name, items):
                return self.call(name, items)
            case Negation(sign, item):
                return _turned(sign, self.value(item))
            case Pair("and" | "or" as sign, left, right):
                return _logic(sign, self.value(left), self.value(right))
            case Pair("=" | "<>" | "<" | "<=" | ">" | ">=" as sign, left, right):
                return self.compare(sign, left, right)
            case Pair(sign, left, right):
                return _operation(sign, self.value(left), self.value(right))
            case Among(item, choices):
                return self.among(item, choices)
            case Between(item, low, high):
                return _logic("and", self.compare(">=", item, low), self.compare("<=", item, high))
            case IsA(item, value):
                return same(self.value(item), value)
            case Case():
                return self.case(node)
            case Star():
                raise Unclear("a star outside of count")

    def among(self, item: Node, choices: tuple[Node, ...]) -> Value:
        found: Value = False
        for choice in choices:
            found = _logic("or", found, self.compare("=", item, choice))
        return found

    def case(self, node: Case) -> Value:
        for condition, result in node.arms:
            met = self.value(condition) if node.subject is None else self.compare("=", node.subject, condition)
            if met is True:
                return self.value(result)
        return None if node.otherwise is None else self.value(node.otherwise)

    def compare(self, sign: str, left: Node, right: Node) -> Value:
        """Compare two operands; quoted text beside a choice column is a label."""
        first, second = self.value(left), self.value(right)
        if isinstance(right, Literal):
            second = code_of(self.column(left), second)
        if isinstance(left, Literal):
            first = code_of(self.column(right), first)
        return compared(sign, first, second)

    def call(self, name: str, items: tuple[Node, ...]) -> Value:
        if name == "coalesce":
            return next((value for value in map(self.value, items) if value is not None), None)
        if name == "nullif":
            return None if self.compare("=", items[0], items[1]) is True else self.value(items[0])
        return function(name, [self.value(item) for item in items])


class _Aggregation(_Evaluation):
    def __init__(self, scopes: Sequence[Scope]) -> None:
        super().__init__(scopes[0] if scopes else _Nothing())
        self.scopes = scopes

    def name(self, node: Name) -> Value:
        return _total("min", self.over(node))

    def over(self, node: Node) -> list[Value]:
        values = [_Evaluation(scope).value(node) for scope in self.scopes]
        return [value for value in values if value is not None]

    def call(self, name: str, items: tuple[Node, ...]) -> Value:
        if name == "count" and items == (Star(),):
            return len(self.scopes)
        if name in ("count", "sum", "min", "max", "checksum"):
            return _total(name, self.over(items[0]))
        return super().call(name, items)


class _Nothing:
    def cell(self, parts: tuple[str, ...]) -> Cell:
        return Cell(None)


def _total(name: str, values: list[Value]) -> Value:
    match name:
        case "count":
            return len(values)
        case "checksum":
            return md5(",".join(sorted(text_of(value) for value in values)).encode()).hexdigest()
        case _ if not values:
            return None
        case "sum":
            return _sum(values)
        case "max":
            return max(values, key=_order)
        case _:
            return min(values, key=_order)


def _sum(values: list[Value]) -> Value:
    if all(isinstance(value, int) for value in values):
        return sum(value for value in values if isinstance(value, int))
    whole = Decimal(0)
    for value in values:
        whole = EXACT.add(whole, number(value))
    return whole


class _order:  # noqa: N801
    """Lets values of one column be sorted although Python knows nothing of their common type."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def __lt__(self, other: _order) -> bool:
        return compared("<", self.value, other.value) is True


def code_of(column: Column | None, value: Value) -> Value:
    """Turn a label of a choice column into its code; anything else stays as it is."""
    if column is None or column.type.kind != "choice" or not isinstance(value, str):
        return value
    codes = [choice.code for choice in column.choices if choice.label == value]
    if not codes:
        raise Unclear(f"{value!r} is no label of {column.name}")
    return codes[0]


def compared(sign: str, left: Value, right: Value) -> bool | None:
    """Compare two values; null when either is."""
    if left is None or right is None:
        return None
    left, right = _alike(left, right), _alike(right, left)
    below, equal = _below(left, right), same(left, right)
    above = not below and not equal
    return {"=": equal, "<>": not equal, "<": below, "<=": not above, ">": above, ">=": not below}[sign]


def _below(left: Value, right: Value) -> bool:
    match left, right:
        case (str(), str()) | (uuid.UUID(), uuid.UUID()) | (bool(), bool()):
            return left < right  # type: ignore[operator]
        case (datetime(), datetime()):
            return left < right
        case (int() | Decimal(), int() | Decimal()):
            return left < right
        case (date(), date()):
            return left < right
        case _:
            raise Unclear(f"{left!r} and {right!r} cannot be compared")


def _alike(value: Value, other: Value) -> Value:
    """Read text as what it is compared with, and a date as its first instant beside an instant."""
    match value, other:
        case str(), uuid.UUID():
            return uuid.UUID(value)
        case str(), datetime():
            return datetime.fromisoformat(value)
        case str(), date():
            return date.fromisoformat(value)
        case datetime(), _:
            return value
        case date(), datetime():
            return datetime(value.year, value.month, value.day)
        case _:
            return value


def _logic(sign: str, left: Value, right: Value) -> bool | None:
    decisive = sign == "or"
    if decisive in (left, right):
        return decisive
    return None if left is None or right is None else not decisive


def _turned(sign: str, value: Value) -> Value:
    if value is None:
        return None
    if sign == "not":
        return not value
    return -value if isinstance(value, int) else EXACT.minus(number(value))


def _operation(sign: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    match sign:
        case "||":
            return text_of(left) + text_of(right)
        case "like":
            return _like(text_of(left), text_of(right))
        case _:
            return _arithmetic(sign, left, right)


def _arithmetic(sign: str, left: Value, right: Value) -> Value:
    if isinstance(left, int) and isinstance(right, int):
        return {"+": left + right, "-": left - right, "*": left * right}[sign]
    doing = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}[sign]
    return doing(number(left), number(right))


def _like(text: str, pattern: str) -> bool:
    signs = {"%": ".*", "_": "."}
    return re.fullmatch("".join(signs.get(sign, re.escape(sign)) for sign in pattern), text, re.DOTALL) is not None


def number(value: Value) -> Decimal:
    """Give an exact number; `Unclear` when the value is none."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise Unclear(f"{value!r} is no number")


def function(name: str, values: list[Value]) -> Value:
    """The functions that an expression may call. ``greatest`` and ``least`` pass over nulls; the rest give null."""
    if name in ("greatest", "least"):
        return _total("max" if name == "greatest" else "min", [value for value in values if value is not None])
    if any(value is None for value in values):
        return None
    match name, values:
        case "lower" | "upper" | "trim", [str(text)]:
            return {"lower": lower, "upper": upper, "trim": trim}[name](text)
        case "length", [str(text)]:
            return len(text)
        case "substring", [str(text), int(start), *rest]:
            return _substring(text, start, rest[0] if rest else None)
        case "abs", [int(whole)]:
            return abs(whole)
        case "abs", [Decimal() as amount]:
            return EXACT.abs(amount)
        case "round", [amount, *places]:
            return rounded(number(amount), int(number(places[0])) if places else 0, ROUND_HALF_UP)
        case "year" | "month" | "day", [date() as day]:
            return {"year": day.year, "month": day.month, "day": day.day}[name]
        case "date_trunc", [str(unit), date() as day]:
            return _truncated(unit, day)
        case _:
            raise Unclear(f"no function {name} of {values!r}")


def _substring(text: str, start: int, length: Value) -> str:
    if start < 1 or (isinstance(length, int) and length < 0):
        raise Unclear("substring starts at 1")
    return text[start - 1 :] if length is None else text[start - 1 : start - 1 + int(number(length))]


def _truncated(unit: str, day: date) -> date:
    first = {
        "day": lambda: day,
        "week": lambda: day - timedelta(days=day.weekday()),
        "month": lambda: day.replace(day=1),
        "quarter": lambda: day.replace(month=day.month - (day.month - 1) % 3, day=1),
        "year": lambda: day.replace(month=1, day=1),
    }[unit.lower()]()
    return datetime(first.year, first.month, first.day) if isinstance(first, datetime) else first


def rounded(amount: Decimal, places: int, mode: str) -> Decimal:
    """Round to a number of decimal places by one of the modes of `decimal`."""
    return EXACT.multiply(amount, Decimal(1)).quantize(Decimal(1).scaleb(-places), rounding=mode, context=EXACT)


def upper(text: str) -> str:
    """Letter by letter, as a database does: a letter whose capital is two letters stays."""
    return "".join(sign.upper() if len(sign.upper()) == 1 else sign for sign in text)


def lower(text: str) -> str:
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)


def trim(text: str) -> str:
    """Only the plain space goes, at both ends."""
    return text.strip(" ")
