"""Splits a value among the units of a row, in fractions: no share is rounded before it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from crosswalk.model import Column, FieldMapping
from tests.oracle.cells import Cell, Fault, Unclear, Value
from tests.oracle.evaluate import Lenient, number
from tests.oracle.scopes import RowScope

_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}


def share(cell: Cell, line: FieldMapping, column: Column, scope: RowScope) -> Cell:
    """What one unit gets: its rounded share, and for the carrier what the others leave over."""
    if line.split is None or scope.siblings is None:
        raise Unclear("a split without units")
    call = next((call for call in line.transforms if call.name == "round"), None)
    given = {} if call is None else call.argument if isinstance(call.argument, Mapping) else {"to": call.argument}
    to, mode = str(given.get("to", column.type.scale)), str(given.get("mode", "half_up"))
    places = int(to) if to.isdigit() else scope.cell(tuple(to.split("."))).value
    if not isinstance(places, int) or places < 0:
        raise Fault("ROUND_DIGITS")
    if cell.value is None:
        return Cell(None)
    family = scope.siblings()
    weights = [_weight(sibling, line.split.by.parts) for sibling in family]
    if any(weight is None or weight < 0 for weight in weights) or not sum(filter(None, weights)):
        raise Fault("SPLIT_INVALID")
    whole, known = Fraction(number(cell.value)), [weight or Fraction(0) for weight in weights]
    shares = [_rounded(whole * weight / sum(known), places, mode) for weight in known]
    carrier = _carrier(known, line.split.rest)
    shares[carrier] += _rounded(whole, places, mode) - sum(shares)
    return Cell(shares[next(n for n, sibling in enumerate(family) if sibling is scope)])


def _weight(sibling: RowScope, parts: tuple[str, ...]) -> Fraction | None:
    value: Value = Lenient(sibling).cell(parts).value
    return None if value is None else Fraction(number(value))


def _carrier(weights: list[Fraction], rest: str) -> int:
    """Which unit takes the rest; units stand in the order of their entries."""
    if rest == "largest":
        return weights.index(max(weights))
    bearing = [place for place, weight in enumerate(weights) if weight > 0]
    return bearing[0] if rest == "first" else bearing[-1]


def _rounded(value: Fraction, places: int, mode: str) -> Decimal:
    """Round a fraction exactly: the digits behind the last one only matter as less, half or more."""
    scaled = abs(value) * 10**places
    down, over = divmod(scaled.numerator, scaled.denominator)
    half = Fraction(over, scaled.denominator) - Fraction(1, 2)
    up = _MODES[mode] != ROUND_DOWN and (half > 0 or (half == 0 and (_MODES[mode] == ROUND_HALF_UP or down % 2 == 1)))
    return (Decimal(down + up) * (-1 if value < 0 else 1)).scaleb(-places)
