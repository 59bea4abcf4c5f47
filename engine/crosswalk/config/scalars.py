"""The plain spellings of the types that a schema may ask for: nothing else becomes a number or a truth value.

Why so few: ``010`` is a company, ``NO`` a country, ``1e3`` a code. Where a number is meant, ``0x1F`` or ``1_000`` is
refused and not guessed.
"""

from __future__ import annotations

import re

from crosswalk.config.nodes import Scalar

WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")
_LOOKS_WHOLE = re.compile(r"[+-]?[0-9]{19,}")
_LOOKS_NUMERIC = re.compile(
    r"[+-]?(0[xob][0-9a-f_]+|[0-9][0-9_,.]*(e[+-]?[0-9]+)?|\.[0-9]+|\.inf|\.nan)", re.IGNORECASE
)


def typed(node: Scalar, kind: str) -> tuple[bool, str | int | float | bool | None]:
    """Read a scalar as a JSON Schema type: whether it can be, and its value."""
    match kind:
        case "null":
            return node.is_null, None
        case "string":
            return not node.is_null, node.text
        case "boolean":
            return node.plain and node.text in ("true", "false"), node.text == "true"
        case "integer" if node.plain and WHOLE.fullmatch(node.text):
            return True, int(node.text)
        case "number" if node.plain and _NUMBER.fullmatch(node.text):
            return True, float(node.text) if "." in node.text else int(node.text)
        case _:
            return False, None


def bad_number(node: Scalar) -> tuple[str, str, str] | None:
    """Say why a text that looks like a number is not read as one: code, message, hint."""
    if not node.plain:
        return None
    if _LOOKS_WHOLE.fullmatch(node.text):
        return "YAML_INT_TOO_LONG", f"a whole number of {len(node.text)} digits; the limit is 18", ""
    if _LOOKS_NUMERIC.fullmatch(node.text):
        return (
            "YAML_AMBIGUOUS_SCALAR",
            f"'{node.text}' is read differently by different readers",
            "write a plain number",
        )
    return None
