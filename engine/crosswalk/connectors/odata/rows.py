"""The query that makes rows of an answer: DuckDB reads the JSON text itself and brings each cell into its spelling.

Every cell comes out as text. Numbers without quotes have been looked at before (`answers`), so that no digit is lost
here; ones in powers of ten are written out. Times come out in UTC, dates as days.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from crosswalk.connectors.odata.binding import ETAG, Binding, Bound
from crosswalk.connectors.odata.dialects import Dialect
from crosswalk.connectors.odata.settings import Settings
from crosswalk.sql import Sql, fragment, literal, name

_WHOLE = {"Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Byte", "Edm.SByte"}
_MOMENTS = {"Edm.DateTimeOffset", "Edm.DateTime"}
_REMOVED = ("@removed", "@odata.context")


def rows_of(binding: Binding, settings: Settings) -> Sql:
    """Read the rows out of the text ``$page``, an answer with a list ``value``; removed rows are left out."""
    structure = dict.fromkeys(sorted((*binding.expected, *_REMOVED)), "VARCHAR")
    cells = (_named(_cell(bound, settings), bound) for bound in binding.columns.values())
    return Sql(" ".join(("SELECT", ", ".join(cells), "FROM", _read(structure), "WHERE", _present().text)))


def keys_of(binding: Binding, settings: Settings) -> Sql:
    """Read keys out of the text ``$page``, an answer whose rows have the properties of the key."""
    bound = [binding.columns[column] for column in binding.entity.key]
    cells = (_named(_cell(each, settings), each) for each in bound)
    return Sql(" ".join(("SELECT", ", ".join(cells), "FROM", _read({each.name: "VARCHAR" for each in bound}))))


def _read(structure: Mapping[str, str]) -> str:
    """Read the rows as structs ``r``, each by itself: a list read as a whole takes more than twice as long. The list of
    one around it keeps DuckDB from reading a row once for the filter and once more for the cells.
    """
    read = fragment("unnest([from_json(each, {structure})])", structure=literal(json.dumps(structure)))
    one_by_one = "(SELECT unnest(json_extract($page, '$.value[*]')) AS each)"
    return " ".join(("(SELECT", read.text, "AS r FROM", one_by_one, ")"))


def _present() -> Sql:
    removed, context = (fragment("r.{name}", name=name(each)) for each in _REMOVED)
    pattern = "{removed} IS NULL AND NOT coalesce(ends_with({context}, '/$deletedEntity'), FALSE)"
    return fragment(pattern, removed=removed, context=context)


def _named(cell: Sql, bound: Bound) -> str:
    return f"{cell.text} AS {name(bound.column.name).text}"


def _cell(bound: Bound, settings: Settings) -> Sql:
    """Bring one cell into the spelling that pages have."""
    x = fragment("r.{name}", name=name(bound.name))
    if bound.name == ETAG:
        return _version(x, settings.dialect)
    if bound.codes:
        return _coded(x, bound)
    match bound.column.type.kind:
        case "guid":
            return fragment("lower({x})", x=x)
        case "boolean":
            return x if bound.edm == "Edm.Boolean" else fragment(_TRUTH, x=x)
        case "date":
            return _day(x, bound, settings)
        case "datetime":
            return _moment(x, bound, settings)
        case "decimal":
            return fragment(_PLAIN_NUMBER, x=x)
        case "int":
            return _number(x, bound)
        case "choice":
            return _number(x, bound) if bound.column.type.coded == "int" else x
        case "text":
            return x


_TRUTH = (
    "CASE lower({x}) WHEN 'yes' THEN 'true' WHEN '1' THEN 'true' WHEN 'no' THEN 'false' WHEN '0' THEN 'false'"
    " ELSE {x} END"
)
_PLAIN_NUMBER = (
    "CASE WHEN NOT regexp_matches({x}, '[eE]') THEN {x} ELSE coalesce("
    "regexp_replace(CAST(TRY_CAST({x} AS DECIMAL(38, 20)) AS VARCHAR), '\\.?0+$', ''), "
    "CAST(TRY_CAST({x} AS DECIMAL(38, 0)) AS VARCHAR), {x}) END"
)
"""A double has at most 17 digits: beyond 18 whole ones it has no decimals."""


def _number(x: Sql, bound: Bound) -> Sql:
    if bound.edm in _WHOLE:
        return x
    if bound.edm == "Edm.Boolean":
        return fragment("CASE {x} WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE {x} END", x=x)
    return fragment("regexp_replace({x}, '\\.0+$', '')", x=fragment(_PLAIN_NUMBER, x=x))


def _coded(x: Sql, bound: Bound) -> Sql:
    pairs = [(member, code) for member, code in bound.codes.items() if member != code]
    if not pairs:
        return x
    cases = (" ".join(("WHEN", literal(a).text, "THEN", literal(b).text)) for a, b in pairs)
    return Sql(" ".join(("CASE", x.text, *cases, "ELSE", x.text, "END")))


def _version(x: Sql, dialect: Dialect) -> Sql:
    """Make a row version of an ETag, as `dialects.version_of` does."""
    if dialect.version == "number":
        return fragment("regexp_extract({x}, '^W/\"([0-9]+)\"$', 1)", x=x)
    return fragment("CAST(md5_number_upper({x}) & 9223372036854775807 AS VARCHAR)", x=x)


def _day(x: Sql, bound: Bound, settings: Settings) -> Sql:
    if bound.edm not in _MOMENTS:
        return x
    day = fragment("left({x}, 10)", x=x)
    if not settings.dialect.noon and settings.time_zone != "UTC":
        zone = literal(settings.time_zone)
        moment = fragment("TRY_CAST({x} AS TIMESTAMPTZ)", x=x)
        local = fragment("strftime(timezone({zone}, {moment}), '%Y-%m-%d')", zone=zone, moment=moment)
        day = fragment(
            "CASE WHEN {offset} THEN coalesce({local}, {x}) ELSE {day} END", **_parts(x), local=local, day=day
        )
    elif not settings.dialect.noon:
        utc = fragment("strftime(timezone('UTC', TRY_CAST({x} AS TIMESTAMPTZ)), '%Y-%m-%d')", x=x)
        day = fragment("CASE WHEN ends_with({x}, 'Z') THEN {day} ELSE coalesce({utc}, {x}) END", x=x, day=day, utc=utc)
    return _without_none(day, x, settings)


def _moment(x: Sql, bound: Bound, settings: Settings) -> Sql:
    if bound.edm == "Edm.Date":
        return fragment("{x} || 'T00:00:00'", x=x)
    zone = literal(settings.time_zone)
    written = fragment(_WRITTEN, t=fragment("timezone('UTC', TRY_CAST({x} AS TIMESTAMPTZ))", x=x))
    local = fragment(_WRITTEN, t=fragment("timezone('UTC', timezone({z}, TRY_CAST({x} AS TIMESTAMP)))", z=zone, x=x))
    short = fragment("regexp_replace({x}, {zeros}, '\\1Z')", x=x, zeros=_TRAILING_ZEROS)
    pattern = (
        "CASE WHEN ends_with({x}, 'Z') THEN {short} WHEN regexp_matches({x}, {finer}) THEN {x}"
        " WHEN {offset} THEN coalesce({written}, {x}) ELSE coalesce({local}, {x}) END"
    )
    cell = fragment(pattern, **_parts(x), short=short, finer=_FINER, written=written, local=local)
    return _without_none(cell, x, settings)


_TRAILING_ZEROS = literal(r"(\.[0-9]{6})0+Z$")
_FINER = literal(r"\.[0-9]{6}0*[1-9]")
"""A time finer than a microsecond stays as it came, so that it is seen not to fit."""

_WRITTEN = "strftime({t}, '%Y-%m-%dT%H:%M:%S.%f')"


def _parts(x: Sql) -> dict[str, Sql]:
    return {"x": x, "offset": fragment("regexp_matches({x}, '(Z|[+-][0-9][0-9]:?[0-9][0-9])$')", x=x)}


def _without_none(cell: Sql, x: Sql, settings: Settings) -> Sql:
    """Give null for the day that stands for none."""
    none = settings.dialect.no_date
    if none is None:
        return cell
    return fragment("CASE WHEN left({x}, 10) = {none} THEN NULL ELSE {cell} END", x=x, none=literal(none), cell=cell)
