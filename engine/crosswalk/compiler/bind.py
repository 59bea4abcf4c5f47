"""Second pass: resolve every name of a leg, type every value and number every reason why a row cannot go on.

A row has one reason, the first that holds in the order of a reader: the cursor of the source, the lookups, the
requirements, the target that takes the row, the key, the fields. What is found only when rows are compared with each other or with
the target comes after these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crosswalk.compiler.arms import bind_arm
from crosswalk.compiler.binding import Binding
from crosswalk.compiler.bound import Bound, BoundArm, BoundSet
from crosswalk.compiler.documents import bind_document
from crosswalk.compiler.expressions import aggregate, condition
from crosswalk.compiler.legs import Leg
from crosswalk.compiler.lines import line_value
from crosswalk.compiler.lookups import bind_lookup
from crosswalk.compiler.scope import Place, RowScope
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import AllOrNothing, Column, FieldMapping, Path, Text
from crosswalk.plan import Reason
from crosswalk.sql import Sql, fragment, literal, name


def bind(leg: Leg) -> Bound:
    """Bind a leg; raise `MapError` with every problem of it."""
    binding = Binding(leg, RowScope(leg.source, leg.project))
    company = _company(binding)
    _cursor(binding)
    _lookups(binding, company)
    passes = _condition(binding, leg.filter)
    _requires(binding)
    document = bind_document(binding)
    arms = _arms(binding)
    whole = _whole(binding, leg.map.all_or_nothing)
    settle = _settle(binding, arms)
    _wanted(binding, arms)
    binding.problems.done()
    return Bound(
        leg=leg,
        joins=tuple(binding.scope.joins.values()),
        landed=tuple(dict.fromkeys([*leg.source.key, *binding.scope.landed])),
        filter=passes,
        reasons=tuple(binding.reasons),
        arms=arms,
        carried=tuple((name(alias), value) for alias, value in binding.carried.items()),
        document=document,
        whole=whole,
        settle=settle,
        late_reasons=_late_reasons(binding),
        watched=_watched(binding, passes),
    )


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
    own = leg.source.company
    if own is None or leg.source.columns[own].relation:
        return None
    return binding.scope.resolve(own)


def _cursor(binding: Binding) -> None:
    """A row without a modified time would never be seen again by an incremental run, so it is refused at once."""
    modified = binding.leg.source.modified
    if modified is not None:
        missing = fragment("{x} IS NULL", x=binding.scope.own(modified))
        binding.reason(Fault("CURSOR_NULL", missing, literal(None)), modified, binding.leg.map.span)


def _lookups(binding: Binding, company: Value | None) -> None:
    for lookup in binding.leg.map.lookups:
        for found in bind_lookup(lookup, binding.scope, company, binding.problems):
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
        bound = binding.attempt(text.span, lambda: aggregate(text, CarriedScope(binding)))
        expect = expect if bound is None else fragment("coalesce({x}, FALSE)", x=bound.sql)
    return BoundSet(tuple(pair for pair in by if pair is not None), expect)


def _set_column(binding: Binding, path: Path) -> tuple[Sql, str] | None:
    value = binding.attempt(path.span, lambda: binding.scope.resolve(path.text))
    if value is None:
        return None
    if len(path.parts) > 1:
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
        return place.target, _delivered(line.source.parts[1], arms)
    value = binding.attempt(line.span, lambda: line_value(line, place))
    return None if value is None else (place.target, binding.carry(f"settle.{line.target}", value.sql))


def _settle_place(binding: Binding, line: FieldMapping) -> Place:
    column = binding.scope.resolve(line.target).column
    if column is None:
        raise TransformError("UNKNOWN_COLUMN", f"'{line.target}' is not a column of {binding.leg.source.ref}")
    return Place(column, binding.scope, binding.leg.project)


def _delivered(column: str, arms: tuple[BoundArm, ...]) -> Sql:
    """The delivered row's column: one shaped column, or by arm where several targets have it."""
    cells = [(arm.number, cell.alias) for arm in arms for cell in arm.cells if cell.column.name == column]
    if len(arms) == 1 and cells:
        return cells[0][1]
    cases = " ".join(f"WHEN {number} THEN {alias.text}" for number, alias in cells)
    return Sql(f'CASE "#arm" {cases} END' if cells else "NULL")


def _wanted(binding: Binding, arms: tuple[BoundArm, ...]) -> None:
    """Check that a row which is made gets every column that its table demands."""
    if not binding.leg.creates:
        return
    for arm, written in zip(arms, binding.leg.arms, strict=False):
        given = {cell.column.name for cell in arm.cells}
        kept = {arm.target.modified, arm.target.row_version}
        for column in arm.target.columns.values():
            if column.required and column.name not in given | kept:
                message = f"{arm.target.ref} demands '{column.name}', and the map gives it no value"
                binding.problems.add("REQUIRED_UNMAPPED", message, written.span, f"add a line `{column.name}: ...`")


Fate = Literal["held", "rejected", "filtered", "superseded"]

_LATE: Mapping[str, Fate] = {
    "TARGET_EXISTS": "rejected",
    "TARGET_MISSING": "rejected",
    "CREATE_NOT_ALLOWED": "rejected",
    "UPDATE_NOT_ALLOWED": "rejected",
    "CONFLICT_STALE": "rejected",
    "KEY_DUPLICATE": "rejected",
    "SUPERSEDED": "superseded",
    "SET_INCOMPLETE": "held",
}


def _late_reasons(binding: Binding) -> Mapping[str, Reason]:
    """Number the reasons that are found when rows meet the target and each other, by their general code."""
    leg, start = binding.leg, len(binding.reasons) + 1
    absent: Mapping[str, Fate] = {"hold": "held", "skip": "filtered", "reject": "rejected"}
    fates: dict[str, Fate] = {**_LATE, "TARGET_MISSING": absent[leg.map.absent]}
    spans = {code: leg.map.span for code in fates}
    codes = {code: code for code in fates}
    if leg.map.all_or_nothing is not None:
        spans["SET_INCOMPLETE"] = leg.map.all_or_nothing.span
        codes["SET_INCOMPLETE"] = leg.map.all_or_nothing.code
    return {
        general: Reason(start + n, codes[general], "", fates[general], spans[general])
        for n, general in enumerate(fates)
    }
