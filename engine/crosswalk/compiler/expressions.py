"""Turns an expression of a map into typed SQL: parsed alone, checked against a list, rebuilt piece by piece.

Before: ``case Type when 'cost' then Amount else 0 end``. After: ``CASE "Type" WHEN 1 THEN "Amount" ELSE 0 END`` with
its type decimal(19,4) and the faults of the paths it uses. Nothing of the text itself reaches the statement.
"""

from __future__ import annotations

from typing import Protocol

from sqlglot import exp

from crosswalk.compiler.parsing import parse, place
from crosswalk.compiler.walking import Reading, Rule, condition_of, path_of, result
from crosswalk.contracts import TransformError, Value
from crosswalk.errors import MapError, Problems
from crosswalk.model import Text
from crosswalk.sql import Sql


class Scope(Protocol):
    """What the names of an expression mean where it stands."""

    def resolve(self, path: str) -> Value:
        """Give the value of a dotted path; `TransformError` UNKNOWN_COLUMN or UNKNOWN_PATH."""


def condition(text: Text, scope: Scope) -> Sql:
    """Compile a condition to plain SQL, which may be null: whoever uses it says that null counts as false."""
    return _compile(text, scope, condition_of, aggregates=False).sql


def expression(text: Text, scope: Scope) -> Value:
    """Compile a row expression to a typed value with the faults of everything it uses."""
    return _compile(text, scope, result, aggregates=False)


def aggregate(text: Text, scope: Scope) -> Value:
    """Compile an expression over many rows; a column outside an aggregate is the smallest of its values."""
    return _compile(text, scope, result, aggregates=True)


def heads_of(text: Text) -> set[str]:
    """Name what the paths of an expression start with; nothing where it cannot be read, which is told elsewhere."""
    try:
        return {path_of(node).partition(".")[0] for node in _columns(parse(text, aggregates=False))}
    except (MapError, TransformError):
        return set()


def _compile(text: Text, scope: Scope, rule: Rule, *, aggregates: bool) -> Value:
    root = parse(text, aggregates=aggregates)
    return rule(root, Reading(text, _resolved(text, root, scope), many=aggregates))


def _resolved(text: Text, root: exp.Expr, scope: Scope) -> dict[str, Value]:
    """Resolve every path first, so that all unknown names are shown at once."""
    problems, found = Problems(), dict[str, Value]()
    for node in _columns(root):
        path = path_of(node)
        try:
            found[path] = scope.resolve(path)
        except TransformError as error:
            problems.add(error.code, str(error), place(text, node), error.hint)
    problems.done()
    return found


def _columns(root: exp.Expr) -> list[exp.Expr]:
    whole = [node for node in root.find_all(exp.Column, exp.Dot) if not isinstance(node.parent, exp.Dot)]
    return sorted(whole, key=lambda node: min((part.meta.get("start", 0) for part in node.walk()), default=0))
