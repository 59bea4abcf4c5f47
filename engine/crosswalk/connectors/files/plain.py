"""Values of cells in Python as the text that stands for them in a page."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from crosswalk.exchange import Plain


def text_of(value: Plain) -> str | None:
    """Write a value in the one spelling: ``true``, ``12.50``, ``2026-11-27T08:00:00``."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
        case int() | UUID():
            return str(value)
