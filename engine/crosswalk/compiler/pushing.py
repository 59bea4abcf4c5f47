"""Says which part of a map's filter the system that is read may apply by itself, so that fewer rows travel.

Before: ``status = 'Paid' and customer.country = 'NO'``. After: ``status = 2``, a condition over columns of the row
itself with codes in the place of labels.

Why it may keep more: a row too many is filtered as if nothing had been said, and a row too few would be lost. So a
condition is only ever weakened: parts that a system might see in another way are left out. Texts are only asked to be
equal, since a collation may take ``a`` for ``A``; empty text and null are one thing in some systems; times and days are
asked for with a day to spare, for systems keep finer parts of a second and times of their own zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Literal
from uuid import UUID

from sqlglot import exp

from crosswalk.compiler.bound import Bound
from crosswalk.compiler.parsing import parse
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Not, Plain
from crosswalk.model import Column, Entity, EntityRef, Text

Operator = Literal["=", "<>", "<", "<=", ">", ">="]

_MOST = 50
"""A longer list of alternatives makes an address that servers refuse."""

_SPARE = timedelta(days=1)
_OPERATORS: dict[type[exp.Expr], Operator] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_OPPOSITE: dict[Operator, Operator] = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED: dict[Operator, Operator] = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def scope_of(leg: Bound, legs: Sequence[Bound]) -> Condition | None:
    """Give what to ask the source of a leg for; None where all its rows are wanted. `legs` are all of the project.

    Rows that never passed are not there then, so nobody else may use the table, and the leg itself only as the rows
    that it maps. A row that was delivered and passes no more is seen once more, or found to be gone: to a leg that
    makes rows that is the same.
    """
    text, table_map = leg.leg.filter, leg.leg.map
    making = leg.leg.name == "out" and leg.leg.creates and not leg.leg.second
    counted = table_map.merge is not None or table_map.limits.empty_source == "stop"
    if text is None or not making or counted or table_map.settle or _shared(leg, legs):
        return None
    return pushable(text, leg.leg.source)


def _shared(leg: Bound, legs: Sequence[Bound]) -> bool:
    """Say whether the source of a leg is used in another way too: by another leg, or by this one as a second table."""
    source = leg.leg.source.ref
    others = chain.from_iterable(_touched(other) for other in legs if other is not leg)
    return source in _beside(leg) or source in others


def _touched(leg: Bound) -> set[EntityRef]:
    return {leg.leg.source.ref, *_beside(leg)}


def _beside(leg: Bound) -> set[EntityRef]:
    """Name the tables that a leg touches beside its source."""
    joins = [*leg.joins, *(join for arm in leg.arms for join in arm.joins)]
    return {*(join.entity.ref for join in joins), *(entity.ref for entity in leg.units.tables), *leg.writes}


def pushable(text: Text, entity: Entity) -> Condition | None:
    """Give a condition that holds for every row for which the filter holds, and perhaps for more; None where there is
    nothing to say. The filter is one that was bound before.
    """
    return _Filter(entity).implied(parse(text, aggregates=False), holds=True)


@dataclass(frozen=True, slots=True)
class _Filter:
    """A filter over rows of an entity while it is read."""

    entity: Entity

    def implied(self, node: exp.Expr, *, holds: bool) -> Condition | None:
        """Give what is true of each row for which a part of the filter is true, or is false."""
        match node:
            case exp.Paren():
                return self.implied(node.this, holds=holds)
            case exp.Not():
                return self.implied(node.this, holds=not holds)
            case exp.And() | exp.Or():
                parts = [self.implied(part, holds=holds) for part in node.flatten(unnest=False)]
                return _all(parts) if isinstance(node, exp.And) == holds else _any(parts)
            case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
                return self._comparison(node, holds=holds)
            case exp.In():
                parts = [self._compared(node.this, "=" if holds else "<>", item) for item in node.expressions]
                return _any(parts) if holds else _all(parts)
            case exp.Between():
                low = self._compared(node.this, ">=" if holds else "<", node.args["low"])
                high = self._compared(node.this, "<=" if holds else ">", node.args["high"])
                return _all([low, high]) if holds else _any([low, high])
            case exp.Is():
                return self._is(node, holds=holds)
            case exp.Column():
                return self._compared(node, "=", exp.Boolean(this=holds))
            case _:
                return None

    def _comparison(self, node: exp.Expr, *, holds: bool) -> Condition | None:
        operator = _OPERATORS[type(node)]
        operator = operator if holds else _OPPOSITE[operator]
        if self._column(node.this) is not None:
            return self._compared(node.this, operator, node.expression)
        return self._compared(node.expression, _TURNED[operator], node.this)

    def _compared(self, place: exp.Expr, operator: Operator, constant: exp.Expr) -> Condition | None:
        column = self._column(place)
        value = None if column is None else _value(constant, column)
        return None if column is None or value is None else _asked(column, operator, value)

    def _is(self, node: exp.Expr, *, holds: bool) -> Condition | None:
        if isinstance(node.expression, exp.Boolean):
            return self.implied(node.this, holds=bool(node.expression.this)) if holds else None
        column = self._column(node.this)
        if column is None or _is_text(column):
            return None
        return IsNull(column.name) if holds else Not(IsNull(column.name))

    def _column(self, node: exp.Expr) -> Column | None:
        """Find the column of the row itself that a node names; None for paths and all else."""
        node = node.unnest()
        own = isinstance(node, exp.Column) and len(node.parts) == 1
        return self.entity.columns.get(node.name) if own else None


def _all(parts: Sequence[Condition | None]) -> Condition | None:
    known = [part for part in parts if part is not None]
    return AllOf(tuple(known)) if len(known) > 1 else known[0] if known else None


def _any(parts: Sequence[Condition | None]) -> Condition | None:
    known = tuple(part for part in parts if part is not None)
    if len(known) < len(parts) or not 0 < len(known) <= _MOST:
        return None
    return AnyOf(known) if len(known) > 1 else known[0]


def _asked(column: Column, operator: Operator, value: Plain) -> Condition | None:
    """Compare a column with a value, as far as every system sees it alike."""
    match column.type.kind:
        case "text":
            return Compare(column.name, "=", value) if operator == "=" and value != "" else None
        case "int" | "decimal":
            return Compare(column.name, operator, value)
        case "choice" if column.type.coded == "text":
            return Compare(column.name, "=", value) if operator == "=" else None
        case "choice" | "boolean" | "guid":
            return Compare(column.name, operator, value) if operator in ("=", "<>") else None
        case "date" | "datetime":
            assert isinstance(value, date)
            return _spared(column.name, operator, value)


def _spared(column: str, operator: Operator, moment: date) -> Condition | None:
    """Compare with a time or a day that lies a day farther."""
    try:
        before, after = moment - _SPARE, moment + _SPARE
    except OverflowError:
        return None
    match operator:
        case "=":
            return AllOf((Compare(column, ">=", before), Compare(column, "<=", after)))
        case "<>":
            return None
        case "<" | "<=":
            return Compare(column, operator, after)
        case ">" | ">=":
            return Compare(column, operator, before)


def _is_text(column: Column) -> bool:
    return column.type.kind == "text" or (column.type.kind == "choice" and column.type.coded == "text")


def _value(node: exp.Expr, column: Column) -> Plain:
    """Read a constant as a value of the column; None where it is none."""
    node, sign = node.unnest(), ""
    if isinstance(node, exp.Neg):
        node, sign = node.this.unnest(), "-"
    if isinstance(node, exp.Boolean):
        return bool(node.this) if column.type.kind == "boolean" else None
    if not isinstance(node, exp.Literal):
        return None
    if column.type.kind == "choice":
        return _code(column, sign + node.name, named=node.is_string)
    return _text_value(node.name, column) if node.is_string else _number(sign + node.name, column)


def _code(column: Column, written: str, *, named: bool) -> Plain:
    """Find the code of a choice: by its label where it stands in quotes."""
    found = (one.code for one in column.choices if (one.label if named else str(one.code)) == written)
    return next(found, None)


def _number(written: str, column: Column) -> Plain:
    number = Decimal(written)
    if column.type.kind == "decimal":
        return number
    whole = column.type.kind == "int" and number == number.to_integral_value() and abs(number) < 2**63
    return int(number) if whole else None


def _text_value(written: str, column: Column) -> Plain:
    try:
        match column.type.kind:
            case "text":
                return written
            case "guid":
                return UUID(written)
            case "date":
                return date.fromisoformat(written)
            case "datetime":
                moment = datetime.fromisoformat(written)
                return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
            case _:
                return None
    except (ValueError, OverflowError):
        return None
