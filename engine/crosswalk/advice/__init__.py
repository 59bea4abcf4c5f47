"""Advice on a project that has no mistake: what will reject rows, what two maps do to each other, what is not used.

Why beside the compiler and not in it: a finding here never stops a run. Each rule is one generator over the compiled
legs; `RULES` is all of them. Nothing is read but the project, so that advice is the same on every machine.

A rule speaks only where it is sure that its sentence is true, and where the author can say in the map that it is meant
(`fit`, `required`, `otherwise`, `scope`): what is said in the map is not advised again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from crosswalk.advice.fitting import long_texts, missing_values
from crosswalk.advice.lookups import ambiguous_lookups, unused_names
from crosswalk.advice.profiles import systems_not_connected
from crosswalk.advice.reading import Reading
from crosswalk.advice.routes import arms_that_leave_out, arms_that_overlap, filters_that_never_hold
from crosswalk.advice.scopes import companies_mixed, moves_to_nowhere
from crosswalk.advice.tables import columns_written_twice, scopes_overlapping
from crosswalk.advice.values import value_map_gaps
from crosswalk.compiler import CompiledLeg
from crosswalk.errors import Problem
from crosswalk.model import Project

Rule = Callable[[Reading], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    value_map_gaps,
    long_texts,
    missing_values,
    columns_written_twice,
    scopes_overlapping,
    arms_that_overlap,
    arms_that_leave_out,
    filters_that_never_hold,
    ambiguous_lookups,
    companies_mixed,
    moves_to_nowhere,
    unused_names,
    systems_not_connected,
)


def advise(project: Project, legs: Sequence[CompiledLeg]) -> tuple[Problem, ...]:
    """Give the findings of all rules, sorted by place."""
    reading = Reading(project, legs)
    found = {problem for rule in RULES for problem in rule(reading)}
    return tuple(sorted(found, key=lambda one: (one.span, one.code, one.message)))
