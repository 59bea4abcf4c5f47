"""Looks at versions: Python, and the packages that Crosswalk stands on, against the bounds of this release."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib import metadata

from crosswalk.diagnosis.symptoms import Patient, Symptom

_NEED = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?\s*\(?([<>=!~,.\d\s]*)\)?\s*(;.*)?$")
_BOUND = re.compile(r"(<=|>=|==|<|>)\s*([\d.]+)")


def look(patient: Patient) -> Iterator[Symptom]:
    try:
        about = metadata.metadata("crosswalk")
    except metadata.PackageNotFoundError:
        return
    if not _within(platform.python_version(), about["Requires-Python"] or ""):
        message = f"Python {platform.python_version()} is outside {about['Requires-Python']}"
        yield Symptom("PYTHON_OUTSIDE", message, "make a new environment with such a Python", "error", 2)
    for line in metadata.requires("crosswalk") or ():
        yield from _package(line)


def _package(line: str) -> Iterator[Symptom]:
    found = _NEED.match(line)
    if found is None:
        return
    name, bounds, optional = found[1], found[2].strip(), found[3]
    remedy = f"pip install '{name}{bounds}'"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        if not optional:
            yield Symptom("PACKAGE_MISSING", f"the package {name} is not installed", remedy, "error", 2)
        return
    if not _within(version, bounds):
        message = f"{name} {version} is outside {bounds}, which this release was tested with"
        yield Symptom("PACKAGE_OUTSIDE", message, remedy)


def _within(version: str, bounds: str) -> bool:
    """Compare the numbers of a version with bounds such as ``<3,>=1.5``; what stands behind them does not count."""
    return all(_meets(_numbers(version), operator, _numbers(bound)) for operator, bound in _BOUND.findall(bounds))


def _meets(version: tuple[int, ...], operator: str, bound: tuple[int, ...]) -> bool:
    match operator:
        case "<":
            return version < bound
        case "<=":
            return version <= bound
        case ">":
            return version > bound
        case ">=":
            return version >= bound
        case _:
            return version == bound


def _numbers(version: str) -> tuple[int, ...]:
    """Give three numbers, so that 1.5 and 1.5.0 are one version."""
    numbers = [int(part) for part in re.findall(r"\d+", version)[:3]]
    return tuple(numbers + [0] * (3 - len(numbers)))
