"""Binds `split`: shares of a value over the units that one row makes, which add up to it to the last digit.

A share is value * weight / sum of weights, rounded; what rounding leaves over goes to one share, the carrier. The
weights of all units count that the map takes, also of those that are held or rejected for another reason: once they can
go on, the whole is complete, and no share that was delivered has to change.

The widths are proven to leave room for every product, and a row beyond them is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from crosswalk.compiler.scope import Place, RowScope
from crosswalk.compiler.shares import Share
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import MapError, Problem
from crosswalk.model import DataType, FieldMapping, Split
from crosswalk.sql import Sql, all_of, fragment, literal, name, type_name
from crosswalk.transforms.conversions.guards import need_kind
from crosswalk.transforms.conversions.numbers import digits

_MOST = 37
"""Digits of any product: 38 but for the doubling that rounding needs."""

_WEIGHT = 15
"""Digits of a weight; more are kept only where it has as many behind the point."""

_MANY = 6
"""Digits of how many units a row may make."""


def share_of(value: Value, split: Split, line: FieldMapping, place: Place) -> Value:
    """Share a value among the units of its row; `MapError` where its digits leave no room to compute."""
    scope = place.scope
    assert isinstance(scope, RowScope), "a split stands in field lines only"
    need_kind(value, "split", "int", "decimal")
    weight = _located(split, place)
    fine = _Fine(line, place)
    widths = _widths(value.type, weight.type, fine.scale, split)
    share = Share(
        name=_free(f"split {place.target.name}", scope.shares),
        whole=_scaled(value, widths.whole),
        weight=_scaled(weight, widths.weight),
        unit=fine.unit,
        up=max(0, fine.scale - digits(value.type)[1]),
        down=max(0, digits(value.type)[1] - fine.scale),
        mode=fine.mode,
        rest=split.rest,
        places=tuple(name(place) for place in _places(scope)),
        scale=fine.scale,
        length=widths.result - fine.scale - 1,
    )
    scope.shares[share.name] = share
    scope.landed["#source"] = None
    kind = DataType("decimal", precision=widths.result, scale=fine.scale)
    return Value(name(share.name), kind, (*value.faults, *fine.faults, *_faults(share, value, weight, widths)))


def _located(split: Split, place: Place) -> Value:
    try:
        weight = place.path(split.by.text)
        need_kind(weight, "the weight of a share", "int", "decimal")
    except TransformError as error:
        raise MapError([Problem(error.code, str(error), split.by.span, error.hint)]) from None
    return weight


def _free(wanted: str, taken: Mapping[str, object]) -> str:
    number = sum(1 for each in taken if each == wanted or each.startswith(f"{wanted} "))
    return wanted if number == 0 else f"{wanted} {number + 1}"


class _Fine:
    """How finely a share is rounded: by `round`, else as finely as its column."""

    def __init__(self, line: FieldMapping, place: Place) -> None:
        call = next((call for call in line.transforms if call.name == "round"), None)
        given = {} if call is None else call.argument if isinstance(call.argument, Mapping) else {"to": call.argument}
        to = str(given.get("to", place.target.type.scale)).strip()
        self.mode = str(given.get("mode", "half_up"))
        self.scale, self.unit, self.faults = place.target.type.scale, literal(1), tuple[Fault, ...]()
        if re.fullmatch(r"[0-9]{1,2}", to):
            self.scale = int(to)
        else:
            self._by_row(place.path(to))

    def _by_row(self, places: Value) -> None:
        need_kind(places, "the number of digits", "int")
        arms = " ".join(f"WHEN {{n{n}}} THEN {{u{n}}}" for n in range(self.scale))
        holes = {f"n{n}": literal(n) for n in range(self.scale)}
        holes |= {f"u{n}": literal(10 ** (self.scale - n)) for n in range(self.scale)}
        self.unit = fragment(f"CASE {{to}} {arms} ELSE 1 END", to=places.sql, **holes) if arms else literal(1)
        unknown = fragment("{to} IS NULL OR {to} < 0", to=places.sql)
        self.faults = (*places.faults, Fault("ROUND_DIGITS", unknown, places.sql))


@dataclass(frozen=True, slots=True)
class _Widths:
    whole: int
    weight: int
    result: int


def _widths(value: DataType, weight: DataType, scale: int, split: Split) -> _Widths:
    """Give out the digits: to the weight what it needs, to the value what is left."""
    (p, s), (pw, sw) = digits(value), digits(weight)
    of_weight = min(pw, max(_WEIGHT, sw + 3))
    of_whole = min(p, _MOST - of_weight - max(0, scale - s), _MOST - _MANY - 1 + s - 2 * scale)
    if of_whole <= s or of_weight + _MANY + max(s, scale) > _MOST:
        message = f"{value} shared by {weight} needs more than 38 digits"
        raise MapError([Problem("EXPR_TOO_WIDE", message, split.span, "round one of them first")])
    return _Widths(of_whole, of_weight, min(38, of_whole - s + 2 * scale + _MANY + 2))


def _scaled(value: Value, width: int) -> Sql:
    """Write a number in units of its last digit: its text without the point."""
    text = fragment("CAST(replace(CAST({x} AS VARCHAR), '.', '') AS HUGEINT)", x=value.sql)
    if digits(value.type)[0] <= width:
        return text
    return fragment("CASE WHEN {fits} THEN {text} END", fits=_fits(value, width), text=text)


def _fits(value: Value, width: int) -> Sql:
    precision, scale = digits(value.type)
    kind = DataType("decimal", precision=precision, scale=scale)
    number = fragment("CAST({x} AS {kind})", x=value.sql, kind=type_name(kind))
    power = fragment("CAST({power} AS {kind})", power=literal(10 ** (width - scale)), kind=type_name(kind))
    return fragment("{x} > -{power} AND {x} < {power}", x=number, power=power)


def _places(scope: RowScope) -> list[str]:
    """Name the columns that say in which order the entries of a row stand."""
    places = [f"{start.name}.{column}" for start in scope.starts.values() for column in start.order]
    scope.landed.update(dict.fromkeys(places))
    return places


def _faults(share: Share, value: Value, weight: Value, widths: _Widths) -> tuple[Fault, ...]:
    there = fragment("{x} IS NOT NULL", x=value.sql)
    invalid = all_of([there, share.part("invalid")])
    found = [Fault("SPLIT_INVALID", invalid, weight.sql)]
    if digits(value.type)[0] > widths.whole:
        beyond = fragment("NOT ({fits})", fits=_fits(value, widths.whole))
        found.insert(0, Fault("OUT_OF_RANGE", all_of([there, beyond]), value.sql))
    return tuple(found)
