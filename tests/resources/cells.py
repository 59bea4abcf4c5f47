"""Which cells of the tables run: all with ``CROSSWALK_RESOURCES=1``, some in every run of the tests."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from typing import TypeVar

EVERY = bool(os.environ.get("CROSSWALK_RESOURCES"))


T = TypeVar("T")


def some(whole: Iterable[T], few: Collection[T]) -> list[T]:
    """Give all cells, or the few."""
    return [one for one in whole if EVERY or one in few]
