"""Field transforms: one file is one transform, found by its file name.

A transform turns the `Value` of a field line into another and never raises for a row: what it cannot compute becomes
null, and one of the faults of the value says why. Faults stand in the order in which they are judged; the first that is
true counts. The package `conversions` holds the rules of types that several transforms and the compiler share.

To add a transform, add one module that exports ``SPEC``. Its arguments join the map schema, its examples run as tests.
An argument arrives as it was written, as plain values. A transform that takes keys `beside` its own gets one mapping
with all of them: ``{"as": "date", "timezone": "UTC"}``.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from crosswalk.contracts import TransformError, TransformSpec
from crosswalk.errors import nearest


@cache
def all_specs() -> tuple[TransformSpec, ...]:
    """Give every transform, in the fixed order of the language."""
    modules = (import_module(f"{__name__}.{entry.name}") for entry in pkgutil.iter_modules(__path__) if not entry.ispkg)
    found: list[TransformSpec] = [module.SPEC for module in modules]
    return tuple(sorted(found, key=lambda one: one.rank))


def spec(name: str) -> TransformSpec:
    """Give one transform by the name that maps use; `TransformError` when there is none."""
    by_name = {one.name: one for one in all_specs()}
    if name not in by_name:
        raise TransformError("UNKNOWN_TRANSFORM", f"'{name}' is not a transform", nearest(name, by_name))
    return by_name[name]
