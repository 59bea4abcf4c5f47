"""Cells of files as SQL: what is written in a form becomes the one spelling that pages have.

No expression here raises. A cell that is not written as its form says comes out with a question mark before it, so
that no reader takes it for a value: ``1.234`` in a file with decimal commas is not one and a bit.
"""

from __future__ import annotations

from crosswalk.connectors.files.form import Form
from crosswalk.entities import Column
from crosswalk.sql import Sql, fragment, literal, type_name

_DATE = r"\d{4}-\d\d-\d\d"
_MIDNIGHT = r"([T ]00:00(:00(\.0+)?)?Z?)?"
_LOCAL = _DATE + r"[T ]\d\d:\d\d(:\d\d(\.\d{1,6}0*)?)?"
_OFFSET = r" ?(Z|[+-]\d\d(:?\d\d)?)"
_GUID = r"\{?[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?"
_REAL = {"DOUBLE": 15, "FLOAT": 6}
"""A binary real holds any decimal of so many digits, and not any of more."""
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}


def cell(x: Sql, given: str, column: Column, form: Form) -> Sql:
    """Give a cell of the DuckDB type `given` for a column: as it is where that is the type of the column, else as text
    in the one spelling.
    """
    kind, given = column.type.kind, given.replace(" ", "")
    if given == "VARCHAR":
        return from_text(x, column, form)
    if given == "JSON":
        return from_text(fragment("({x} ->> '$')", x=x), column, form)
    if kind == "datetime" and given.startswith(("TIMESTAMP", "DATE")):
        return _instant(x, given, form)
    if given == type_name(column.type).text.replace(" ", ""):
        return x
    if kind == "date" and given.startswith("TIMESTAMP"):
        return from_text(fragment("CAST({x} AS VARCHAR)", x=x), column, form)
    if kind == "boolean" and given in _WHOLE:
        return fragment(
            "CASE {x} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '?' || CAST({x} AS VARCHAR) END",
            x=x,
        )
    if given in _REAL:
        return _real(x, _REAL[given])
    nested = given.startswith(("STRUCT", "MAP")) or given.endswith("]")
    return fragment("CAST(to_json({x}) AS VARCHAR)" if nested else "CAST({x} AS VARCHAR)", x=x)


def from_text(x: Sql, column: Column, form: Form) -> Sql:
    """Give a cell that is text in the file in the one spelling."""
    match column.type.kind:
        case "int" | "decimal":
            return _number(x, form)
        case "choice":
            return _number(x, form) if column.type.coded == "int" else x
        case "boolean":
            return _boolean(x, form)
        case "date":
            return _date(x, form)
        case "datetime":
            return _time(x, form)
        case "guid":
            bare = fragment("lower(trim({x}, '{}'))", x=x)
            return fragment(
                "CASE WHEN regexp_full_match({x}, {guid}) THEN {bare} ELSE {x} END",
                x=x,
                guid=literal(_GUID),
                bare=bare,
            )
        case "text":
            return x


def _number(x: Sql, form: Form) -> Sql:
    if form.decimal == "." and not form.thousands:
        return x
    whole = r"\d+"
    if form.thousands:
        apart = f"[{form.thousands}]"
        whole = rf"(\d+|\d{{1,3}}({apart}\d{{3}})+)"
    point = f"[{form.decimal}]"
    return fragment(
        "CASE WHEN regexp_full_match({x}, {written}) THEN replace(replace({x}, {apart}, ''), {point}, '.')"
        " ELSE '?' || {x} END",
        x=x,
        written=literal(rf"[+-]?{whole}({point}\d+)?"),
        apart=literal(form.thousands or " "),
        point=literal(form.decimal),
    )


def _boolean(x: Sql, form: Form) -> Sql:
    return fragment(
        "CASE lower({x}) WHEN {yes} THEN 'true' WHEN {no} THEN 'false' ELSE '?' || {x} END",
        x=x,
        yes=literal(form.booleans[0].lower()),
        no=literal(form.booleans[1].lower()),
    )


def _date(x: Sql, form: Form) -> Sql:
    return fragment(
        "CASE WHEN regexp_full_match({x}, {iso}) THEN left({x}, 10)"
        " WHEN {parsed} = date_trunc('day', {parsed}) THEN strftime({parsed}, '%Y-%m-%d') ELSE '?' || {x} END",
        x=x,
        iso=literal(_DATE + _MIDNIGHT),
        parsed=_parsed(x, form.dates),
    )


