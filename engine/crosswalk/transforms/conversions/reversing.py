"""Turns a value map round, for the way back of a map.

Why it may be refused: where two values share a code, nothing in the code says which of them returns; `back` does.
"""

from __future__ import annotations

from collections.abc import Mapping

from crosswalk.contracts import TransformError
from crosswalk.model import Scalar


def reversed_pairs(pairs: Mapping[str, Scalar], back: Mapping[object, object]) -> dict[str, Scalar]:
    """Give target code to source code. Blank on either side returns as null."""
    settled = {text_of(code): text_of(value) for code, value in back.items()}
    returned: dict[str, Scalar] = {}
    for value, code in pairs.items():
        text = text_of(code)
        if text in settled:
            continue
        if text in returned:
            message = f"'{text}' comes from more than one value"
            raise TransformError("VALUE_MAP_NOT_REVERSIBLE", message, f"say which returns: back: {{{text}: {value}}}")
        returned[text] = value or None
    for code, value in settled.items():
        if value not in pairs:
            raise TransformError("VALUE_MAP_KEY", f"back names '{value}', which is not among the values")
        returned[code] = value or None
    return returned


def text_of(scalar: object) -> str:
    """Give a plain value as the text that a map author would write; null is blank."""
    if scalar is None:
        return ""
    return str(scalar).lower() if isinstance(scalar, bool) else str(scalar)
