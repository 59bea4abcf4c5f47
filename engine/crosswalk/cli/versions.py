"""Names the versions of Crosswalk and DuckDB without loading either."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def versions() -> str:
    """Give one line: ``crosswalk 0.1.0, duckdb 2.0.0``."""
    return ", ".join(f"{name} {_version(name)}" for name in ("crosswalk", "duckdb"))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unreleased"
