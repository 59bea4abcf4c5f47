"""What may be a name, and when two names are one.

Why case and Unicode form are folded: DuckDB compares names without case even when they are quoted, and two names that
look the same must not be two columns.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from crosswalk.config.nodes import Scalar
from crosswalk.errors import Problems

LENGTH_LIMIT = 128
RESERVED = ("row", "target", "document", "merge")


def folded(name: str) -> str:
    """Give the form in which names are compared."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def check_name(name: Scalar, what: str, problems: Problems) -> bool:
    """Check one name of a table, column, map, lookup; say whether it can be used."""
    fault = _fault(name.text)
    if len(name.text) > LENGTH_LIMIT:
        message = f"the name of this {what} has {len(name.text):,} characters; the limit is {LENGTH_LIMIT}"
        problems.add("IDENT_TOO_LONG", message, name.span)
        return False
    if fault:
        problems.add("IDENT_CHARACTER", f"the name of a {what} cannot {fault}", name.span)
    return not fault


def check_clashes(names: Iterable[Scalar], what: str, problems: Problems) -> None:
    """Find names that differ as text and are one name to a database."""
    seen: dict[str, Scalar] = {}
    for name in names:
        first = seen.setdefault(folded(name.text), name)
        if first is name:
            continue
        where = f"the {what} '{first.text}' in line {first.span.line}"
        if unicodedata.normalize("NFC", first.text) == unicodedata.normalize("NFC", name.text):
            message = f"'{name.text}' is written with other code points than {where} and looks the same"
            problems.add("IDENT_NFC_CLASH", message, name.span)
        else:
            problems.add("IDENT_CLASH", f"'{name.text}' and {where} are one name to a database", name.span)


def _fault(name: str) -> str:
    if not name.strip() or name != name.strip():
        return "be empty, or begin or end with a blank"
    if name.startswith("#"):
        return "begin with '#': those names are the engine's own"
    if "." in name:
        return "hold a dot: dots separate the parts of a path"
    bad = next((char for char in name if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")), None)
    return f"hold the character U+{ord(bad):04X}" if bad else ""
