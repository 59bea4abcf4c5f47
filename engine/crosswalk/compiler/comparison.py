"""Builds the questions by which both sides of a leg are compared, beside the steps of its plan.

The plan says which rows it would make, change and remove. It does not say, because no run acts on it, which rows of the
target nobody made, which belong to a source row that is gone, and where the ledger says something else than the tables.
Each question is one query on what the plan has shaped; it gives keys as text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crosswalk.compiler.agreeing import agree
from crosswalk.compiler.bound import Bound, BoundArm, target_key
from crosswalk.compiler.render import render
from crosswalk.model import EntityRef
from crosswalk.plan import Statement
from crosswalk.sql import Sql, key_text, literal, name, table


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about one target table of a leg."""

    target: EntityRef
    query: Statement


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is asked of a leg when its rows have a fate.

    `foreign` gives keys of target rows that nobody made; `orphans` target rows that this leg made whose source row is
    gone or leads elsewhere: source key, target key, whether it is gone, whether a run would remove the target row.
    `links` gives rows of which the ledger knows something else than the tables say: source key, target key, arm,
    whether it knows them, version, and what it holds of version, target and target key. `headers` gives documents whose
    header row is not there; `agreed` notes in ``agreeing`` on what both sides agree and the ledger does not.
    """

    foreign: tuple[Asked, ...]
    orphans: tuple[Asked, ...]
    links: Statement
    headers: tuple[Asked, ...]
    agreed: tuple[Statement, ...]


def compare(bound: Bound) -> Comparison:
    """Build the questions. A leg that makes no rows owns none, so only its links are asked for."""
    owning = bound.arms if bound.leg.creates else ()
    watched = owning if bound.leg.map.guard.foreign_rows != "ignore" else ()
    return Comparison(
        foreign=tuple(Asked(arm.target.ref, _foreign(arm)) for arm in watched),
        orphans=tuple(Asked(arm.target.ref, _orphans(bound, arm)) for arm in owning),
        links=_links(bound),
        headers=_headers(bound),
        agreed=tuple(agree(bound)[:1]) if bound.leg.name == "out" and not bound.leg.second else (),
    )


def restoring(bound: Bound) -> Bound:
    """Give the leg as it is when delivered rows that are missing in the target are to be made again."""
    guard = replace(bound.leg.map.guard, missing_rows="restore")
    return replace(bound, leg=replace(bound.leg, map=replace(bound.leg.map, guard=guard)))


def linked_once(bound: Bound) -> Statement:
    """Leave one link of rows that the ledger links several times: a run would shape such a row several times."""
    return Statement("each row is linked once", render("both_once", leg=bound.ledger_name))


def _foreign(arm: BoundArm) -> Statement:
    return Statement(f"rows of {arm.target.ref} that no map made", render("both_foreign", **_of(arm)))


def _orphans(bound: Bound, arm: BoundArm) -> Statement:
    """A row that only left the filter is not one of them unless a run would remove it: its source row is there. Nor is
    a row of which the ledger has noted that its source row is gone, where the map says that it stays.
    """
    reports = bound.leg.map.on_leave == "report"
    sql = render("both_orphans", leg=bound.ledger_name, reports=reports, **_of(arm))
    return Statement(f"rows of {arm.target.ref} without a source row", sql)


def _of(arm: BoundArm) -> dict[str, object]:
    return {
        "target": table(arm.target.ref),
        "label": literal(str(arm.target.ref)),
        "key": target_key(arm, "target"),
        "scope": arm.scope,
        "arm": literal(arm.number),
    }


def _links(bound: Bound) -> Statement:
    """A row that came back is linked without a version until the way out has looked at it. The version of a unit that
    several rows make changes with the marks that its own leg sets.
    """
    leg, settled = bound.leg, bool(bound.settle) and bound.units.made is not None
    cases = " ".join(f"WHEN {arm.number} THEN {literal(str(arm.target.ref)).text}" for arm in bound.arms)
    values = {
        "leg": bound.ledger_name,
        "target": Sql(f'CASE shaped."#arm" {cases} END'),
        "watched": not leg.only_creates and not settled,
        "came_back": literal(f"{leg.map.name}:back") if leg.name == "out" and leg.map.back is not None else None,
    }
    return Statement("rows of which the ledger knows something else", render("both_links", **values))


def _headers(bound: Bound) -> tuple[Asked, ...]:
    if bound.document is None:
        return ()
    header = bound.document.target
    key = key_text([Sql(f"header.{name(column).text}") for column in header.key])
    sql = render("both_headers", leg=bound.ledger_name, header=table(header.ref), key=key)
    return (Asked(header.ref, Statement(f"headers that are missing in {header.ref}", sql)),)
