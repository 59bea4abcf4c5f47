"""What an expression may hold: node classes with the arguments that each may carry, and the names of functions."""

from __future__ import annotations

from sqlglot import exp

_ONE = {"this"}
_TWO = {"this", "expression"}

NODES: dict[type[exp.Expr], set[str]] = {
    exp.Column: {"this", "table", "db", "catalog"},
    exp.Dot: _TWO,
    exp.Identifier: {"this", "quoted"},
    exp.Literal: {"this", "is_string"},
    exp.Boolean: _ONE,
    exp.Null: set(),
    exp.Var: _ONE,
    exp.Paren: _ONE,
    exp.And: _TWO,
    exp.Or: _TWO,
    exp.Not: _ONE,
    exp.EQ: _TWO,
    exp.NEQ: _TWO,
    exp.LT: _TWO,
    exp.LTE: _TWO,
    exp.GT: _TWO,
    exp.GTE: _TWO,
    exp.Is: _TWO,
    exp.In: {"this", "expressions"},
    exp.Between: {"this", "low", "high"},
    exp.Like: {"this", "expression", "negate"},
    exp.Add: _TWO,
    exp.Sub: _TWO,
    exp.Mul: _TWO,
    exp.Neg: _ONE,
    exp.DPipe: {"this", "expression", "safe"},
    exp.Case: {"this", "ifs", "default"},
    exp.If: {"this", "true"},
    exp.Coalesce: {"this", "expressions"},
    exp.Nullif: _TWO,
    exp.Greatest: {"this", "expressions", "ignore_nulls"},
    exp.Least: {"this", "expressions", "ignore_nulls"},
    exp.Lower: _ONE,
    exp.Upper: _ONE,
    exp.Trim: _ONE,
    exp.Length: _ONE,
    exp.Substring: {"this", "start", "length"},
    exp.Abs: _ONE,
    exp.Round: {"this", "decimals"},
    exp.Year: _ONE,
    exp.Month: _ONE,
    exp.Day: _ONE,
    exp.Date: _ONE,
    exp.DateTrunc: {"this", "unit"},
    exp.TimestampTrunc: {"this", "unit"},
    exp.Count: {"this", "big_int"},
    exp.Star: set(),
    exp.Sum: _ONE,
    exp.Min: _ONE,
    exp.Max: _ONE,
    exp.Anonymous: {"this", "expressions"},
}

FUNCTIONS = frozenset(
    {
        "abs",
        "coalesce",
        "date",
        "date_trunc",
        "day",
        "greatest",
        "least",
        "length",
        "lower",
        "month",
        "nullif",
        "round",
        "substring",
        "trim",
        "upper",
        "year",
    }
)
AGGREGATES = frozenset(["count", "sum", "min", "max", "checksum"])

SYNTAX = frozenset(
    {"and", "or", "not", "in", "is", "like", "between", "case", "when", "then", "else"}
    | {"over", "select", "exists", "any", "all", "distinct"}
)
"""Words of the language that brackets may follow; what they bring is judged in the tree."""

REFUSED = {
    "concat": "join text with ||",
    "substr": "write substring",
    "ifnull": "write coalesce",
    "nvl": "write coalesce",
    "len": "write length",
    "cast": "use as: in the field line",
    "try_cast": "use as: in the field line",
    "if": "write case when .. then .. else .. end",
    "iif": "write case when .. then .. else .. end",
    "avg": "a mean of money is no money; use sum and count",
}
"""What to write in the place of some functions that people reach for."""
