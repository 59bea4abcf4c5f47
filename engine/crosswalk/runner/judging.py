"""Judges a run before it writes: asks its checks, and compares its changes with those that a plan promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crosswalk.contracts import Backend, Cell
from crosswalk.errors import StoppedError, UsageError, nearest
from crosswalk.failpoints import around
from crosswalk.plan import Check, Divert, Plan
from crosswalk.promises import Promise
from crosswalk.results import GUARDS, Finding

_ANEW = "look at a new plan: crosswalk plan --out FILE"


def known_guards(allowed: Sequence[str]) -> frozenset[str]:
    """Take the names of guards that a run may pass; `UsageError` where one is none."""
    for word in allowed:
        if word not in GUARDS:
            hint = nearest(word, GUARDS) or f"known: {', '.join(GUARDS)}"
            raise UsageError(f"there is no guard '{word}'", code="UNKNOWN_GUARD", remedy=hint)
    return frozenset(allowed)


def judge(
    plan: Plan, check: Check, bound: Mapping[str, object], backend: Backend, allowed: frozenset[str]
) -> Finding | None:
    """Ask a check: what it finds is reported, or stops the run unless this run may pass it."""
    values = {parameter: bound[parameter] for parameter in check.query.parameters}
    with around("check", f"{plan.name}: {check.code}"):
        count, sample, *whole = backend.rows(check.query.sql, values)[0]
    found = int(str(count or 0))
    if found == 0:
        return None
    shown = "" if sample is None else str(sample)
    if not check.stops:
        return Finding(check.code, check.message, found, shown)
    if check.guard in allowed:
        told = f"{check.message}: {_figures(check, found, whole)}; this run was allowed to go on"
        return Finding(check.code, told, found, shown)
    example = f", for example {shown}" if shown else ""
    message = f"{plan.name}: {check.message}: {_figures(check, found, whole)}{example}"
    raise StoppedError(message, code=check.code, remedy=check.remedy)


def _figures(check: Check, found: int, whole: Sequence[Cell]) -> str:
    """Write how many rows a check found, of how many, and the limit that they pass."""
    limit = f", {check.limit}" if check.limit else ""
    if not whole:
        return f"{found:,} of them{limit}"
    of = int(str(whole[0]))
    percent = f"{100 * found / max(of, 1):.1f}".removesuffix(".0")
    return f"{found:,} of {of:,} rows ({percent}%){limit}"


def agree(legs: Mapping[str, str], promised: Mapping[str, Promise] | None) -> None:
    """Stop before anything is opened where the maps are not those of which a plan was made; `legs` gives what the map
    of each leg means.
    """
    if promised is None:
        return
    other = [name for name in {**legs, **promised} if name not in promised or name not in legs]
    other += [name for name in legs if name in promised and promised[name].map_digest != legs[name]]
    if other:
        message = f"maps changed since the plan was made: {', '.join(sorted(other))}"
        raise StoppedError(message, code="PLAN_STALE", remedy=_ANEW)


def sealed(plan: Plan, step: Divert, promised: Promise | None, backend: Backend) -> str:
    """Take the digest of the changes of a run; stop where a plan promised others."""
    count, digest = backend.rows(step.change_set.sql)[0]
    found = f"{count}-{digest}"
    if promised is not None and promised.changes_digest != found:
        before = promised.changes_digest.partition("-")[0]
        message = f"{plan.name}: the data changed since the plan was made: it named {before} rows to write or keep back"
        message += f", now there are {count}" if str(count) != before else ", and some of them are others now"
        raise StoppedError(message, code="PLAN_STALE", remedy=_ANEW)
    return found
