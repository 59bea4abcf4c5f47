"""A plan that is kept in a file, so that a run can carry out exactly that or refuse.

What is kept of a leg is what its map comes to, and one number over every row that would change: neither shows a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

from crosswalk.errors import UsageError
from crosswalk.results import RunResult

_FORM = 1


@dataclass(frozen=True, slots=True)
class Promise:
    """What a plan says of one leg: the digest of its map as compiled, and that of its changes."""

    map_digest: str
    changes_digest: str


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as a file keeps it: what was asked for, and what was promised of each leg by its name in the ledger."""

    profile: str
    wanted: tuple[str, ...] = ()
    full: bool = False
    key: str | None = None
    allow: tuple[str, ...] = ()
    legs: Mapping[str, Promise] = field(default_factory=dict)

    @property
    def form(self) -> dict[str, object]:
        """Give what goes into the file, under ``promise``."""
        return {"form": _FORM, **asdict(self)}


def promised_by(result: RunResult) -> dict[str, Promise]:
    """Give what a plan promises of each leg."""
    return {leg.name: Promise(leg.map_digest, leg.changes_digest) for leg in result.legs}


def read_plan(file: Path) -> KeptPlan:
    """Read a plan from its file; `UsageError` where it is none, or one that a guard had stopped."""
    try:
        found = json.loads(file.read_bytes())
        stopped, kept = found["exit"] not in (0, 3), found["promise"]
        plan = _kept(kept) if kept["form"] == _FORM else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise _refused(f"{file} is not a plan that can be carried out") from None
    if plan is None:
        raise _refused(f"{file} was written by another release")
    if stopped:
        raise _refused(f"{file} keeps a plan that was stopped")
    return plan


def _kept(kept: Mapping[str, object]) -> KeptPlan:
    legs = cast("Mapping[str, Mapping[str, str]]", kept["legs"])
    return KeptPlan(
        profile=str(kept["profile"]),
        wanted=tuple(cast("Sequence[str]", kept["wanted"])),
        full=bool(kept["full"]),
        key=cast("str | None", kept["key"]),
        allow=tuple(cast("Sequence[str]", kept["allow"])),
        legs={name: Promise(**leg) for name, leg in legs.items()},
    )


def _refused(message: str) -> UsageError:
    return UsageError(message, code="PLAN_UNREADABLE", remedy="crosswalk plan --out FILE writes one")
