"""Finds the columns that either side may change, and ties together those that cannot be judged apart.

Two columns of the target that are filled over one reference of the source (``Badge: owner.badge`` and ``Room:
owner.room``) change together, for the way back finds that reference by both of them. So they are one pair: one column
of the source, two of the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crosswalk.errors import Span
from crosswalk.model import FieldMapping, Path, TableMap


@dataclass(frozen=True, slots=True)
class Pair:
    """Columns of both sides that are judged as one, because lines that go either way tie them to each other.

    `source` and `target` are columns of the map's source and target, whichever way a leg goes. Where nothing comes
    back, `source` is empty: there the value that is written stands for the side that is read.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    span: Span

    @property
    def name(self) -> str:
        return ", ".join(self.target)


def written_pairs(table_map: TableMap) -> tuple[Pair, ...]:
    """What a map that writes back wrote last tells whether somebody else wrote since; none where it wins anyway."""
    if table_map.conflict == "source":
        return ()
    lines = {line.target.partition(".")[0]: line for line in table_map.fields if line.write == "always"}
    return tuple(Pair((), (column,), line.span) for column, line in lines.items())


def pairs_of(both: Sequence[FieldMapping]) -> tuple[Pair, ...]:
    """Tie columns together that lines share at either end; a column with an owner is not disputed."""
    groups: list[list[FieldMapping]] = []
    for line in both:
        tied = [group for group in groups if any(_ends(line) & _ends(other) for other in group)]
        groups = [group for group in groups if group not in tied] + [[*(one for group in tied for one in group), line]]
    free = [group for group in groups if all(line.owner is None and line.write == "always" for line in group)]
    return tuple(_pair(group) for group in free if all(isinstance(line.source, Path) for line in group))


def _ends(line: FieldMapping) -> set[tuple[str, str]]:
    own = {("source", line.source.parts[0])} if isinstance(line.source, Path) else set()
    return own | {("target", line.target.partition(".")[0])}


def _pair(group: list[FieldMapping]) -> Pair:
    ends = sorted(end for line in group for end in _ends(line))
    sides = {side: tuple(dict.fromkeys(name for at, name in ends if at == side)) for side in ("source", "target")}
    return Pair(sides["source"], sides["target"], group[0].span)
