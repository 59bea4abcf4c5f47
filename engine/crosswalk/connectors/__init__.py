"""Kinds of systems: one file each with a `SPEC`, found by its name."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from crosswalk.contracts import ConnectorSpec


@lru_cache(maxsize=1)
def all_specs() -> tuple[ConnectorSpec, ...]:
    """Load the spec of every connector in this package."""
    modules = sorted(module.name for module in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{module}").SPEC for module in modules)


def spec(kind: str) -> ConnectorSpec | None:
    """Find a connector by the `kind` that a connection names."""
    return next((found for found in all_specs() if found.kind == kind), None)
