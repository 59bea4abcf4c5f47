"""How each type of PostgreSQL travels: what is sent, how DuckDB takes it, what cannot be sent, how text becomes it.

Binary rows are fast and have edges: a date of ``infinity``, a year before our era and a ``NaN`` among decimals would
arrive as other values, or end the read. Rows with such a cell are `odd`: they are left out of the stream and read
once more, all cells as text, so that the engine rejects them for what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crosswalk.connectors.postgres.statements import filled
from crosswalk.model import DataType
from crosswalk.sql import Sql, literal

_WIDEST = 38
_LOOSE = DataType("decimal", precision=38, scale=10)
"""What a number without declared digits is taken for; an entity file may say it better."""

_NO_SUCH_DAY = "{x} NOT BETWEEN '0001-01-01' AND '9999-12-31'"
_NO_SUCH_TIME = "({x} < '0001-01-01' OR {x} >= '10000-01-01')"
_TIME_TEXT = "to_char({utc}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
_FLOAT = "CASE WHEN {x} IN ('NaN', 'Infinity', '-Infinity') THEN {x}::text ELSE {x}::text::numeric::text END"


@dataclass(frozen=True, slots=True)
class Form:
    """Patterns over a value ``{x}``. `sent`, `odd`, `spelled` and `taken` are for PostgreSQL, `landed` for DuckDB.
    `spelled` is text in the one spelling of the engine; `taken` makes a value of the column from text or from what
    DuckDB sends; `kept` tells that the column holds it whole, where it might be cut without a word.
    """

    type: DataType
    sent: str = "{x}::text"
    landed: str = "{x}"
    odd: str = ""
    spelled: str = "{x}::text"
    taken: str = "{x}::text"
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """The type of a column as the catalog has it, domains followed to what they rest on. `name` is how a cast names
    it, `modifier` the number in which length, precision and scale are packed, -1 without.
    """

    name: str
    modifier: int
    labels: tuple[str, ...] = ()


_PLAIN = {
    "uuid": Form(DataType("guid"), sent="{x}", landed="CAST({x} AS UUID)", taken="{x}::uuid"),
    "boolean": Form(DataType("boolean"), sent="{x}", taken="{x}::boolean"),
    "date": Form(DataType("date"), sent="{x}", odd=_NO_SUCH_DAY, taken="{x}::date"),
    "money": Form(
        DataType("decimal", precision=19, scale=2),
        sent="{x}::numeric::text",
        spelled="{x}::numeric::text",
        taken="{x}::numeric::money",
    ),
    **dict.fromkeys(
        ("smallint", "integer", "bigint"),
        Form(DataType("int"), sent="{x}", landed="CAST({x} AS BIGINT)", taken="{x}::bigint"),
    ),
    **dict.fromkeys(
        ("real", "double precision"),
        Form(_LOOSE, sent=_FLOAT, spelled=_FLOAT, taken="{x}::text::numeric::float8"),
    ),
}


def form(declared: Declared, zone: str) -> Form:
    """Say how a column travels; `zone` is that of times without one."""
    modifier = declared.modifier
    match declared.name:
        case "numeric":
            return _numeric(modifier)
        case "timestamp with time zone":
            utc = "{x} AT TIME ZONE 'UTC'"
            made = "({x}::timestamp AT TIME ZONE 'UTC')"
            return _time(made, utc, "{x}", f"{made}::timestamptz({modifier}) = {made}" if modifier >= 0 else "")
        case "timestamp without time zone":
            return _local_time(modifier, zone)
        case "character varying":
            return Form(DataType("text", length=modifier - 4 if modifier > 4 else None), sent="{x}")
        case "character":
            return Form(DataType("text", length=modifier - 4 if modifier > 4 else None))
        case "text":
            return Form(DataType("text"), sent="{x}")
        case named if named in _PLAIN:
            return _PLAIN[named]
    other = DataType("choice") if declared.labels else DataType("text")
    return Form(other, taken="{x}::text::" + declared.name)


def _numeric(modifier: int) -> Form:
    """Numbers come as text in any case; with digits declared DuckDB can cast them, and only ``NaN`` is no number."""
    if modifier < 4:
        return Form(_LOOSE, taken="{x}::numeric")
    precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF
    if precision > _WIDEST or scale > precision:
        return Form(_LOOSE, taken="{x}::numeric")
    return Form(
        DataType("decimal", precision=precision, scale=scale),
        sent="{x}",
        odd="{x} = 'NaN'",
        taken="{x}::numeric",
        kept=f"{{x}}::numeric = round({{x}}::numeric, {scale})",
    )


def _local_time(modifier: int, zone: str) -> Form:
    whole = f"{{x}}::timestamp({modifier}) = {{x}}::timestamp" if modifier >= 0 else ""
    if zone == "UTC":
        return _time("{x}::timestamp", "{x}", "{x}", whole)
    named = literal(zone).text
    there = f"({{x}} AT TIME ZONE {named})"
    made = f"({{x}}::timestamp AT TIME ZONE 'UTC' AT TIME ZONE {named})"
    return _time(made, f"{there} AT TIME ZONE 'UTC'", there, whole)


def _time(taken: str, utc: str, sent: str, kept: str) -> Form:
    return Form(
        DataType("datetime"),
        sent=sent,
        landed="make_timestamp(epoch_us({x}))",
        odd=_NO_SUCH_TIME,
        spelled=_TIME_TEXT.replace("{utc}", utc),
        taken=taken,
        kept=kept,
    )


def spelled(found: Form, x: Sql) -> Sql:
    """Write a value as text; one that is odd as the server writes it, which is in no spelling of the engine."""
    return filled(loose(found).sent, x=x)


def taken(found: Form, x: Sql, given: DataType | None = None) -> Sql:
    """Make a value of the column. Where what is `given` has more decimals than the column, a value that would be
    rounded is an error that names it; a cast alone would round it without a word.
    """
    made = filled(found.taken, x=x)
    finer = given is None or given.kind != "decimal" or given.scale > found.type.scale
    if not found.kept or not finer:
        return made
    pattern = "CASE WHEN {x} IS NULL OR {kept} THEN {made} ELSE ({x}::text || ' does not fit the column')::{to} END"
    to = Sql("numeric" if found.type.kind == "decimal" else "timestamp")
    return filled(pattern, x=x, kept=filled(found.kept, x=x), made=made, to=to)


def asked(found: Form, wanted: DataType) -> Form:
    """The form in which a column travels for an entity that says `wanted`: as that type where it loses nothing and can
    always be, else as text, which the engine checks cell by cell.
    """
    if {found.type.kind, wanted.kind} <= {"text", "choice"} and wanted.coded == "text":
        return found
    if found.type.kind != wanted.kind:
        return loose(found)
    if wanted.kind != "decimal":
        return found
    wide_enough = wanted.precision - wanted.scale >= found.type.precision - found.type.scale
    if not found.odd or wanted.scale < found.type.scale or not wide_enough:
        return loose(found)
    return replace(found, landed=f"CAST({{x}} AS DECIMAL({wanted.precision}, {wanted.scale}))")


def loose(found: Form) -> Form:
    """The same column with every cell as text."""
    text = f"CASE WHEN {found.odd} THEN {{x}}::text ELSE {found.spelled} END" if found.odd else found.spelled
    return replace(found, sent=text, landed="{x}", odd="")
