"""Binds the columns that either side may change: which cells of a leg they are, and what the side that is read holds.

Both legs of a map speak of the same pairs by the same names, and compare the columns as they stand in either table.
What a transform makes of them plays no part, so a value that is rounded or shortened on its way does not come back as a
change.
"""

from __future__ import annotations

from crosswalk.compiler.binding import Binding
from crosswalk.compiler.bound import BoundArm, BoundPair
from crosswalk.compiler.ties import Pair
from crosswalk.model import Path
from crosswalk.sql import Sql, key_text, name


def bind_pairs(binding: Binding, arms: tuple[BoundArm, ...]) -> tuple[BoundPair, ...]:
    """Bind the pairs of a leg; one of which a line has a mistake is left out, for the mistake is told."""
    if binding.leg.name == "back" and (binding.leg.pairs or binding.leg.creates):
        _name_target(binding)
    if len(arms) != 1:
        return ()
    found = [_bound(binding, pair, arms[0]) for pair in binding.leg.pairs]
    return tuple(pair for pair in found if pair is not None)


def _bound(binding: Binding, pair: Pair, arm: BoundArm) -> BoundPair | None:
    leg = binding.leg
    near, far = (pair.source, pair.target) if leg.name == "back" else (pair.target, pair.source)
    by_column = {cell.column.name: cell for cell in arm.compared}
    if any(column not in by_column for column in near) or any(column not in leg.source.columns for column in far):
        return None
    cells = tuple(by_column[column] for column in near)
    read = tuple(_carried(binding, column) for column in far) or tuple(cell.alias for cell in cells)
    return BoundPair(pair.name, cells, read, _plain(binding, pair), pair.span)


def _carried(binding: Binding, column: str) -> Sql:
    return binding.carry(f"both.{column}", binding.scope.own(column))


def _name_target(binding: Binding) -> None:
    """Carry the key of the row read as the way out writes it: under it both legs find what they agreed on."""
    leg = binding.leg
    lines = (*leg.map.key, *(line for arm in leg.map.arms for line in arm.key))
    heads = [line.target.partition(".")[0] for line in lines]
    known = [binding.scope.own(head) for head in heads if head in leg.source.columns]
    if known:
        binding.carry("#out_key", name("#key") if leg.map.allow.create is False else key_text(known))


def _plain(binding: Binding, pair: Pair) -> bool:
    """Say whether the columns read hold all that is written; a path through another table may change without them."""
    ends = [line for line in binding.leg.map.both if line.target.partition(".")[0] in pair.target]
    return all(
        isinstance(line.source, Path) and len(line.source.parts) == 1 and "." not in line.target for line in ends
    )
