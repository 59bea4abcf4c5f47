"""From bytes to text: size, encoding and the characters that make a file read differently from how it looks.

Why line separators other than LF and CR are refused: YAML 1.1 counts them as line ends and editors do not, so every
place after one would be wrong.
"""

from __future__ import annotations

import re
import unicodedata

from crosswalk.errors import Problems, Span

SIZE_LIMIT = 5 * 1024 * 1024
SHOWN_PER_FILE = 20

_BIDI = "\u202a-\u202e\u2066-\u2069"
_SUSPECT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff{_BIDI}]")
_INDENT = re.compile(r"^ *([^\S \t\r\n])", re.MULTILINE)


def decode(file: str, content: bytes, problems: Problems) -> str | None:
    """Give the text of a file without its byte order mark, or None where it cannot be read on."""
    start = Span(file, 1, 1)
    if len(content) > SIZE_LIMIT:
        problems.add("FILE_TOO_LARGE", f"the file has more than {SIZE_LIMIT:,} bytes, the limit", start)
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add(
            "ENCODING", f"byte {error.start} is not UTF-8", _byte_place(file, content, error.start), "save it as UTF-8"
        )
        return None
    return None if _suspects(file, text, problems) else text


def lines_of(content: bytes) -> tuple[str, ...]:
    """Give the lines of a file for showing; nothing for a file that is too large."""
    if len(content) > SIZE_LIMIT:
        return ()
    return tuple(re.split(r"\r\n|\n|\r", content.decode("utf-8-sig", errors="replace")))


def _byte_place(file: str, content: bytes, offset: int) -> Span:
    before = content[:offset].decode("utf-8-sig", errors="replace")
    return _place(file, before, len(before))


def _place(file: str, text: str, offset: int) -> Span:
    before = re.split(r"\r\n|\n|\r", text[:offset])
    return Span(file, len(before), len(before[-1]) + 1)


def _suspects(file: str, text: str, problems: Problems) -> bool:
    found = list(_SUSPECT.finditer(text))
    for match in found[:SHOWN_PER_FILE]:
        code, message = _about(match[0])
        problems.add(
            code, message, _place(file, text, match.start()), "remove it, or write it as an escape in double quotes"
        )
    indents = list(_INDENT.finditer(text))
    for match in indents[:SHOWN_PER_FILE]:
        message = f"{_name(match[1])} is used as indentation"
        problems.add("YAML_CHAR", message, _place(file, text, match.start(1)), "indent with plain spaces")
    return bool(found or indents)


def _about(char: str) -> tuple[str, str]:
    if re.match(f"[{_BIDI}]", char):
        return "TEXT_BIDI", f"{_name(char)} makes the text read differently from how it looks"
    return "YAML_CHAR", f"{_name(char)} cannot stand in a YAML file"


def _name(char: str) -> str:
    return f"U+{ord(char):04X} ({unicodedata.name(char, 'control character').lower()})"
