"""Columns that either side may change, judged row by row: who moved since both sides agreed, and what that means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crosswalk.model import FieldMapping, Path
from tests.oracle.cells import Fault, Row, Value, same
from tests.oracle.judge import Judged, Run
from tests.oracle.world import Agreed, key_of, source_key


@dataclass(frozen=True)
class Tied:
    """Columns of the map's source and target that change together; `through` a path over another table."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    through: bool = False


def ties_of(run: Run) -> list[Tied]:
    """The columns of a leg that are judged like this."""
    leg, of = run.leg, run.leg.map
    if leg.kind == "write_back":
        lasting = [line.target for line in leg.ways[0].lines if not line.create_only]
        return [] if of.conflict == "source" else [Tied((), (name,)) for name in lasting]
    found: list[list[FieldMapping]] = []
    for line in of.both:
        near = [group for group in found if any(set(_ends(line)) & set(_ends(other)) for other in group)]
        found = [group for group in found if group not in near]
        found.append([*(other for group in near for other in group), line])
    open_ones = [group for group in found if all(not line.owner and line.write == "always" for line in group)]
    return [_tied(group) for group in open_ones]


def _ends(line: FieldMapping) -> list[str]:
    assert isinstance(line.source, Path)
    return ["<" + line.source.parts[0], ">" + line.target]


def _tied(group: Iterable[FieldMapping]) -> Tied:
    ends = sorted({end for line in group for end in _ends(line)})
    through = any(isinstance(line.source, Path) and len(line.source.parts) > 1 for line in group)
    sides = [tuple(end[1:] for end in ends if end[0] == side) for side in "<>"]
    return Tied(sides[0], sides[1], through)


def weigh(run: Run, judged: Judged, there: Row) -> None:
    """Let what does not go stay as it is; `CONFLICT_STALE` where both sides moved and no side wins."""
    judged.mapped = dict(judged.values)
    kept = agreement(run, judged, there)
    back = run.leg.kind == "back"
    clash = ""
    for tied in ties_of(run):
        near = tied.source if back else tied.target
        differs = any(not same(there.get(name), judged.values[name]) for name in near)
        if not _goes(run, judged, there, tied, kept):
            for name in near:
                judged.values[name] = there.get(name)
        if kept is not None and tied.target in kept.columns and differs and not clash:
            far_moved, near_moved = _moved(run, judged, there, tied, kept)
            clash = ", ".join(tied.target) if far_moved and near_moved else ""
    if clash and run.leg.stale == "reject":
        raise Fault("CONFLICT_STALE", clash)


def _goes(run: Run, judged: Judged, there: Row, tied: Tied, kept: Agreed | None) -> bool:
    if kept is None or tied.target not in kept.columns:
        return (run.leg.map.master == "target") == (run.leg.kind == "back")
    far_moved, near_moved = _moved(run, judged, there, tied, kept)
    return far_moved and (not near_moved or run.leg.stale == "write")


def _moved(run: Run, judged: Judged, there: Row, tied: Tied, kept: Agreed) -> tuple[bool, bool]:
    """Whether the side that is read and the side that is written hold something else than was agreed."""
    source_was, target_was = kept.columns[tied.target]
    if run.leg.kind == "back":
        return read(judged.row, tied.target) != target_was, read(there, tied.source) != source_was
    made = read(judged.mapped, tied.target)
    far = read(judged.row, tied.source) if tied.source else made
    return far != source_was or (tied.through and made != target_was), read(there, tied.target) != target_was


def read(row: Row, names: tuple[str, ...]) -> tuple[Value, ...]:
    return tuple(row.get(name) for name in names)


def agreement(run: Run, judged: Judged, there: Row) -> Agreed | None:
    """What both sides agreed on, of this very pair of rows."""
    source, target = _names(run, judged, there)
    found = run.state.agreed.get((run.leg.map.name, source))
    return found if found is not None and found.target == target else None


def _names(run: Run, judged: Judged, there: Row) -> tuple[str, str]:
    """The names of the row of the map's source and of its target."""
    assert judged.way is not None
    if run.leg.kind == "back":
        outward = tuple(judged.row.get(line.target) for line in (*run.leg.map.key, *run.leg.map.arms[0].key))
        own = key_of(run.leg.source, judged.row)
        return source_key(judged.way.target, there), repr(outward if run.leg.map.allow.create is not False else own)
    if run.leg.creates:
        return judged.key, repr(tuple(there.get(line.target) for line in judged.way.key))
    return judged.key, repr(key_of(judged.way.target, there))


def note(run: Run, judged: Judged) -> None:
    """Note what is agreed once the row is written: what each side holds where the line has made the one of the other."""
    final, ties = judged.final, ties_of(run)
    if final is None or not ties:
        return
    back, old = run.leg.kind == "back", agreement(run, judged, final)
    columns = dict(old.columns) if old is not None else {}
    for tied in ties:
        near = tied.source if back else tied.target
        if any(not same(final.get(name), judged.mapped[name]) for name in near):
            continue
        far = read(judged.row, tied.target if back else tied.source) if tied.source else read(final, tied.target)
        columns[tied.target] = (read(final, tied.source), far) if back else (far, read(final, tied.target))
    if columns:
        source, target = _names(run, judged, final)
        run.state.agreed[run.leg.map.name, source] = Agreed(target, columns)
