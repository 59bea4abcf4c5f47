"""Decides what can be decided about conditions without a row: can one hold at all, can two hold together.

Before: ``status = 'Paid' and region <> 'EU'``. After: a list of terms; a condition holds where one of them does. A term
says of each column which values it may have, and of everything that is not a plain test whether it holds. What is too
large or too clever is taken for possible: an answer "never" is always right, an answer "perhaps" may be too careful.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlglot import exp

from crosswalk.compiler.parsing import parse
from crosswalk.compiler.walking import path_of
from crosswalk.model import Column, Text

_MOST = 256

ColumnOf = Callable[[str], Column | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a term says of one column. `allowed` None: any value; `null` None: may be null or not."""

    allowed: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()
    null: bool | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """Facts by path, and the truth of other tests by their text."""

    facts: Mapping[str, Facts] = field(default_factory=dict)
    tests: Mapping[str, bool] = field(default_factory=dict)


Terms = tuple[Term, ...]
ALWAYS: Terms = (Term(),)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Reads conditions over the columns of one row; `column_of` tells what a path leads to, where that is known."""

    column_of: ColumnOf

    def terms(self, text: Text | None) -> Terms:
        """Give the terms of a condition; none: it never holds. No condition at all always holds."""
        if text is None:
            return ALWAYS
        return self._terms(parse(text, aggregates=True), holds=True)

    def equal(self, path: str, value: str) -> Terms:
        """Give the terms of ``path = value``."""
        return (self._fact(path, Facts(allowed=frozenset({value}), null=False)),)

    def together(self, *conditions: Terms) -> Terms:
        """Give the terms under which all conditions hold."""
        whole = ALWAYS
        for terms in conditions:
            joined = [both for one in whole for other in terms if (both := self._both(one, other)) is not None]
            whole = tuple(joined) if len(joined) <= _MOST else ALWAYS
        return whole

    def _terms(self, node: exp.Expr, *, holds: bool) -> Terms:
        match node:
            case exp.Paren():
                return self._terms(node.this, holds=holds)
            case exp.Not():
                return self._terms(node.this, holds=not holds)
            case exp.And() | exp.Or():
                left, right = self._terms(node.left, holds=holds), self._terms(node.right, holds=holds)
                if isinstance(node, exp.And) == holds:
                    return self.together(left, right)
                return (*left, *right) if len(left) + len(right) <= _MOST else ALWAYS
            case _:
                return (self._test(node, holds=holds),)

    def _test(self, node: exp.Expr, *, holds: bool) -> Term:
        found = self._plain(node, holds=holds)
        if found is not None:
            return found
        opposite = _OPPOSITES.get(type(node))
        if opposite is not None:
            return Term(tests={opposite(this=node.this, expression=node.expression).sql(): not holds})
        return Term(tests={node.sql(): holds})

    def _plain(self, node: exp.Expr, *, holds: bool) -> Term | None:
        """Read a test of one column against constants; None where it is something else."""
        match node:
            case exp.EQ() | exp.NEQ():
                return self._equality(node, holds=holds == isinstance(node, exp.EQ))
            case exp.In() if isinstance(node.this, exp.Column | exp.Dot):
                values = [_constant(one) for one in node.expressions]
                known = [value for value in values if value is not None]
                return self._among(path_of(node.this), known, holds=holds) if len(known) == len(values) else None
            case exp.Is() if isinstance(node.expression, exp.Null) and isinstance(node.this, exp.Column | exp.Dot):
                return self._fact(path_of(node.this), Facts(null=holds))
            case exp.Column() | exp.Dot():
                return self._among(path_of(node), ["true"], holds=holds)
            case _:
                return None

    def _equality(self, node: exp.Expr, *, holds: bool) -> Term | None:
        for side, other in ((node.this, node.expression), (node.expression, node.this)):
            value = _constant(other)
            if isinstance(side, exp.Column | exp.Dot) and value is not None:
                return self._among(path_of(side), [value], holds=holds)
        return None

    def _among(self, path: str, values: list[str], *, holds: bool) -> Term:
        known = frozenset(code_of(self.column_of(path), value) for value in values)
        return self._fact(path, Facts(allowed=known, null=False) if holds else Facts(refused=known, null=False))

    def _fact(self, path: str, facts: Facts) -> Term:
        return Term(facts={path: facts})

    def _both(self, one: Term, other: Term) -> Term | None:
        tests = {**one.tests, **other.tests}
        if any(one.tests[test] != tests[test] for test in one.tests):
            return None
        facts = dict(one.facts)
        for path, found in other.facts.items():
            met = self._met(path, facts.get(path, Facts()), found)
            if met is None:
                return None
            facts[path] = met
        return Term(facts, tests)

    def _met(self, path: str, one: Facts, other: Facts) -> Facts | None:
        """Unite what two terms say of one column; None where both cannot be."""
        if one.null is not None and other.null is not None and one.null != other.null:
            return None
        refused = one.refused | other.refused
        allowed = one.allowed if other.allowed is None else other.allowed & (one.allowed or other.allowed)
        null = one.null if other.null is None else other.null
        left = allowed if allowed is not None else self._values(path)
        if null is False and left is not None and not left - refused:
            return None
        return replace(one, allowed=allowed, refused=refused, null=null)

    def _values(self, path: str) -> frozenset[str] | None:
        """List all values that a column can have, where they are few and known."""
        column = self.column_of(path)
        if column is not None and column.type.kind == "boolean":
            return frozenset({"true", "false"})
        return frozenset(str(one.code) for one in column.choices) if column is not None and column.choices else None


def code_of(column: Column | None, value: str) -> str:
    """Give the code of a choice that is written by its label; any other value as it is."""
    choices = column.choices if column is not None else ()
    return next((str(one.code) for one in choices if one.label == value), value)


def _constant(node: exp.Expr) -> str | None:
    match node:
        case exp.Literal() if node.is_string:
            return node.name
        case exp.Literal():
            return _number(node.name)
        case exp.Neg() if isinstance(node.this, exp.Literal) and not node.this.is_string:
            return _number(f"-{node.this.name}")
        case exp.Boolean():
            return "true" if node.this else "false"
        case _:
            return None


def _number(written: str) -> str:
    """Write a number in one way, so that 1 and 1.0 are one value; no digit is rounded."""
    digits = format(Decimal(written), "f")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits == "-0" else digits


_OPPOSITES: Mapping[type[exp.Expr], type[exp.Binary]] = {exp.GTE: exp.LT, exp.LTE: exp.GT}
"""``a >= b`` is told as *not* ``a < b``, so that the two are seen to exclude each other."""
