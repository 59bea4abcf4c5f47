"""Date patterns such as ``%d/%m/%Y``: read strictly, piece by piece, in functions that every engine has.

Why not the engine's own parser of patterns: it takes blanks and missing zeros as it likes, and each engine likes
something else. A pattern becomes an anchored regular expression; its groups are put together in ISO form.
"""

from __future__ import annotations

import re

from crosswalk.contracts import TransformError
from crosswalk.sql import Sql, fragment, literal

_PIECES = {
    "%Y": ("Y", "([0-9]{4})"),
    "%m": ("m", "([0-9]{2})"),
    "%d": ("d", "([0-9]{2})"),
    "%-m": ("m", "([0-9]{1,2})"),
    "%-d": ("d", "([0-9]{1,2})"),
    "%H": ("H", "([0-9]{2})"),
    "%M": ("M", "([0-9]{2})"),
    "%S": ("S", "([0-9]{2})"),
}
_TOKEN = re.compile(r"%-?.|[^%]", re.DOTALL)


def iso_date(value: Sql, form: str) -> Sql:
    """Write the text of a pattern's date as ``YYYY-MM-DD``; text that no date reads where it does not match."""
    return _date(value, *_read(form, needed="Ymd", allowed="Ymd"))


def iso_datetime(value: Sql, form: str) -> Sql:
    """Write the text of a pattern's date and time as ``YYYY-MM-DD HH:MM:SS``."""
    pattern, places = _read(form, needed="YmdHM", allowed="YmdHMS")
    return fragment(
        "{date} || ' ' || {H} || ':' || {M} || ':' || {S}",
        date=_date(value, pattern, places),
        H=_group(value, pattern, places["H"]),
        M=_group(value, pattern, places["M"]),
        S=_group(value, pattern, places["S"]) if "S" in places else literal("00"),
    )


def text_form(form: str) -> str:
    """Check a pattern that a date is written with."""
    _read(form, needed="", allowed="Ymd")
    return form


def _read(form: str, needed: str, allowed: str) -> tuple[str, dict[str, int]]:
    pattern, places = "", dict[str, int]()
    for token in _TOKEN.findall(form):
        name, piece = _PIECES.get(token, ("", re.escape(token)))
        if token.startswith("%") and (name not in allowed or not name or name in places):
            known = ", ".join(known for known, (part, _) in _PIECES.items() if part in allowed)
            raise TransformError("BAD_FORMAT", f"'{token}' cannot stand here in a format", f"known pieces: {known}")
        if name:
            places[name] = len(places) + 1
        pattern += piece
    if missing := [part for part in needed if part not in places]:
        raise TransformError("BAD_FORMAT", f"'{form}' lacks %{', %'.join(missing)}")
    return f"^{pattern}$", places


def _date(value: Sql, pattern: str, places: dict[str, int]) -> Sql:
    return fragment(
        "{Y} || '-' || lpad({m}, 2, '0') || '-' || lpad({d}, 2, '0')",
        **{part: _group(value, pattern, places[part]) for part in "Ymd"},
    )


def _group(value: Sql, pattern: str, number: int) -> Sql:
    return fragment("regexp_extract({x}, {p}, {n})", x=value, p=literal(pattern), n=literal(number))
