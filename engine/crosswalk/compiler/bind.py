"""Second pass: resolve every name of a leg, type every value and number every reason why a row cannot go on.

A row has one reason, the first that holds in the order of a reader: the cursor of the source, the lookups, the
requirements, the target that takes the row, the key, the fields. What is found only when rows are compared with each
other or with the target comes after these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crosswalk.compiler.arms import bind_arm
from crosswalk.compiler.binding import Binding
from crosswalk.compiler.bound import Bound, BoundArm, BoundPair, BoundSet, Cell, Numbered
from crosswalk.compiler.demands import check_demands, writable
from crosswalk.compiler.documents import bind_document
from crosswalk.compiler.expressions import aggregate, condition
from crosswalk.compiler.fanout import bind_each, check_used, taken
from crosswalk.compiler.landing import land
from crosswalk.compiler.legs import Leg, column_of
from crosswalk.compiler.lines import line_value, may_be_long
from crosswalk.compiler.lookups import bind_lookup
from crosswalk.compiler.merging import bind_merge, company_of
from crosswalk.compiler.pairs import bind_pairs
from crosswalk.compiler.probes import bind_probes
from crosswalk.compiler.scope import TOLD, Place, RowScope
from crosswalk.compiler.units import Units, plain_units
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import nearest
from crosswalk.model import AllOrNothing, Column, FieldMapping, Path, Text
from crosswalk.plan import Reason
from crosswalk.sql import Sql, all_of, fragment, literal, name


def bind(leg: Leg) -> Bound:
    """Bind a leg; raise `MapError` with every problem of it."""
    binding = Binding(leg, _scope(leg))
    binding.problems.extend(leg.problems)
    units = _units(binding)
    company = _company(binding)
    _delivered_before(binding)
    _cursor(binding)
    _lookups(binding, company)
    passes = _passes(binding)
    _requires(binding)
    document = bind_document(binding)
    arms = _arms(binding)
    whole = _whole(binding, leg.map.all_or_nothing)
    settle = _settle(binding, arms)
    pairs = bind_pairs(binding, arms)
    check_demands(binding)
    probes = bind_probes(binding) if leg.probed else ()
    check_used(binding)
    binding.done()
    return Bound(
        leg=leg,
        joins=tuple(binding.scope.joins.values()),
        landed=tuple(dict.fromkeys([*(() if units.made else leg.source.key), *binding.scope.landed])),
        filter=passes,
        reasons=tuple(binding.reasons),
        arms=arms,
        carried=tuple((name(alias), value) for alias, value in binding.carried.items()),
        document=document,
        whole=whole,
        settle=settle,
        late_reasons=_late_reasons(binding, pairs),
        watched=_watched(binding, passes),
        probes=probes,
        pairs=pairs,
        units=units,
        shares=tuple(binding.scope.shares.values()),
    )


def _scope(leg: Leg) -> RowScope:
    of_map = tuple(lookup.name for lookup in leg.project.maps[leg.map.name].lookups)
    return RowScope(
        leg.source,
        leg.project,
        declared=tuple(lookup.name for lookup in leg.map.lookups),
        outward=of_map if leg.name == "back" else (),
    )


def _units(binding: Binding) -> Units:
    """Bind what changes the shape of the rows first: all other lines speak of units."""
    table_map = binding.leg.map
    if table_map.merge is not None:
        return bind_merge(table_map.merge, binding)
    return bind_each(binding) if table_map.each else plain_units(binding.leg.source)


def _passes(binding: Binding) -> Sql:
    """Say which units the map takes: those that the filter lets through, and whose entries count."""
    if binding.leg.map.merge is not None:
        return binding.scope.own("#taken")
    passes = _condition(binding, binding.leg.filter)
    entries = taken(binding)
    return passes if not entries else all_of([*([] if binding.leg.filter is None else [passes]), *entries])


def _watched(binding: Binding, passes: Sql) -> tuple[str, ...]:
    """Name the joins whose changes matter to rows that were judged before.

    A leg that only makes rows never judges a delivered row again, and its other rows are open or filtered: there only
    what the filter reads matters.
    """
    joins = binding.scope.joins
    if not binding.leg.only_creates:
        return tuple(joins)
    return tuple(join for join in joins if f'"{join}.' in passes.text)


def _company(binding: Binding) -> Value | None:
    leg = binding.leg
    if leg.company is not None:
        path = leg.company
        return binding.attempt(path.span, lambda: binding.scope.resolve(path.text))
    if leg.map.merge is not None:
        return company_of(leg.map.merge, binding)
    own = leg.source.company
    if own is None or leg.source.columns[own].relation:
        return None
    return binding.scope.resolve(own)


_PASSED_OVER = (
    "{key} NOT IN (SELECT source_key FROM crosswalk.lineage WHERE leg = {leg} AND target = {target} AND state = 'live')"
)


def _delivered_before(binding: Binding) -> None:
    """A second pass is one over the rows that the first one delivered to its target; it passes over all others."""
    leg = binding.leg
    if not leg.second:
        return
    holes = {"key": name("#key"), "leg": literal(leg.map.name), "target": literal(str(leg.arms[0].target.ref))}
    reason = Reason(len(binding.reasons) + 1, "TARGET_MISSING", "", "filtered", leg.map.span)
    binding.reasons.append(Numbered(reason, fragment(_PASSED_OVER, **holes), literal(None)))


def _cursor(binding: Binding) -> None:
    """A row without a modified time would never be seen again by an incremental run, so it is refused at once."""
    modified = binding.leg.source.modified
    if modified is not None and binding.leg.map.merge is not None:
        binding.reason(
            Fault("CURSOR_NULL", binding.scope.own("#undated"), literal(None)), modified, binding.leg.map.span
        )
    elif modified is not None:
        missing = fragment("{x} IS NULL", x=binding.scope.own(modified))
        binding.reason(Fault("CURSOR_NULL", missing, literal(None)), modified, binding.leg.map.span)


def _lookups(binding: Binding, company: Value | None) -> None:
    for lookup in binding.leg.map.lookups:
        for found in bind_lookup(lookup, binding, company):
            binding.reason(found.fault, found.column, found.span)


def _condition(binding: Binding, text: Text | None) -> Sql:
    if text is None:
        return literal(True)
    bound = binding.attempt(text.span, lambda: condition(text, binding.scope))
    return literal(True) if bound is None else fragment("coalesce({x}, FALSE)", x=bound)


def _requires(binding: Binding) -> None:
    for requirement in binding.leg.map.requires:
        met = _condition(binding, requirement.that)
        fault = Fault(requirement.code, fragment("NOT {x}", x=met), literal(None), "held")
        binding.reason(fault, "", requirement.span)


def _arms(binding: Binding) -> tuple[BoundArm, ...]:
    legs = binding.leg.arms
    for arm in legs:
        if arm.when is None and len(legs) > 1:
            message = f"one of several targets takes a row, and {arm.target.ref} does not say which rows it takes"
            binding.problems.add("MISSING_PROPERTY", message, arm.span, "add when: <condition>")
    whens = [_condition(binding, arm.when) for arm in legs]
    if any(arm.when for arm in legs):
        taken = Sql(" + ".join(fragment("CAST({x} AS INTEGER)", x=when).text for when in whens))
        for code, pattern in (("NO_TARGET_ARM", "{n} = 0"), ("MANY_TARGET_ARMS", "{n} > 1")):
            binding.reason(Fault(code, fragment(pattern, n=taken), literal(None)), "", binding.leg.map.span)
    alone = len(legs) == 1
    bound = [bind_arm(binding, arm, when, alone=alone) for arm, when in zip(legs, whens, strict=True)]
    return tuple(arm for arm in bound if arm is not None)


def _whole(binding: Binding, rule: AllOrNothing | None) -> BoundSet | None:
    if rule is None:
        return None
    by = tuple(_set_column(binding, path) for path in rule.by)
    expect = literal(True)
    if rule.expect is not None:
        text = rule.expect
        bound = binding.attempt(text.span, lambda: _judged(aggregate(text, CarriedScope(binding))))
        expect = expect if bound is None else fragment("coalesce({x}, FALSE)", x=bound.sql)
    return BoundSet(tuple(pair for pair in by if pair is not None), expect)


def _judged(value: Value) -> Value:
    if value.type.kind != "boolean":
        raise TransformError("TYPE_MISMATCH", f"a condition is true or false, this is {value.type}", "compare it")
    return value


def _set_column(binding: Binding, path: Path) -> tuple[Sql, str] | None:
    value = binding.attempt(path.span, lambda: binding.scope.resolve(path.text))
    if value is None:
        return None
    if path.text not in binding.scope.landed:
        message = f"'{path.text}' is not a column of the source, so the rows of a set cannot be found by it"
        binding.problems.add("UNKNOWN_PATH", message, path.span, "use columns of the row in `by`")
        return None
    return binding.carry(f"source.{path.text}", value.sql), path.text


@dataclass(frozen=True, slots=True)
class CarriedScope:
    """Names of the row as the shaped rows carry them: what is compared over a whole set is kept beside the cells."""

    binding: Binding

    def resolve(self, path: str) -> Value:
        value = self.binding.scope.resolve(path)
        alias = self.binding.carry(f"source.{path}", value.sql)
        return Value(alias, value.type, column=value.column, nullable=value.nullable)


def _settle(binding: Binding, arms: tuple[BoundArm, ...]) -> tuple[tuple[Column, Sql], ...]:
    settled = [_settled(binding, line, arms) for line in binding.leg.map.settle]
    return tuple(pair for pair in settled if pair is not None)


def _settled(binding: Binding, line: FieldMapping, arms: tuple[BoundArm, ...]) -> tuple[Column, Sql] | None:
    place = binding.attempt(line.span, lambda: _settle_place(binding, line))
    if place is None:
        return None
    if isinstance(line.source, Path) and line.source.parts[0] == "target":
        path = line.source
        for call in line.transforms:
            message = f"'{call.name}' is not done to what was delivered"
            binding.problems.add("MISPLACED_PROPERTY", message, call.span, "settle it as it is")
        delivered = binding.attempt(path.span, lambda: _delivered(binding, path, place.target, arms))
        return None if delivered is None else (place.target, delivered)
    value = binding.attempt(line.source.span, lambda: line_value(line, place))
    if value is None:
        return None
    for fault in value.faults:
        binding.reason(fault, line.target, line.span)
    return place.target, binding.carry(f"settle.{line.target}", value.sql)


def _settle_place(binding: Binding, line: FieldMapping) -> Place:
    column = column_of(binding.leg.source, line.target, line.span)
    writable(binding.leg.source, column, line.span)
    if column.name in binding.leg.source.key:
        message = f"'{column.name}' is the key of {binding.leg.source.ref}, and rows keep it"
        raise TransformError("NOT_WRITABLE", message, "remove the line")
    if not binding.scope.merged:
        binding.scope.own(column.name)
    return Place(column, binding.scope, binding.leg.project)


def _delivered(binding: Binding, path: Path, column: Column, arms: tuple[BoundArm, ...]) -> Sql:
    """The delivered row's column: one shaped column, or by arm where several targets have it."""
    cells = [(arm.number, cell) for arm in arms for cell in arm.cells if ["target", cell.column.name] == [*path.parts]]
    if not cells:
        raise _undelivered(binding, path)
    for _, cell in cells:
        if not _holds(column, cell):
            message = f"'{path.text}' is {cell.column.type}, which '{column.name}' may not hold: it is {column.type}"
            raise TransformError("TYPE_MISMATCH", message, "settle another column")
    if len(arms) == 1:
        return cells[0][1].alias
    cases = " ".join(f"WHEN {number} THEN {cell.alias.text}" for number, cell in cells)
    return Sql(f'CASE "#arm" {cases} END')


