"""Walks the tree of a checked expression and makes a typed value of every node."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from crosswalk.compiler.aggregates import checksum, counted, extreme, summed
from crosswalk.compiler.functions import BY_NAME, truncated
from crosswalk.compiler.operands import Operand, null_literal, number_literal, text_literal
from crosswalk.compiler.operators import (
    BOOLEAN,
    added,
    cases,
    compared,
    joined,
    made,
    multiplied,
    negated,
    text_joined,
    truth,
)
from crosswalk.compiler.parsing import place
from crosswalk.contracts import TransformError, Value
from crosswalk.errors import MapError, Problem
from crosswalk.model import Text
from crosswalk.sql import fragment, literal


@dataclass(frozen=True, slots=True)
class Reading:
    """An expression while it is read: its text, the paths it uses, and whether a column stands for many rows."""

    text: Text
    paths: dict[str, Value] = field(default_factory=dict)
    many: bool = False


Rule = Callable[[exp.Expr, Reading], Value]


def path_of(node: exp.Expr) -> str:
    """Write the path of a column node with its dots."""
    parts = node.parts if isinstance(node, exp.Column | exp.Dot) else []
    return ".".join(part.name for part in parts)


def _operand(node: exp.Expr, reading: Reading) -> Operand:
    """Read a node; a mistake in it is laid at its place in the file."""
    span = place(reading.text, node)
    try:
        return _read(node, reading)
    except TransformError as error:
        raise MapError([Problem(error.code, str(error), span, error.hint)]) from None


def _read(node: exp.Expr, reading: Reading) -> Operand:
    span = place(reading.text, node)
    match node:
        case exp.Paren():
            return _operand(node.this, reading)
        case exp.Literal():
            return text_literal(node.name, span) if node.is_string else number_literal(_digits(node.name), span)
        case exp.Neg() if isinstance(node.this, exp.Literal) and not node.this.is_string:
            return number_literal("-" + _digits(node.this.name), span)
        case exp.Null():
            return null_literal(span)
        case exp.Boolean():
            return Operand(Value(literal(bool(node.this)), BOOLEAN, nullable=False), span)
        case exp.Column() | exp.Dot():
            value = reading.paths[path_of(node)]
            return Operand(extreme("min", value) if reading.many else value, span)
        case _:
            return Operand(_rule_of(node)(node, reading), span)


def _digits(text: str) -> str:
    if not re.fullmatch(r"[0-9]*[.]?[0-9]*", text):
        raise TransformError("EXPR_FORBIDDEN", f"'{text}' is not a plain number", "write it with all its digits")
    return text.rstrip(".")


def result(node: exp.Expr, reading: Reading) -> Value:
    operand = _operand(node, reading)
    if operand.form == "null":
        raise MapError([Problem("TYPE_MISMATCH", "null alone says no type", operand.span)])
    return operand.value


def condition_of(node: exp.Expr, reading: Reading) -> Value:
    operand = _operand(node, reading)
    try:
        return truth(operand)
    except TransformError as error:
        raise MapError([Problem(error.code, str(error), operand.span, error.hint)]) from None


_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def _rule_of(node: exp.Expr) -> Rule:
    match node:
        case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            return _comparison
        case exp.And() | exp.Or():
            return _connector
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Neg():
            return _arithmetic
        case exp.Not() | exp.Is() | exp.In() | exp.Between() | exp.Like():
            return _predicate
        case exp.DPipe():
            return _join
        case exp.Case():
            return _case
        case exp.Count() | exp.Sum() | exp.Min() | exp.Max() | exp.Anonymous():
            return _aggregate
        case exp.DateTrunc() | exp.TimestampTrunc():
            return _trunc
        case _:
            return _call


def _comparison(node: exp.Expr, reading: Reading) -> Value:
    sign = _SIGNS[type(node)]
    operands = [_operand(node.this, reading), _operand(node.expression, reading)]
    return compared("{v0} " + sign + " {v1}", operands, ordered=sign not in ("=", "<>"))


def _connector(node: exp.Expr, reading: Reading) -> Value:
    parts = [condition_of(part, reading) for part in _chain(node)]
    return joined("AND" if isinstance(node, exp.And) else "OR", parts)


def _chain(node: exp.Expr) -> list[exp.Expr]:
    """Take the parts of a chain of one connector, in order, however long it is."""
    parts, waiting = list[exp.Expr](), [node]
    while waiting:
        one = waiting.pop()
        if type(one) is type(node):
            waiting.extend([one.expression, one.this])
        else:
            parts.append(one)
    return parts


def _arithmetic(node: exp.Expr, reading: Reading) -> Value:
    left = _operand(node.this, reading)
    if isinstance(node, exp.Neg):
        return negated(left)
    right = _operand(node.expression, reading)
    if isinstance(node, exp.Mul):
        return multiplied(left, right)
    return added("+" if isinstance(node, exp.Add) else "-", left, right)


def _predicate(node: exp.Expr, reading: Reading) -> Value:
    word = ""
    if isinstance(node, exp.Not):
        inner = node.this.unnest()
        if not isinstance(inner, exp.In | exp.Between | exp.Is):
            value = condition_of(node.this, reading)
            return made(fragment("NOT {x}", x=value.sql), BOOLEAN, [value])
        node, word = inner, "NOT "
    subject = _operand(node.this, reading)
    match node:
        case exp.In():
            items = [_operand(item, reading) for item in node.expressions]
            if not items:
                raise TransformError("EXPR_SYNTAX", "nothing is listed behind `in`", "write in ('a', 'b')")
            listed = ", ".join(f"{{v{number}}}" for number in range(1, len(items) + 1))
            return compared(f"{{v0}} {word}IN ({listed})", [subject, *items], ordered=False)
        case exp.Between():
            bounds = [_operand(node.args[name], reading) for name in ("low", "high")]
            return compared(f"{{v0}} {word}BETWEEN {{v1}} AND {{v2}}", [subject, *bounds], ordered=True)
        case exp.Like():
            return _like(node, subject)
        case _:
            return _is(node, subject, word)


def _like(node: exp.Expr, subject: Operand) -> Value:
    pattern, word = node.expression, "NOT " if node.args.get("negate") else ""
    if not isinstance(pattern, exp.Literal) or not pattern.is_string or "\\" in pattern.name:
        raise TransformError("EXPR_FORBIDDEN", "like needs a quoted pattern without backslash")
    if subject.form == "null" or subject.value.type.kind != "text":
        raise TransformError("TYPE_MISMATCH", f"like works on text, this is {subject.value.type}")
    sql = fragment("{x} " + word + "LIKE {shape}", x=subject.value.sql, shape=literal(pattern.name))
    return made(sql, BOOLEAN, [subject.value])


def _is(node: exp.Expr, subject: Operand, word: str) -> Value:
    match node.expression:
        case exp.Null():
            sql = fragment(f"{{x}} IS {word}NULL", x=subject.value.sql)
        case exp.Boolean() as wanted:
            sql = fragment(f"{{x}} IS {word}{'TRUE' if wanted.this else 'FALSE'}", x=truth(subject).sql)
        case _:
            raise TransformError("EXPR_FORBIDDEN", "`is` goes with null, true and false only", "write =")
    return made(sql, BOOLEAN, [subject.value], nullable=False)


def _join(node: exp.Expr, reading: Reading) -> Value:
    return text_joined([_operand(part, reading) for part in _chain(node)])


def _case(node: exp.Expr, reading: Reading) -> Value:
    ifs, default = node.args["ifs"], node.args.get("default")
    results = [_operand(one.args["true"], reading) for one in ifs]
    results.append(_operand(default, reading) if default else null_literal(place(reading.text, node)))
    if node.this is None:
        return cases(None, [Operand(condition_of(one.this, reading), results[0].span) for one in ifs], results)
    return cases(_operand(node.this, reading), [_operand(one.this, reading) for one in ifs], results)


def _trunc(node: exp.Expr, reading: Reading) -> Value:
    return truncated(node.args["unit"].name.lower(), _operand(node.this, reading))


def _call(node: exp.Expr, reading: Reading) -> Value:
    name = type(node).__name__.lower()
    if name not in BY_NAME:
        raise TransformError("EXPR_FORBIDDEN", f"{name} cannot stand here", "* stands in count(*) only")
    function, least, most = BY_NAME[name]
    keys = ("this", "expression", "start", "length", "decimals")
    parts = [node.args[key] for key in keys if node.args.get(key)] + list(node.args.get("expressions") or [])
    if not least <= len(parts) <= most:
        needed = str(least) if least == most else f"{least} to {most}" if most < 99 else f"at least {least}"
        raise TransformError("EXPR_SYNTAX", f"{name} takes {needed} values, here are {len(parts)}")
    return function([_operand(part, reading) for part in parts])


def _aggregate(node: exp.Expr, reading: Reading) -> Value:
    if not reading.many:
        raise TransformError("FUNC_FORBIDDEN", "an aggregate inside an aggregate, or in a row", "")
    arguments = node.expressions if isinstance(node, exp.Anonymous) else [node.this]
    if len(arguments) != 1:
        raise TransformError("EXPR_SYNTAX", f"one value is needed here, and there are {len(arguments)}")
    if isinstance(arguments[0], exp.Star) and isinstance(node, exp.Count):
        return counted(None)
    value = result(arguments[0], replace(reading, many=False))
    match node:
        case exp.Count():
            return counted(value)
        case exp.Sum():
            return summed(value)
        case exp.Min() | exp.Max():
            return extreme("min" if isinstance(node, exp.Min) else "max", value)
        case _:
            return checksum(value)
