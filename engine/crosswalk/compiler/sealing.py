"""Builds the question whose answer seals a plan: one number over every row that would change, be held or be refused.

Why not the `hash` of the database: the answer is kept in a file and compared later, perhaps by another version. A sum
of digests does not depend on the order of rows, and a row that comes twice does not cancel itself out.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, BoundArm
from crosswalk.compiler.render import render
from crosswalk.plan import Statement
from crosswalk.sql import Sql, literal, name, table


@dataclass(frozen=True, slots=True)
class Before:
    """What stands in a target before the run, in the columns that the leg writes."""

    alias: Sql
    number: Sql
    target: Sql
    columns: tuple[Sql, ...]


def change_set(bound: Bound) -> Statement:
    """Take the digest of the change set: keys, fates, reasons, and cells as they are and as they would be."""
    cells = dict.fromkeys(cell.alias for arm in bound.arms for cell in arm.cells)
    goes = dict.fromkeys(pair.goes for pair in bound.pairs)
    arms = tuple(_before(arm) for arm in bound.arms if arm.cells)
    return Statement("the digest of the changes", render("change_set", cells=(*cells, *goes), arms=arms))


def _before(arm: BoundArm) -> Before:
    columns = tuple(cell.target for cell in arm.cells)
    return Before(name(f"#before_{arm.number}"), literal(arm.number), table(arm.target.ref), columns)
