"""The tables that the suite asks every system for, and the values that go to the ends of each type.

The list is fixed, for a server whose tables are compiled must know them before it starts. Names are plain where names
are not what is tested; a bench may give a table another name, or other roles, and says so in the entity it gives back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.model import Choice, Column, DataType, Entity, EntityRef, Kind

HERE = Span("conformance", 1, 1)
SYSTEM = "far"
CHOICES: Mapping[str, tuple[Choice, ...]] = {
    "int": (Choice(0, "Open"), Choice(1, "Posted"), Choice(192350000, "Other")),
    "text": (Choice("red", "Red"), Choice("blau", "Blau")),
}
START = datetime(2026, 3, 1, 12, 0, 0)


def column(name: str, kind: Kind, length: int | None = None, *, coded: str = "text") -> Column:
    """Make a column of the suite: decimals are decimal(38,10)."""
    precision, scale = (38, 10) if kind == "decimal" else (0, 0)
    choices = CHOICES[coded] if kind == "choice" else ()
    type_ = DataType(kind, length, precision, scale, "int" if coded == "int" else "text")
    return Column(name, type_, HERE, choices=choices)


def table(name: str, key: tuple[str, ...], *columns: Column) -> Entity:
    """Make an entity with a modified time and a row version at its end."""
    roles = (column("modifiedon", "datetime"), column("versionnumber", "int"))
    found = {each.name: each for each in (*columns, *roles)}
    for part in key:
        found[part] = replace(found[part], required=True)
    return Entity(EntityRef(SYSTEM, name), name, key, found, HERE, modified="modifiedon", row_version="versionnumber")


THINGS = table(
    "things",
    ("Id",),
    column("Id", "guid"),
    column("Name", "text", 50),
    column("Note", "text"),
    column("Quantity", "int"),
    column("Amount", "decimal"),
    column("Flag", "boolean"),
    column("Day", "date"),
    column("At", "datetime"),
    column("State", "choice", coded="int"),
    column("Colour", "choice"),
)
LINES = table(
    "lines",
    ("Company", "Number", "Line"),
    column("Company", "text", 4),
    column("Number", "text", 20),
    column("Line", "int"),
    column("Text", "text", 100),
)
WIDE = table(
    "wide", ("Id",), column("Id", "int"), *(column(f"C{n:03}", "text" if n % 2 else "int", 50 if n % 2 else None) for n in range(297))
)  # fmt: skip
CODES = table("codes", ("Code",), column("Code", "text", 200), column("Text", "text", 200))
HOSTILE_TABLE = 'what\'s "this"; -- ä€'
HOSTILE_COLUMNS = (
    'with "quotes"', "it's", "two  words", "umlaut Ä ß ñ", "select", "$filter", "a;b--c", "%20", "eq", "null",
    "back\\slash", "🙂", "{brace}", "comma,", "Robert'); DROP TABLE things;--",
)  # fmt: skip
HOSTILE = table(HOSTILE_TABLE, ("order",), column("order", "int"), *(column(n, "text", 100) for n in HOSTILE_COLUMNS))
MILD_HOSTILE = table(
    "order", ("Key",), column("Key", "int"),
    *(column(n, "text", 100) for n in ("Select", "from", "eq", "and", "not", "filter", "Value", "Größe", "in_")),
)  # fmt: skip
"""Names that are words of some language, for systems in which a name is letters and digits. A column called ``null`` is
left out: SAP CAP takes it for no value in ``$select`` and answers 500.
"""

SHAPES: tuple[Entity, ...] = (THINGS, LINES, WIDE, CODES, HOSTILE, MILD_HOSTILE)

_NASTY_TEXT = (
    "", " ", " leading and trailing ", "it's", 'say "so"', "a\nb\r\nc\td", "🙂👩‍👩‍👧 ñ Ä ß 漢字", "null", "NULL", "true", "0012",
    "back\\slash \\n", "a,b;c|d", "%_*?", "<a href='x'>&amp;</a>", "e\u0301 and \u00e9", "\u202eright to left", "{x} ${env:HOME}",
)  # fmt: skip
EXTREMES: Mapping[str, tuple[Plain, ...]] = {
    "Id": (UUID(int=0), UUID(int=2**128 - 1), UUID("00000000-0000-4000-8000-00000000000a")),
    "Name": (*_NASTY_TEXT, "x" * 50, "🙂" * 25),
    "Note": (*_NASTY_TEXT, "x" * 4001),
    "Quantity": (0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)),
    "Amount": (
        Decimal("0"), Decimal("-0.0000000001"), Decimal("0.1"), Decimal("12.5"), Decimal("123456789012345.6789"),
        Decimal("9999999999999999999999999999.9999999999"), Decimal("-9999999999999999999999999999.9999999999"),
    ),
    "Flag": (True, False),
    "Day": (date(1, 1, 1), date(1753, 1, 1), date(1970, 1, 1), date(2024, 2, 29), date(9999, 12, 31)),
    "At": (
        datetime(1, 1, 1), datetime(1753, 1, 1), datetime(1970, 1, 1), datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 1, 30, 0, 1),
        datetime(2026, 1, 1, 23, 59, 59, 999999), datetime(9999, 12, 31, 23, 59, 59, 999999),
    ),
    "State": (0, 1, 192350000),
    "Colour": ("red", "blau"),
}  # fmt: skip
"""The values that each column of `THINGS` must carry exactly."""


def guid(number: int) -> UUID:
    return UUID(int=(number << 64) | 0x4000_8000_0000_0000_0000)


def thing(number: int, **cells: Plain) -> dict[str, Plain]:
    """Make a row of `THINGS` with plain values, apart from `cells`."""
    usual: dict[str, Plain] = {
        "Id": guid(number),
        "Name": f"thing {number}",
        "Note": None,
        "Quantity": number,
        "Amount": Decimal(number) / 4,
        "Flag": number % 2 == 0,
        "Day": date(2026, 1, 1) + timedelta(days=number % 365),
        "At": START + timedelta(seconds=number, microseconds=number),
        "State": number % 2,
        "Colour": "red" if number % 3 else "blau",
        "modifiedon": START + timedelta(seconds=number),
        "versionnumber": number,
    }
    return {**usual, **cells}


def extreme_things() -> list[dict[str, Plain]]:
    """Give rows that together hold every value of `EXTREMES`, and one row of nulls."""
    rows = [thing(n) for n in range(1, max(map(len, EXTREMES.values())) + 1)]
    for column_name, values in EXTREMES.items():
        for row, value in zip(rows, values, strict=False):
            row[column_name] = value
    nulls = dict.fromkeys((name for name in THINGS.columns if name not in ("Id", "modifiedon", "versionnumber")), None)
    return [*rows, thing(999, **nulls)]


def lines(size: int) -> list[dict[str, Plain]]:
    """Make rows of `LINES`, one per line number from 0."""
    usual: dict[str, Plain] = {"Company": "usmf", "modifiedon": START, "versionnumber": 1}
    return [{**usual, "Number": f"N{n}", "Line": n, "Text": f"t {n}"} for n in range(size)]
