"""Reads CSV and JSON in Python, where DuckDB would refuse what is right or round what is exact.

Why at all: the JSON reader of DuckDB takes numbers for binary reals and loses digits from the sixteenth on; its strict
CSV reader refuses a line feed in quotes where lines end with carriage return and line feed, and knows few encodings,
while the reader that is not strict drops cells without a word. Here a number stays the text that it is in the file.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path

from crosswalk.connectors.files.form import Form
from crosswalk.errors import SystemFailure

Row = list[str | None]
_CHUNK = 1 << 20
_LONGEST = 1 << 27
_MOST_PLACES = 60
_BLANK = re.compile(r"[ \t\r\n]*")
csv.field_size_limit(_LONGEST)


class Number(str):
    """A number of a JSON file, as it is written there."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number)


def broken(path: Path, line: int | None, reason: str) -> SystemFailure:
    """Say what is wrong with a file and where."""
    where = f"{path}:{line}" if line else str(path)
    remedy = "nothing of it was taken; have it sent again, or move it away, and run again"
    return SystemFailure(f"{where}: {reason}", code="FILE_BROKEN", remedy=remedy)


def opened(path: Path, encoding: str) -> io.TextIOWrapper:
    """Open a file as text, unpacked where its name ends with .gz; a byte order mark is no part of the text."""
    packed = path.name.casefold().endswith(".gz")
    binary = gzip.GzipFile(path) if packed else path.open("rb")
    name = "utf-8-sig" if encoding in ("utf-8", "utf8") else encoding
    return io.TextIOWrapper(binary, encoding=name, newline="")


def head(path: Path, form: Form) -> list[str]:
    """Read the first line of a CSV file: none where the file is empty."""
    with opened(path, form.encoding) as text:
        try:
            return [cell.strip() for cell in next(_reader(text, form), [])]
        except (csv.Error, UnicodeError, EOFError, gzip.BadGzipFile) as error:
            raise broken(path, 1, _reason(error)) from error


def csv_rows(path: Path, form: Form, width: int) -> Iterator[Row]:
    """Read the rows below the head of a CSV file; each has as many cells as there are columns."""
    with opened(path, form.encoding) as text:
        reader = _reader(text, form)
        try:
            if form.header:
                next(reader, None)
            for cells in reader:
                if len(cells) != width:
                    if not cells and width > 1:
                        continue
                    if len(cells) > width or not form.ragged:
                        raise broken(path, reader.line_num, f"{width} cells are expected, and {len(cells)} are there")
                    cells += [""] * (width - len(cells))
                yield [None if cell in form.null else cell for cell in cells]
        except csv.Error as error:
            raise broken(path, reader.line_num, _reason(error)) from error
        except (UnicodeError, EOFError, gzip.BadGzipFile) as error:
            raise broken(path, None, f"behind line {reader.line_num}, {_reason(error)}") from error


def _reader(text: io.TextIOWrapper, form: Form) -> csv._reader:  # type: ignore[name-defined]
    return csv.reader(text, delimiter=form.delimiter, quotechar=form.quote, strict=True)


def _reason(error: Exception) -> str:
    """Say what is wrong without showing what stands in the file."""
    if isinstance(error, UnicodeError):
        return "this is not text in the encoding that the settings name"
    if isinstance(error, csv.Error):
        return f"this is not CSV: {error}"
    return "the packed file ends too early"


def json_rows(path: Path, form: Form, columns: tuple[str, ...]) -> Iterator[Row]:
    """Read the objects of a JSON file, one a line or in one array; a name that is absent is null."""
    for record in _records(path, form):
        yield [_cell(record.get(column)) for column in columns]


_LONG = re.compile(rb"[0-9][0-9.]{15,}")


def long_numbers(path: Path) -> bool:
    """Say whether a file may hold a number of more than fifteen digits."""
    with path.open("rb") as opened:
        tail = b""
        while chunk := opened.read(_CHUNK):
            if _LONG.search(tail + chunk):
                return True
            tail = chunk[-32:]
    return False


def json_names(path: Path, form: Form) -> list[str]:
    """List the names in the first objects of a JSON file, in the order in which they come."""
    return list(dict.fromkeys(key for record in islice(_records(path, form), 1000) for key in record))


def _cell(value: object) -> str | None:
    if isinstance(value, Number):
        return _plain(value)
    if value is None or isinstance(value, str):
        return value
    return written(value)


def _plain(number: Number) -> str:
    """Write a number without an exponent, in all its digits."""
    if number.lstrip("-").replace(".", "", 1).isdigit():
        return str(number)
    try:
        found = Decimal(number)
    except InvalidOperation:
        return str(number)
    return f"{found:f}" if found.is_finite() and abs(found.adjusted()) < _MOST_PLACES else str(number)


def written(value: object) -> str:
    """Write a value as JSON, numbers as they were."""
    match value:
        case Number():
            return str(value)
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{written(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ",".join(written(item) for item in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _records(path: Path, form: Form) -> Iterator[dict[str, object]]:
    with opened(path, form.encoding) as text:
        window = _Window(path, text)
        inside = window.peek() == "["
        if inside:
            window.skip()
        while (mark := window.peek()) not in ("", "]"):
            yield window.take()
            if inside and window.peek() == ",":
                window.skip()
                if window.peek() == "]":
                    raise broken(path, window.line, "a comma stands before the end of the array")
            elif inside and window.peek() != "]":
                raise broken(path, window.line, "a comma or the end of the array is missing")
        if inside and mark != "]":
            raise broken(path, window.line, "the array does not end")
        if inside:
            window.skip()
        if window.peek():
            raise broken(path, window.line, "something stands behind the end")


class _Window:
    """The part of a JSON file that is in memory: what is read of it moves on."""

    def __init__(self, path: Path, text: io.TextIOWrapper) -> None:
        self._path, self._text = path, text
        self._held, self._at, self._ended = "", 0, False
        self.line = 1

    def peek(self) -> str:
        """Give the next mark that is not blank, or nothing at the end."""
        while True:
            blank = _BLANK.match(self._held, self._at)
            self._move(blank.end() if blank else self._at)
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def skip(self) -> None:
        self._at += 1

    def take(self) -> dict[str, object]:
        """Read one object."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except (ValueError, RecursionError) as error:
                line = self._line_of(error)
                if len(self._held) - self._at > _LONGEST or not self._more():
                    raise broken(self._path, line, "this is not JSON") from error
                continue
            if not isinstance(value, dict):
                raise broken(self._path, self.line, "this is not an object with a name for each value")
            self._move(end)
            return value

    def _line_of(self, error: Exception) -> int:
        place = error.pos if isinstance(error, json.JSONDecodeError) else self._at
        return self.line + self._held.count("\n", self._at, place)

    def _move(self, to: int) -> None:
        self.line += self._held.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        """Read on, at least as much as is held, so that one long object is not tried again and again."""
        if self._ended:
            return False
        self._held, self._at = self._held[self._at :], 0
        try:
            chunk = self._text.read(max(_CHUNK, len(self._held)))
        except (UnicodeError, EOFError, gzip.BadGzipFile) as error:
            raise broken(self._path, self.line, _reason(error)) from error
        self._held += chunk
        self._ended = not chunk
        return bool(chunk)
