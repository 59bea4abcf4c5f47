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
    values: dict[str, list[str]] = {}
    for value, code in pairs.items():
        values.setdefault(text_of(code), []).append(value)
    _refuse_shared({code: shared for code, shared in values.items() if len(shared) > 1 and code not in settled})
    returned: dict[str, Scalar] = {code: shared[0] or None for code, shared in values.items() if code not in settled}
    for code, value in settled.items():
        if value not in pairs:
            raise TransformError("VALUE_MAP_KEY", f"back names '{value}', which is not among the values")
        returned[code] = value or None
    return returned


def _refuse_shared(shared: Mapping[str, list[str]]) -> None:
    """Name every code that several values share, with these values, and the words that settle all of them."""
    if not shared:
        return
    told = [f"'{code}' comes from {' and '.join(map(repr, values))}" for code, values in shared.items()]
    chosen = ", ".join(f"{_word(code)}: {_word(values[-1])}" for code, values in shared.items())
    raise TransformError("VALUE_MAP_NOT_REVERSIBLE", "; ".join(told), f"say which returns: back: {{{chosen}}}")


def _word(text: str) -> str:
    """Write blank as people write it in a map."""
    return text or "''"


def text_of(scalar: object) -> str:
    """Give a plain value as the text that a map author would write; null is blank."""
    if scalar is None:
        return ""
    return str(scalar).lower() if isinstance(scalar, bool) else str(scalar)
