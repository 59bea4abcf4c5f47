"""Conditions that can be judged without a row: filters that never hold, targets that share rows or leave some out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from crosswalk.advice.reading import Reading, column_at, over_source
from crosswalk.compiler.bound import Bound
from crosswalk.compiler.conditions import Conditions, Terms
from crosswalk.errors import Problem
from crosswalk.model import Choice, Text


def filters_that_never_hold(reading: Reading) -> Iterator[Problem]:
    """Find conditions that no row can meet."""
    for bound in reading.bound:
        conditions = over_source(bound)
        texts = [bound.leg.filter, *(arm.when for arm in bound.leg.arms)]
        for text in texts:
            if text is not None and not conditions.terms(text):
                message = "no row can ever meet this condition: its parts exclude each other"
                yield Problem(
                    "CONDITION_NEVER", message, text.span, "look at the values that it compares with", "warning"
                )


def arms_that_overlap(reading: Reading) -> Iterator[Problem]:
    """Find two targets whose conditions one row can meet: such a row is rejected."""
    for bound in reading.bound:
        conditions, passes = over_source(bound), _passes(bound)
        for one, other in combinations([arm for arm in bound.leg.arms if arm.when is not None], 2):
            both = conditions.together(passes, conditions.terms(one.when), conditions.terms(other.when))
            if both and other.when is not None:
                message = f"a row may also meet the condition of {one.target.ref}, and is rejected then"
                yield Problem("ARMS_OVERLAP", message, other.when.span, "let the two exclude each other", "warning")


def arms_that_leave_out(reading: Reading) -> Iterator[Problem]:
    """Find choices for which no target takes a row."""
    for bound in reading.bound:
        whens = [arm.when for arm in bound.leg.arms if arm.when is not None]
        conditions, passes = over_source(bound), _passes(bound)
        for path, choices in _choices(bound, whens).items():
            left = [one for one in choices if _left_out(conditions, passes, whens, (path, str(one.code)))]
            if left:
                named = ", ".join(f"'{one.label}'" for one in left)
                message = f"no target takes a row with {path} = {named}: it is rejected"
                hint = "add a target, widen a condition, or leave such rows out by the filter"
                yield Problem("ARMS_GAP", message, whens[0].span, hint, "warning")


def _passes(bound: Bound) -> Terms:
    return over_source(bound).terms(bound.leg.filter)


def _choices(bound: Bound, whens: list[Text]) -> dict[str, tuple[Choice, ...]]:
    """Name the choice columns that the conditions of the targets look at."""
    terms = [term for when in whens for term in over_source(bound).terms(when)]
    paths = dict.fromkeys(path for term in terms for path in term.facts)
    columns = {path: column_at(bound, path) for path in paths}
    return {path: column.choices for path, column in columns.items() if column is not None and column.choices}


def _left_out(conditions: Conditions, passes: Terms, whens: list[Text], chosen: tuple[str, str]) -> bool:
    here = conditions.together(passes, conditions.equal(*chosen))
    return bool(here) and not any(conditions.together(here, conditions.terms(when)) for when in whens)