def _time(x: Sql, form: Form) -> Sql:
    """Times with an offset become UTC; those without are local to the zone of the form."""
    local = fragment(
        "CASE WHEN regexp_full_match({x}, {local}) THEN TRY_CAST({x} AS TIMESTAMP) ELSE {parsed} END",
        x=x,
        local=literal(_LOCAL),
        parsed=_parsed(x, form.datetimes),
    )
    return fragment(
        "coalesce(strftime(CASE WHEN regexp_full_match({x}, {offset})"
        " THEN TRY_CAST({x} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
        " WHEN regexp_full_match({x}, {date}) THEN {midnight} ELSE {local} END, '%Y-%m-%dT%H:%M:%S.%f'), '?' || {x})",
        x=x,
        offset=literal(_LOCAL + _OFFSET),
        date=literal(_DATE),
        midnight=_to_utc(fragment("TRY_CAST({x} AS TIMESTAMP)", x=x), form.zone),
        local=_to_utc(local, form.zone),
    )


def _parsed(x: Sql, patterns: tuple[str, ...]) -> Sql:
    if not patterns:
        return Sql("CAST(NULL AS TIMESTAMP)")
    listed = Sql("[" + ", ".join(literal(pattern).text for pattern in patterns) + "]")
    return fragment("try_strptime({x}, {patterns})", x=x, patterns=listed)


def _to_utc(local: Sql, zone: str) -> Sql:
    """Turn local time into UTC; a time that the zone leaves out, when clocks go forward, becomes null."""
    if zone == "UTC":
        return local
    return fragment(
        "CASE WHEN {x} AT TIME ZONE {zone} AT TIME ZONE {zone} = {x}"
        " THEN {x} AT TIME ZONE {zone} AT TIME ZONE 'UTC' END",
        x=local,
        zone=literal(zone),
    )


def _instant(x: Sql, given: str, form: Form) -> Sql:
    """Typed times: instants in UTC, local ones by the zone; what is finer than a microsecond goes as text, in full."""
    if given == "TIMESTAMPWITHTIMEZONE":
        return fragment("{x} AT TIME ZONE 'UTC'", x=x)
    if given == "TIMESTAMP_NS":
        text = fragment("CAST({x} AS VARCHAR)", x=x)
        written = fragment("regexp_replace({x}, '(\\.\\d*?)0+$', '\\1')", x=text)
        return fragment("CASE WHEN {x} IS NULL THEN NULL ELSE {y} END", x=x, y=_time(written, form))
    local = x if given == "TIMESTAMP" else fragment("CAST({x} AS TIMESTAMP)", x=x)
    if form.zone == "UTC":
        return local
    shown = fragment("strftime({x}, '%Y-%m-%dT%H:%M:%S.%f')", x=_to_utc(local, form.zone))
    return fragment("coalesce({shown}, '?' || CAST({x} AS VARCHAR))", shown=shown, x=x)


def _real(x: Sql, most: int) -> Sql:
    """A real is told as a plain decimal where so many digits tell it all; else nobody knows which one was meant."""
    text = fragment("CAST({x} AS VARCHAR)", x=x)
    plain = fragment(
        "CASE WHEN {text} LIKE '%e%' THEN rtrim(rtrim(CAST(TRY_CAST({text} AS DECIMAL(38, 15)) AS VARCHAR), '0'), '.')"
        " ELSE regexp_replace({text}, '\\.0$', '') END",
        text=text,
    )
    digits = fragment(
        "length(rtrim(ltrim(regexp_replace(regexp_replace({text}, 'e.*$', ''), '[-.]', '', 'g'), '0'), '0'))", text=text
    )
    return fragment(
        "CASE WHEN {x} IS NULL THEN NULL WHEN {digits} <= {most} AND isfinite({x})"
        " AND TRY_CAST({plain} AS DOUBLE) = CAST({text} AS DOUBLE) THEN {plain} ELSE '?' || {text} END",
        x=x,
        digits=digits,
        most=literal(most),
        plain=plain,
        text=text,
    )
