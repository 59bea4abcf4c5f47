"""The last step of a field line: a value becomes the type of the column that it is written to.

Only what needs no word in the map happens here; `crosswalk.transforms.conversions` holds the rules. The length of
text is left to `fit`, which every line that writes text ends with.
"""

from __future__ import annotations

from crosswalk.contracts import Value
from crosswalk.model import Column, Constant
from crosswalk.transforms import conversions


def land(value: Value, column: Column) -> Value:
    """Convert a value to a column's type.

    `TransformError` TYPE_MISMATCH, TZ_REQUIRED or PRECISION_LOSS_POSSIBLE where the map must say more. Rows whose
    number is too large, or whose choice code the column lacks, get a fault.
    """
    return conversions.implicit(value, column)


def constant(constant: Constant, column: Column) -> Value:
    """Type a constant by the column it is written to: DEFAULT_DOES_NOT_FIT, or UNKNOWN_CHOICE."""
    return conversions.constant(constant.value, column)
