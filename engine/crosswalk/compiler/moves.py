"""Judges the moves of choice columns: an update may change a choice only as the entity of the target allows.

Why a label that is not named cannot be left: `moves` lists what is allowed, so a last state needs no line of its own.
A choice that is null may become anything, and one that the row does not change is no move.
"""

from __future__ import annotations

from crosswalk.compiler.bound import Bound, BoundArm, Cell
from crosswalk.sql import Sql, all_of, fragment, literal
from crosswalk.transforms.conversions.from_text import listed


def may_update(bound: Bound, arm: BoundArm) -> Sql:
    """Say when a row of the target may be changed: where `allow` lets it, and every choice makes a move it may make."""
    moves = [_moves(bound, arm, cell) for cell in arm.compared if cell.column.moves and not cell.once]
    if not moves or arm.update == literal(False):
        return arm.update
    return all_of(moves if arm.update == literal(True) else [arm.update, *moves])


def _moves(bound: Bound, arm: BoundArm, cell: Cell) -> Sql:
    there, to = Sql(f"{arm.relation}.{cell.target.text}"), Sql(f"mapped.{cell.alias.text}")
    codes = {choice.label: literal(choice.code) for choice in cell.column.choices}
    ways = [fragment("{t} IS NULL", t=there), fragment("{t} IS NOT DISTINCT FROM {m}", t=there, m=to)]
    for label, ends in cell.column.moves.items():
        among = listed(to, [codes[end] for end in ends])
        ways.append(fragment("{t} = {a} AND {among}", t=there, a=codes[label], among=among))
    allowed = Sql(f"coalesce({' OR '.join(way.text for way in ways)}, FALSE)")
    goes = [pair.goes for pair in bound.pairs if cell in pair.cells]
    return fragment("(NOT {goes} OR {allowed})", goes=goes[0], allowed=allowed) if goes else allowed
