"""Operators of an expression: comparison, arithmetic, text joined, cases, each typed and with proven widths."""

from __future__ import annotations

from crosswalk.compiler.operands import Operand, column_of, united
from crosswalk.compiler.sources import faults_of
from crosswalk.compiler.widths import factor, in_width, product_type, sum_type
from crosswalk.contracts import TransformError, Value
from crosswalk.errors import MapError, Problem
from crosswalk.model import DataType
from crosswalk.sql import Sql, all_of, any_of, fragment
from crosswalk.transforms.conversions.numbers import as_decimal, digits
from crosswalk.transforms.conversions.to_text import text_length, to_text

BOOLEAN = DataType("boolean")
_ORDERED = ("int", "decimal", "date", "datetime", "text")


def made(sql: Sql, to: DataType, values: list[Value], *, nullable: bool | None = None) -> Value:
    """Make a value out of others: it has their faults, and is nullable where one of them is."""
    null = any(value.nullable for value in values) if nullable is None else nullable
    return Value(sql, to, faults_of(values), nullable=null)


def truth(operand: Operand) -> Value:
    """Take an operand as a condition."""
    if operand.form == "null" or operand.value.type.kind != "boolean":
        said = "null" if operand.form == "null" else str(operand.value.type)
        raise TransformError("TYPE_MISMATCH", f"a condition is true or false, this is {said}", "compare it")
    return operand.value


def compared(pattern: str, operands: list[Operand], *, ordered: bool) -> Value:
    """Compare operands of one type. Holes of the pattern are v0, v1, ..."""
    for operand in operands:
        if operand.form == "null":
            hint = "write: is null, or: is not null"
            raise MapError([Problem("TYPE_MISMATCH", "nothing equals null", operand.span, hint)])
    values, to = united(operands)
    if ordered and to.kind not in _ORDERED and not _by_code(operands, to):
        raise TransformError("TYPE_MISMATCH", f"{to} has no order", "compare with = or <>, or list them: in (...)")
    return made(_filled(pattern, [value.sql for value in values]), BOOLEAN, values)


def joined(word: str, values: list[Value]) -> Value:
    """Join conditions by AND or by OR."""
    conditions = [value.sql for value in values]
    return made(all_of(conditions) if word == "AND" else any_of(conditions), BOOLEAN, values)


def added(sign: str, left: Operand, right: Operand) -> Value:
    """Add or subtract numbers in a type that holds every result."""
    one, other = _number(left), _number(right)
    to = sum_type(one.type, other.type)
    a, b = _term(one, left, right, to), _term(other, right, left, to)
    return made(fragment("{a} " + sign + " {b}", a=a, b=b), to, [one, other])


def multiplied(left: Operand, right: Operand) -> Value:
    """Multiply numbers in a type that holds every result."""
    one, other = _number(left), _number(right)
    to = product_type(one.type, other.type)
    a, b = factor(one.sql, one.type, to), as_decimal(other.sql, other.type)
    if left.form == "number":
        a = one.sql if _short(left) and other.type.kind == "decimal" else a
    if right.form == "number":
        b = other.sql if _short(right) and one.type.kind == "decimal" else b
    return made(fragment("{a} * {b}", a=a, b=b), to, [one, other])


def negated(operand: Operand) -> Value:
    """Turn the sign. The smallest int has no opposite among the ints, so the result is a decimal."""
    value = _number(operand)
    precision, scale = digits(value.type)
    to = DataType("decimal", precision=precision, scale=scale)
    return made(fragment("-{x}", x=in_width(value.sql, value.type, to)), to, [value])


def text_joined(operands: list[Operand]) -> Value:
    """Join text; null anywhere gives null. Numbers of kind int, guids and dates are written as text."""
    for operand in operands:
        if operand.form in ("number", "null") or operand.value.type.kind not in ("text", "int", "guid", "date"):
            said = operand.form if operand.form != "value" else str(operand.value.type)
            hint = "write it in quotes" if operand.form == "number" else "use concat in the field line"
            raise TransformError("TYPE_MISMATCH", f"{said} cannot be joined to text", hint)
    texts = [to_text(operand.value, DataType("text")) for operand in operands]
    lengths = [text_length(text) for text in texts]
    known = [length for length in lengths if length is not None]
    length = sum(known) if len(known) == len(lengths) else None
    holes = _holes([text.sql for text in texts])
    sql = fragment(" || ".join("{" + hole + "}" for hole in holes), **holes)
    return made(sql, DataType("text", length=length), texts)


def cases(subject: Operand | None, whens: list[Operand], results: list[Operand]) -> Value:
    """Choose one of several results of one type; the last is that of ELSE."""
    tests = [when.value for when in whens]
    if subject is not None:
        compared("{v0} = {v1}", [subject, *whens], ordered=False)
        tests, _ = united([subject, *whens])
    values, to = united(results)
    first = "CASE" if subject is None else "CASE {t0}"
    skip = 0 if subject is None else 1
    lines = [f"WHEN {{t{number + skip}}} THEN {{v{number}}}" for number in range(len(whens))]
    last = "END" if results[-1].form == "null" else f"ELSE {{v{len(whens)}}} END"
    holes = {f"t{number}": test.sql for number, test in enumerate(tests)} | _holes(shaped(results, values, to))
    nullable = any(value.nullable for value in values)
    sql = fragment(" ".join([first, *lines, last]), **holes)
    return Value(sql, to, faults_of([*tests, *values]), column_of(values), nullable)


def shaped(operands: list[Operand], values: list[Value], to: DataType) -> list[Sql]:
    """Write values in one type; short numbers and null stand bare, because they fit whatever they stand beside."""
    bare = [one.form == "null" or (one.form == "number" and _short(one)) for one in operands]
    return [
        value.sql if stands else in_width(value.sql, value.type, to) for value, stands in zip(values, bare, strict=True)
    ]


def _filled(pattern: str, sqls: list[Sql]) -> Sql:
    return fragment(pattern, **_holes(sqls))


def _holes(sqls: list[Sql]) -> dict[str, Sql]:
    return {f"v{number}": sql for number, sql in enumerate(sqls)}


def _by_code(operands: list[Operand], to: DataType) -> bool:
    """Say that int codes of a choice are compared with numbers: an order of codes, and not of labels."""
    coded = to.kind == "choice" and to.coded == "int"
    return coded and all(operand.form != "text" for operand in operands)


def _number(operand: Operand) -> Value:
    value = operand.value
    if operand.form not in ("value", "number") or value.type.kind not in ("int", "decimal"):
        said = operand.form if operand.form != "value" else str(value.type)
        hint = "dates can be compared, and cut by date_trunc" if value.type.kind in ("date", "datetime") else ""
        raise TransformError("TYPE_MISMATCH", f"numbers are reckoned with, this is {said}", hint)
    if operand.form == "number" and value.type.kind == "int":
        return Value(value.sql, DataType("decimal", precision=len(operand.text.removeprefix("-"))), nullable=False)
    return value


def _short(operand: Operand) -> bool:
    """Say that a literal is small enough to stand bare beside a decimal."""
    return "." in operand.text or len(operand.text.removeprefix("-")) <= 9


def _term(value: Value, own: Operand, beside: Operand, to: DataType) -> Sql:
    bare = own.form == "number" and _short(own) and beside.form == "value" and beside.value.type.kind == "decimal"
    return value.sql if bare else in_width(value.sql, value.type, to)
