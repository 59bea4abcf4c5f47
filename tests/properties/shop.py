"""What the properties share: the shop project, one engine for it, a clock, and how many examples are drawn."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import cache

from hypothesis import HealthCheck, Phase, settings

from tests.oracle.example import shop_project
from tests.properties.engine import Engine

PROJECT = shop_project()
FIRST = datetime(2026, 5, 1, 12)
"""When the first run starts; every generated stamp is earlier."""


@cache
def shop_engine() -> Engine:
    return Engine(PROJECT)


LEGS = list(shop_engine().legs)
"""All legs in the order in which they run."""

SYNCS = ("lines_to_staging", "orders_to_sales")


def examples(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """How many examples to draw; CROSSWALK_EXAMPLES multiplies them, and has a failing one made small (slow)."""
    return depth(count)


def depth(count: int, steps: int = 50) -> settings:
    """The settings of `examples`, for a machine with the number of its steps.

    Without the variable the examples are the same in every run, so that a run that fails can be repeated; with it
    they are new ones each time, and a failing one prints what replays it.
    """
    times = os.environ.get("CROSSWALK_EXAMPLES")
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    phases = (Phase.explicit, Phase.generate, *((Phase.shrink,) if os.environ.get("CROSSWALK_SHRINK") else ()))
    return settings(
        max_examples=max(1, round(count * float(times or 0.3))),
        deadline=None,
        derandomize=times is None and settings().derandomize,
        database=None,
        print_blob=True,
        suppress_health_check=slow,
        phases=phases,
        stateful_step_count=steps,
    )
