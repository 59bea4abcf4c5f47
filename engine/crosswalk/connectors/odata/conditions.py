"""Writes a condition as ``$filter``, so that the server keeps exactly the rows for which SQL would say TRUE.

Why negations are pushed inwards: OData has two truth values where SQL has three. ``x ne 5`` and ``not (x eq 5)`` hold
there when x is null. With negations at the leaves, and ``ne null`` beside every ``ne``, both agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from crosswalk.connectors.odata.binding import Binding, Bound
from crosswalk.connectors.odata.encoding import Spelling, literal
from crosswalk.connectors.odata.settings import Settings
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Not, Plain

Operator = Literal["=", "<>", "<", "<=", ">", ">="]
_WORDS = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_OPPOSITE: dict[Operator, Operator] = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def filter_text(condition: Condition, binding: Binding, settings: Settings) -> str:
    """Write a condition over columns of the entity, not yet escaped for an address."""
    return _Writer(binding, settings).write(condition, negated=False)


class _Writer:
    def __init__(self, binding: Binding, settings: Settings) -> None:
        self.binding, self.settings = binding, settings
        dialect = settings.dialect
        self.spelling = Spelling(dialect.noon, settings.time_zone, dialect.no_date)

    def write(self, condition: Condition, *, negated: bool) -> str:
        match condition:
            case Not(item):
                return self.write(item, negated=not negated)
            case AllOf(items):
                return self._joined(items, "or" if negated else "and", negated=negated)
            case AnyOf(items):
                return self._joined(items, "and" if negated else "or", negated=negated)
            case IsNull(column):
                return self._null(self.binding.columns[column], negated=negated)
            case Compare(column, operator, value):
                return self._known(self.binding.columns[column], _OPPOSITE[operator] if negated else operator, value)
            case _:
                assert_never(condition)

    def _joined(self, items: Iterable[Condition], word: Literal["and", "or"], *, negated: bool) -> str:
        parts = [self.write(item, negated=negated) for item in items]
        if not parts:
            return "true" if word == "and" else "false"
        return parts[0] if len(parts) == 1 else "(" + f" {word} ".join(parts) + ")"

    def _last_none(self, bound: Bound) -> str | None:
        """Give the last moment that stands for no date, where the service has one: it and all before it are null."""
        none = self.spelling.no_date
        return None if none is None or bound.edm != "Edm.DateTimeOffset" else f"{none}T23:59:59Z"

    def _null(self, bound: Bound, *, negated: bool) -> str:
        last = self._last_none(bound)
        if last is None:
            return f"{bound.name} {'ne' if negated else 'eq'} null"
        return f"{bound.name} gt {last}" if negated else f"({bound.name} eq null or {bound.name} le {last})"

    def _known(self, bound: Bound, operator: Operator, value: Plain) -> str:
        """Compare, and leave out what stands for null and would meet the comparison."""
        text, last = self._compare(bound, operator, value), self._last_none(bound)
        return text if last is None or operator in ("=", ">", ">=") else f"({text} and {bound.name} gt {last})"

    def _compare(self, bound: Bound, operator: Operator, value: Plain) -> str:
        if bound.edm == "Edm.DateTimeOffset" and isinstance(value, date) and not isinstance(value, datetime):
            return self._day(bound, operator, value)
        if bound.edm == "Edm.Date" and isinstance(value, datetime) and operator not in ("=", "<>"):
            operator, value = _of_day(operator, value)
        text = f"{bound.name} {_WORDS[operator]} {self.literal(bound, value)}"
        return f"({text} and {bound.name} ne null)" if operator == "<>" else text

    def _day(self, bound: Bound, operator: Operator, day: date) -> str:
        """Compare with a whole day: a time is of a day from its first moment until the first of the next."""
        first, after = self._moment(day), self._moment(day + timedelta(days=1))
        match operator:
            case "=":
                return f"({bound.name} ge {first} and {bound.name} lt {after})"
            case "<>":
                return f"({bound.name} lt {first} or {bound.name} ge {after})"
            case "<" | ">=":
                return f"{bound.name} {_WORDS[operator]} {first}"
            case "<=":
                return f"{bound.name} lt {after}"
            case ">":
                return f"{bound.name} ge {after}"

    def _moment(self, day: date) -> str:
        zone = ZoneInfo("UTC" if self.spelling.noon else self.spelling.zone)
        return datetime.combine(day, time(), zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def literal(self, bound: Bound, value: Plain) -> str:
        """Write a value as the property's type wants it; a code as the member of its enumeration."""
        if bound.codes and value is not None:
            code = "true" if value is True else "false" if value is False else str(value)
            return literal(bound.member(code), bound.edm, self.spelling)
        if isinstance(value, Decimal) and value != value.to_integral_value():
            return f"{value:f}"
        return literal(value, bound.edm, self.spelling)


def _of_day(operator: Operator, moment: datetime) -> tuple[Operator, date]:
    """Compare days with a time: the day of the time lies before it, unless the time is its first moment."""
    if moment.time() == time():
        return operator, moment.date()
    return "<=" if operator in ("<", "<=") else ">", moment.date()
