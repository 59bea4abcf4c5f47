"""How the files of a table are written: format, delimiter, encoding, and how cells spell numbers, dates and null."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Format = Literal["csv", "parquet", "json"]

ENDINGS: Mapping[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".csv.gz": "csv",
    ".parquet": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json.gz": "json",
    ".jsonl.gz": "json",
}
"""The format of a file by how its name ends."""


@dataclass(frozen=True, slots=True)
class Form:
    """How files are written. `zone` is that of times without an offset; `dates` and `datetimes` are patterns of
    strptime that are tried beside ISO; `ragged` lets rows end early, with null in what they leave out.
    """

    format: Format | None = None
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str = ""
    dates: tuple[str, ...] = ()
    datetimes: tuple[str, ...] = ()
    booleans: tuple[str, str] = ("true", "false")
    null: tuple[str, ...] = ("",)
    zone: str = "UTC"
    ragged: bool = False


def format_of(name: str, form: Form) -> Format | None:
    """Tell the format of a file: what the form says, else how its name ends."""
    return form.format or ENDINGS.get(ending(name))


def ending(name: str) -> str:
    """Give the ending that tells the format, ``.csv.gz`` as one; none where the name has no such ending."""
    folded = PurePosixPath(name).name.casefold()
    return max((end for end in ENDINGS if folded.endswith(end)), key=len, default="")


_TEXT = {"type": "string"}
_LETTER = {"type": "string", "minLength": 1, "maxLength": 1}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}

FORM_SETTINGS: dict[str, object] = {
    "format": {"enum": ["csv", "parquet", "json"], "description": "Default: as the name of a file ends."},
    "delimiter": {**_LETTER, "description": "What parts the cells of a CSV line. Default: a comma."},
    "quote": {**_LETTER, "description": 'What stands around a cell; doubled inside one. Default: ".'},
    "header": {
        "enum": ["true", "false"],
        "description": "Whether the first CSV line names the columns. Default: true.",
    },
    "encoding": {
        **_TEXT,
        "description": "The encoding of CSV and JSON, such as utf-16 or windows-1252. Default: utf-8.",
    },
    "decimal": {"enum": [".", ","], "description": "What parts whole from broken. Default: a point."},
    "thousands": {"enum": ["", ".", ",", " ", "'"], "description": "What parts thousands. Default: nothing."},
    "date": {**_TEXTS, "description": "Patterns of dates as text, such as %d.%m.%Y. ISO dates are always read."},
    "datetime": {**_TEXTS, "description": "Patterns of times as text. ISO times are always read."},
    "booleans": {
        "type": "array",
        "items": _TEXT,
        "minItems": 2,
        "maxItems": 2,
        "description": "The words for true and false; case does not matter. Default: [true, false].",
    },
    "null": {**_TEXTS, "description": "Texts in CSV that stand for null, quoted or not. Default: the empty text."},
    "time_zone": {**_TEXT, "description": "The zone of times without an offset, such as Europe/Oslo. Default: UTC."},
}
"""The settings of a form, as parts of a JSON Schema."""


def form_of(settings: Mapping[str, object], default: Form) -> Form:
    """Read a form from settings, which were checked against `FORM_SETTINGS`; what they leave out is as in `default`."""
    format_ = settings.get("format")
    words = _texts(settings, "booleans", default.booleans)
    return Form(
        format=next((known for known in ENDINGS.values() if known == format_), default.format),
        delimiter=_text(settings, "delimiter", default.delimiter),
        quote=_text(settings, "quote", default.quote),
        header=_text(settings, "header", "true" if default.header else "false") == "true",
        encoding=_text(settings, "encoding", default.encoding).casefold(),
        decimal=_text(settings, "decimal", default.decimal),
        thousands=_text(settings, "thousands", default.thousands),
        dates=_texts(settings, "date", default.dates),
        datetimes=_texts(settings, "datetime", default.datetimes),
        booleans=(words[0], words[1]),
        null=_texts(settings, "null", default.null),
        zone=_text(settings, "time_zone", default.zone),
        ragged=default.ragged,
    )


def _text(settings: Mapping[str, object], name: str, default: str) -> str:
    value = settings.get(name)
    return default if value is None else str(value)


def _texts(settings: Mapping[str, object], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    match settings.get(name, default):
        case list() | tuple() as values:
            return tuple("" if value is None else str(value) for value in values)
        case None:
            return ("",)
        case value:
            return (str(value),)
