"""Lays the judged rows beside the target and beside each other: create or change, conflicts, duplicates, whole sets."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from crosswalk.model import Text
from tests.oracle.agreed import ties_of, weigh
from tests.oracle.cells import Fault, Row, Unclear, Value, key_text, same
from tests.oracle.evaluate import Lenient, aggregate, holds
from tests.oracle.judge import Judged, Run, find_link, key_values, opened, routed, version
from tests.oracle.legs import Way, agree, leg_of
from tests.oracle.scopes import Found, Standing
from tests.oracle.units import Unit
from tests.oracle.world import source_key

Keys = list[tuple[Row, tuple[Value, ...] | None]]
"""The rows of a target that belong to the map, each with the key by which the leg finds it."""


def match_all(run: Run, judged: list[Judged]) -> None:
    """Find the target row of each row that can go on, and decide what would happen to it."""
    keys = [target_keys(run, way) for way in run.leg.ways]
    if run.leg.creates and any(len(hits_of(run, each)) > 1 for each in judged):
        run.outcome.stop = "TARGET_DUPLICATE"
    for each in judged:
        if each.fate or each.way is None:
            continue
        try:
            matched(run, each, keys[run.leg.ways.index(each.way)])
        except Fault as fault:
            each.stop(fault)


def target_keys(run: Run, way: Way) -> Keys:
    number = run.leg.ways.index(way)
    if number not in run.keys:
        run.keys[number] = _target_keys(run, way)
    return run.keys[number]


def _target_keys(run: Run, way: Way) -> Keys:
    scope_text = run.leg.map.scope if run.leg.kind != "back" else None
    found: Keys = []
    for row in run.world.rows(way.target.ref):
        if scope_text is None or _in_scope(run, way, row, scope_text):
            found.append((row, target_key(run, way, row)))
    return found


def _in_scope(run: Run, way: Way, row: Row, text: Text) -> bool:
    return holds(text.value, Standing(run.tables, way.target, row))


def target_key(run: Run, way: Way, row: Row) -> tuple[Value, ...] | None:
    """The key of a target row, seen from the leg: its columns, paths over it, or its own key lines evaluated."""
    if run.leg.kind == "back":
        return forward_key(run, row)
    standing = Lenient(Standing(run.tables, way.target, row))
    return tuple(standing.cell(tuple(line.target.split("."))).value for line in way.key)


def forward_key(run: Run, row: Row) -> tuple[Value, ...] | None:
    """For a way back: the key that the way out gives this row; none where it gives none."""
    out = Run(run.project, leg_of(run.project, run.leg.map.name), run.world, run.state, run.now)
    scope, _ = opened(out, Unit([row], source_key(out.leg.source, row)))
    asked = Judged(row, source_key(out.leg.source, row), scope, way=out.leg.ways[0])
    try:
        key = key_values(out, asked)
    except Fault:
        return None
    return None if scope.fresh else key


def matched(run: Run, judged: Judged, keys: Keys) -> None:
    if judged.target_key is None:
        raise Unclear("a row without a key")
    wanted = judged.target_key
    hits = [] if judged.fresh else [row for row, key in keys if key is not None and agree(wanted, key)]
    if len(hits) > 1:
        raise Fault("TARGET_DUPLICATE")
    if hits:
        judged.match = hits[0]
        judged.fate = existing(run, judged, hits[0])
    else:
        judged.fate = absent(run, judged)


def hits_of(run: Run, judged: Judged) -> list[Row]:
    """The target rows that a row meets by its key, whatever else may be wrong with it."""
    try:
        way = judged.way or first_arm(run, judged)
        judged.way = way
        if judged.target_key is None:
            judged.scope.fresh = False
        wanted = judged.target_key or key_values(run, judged)
    except Fault:
        return []
    if judged.fresh or (judged.target_key is None and judged.scope.fresh):
        return []
    return [row for row, key in target_keys(run, way) if key is not None and agree(wanted, key)]


def first_arm(run: Run, judged: Judged) -> Way:
    """The first target that takes a row. Where several do the row cannot go on, and meets rows of the first only."""
    taking = [way for way in run.leg.ways if way.when is None or holds(way.when.value, judged.scope)]
    return taking[0] if taking else routed(run.leg, judged.scope)


def existing(run: Run, judged: Judged, row: Row) -> str:
    if run.leg.create_only:
        raise Fault("TARGET_EXISTS")
    judged.version_before = version(row, judged.way.target.row_version) if judged.way else None
    weigh(run, judged, row)
    differing = differences(judged, row)
    if not differing:
        return "unchanged"
    if not permitted(run, judged, run.leg.allow.update, row):
        raise Fault("UPDATE_NOT_ALLOWED")
    return conflict(run, judged, row, differing)


def differences(judged: Judged, row: Row) -> set[str]:
    """Columns that a leg would change. A number that is still to be drawn always differs."""
    if judged.way is None:
        return set()
    lasting = [line.target for line in judged.way.lines if not line.create_only]
    return {name for name in lasting if name in judged.writes or not same(row.get(name), judged.values[name])}


def permitted(run: Run, judged: Judged, rule: bool | Text, row: Row | None) -> bool:
    if isinstance(rule, bool):
        return rule
    if judged.way is None:
        return False
    judged.scope.target = Found(judged.way.target, row)
    return holds(rule.value, judged.scope)


def conflict(run: Run, judged: Judged, row: Row, differing: set[str]) -> str:
    """On the way back: what happens where the row is not at the version that the way out read or this leg wrote."""
    if run.leg.kind != "back" or judged.way is None or not is_stale(run, judged.way, row):
        return "updated"
    tied = {name for tied in ties_of(run) for name in tied.source}
    disputed = differing - {line.target for line in judged.way.lines if line.owned} - tied
    if not disputed or run.leg.stale == "write":
        return "updated"
    if run.leg.stale == "reject":
        raise Fault("CONFLICT_STALE")
    for name in disputed:
        judged.values[name] = row.get(name)
    return "updated" if differing - disputed else "unchanged"


def is_stale(run: Run, way: Way, row: Row) -> bool:
    link = run.state.links(run.leg.map.name).get(source_key(way.target, row))
    if link is None or (run.leg.creates and link.source_version is None):
        return False
    return link.source_version != version(row, way.target.row_version)


def absent(run: Run, judged: Judged) -> str:
    """There is no target row: bring it into being, or say why not."""
    lost = run.leg.guard.missing_rows != "restore" and _is_lost(run, judged)
    if not lost and permitted(run, judged, run.leg.allow.create, None):
        return "inserted"
    match run.leg.map.absent:
        case "skip":
            return "filtered"
        case "hold":
            raise Fault("TARGET_MISSING", fate="held")
        case _:
            raise Fault("TARGET_MISSING")


def _is_lost(run: Run, judged: Judged) -> bool:
    """Whether somebody removed the target row that this row had been delivered to."""
    link = run.state.live(run.leg.name, judged.key)
    return link is not None and run.leg.creates and find_link(run, link.target, link.target_key) is None


def fold_duplicates(judged: list[Judged]) -> None:
    """Rows of one source key that would write the same count once; other rows that share a key stop each other."""
    for together in _groups((each for each in judged if each.alive), _written):
        alike = len({(each.key, repr(sorted(each.values.items()))) for each in together}) == 1
        for other in together[1:] if alike else together:
            if alike:
                other.fate = "superseded"
            elif len(together) > 1:
                other.stop(Fault("KEY_DUPLICATE"))
    for together in _groups((each for each in judged if each.alive), lambda each: each.key):
        for each in together if len(together) > 1 else ():
            each.stop(Fault("KEY_DUPLICATE"))


def _written(judged: Judged) -> Hashable:
    if judged.way is None or judged.fresh:
        return judged.key
    if judged.match is not None:
        return id(judged.match)
    return str(judged.way.target.ref), key_text(list(judged.target_key or ()))


def _groups(judged: Iterable[Judged], key: Callable[[Judged], Hashable]) -> list[list[Judged]]:
    found: dict[Hashable, list[Judged]] = {}
    for each in judged:
        found.setdefault(key(each), []).append(each)
    return list(found.values())


def hold_sets(run: Run, judged: list[Judged]) -> None:
    """All or nothing: one member that cannot go on, or an expectation that is not met, holds the others."""
    rule = run.leg.map.all_or_nothing
    if rule is None or run.leg.kind == "back":
        return
    members = [each for each in judged if each.passes and each.fate != "superseded"]

    def group(each: Judged) -> Hashable:
        return tuple(repr(Lenient(each.scope).cell(path.parts).value) for path in rule.by)

    for together in _groups(members, group):
        broken = any(each.fate in ("held", "rejected") for each in together)
        met = rule.expect is None or aggregate(rule.expect.value, [each.scope for each in together]) is True
        for each in together:
            if each.alive and (broken or not met):
                each.stop(Fault(rule.code, fate="held"))
