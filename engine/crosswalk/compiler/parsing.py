"""Parses an expression of a map alone and refuses everything that is not on the list of what an expression may hold.

Why twice: names that are called like functions are checked in the text of the tokens, where aliases and quotes cannot
hide them; the tree is checked against a list of node classes and of what each may carry. What is not on the lists is
refused, so that a new release of the parser brings no new power.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from crosswalk.compiler.allowed import AGGREGATES, FUNCTIONS, NODES, REFUSED, SYNTAX
from crosswalk.errors import MapError, Problem, Problems, Span, nearest
from crosswalk.model import Text

_SELECT = "SELECT "
_DEEPEST = 60
_TALLEST = 100
_LONGEST = 8000


def parse(text: Text, *, aggregates: bool) -> exp.Expr:
    """Parse an expression; `MapError` with every problem of its form."""
    tokens = _tokens(text)
    _check_calls(text, tokens, aggregates=aggregates)
    _check_units(text, tokens)
    try:
        statements = sqlglot.parse(_SELECT + text.value, read="duckdb")
    except ParseError as error:
        raise _syntax(text, error) from None
    except RecursionError:
        raise _problem("EXPR_TOO_DEEP", "the expression is nested too deeply", text.span) from None
    found = _only_expression(text, statements)
    _check_nodes(text, found)
    return found


def place(text: Text, node: exp.Expr) -> Span:
    """Give the stretch of the file where a node stands; the whole expression where it is not on one line."""
    marks = [each.meta for each in node.walk() if "start" in each.meta]
    if not marks or "\n" in text.value.rstrip():
        return text.span
    start = min(int(mark["start"]) for mark in marks) - len(_SELECT)
    end = max(int(mark["end"]) for mark in marks) - len(_SELECT)
    return text.span.within(start, end - start + 1) if start >= 0 else text.span


def _tokens(text: Text) -> list[Token]:
    if not text.value.strip():
        raise _problem("EXPR_SYNTAX", "the expression is empty", text.span)
    if len(text.value) > _LONGEST:
        raise _problem("EXPR_TOO_DEEP", f"the expression is longer than {_LONGEST} characters", text.span)
    try:
        tokens = sqlglot.tokenize(text.value, read="duckdb")
    except TokenError:
        raise _problem("EXPR_SYNTAX", "a quote is not closed", text.span) from None
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            raise _problem("EXPR_MULTI", "an expression is one expression, without ';'", _spot(text, token))
        if token.comments:
            raise _problem(
                "EXPR_FORBIDDEN", "a comment cannot stand in an expression", text.span, "comments of YAML start with #"
            )
    depth = deepest = 0
    for token in tokens:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise _problem("EXPR_TOO_DEEP", f"brackets are nested more than {_DEEPEST} deep", text.span)
    return tokens


def _check_calls(text: Text, tokens: list[Token], *, aggregates: bool) -> None:
    problems = Problems()
    known = FUNCTIONS | AGGREGATES if aggregates else FUNCTIONS
    for token, following in pairwise(tokens):
        called = following.token_type == TokenType.L_PAREN and re.fullmatch(r"\w.*", token.text, re.DOTALL)
        name = token.text.lower()
        if not called or token.token_type in (TokenType.STRING, TokenType.NUMBER):
            continue
        if name in known or (name in SYNTAX and token.token_type != TokenType.IDENTIFIER):
            continue
        message, hint = f"'{token.text}' is not among the functions", nearest(name, known)
        if name in AGGREGATES:
            message, hint = f"'{token.text}' needs many rows, and this is one", "use it in total or expect"
        problems.add("FUNC_FORBIDDEN", message, _spot(text, token), REFUSED.get(name, hint))
    problems.done()


def _check_units(text: Text, tokens: list[Token]) -> None:
    """Ask for a quoted unit in date_trunc: the parser would take a column for the name of a unit."""
    for token, bracket, unit in zip(tokens, tokens[1:], tokens[2:], strict=False):
        called = token.text.lower() == "date_trunc" and bracket.token_type == TokenType.L_PAREN
        if called and unit.token_type != TokenType.STRING:
            hint = "write case .. when 'Month' then date_trunc('month', x) .. end"
            raise _problem("EXPR_FORBIDDEN", "the unit of date_trunc is a quoted word", _spot(text, unit), hint)


def _only_expression(text: Text, statements: list[exp.Expr | None]) -> exp.Expr:
    whole = statements[0] if len(statements) == 1 else None
    if not isinstance(whole, exp.Select):
        raise _problem("EXPR_FORBIDDEN", "this is a statement, not an expression", text.span)
    clauses = [name for name, value in whole.args.items() if value and name != "expressions"]
    if clauses or not whole.expressions:
        raise _problem("EXPR_FORBIDDEN", "a clause of a statement cannot stand in an expression", text.span)
    if len(whole.expressions) > 1:
        raise _problem("EXPR_SYNTAX", "two expressions, separated by a comma", place(text, whole.expressions[1]))
    found: exp.Expr = whole.expressions[0]
    return found


def _check_nodes(text: Text, root: exp.Expr) -> None:
    problems = Problems()
    for node in _strangers(root):
        code, message, hint = _refusal(node)
        problems.add(code, message, place(text, node), hint)
    problems.done()


def _strangers(root: exp.Expr) -> Iterator[exp.Expr]:
    """Give the outermost nodes that are not on the list, or that carry what their kind may not."""
    waiting: list[tuple[exp.Expr, int]] = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if type(node) not in NODES or _extra(node) or depth > _TALLEST:
            yield node
        else:
            waiting.extend((child, depth + _step(node, child)) for child in node.iter_expressions())


def _extra(node: exp.Expr) -> set[str]:
    """Give what a node carries beyond what its kind may."""
    carried = {name for name, value in node.args.items() if value not in (None, False, [])}
    return carried - NODES[type(node)]


def _step(node: exp.Expr, child: exp.Expr) -> int:
    """Count a chain of AND or of OR as one level, however long it is."""
    return 0 if isinstance(node, exp.And | exp.Or) and type(node) is type(child) else 1


def _refusal(node: exp.Expr) -> tuple[str, str, str]:
    match node:
        case exp.Div() | exp.IntDiv():
            return "EXPR_DIVISION", "division gives what no decimal can hold", "use multiply in the field line"
        case exp.Subquery() | exp.Select() | exp.Exists():
            return "EXPR_FORBIDDEN", "a sub-query cannot stand in an expression", "use a lookup"
        case exp.Cast() | exp.TryCast():
            return "EXPR_FORBIDDEN", "a cast cannot stand in an expression", "use as: in the field line"
        case exp.Alias():
            return "EXPR_SYNTAX", "a second name stands behind the expression", "is an operator missing?"
        case exp.CurrentDate() | exp.CurrentTimestamp() | exp.CurrentTime():
            return "EXPR_FORBIDDEN", "the clock cannot be read: a run must give the same result again", ""
        case exp.Window():
            return "EXPR_FORBIDDEN", "a window function cannot stand in an expression", "use a lookup with total"
        case _ if type(node) in NODES and not _extra(node):
            return "EXPR_TOO_DEEP", "the expression is nested too deeply", ""
        case _ if type(node) in NODES:
            return "EXPR_FORBIDDEN", f"this form of {type(node).__name__.lower()} cannot stand in an expression", ""
        case _:
            return "EXPR_FORBIDDEN", f"{type(node).__name__.lower()} cannot stand in an expression", ""


def _syntax(text: Text, error: ParseError) -> MapError:
    found = error.errors[0] if error.errors else {}
    start = len(str(found.get("start_context", _SELECT))) - len(_SELECT)
    mark = str(found.get("highlight", " "))
    whole = "\n" in text.value or start < 0 or not error.errors
    span = text.span if whole else text.span.within(start, len(mark))
    said = str(found.get("description", "")).split(" for <class")[0].strip().rstrip(".")
    message = "something is missing behind this" if "keyword" in said else said or "this cannot be read"
    return _problem("EXPR_SYNTAX", f"the expression cannot be read: {message[:1].lower()}{message[1:]}", span)


def _spot(text: Text, token: Token) -> Span:
    if "\n" in text.value.rstrip():
        return text.span
    return text.span.within(token.start, token.end - token.start + 1)


def _problem(code: str, message: str, span: Span, hint: str = "") -> MapError:
    return MapError([Problem(code, message, span, hint)])
