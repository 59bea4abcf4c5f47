"""Conversions between text, dates and instants: always with a zone, never with a shift that nobody asked for.

A datetime is a naive UTC timestamp. Zone arithmetic stops the statement for instants far outside the calendar, so it
stands behind a range of years; so do the sentinels that systems use for "never". A local time that the clock skipped is
TZ_GAP; one that the clock showed twice is taken as standard time, as the engine does.
"""

from __future__ import annotations

from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.sql import Sql, fragment, literal
from crosswalk.transforms.conversions.formats import iso_date, iso_datetime
from crosswalk.transforms.conversions.from_text import empty, like, matching, unlike
from crosswalk.transforms.conversions.guards import DATE, DATETIME, became, cast, guarded, try_cast

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_SECONDS = "(:[0-5][0-9]([.][0-9]{1,6}0*)?)?"
_FINER = "(:[0-5][0-9]([.][0-9]+)?)?"
_OFFSET = "(Z|[+-](0[0-9]|1[0-5]):?[0-5][0-9])"
INSTANT = f"^{_DAY}[T ]{_TIME}{_SECONDS}{_OFFSET}$"
_NAIVE = f"^{_DAY}[T ]{_TIME}{_SECONDS}$"
_ANY = f"^{_DAY}[T ]{_TIME}{_FINER}{_OFFSET}?$"
ISO_DATE = f"^{_DAY}$"


def text_to_date(value: Value, form: str | None) -> Value:
    """Read an ISO date, or one of the given pattern; OUT_OF_RANGE outside 1753-01-01 to 9999-12-31."""
    iso = iso_date(value.sql, form) if form else matching(value.sql, ISO_DATE)
    day = try_cast(iso, DATE)
    wrong = fragment("{x} <> '' AND {day} IS NULL", x=value.sql, day=day)
    return became(
        value,
        guarded(_day_in_range(day), day),
        DATE,
        empty(value),
        Fault("CAST_DATE", wrong, value.sql),
        Fault("OUT_OF_RANGE", _negated(_day_in_range(day)), value.sql),
    )


def text_to_datetime(value: Value, form: str | None, zone: str | None) -> Value:
    """Read an ISO instant with Z or an offset; without one, or by a pattern, as local time of `zone`."""
    if form and not zone:
        raise TransformError("TZ_REQUIRED", "a format gives local time, and no zone says where", "add timezone: UTC")
    naive = iso_datetime(value.sql, form) if form else matching(value.sql, _NAIVE)
    local = try_cast(naive, DATETIME)
    if form:
        return _instant(value, _to_utc(local, zone), local, zone, finer=None)
    offset = fragment("TRY_CAST({x} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'", x=matching(value.sql, INSTANT))
    instant = fragment("coalesce({offset}, {utc})", offset=offset, utc=_to_utc(local, zone)) if zone else offset
    exact = f"^{_DAY}[T ]{_TIME}{_SECONDS}{_OFFSET}?$"
    finer = fragment("{any} AND {inexact}", any=like(value.sql, _ANY), inexact=unlike(value.sql, exact))
    return _instant(value, instant, local, zone, finer=finer)


def date_to_datetime(value: Value, zone: str | None) -> Value:
    """Take the midnight at which a date begins in `zone`."""
    if not zone:
        raise TransformError("TZ_REQUIRED", "a date becomes an instant in a time zone only", "add timezone: UTC")
    local = cast(guarded(_day_in_range(value.sql), value.sql), DATETIME)
    outside = Fault("OUT_OF_RANGE", _negated(_day_in_range(value.sql)), value.sql)
    if zone == "UTC":
        return became(value, local, DATETIME, outside)
    utc, gap = _to_utc(local, zone), _gap(local, zone)
    sound = guarded(_negated(gap), utc)
    return became(value, sound, DATETIME, outside, Fault("TZ_GAP", gap, value.sql))


def datetime_to_date(value: Value, zone: str | None) -> Value:
    """Take the date that an instant has in `zone`."""
    if not zone:
        hint = "add timezone: UTC, or the zone whose date is meant"
        raise TransformError("TZ_REQUIRED", "an instant has a date in a time zone only", hint)
    inside = _instant_in_range(value.sql)
    if zone == "UTC":
        outside = Fault("OUT_OF_RANGE", _negated(inside), value.sql)
        return became(value, guarded(inside, cast(value.sql, DATE)), DATE, outside)
    there = fragment("{x} AT TIME ZONE 'UTC' AT TIME ZONE {zone}", x=value.sql, zone=literal(zone))
    day = guarded(inside, cast(there, DATE))
    beyond = fragment("{x} IS NOT NULL AND coalesce({out}, TRUE)", x=value.sql, out=_negated(_day_in_range(day)))
    return became(value, guarded(_day_in_range(day), day), DATE, Fault("OUT_OF_RANGE", beyond, value.sql))


def _instant(value: Value, instant: Sql, local: Sql, zone: str | None, finer: Sql | None) -> Value:
    wrong = fragment("{x} <> '' AND {instant} IS NULL", x=value.sql, instant=instant)
    inside = _instant_in_range(instant)
    faults = [empty(value), Fault("CAST_DATETIME", wrong, value.sql)]
    faults += [Fault("OUT_OF_RANGE", _negated(inside), value.sql)]
    if finer:
        faults.insert(1, Fault("PRECISION_LOSS", finer, value.sql))
    if zone and zone != "UTC":
        gap = _gap(local, zone)
        faults.append(Fault("TZ_GAP", gap, value.sql))
        inside = fragment("{inside} AND NOT coalesce({gap}, FALSE)", inside=inside, gap=gap)
    return became(value, guarded(inside, instant), DATETIME, *faults)


def _to_utc(local: Sql, zone: str | None) -> Sql:
    if zone in (None, "UTC"):
        return local
    return fragment("{local} AT TIME ZONE {zone} AT TIME ZONE 'UTC'", local=local, zone=literal(zone))


def _gap(local: Sql, zone: str) -> Sql:
    there_and_back = "{local} AT TIME ZONE {zone} AT TIME ZONE 'UTC' AT TIME ZONE 'UTC' AT TIME ZONE {zone} <> {local}"
    return fragment(there_and_back, local=local, zone=literal(zone))


def _day_in_range(day: Sql) -> Sql:
    return fragment("{day} BETWEEN DATE '1753-01-01' AND DATE '9999-12-31'", day=day)


def _instant_in_range(instant: Sql) -> Sql:
    bounds = "TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
    return fragment("{instant} BETWEEN " + bounds, instant=instant)


def _negated(condition: Sql) -> Sql:
    return fragment("NOT {condition}", condition=condition)
