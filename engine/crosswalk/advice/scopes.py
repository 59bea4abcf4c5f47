"""Companies and states: rows of several companies in one key, and states that no row can be brought to."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.advice.reading import Reading, column_at, over_source, written_by
from crosswalk.compiler.bound import Bound
from crosswalk.compiler.conditions import code_of
from crosswalk.errors import Problem
from crosswalk.model import Constant, Path


def companies_mixed(reading: Reading) -> Iterator[Problem]:
    """Find maps from a table per company to one that knows no company, with no company in the key."""
    for bound in reading.bound:
        company = bound.leg.source.company
        for arm in bound.leg.arms if company is not None and bound.leg.creates else ():
            paths = [line.source.text for line in arm.key if isinstance(line.source, Path)]
            heads = {path.split(".")[0] for path in paths}
            own = any(
                column_at(bound, path) is bound.leg.source.columns.get(part)
                for path in paths
                for part in bound.leg.source.key
            )
            if arm.target.company is None and company not in heads and not own and not _of_one(bound, company):
                message = (
                    f"{bound.leg.source.ref} is per company, {arm.target.ref} is not, and the key names no company"
                )
                hint = f"add the company to the key ({company}), or filter the rows of one company"
                yield Problem("COMPANY_SCOPE", message, arm.span, hint, "warning")


def _of_one(bound: Bound, company: str | None) -> bool:
    """Say whether the filter lets rows of one company through only."""
    found = [term.facts.get(company or "") for term in over_source(bound).terms(bound.leg.filter)]
    allowed = {facts.allowed if facts is not None else None for facts in found}
    return len(allowed) == 1 and all(values is not None and len(values) == 1 for values in allowed)


def moves_to_nowhere(reading: Reading) -> Iterator[Problem]:
    """Find constants that would move a choice to a state to which no state leads."""
    for bound in reading.bound:
        for written in written_by(bound):
            source, moves = written.line.source, written.column.moves
            if not isinstance(source, Constant) or not moves or written.line.write == "create" or not bound.leg.updates:
                continue
            reached = {code_of(written.column, label) for to in moves.values() for label in to}
            if code_of(written.column, str(source.value)) not in reached:
                message = (
                    f"no state of '{written.column.name}' leads to '{source.value}': rows in another state are rejected"
                )
                hint = "say write: create, or allow the move in the entity"
                yield Problem("MOVE_TO_NOWHERE", message, source.span, hint, "warning")