def _holds(column: Column, cell: Cell) -> bool:
    """Say whether a column holds every value of a delivered one without a word."""
    try:
        landed = land(Value(cell.alias, cell.column.type, column=cell.column), column)
    except TransformError:
        return False
    return not landed.faults and not may_be_long(landed.type, column.type)


def _undelivered(binding: Binding, path: Path) -> TransformError:
    """Say why there is no such column to settle; quietly where a line with a mistake writes it."""
    written = [line.target for arm in binding.leg.arms for line in (*arm.key, *arm.fields)]
    wanted = path.text.partition(".")[2]
    if wanted in written:
        return TransformError(TOLD, f"'{wanted}' is not known")
    if not wanted:
        return TransformError("UNKNOWN_PATH", "'target' is a row, not a value", "name a column of it: target.<column>")
    hint = nearest(wanted, written) or "only columns that the map writes can be settled"
    return TransformError("UNKNOWN_COLUMN", f"this map does not write a column '{wanted}'", hint)


Fate = Literal["held", "rejected", "filtered", "superseded"]

_LATE: Mapping[str, Fate] = {
    "TARGET_EXISTS": "rejected",
    "TARGET_MISSING": "rejected",
    "TARGET_DUPLICATE": "rejected",
    "UPDATE_NOT_ALLOWED": "rejected",
    "CONFLICT_STALE": "rejected",
    "KEY_DUPLICATE": "rejected",
    "SUPERSEDED": "superseded",
    "SET_INCOMPLETE": "held",
    "TARGET_REFUSED": "rejected",
}


def _late_reasons(binding: Binding, pairs: tuple[BoundPair, ...]) -> Mapping[str, Reason]:
    """Number the reasons that are found when rows meet the target and each other, by their general code."""
    leg, start = binding.leg, len(binding.reasons) + 1
    absent: Mapping[str, Fate] = {"hold": "held", "skip": "filtered", "reject": "rejected"}
    fates: dict[str, Fate] = {**_LATE, "TARGET_MISSING": absent[leg.map.absent]}
    spans = dict.fromkeys(fates, leg.map.span)
    codes = {code: code for code in fates}
    if leg.map.all_or_nothing is not None:
        spans["SET_INCOMPLETE"] = leg.map.all_or_nothing.span
        codes["SET_INCOMPLETE"] = leg.map.all_or_nothing.code
    columns = dict.fromkeys(fates, "")
    for pair in pairs if leg.conflict == "reject" else ():
        fates[pair.code], codes[pair.code] = "rejected", "CONFLICT_STALE"
        columns[pair.code], spans[pair.code] = pair.name, pair.span
    return {
        general: Reason(start + n, codes[general], columns[general], fates[general], spans[general])
        for n, general in enumerate(fates)
    }
