"""Every code that reading uses is listed, and every entry says something."""

from __future__ import annotations

import re
from pathlib import Path

import crosswalk.config
from crosswalk.codes import CODES

FOLDER = Path(crosswalk.config.__path__[0])
USED = re.compile(r"""(?:add|_stop|Problem)\(\s*"([A-Z][A-Z_]+)"|return "([A-Z_]+)",|x-refused": \["([A-Z_]+)\"""")


def test_every_entry_is_whole():
    for code, entry in CODES.items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", code)
        assert all(text.endswith(".") for text in (entry.summary, entry.remedy)), code
        assert len(entry.explanation) > 5, code


def test_every_code_that_reading_uses_is_listed():
    files = [*FOLDER.glob("*.py"), *FOLDER.glob("schema/*.json")]
    found = {
        code for file in files for groups in USED.findall(file.read_text(encoding="utf-8")) for code in groups if code
    }
    assert len(found) > 40
    assert sorted(found - set(CODES)) == []
