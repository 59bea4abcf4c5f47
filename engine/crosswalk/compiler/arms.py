"""Binds one target of a leg: the cells it writes, how its row is found, and when it may be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from crosswalk.compiler.binding import Binding
from crosswalk.compiler.bound import BoundArm, Cell, KeyPart
from crosswalk.compiler.demands import drawn, made_keys, writable
from crosswalk.compiler.expressions import condition
from crosswalk.compiler.legs import LegArm, column_of
from crosswalk.compiler.lines import line_value
from crosswalk.compiler.scope import Place, RowScope
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import MapError, Problem
from crosswalk.model import Column, Concat, FieldMapping, First, Path, Sequence, Source, Text
from crosswalk.sql import Sql, fragment, literal, name


def bind_arm(binding: Binding, arm: LegArm, when: Sql, *, alone: bool) -> BoundArm | None:
    """Bind all lines of a target; problems go to the binding."""
    target = RowScope(arm.target, binding.leg.project)
    state = _Arm(binding, arm, target, None if alone else when)
    key = tuple(part for line in arm.key if (part := _key_part(state, line)) is not None)
    cells = _cells(state)
    bound = BoundArm(
        number=arm.number,
        target=arm.target,
        cells=cells,
        key=key,
        joins=(),
        needed=(),
        scope=_scope_condition(state),
        update=_permission(state, allowed=binding.leg.allow.update),
        create=_permission(state, allowed=binding.leg.allow.create),
        delete=_removal(state, allowed=binding.leg.allow.delete),
        when=None if alone else when,
    )
    return replace(bound, joins=tuple(target.joins.values()), needed=tuple(target.landed))


@dataclass(frozen=True, slots=True)
class _Arm:
    binding: Binding
    arm: LegArm
    target: RowScope
    when: Sql | None

    def alias(self, column: str) -> Sql:
        """Name a shaped column: by the column itself, and by table and column where a leg has several targets."""
        return name(column if self.when is None else f"{self.arm.target.ref.entity}.{column}")

    def fault(self, fault: Fault, column: str, line: FieldMapping) -> None:
        guarded = fault.when if self.when is None else fragment("{a} AND {f}", a=self.when, f=fault.when)
        self.binding.reason(replace(fault, when=guarded), column, line.span)


def _key_part(state: _Arm, line: FieldMapping) -> KeyPart | None:
    """Bind one equality of the key; its left side may be a path over the target row."""
    found = state.binding.attempt(line.span, lambda: state.target.resolve(line.target))
    if found is None or found.column is None:
        return None
    relation = "target" if state.arm.number == 0 else f"target_{state.arm.number}"
    side = Sql(f"{relation}.{found.sql.text}")
    if isinstance(line.source, Sequence):
        return KeyPart(side, state.alias(line.target), line.source.name)
    column = found.column
    value = state.binding.attempt(line.source.span, lambda: line_value(line, _place(state, column)))
    if value is None:
        return None
    for fault in value.faults:
        if fault.code != "REQUIRED_NULL":
            state.fault(fault, line.target, line)
    if value.nullable or column.required:
        state.fault(Fault("KEY_NULL", fragment("{x} IS NULL", x=value.sql), literal(None)), line.target, line)
    if not _writes_key(state):
        return KeyPart(side, state.binding.carry(f"key.{line.target}", value.sql))
    return KeyPart(side, state.alias(line.target))


def _writes_key(state: _Arm) -> bool:
    return state.binding.leg.creates


def _place(state: _Arm, column: Column) -> Place:
    return Place(column, state.binding.scope, state.binding.leg.project)


def _cells(state: _Arm) -> tuple[Cell, ...]:
    key = state.arm.key if _writes_key(state) else ()
    seen: dict[str, FieldMapping] = {}
    cells: list[Cell] = []
    for line in (*key, *state.arm.fields):
        if not _once(state, line, seen):
            continue
        is_key = line in key
        cell = state.binding.attempt(line.source.span, lambda: _cell(state, line, is_key=is_key))  # noqa: B023
        if cell is not None:
            cells.append(cell)
    return (*cells, *_made_keys(state, seen))


def _made_keys(state: _Arm, written: Mapping[str, FieldMapping]) -> Iterator[Cell]:
    """Make the keys that a system would make itself: a guid that no line writes.

    It follows from the key of the row read, so that a run which is repeated makes the same row and not another one.
    """
    target, leg = state.arm.target, state.binding.leg
    for column in made_keys(target) if leg.creates else ():
        if column.name not in written:
            whole = literal(f"{leg.source.ref} {target.ref} {column.name} ")
            value = fragment("CAST(md5({whole} || {key}) AS UUID)", whole=whole, key=name("#key"))
            yield Cell(
                column, state.alias(column.name), Value(value, column.type), "made from the key", create_only=True
            )


def _once(state: _Arm, line: FieldMapping, seen: dict[str, FieldMapping]) -> bool:
    earlier = seen.setdefault(line.target, line)
    if earlier is line:
        return True
    message = f"'{line.target}' is written twice; the first time at {earlier.span}"
    state.binding.problems.add("MAP_DUP_TARGET", message, line.span, "keep one of the two lines")
    return False


def _cell(state: _Arm, line: FieldMapping, *, is_key: bool) -> Cell | None:
    column = column_of(state.arm.target, line.target, line.span)
    writable(state.arm.target, column, line.span)
    _found_by(state, line)
    shown = f"{line.span.file}:{line.span.line}"
    cell = Cell(column, state.alias(column.name), _nothing(column), shown, create_only=is_key or line.write == "create")
    if state.binding.leg.second and line.write == "create":
        cell = replace(cell, create_only=False, once=True)
    elif line.write == "create" and line.owner is None and not state.binding.leg.creates:
        raise _refused(line, f"'{column.name}' is written when a row is made, and this leg makes none")
    if isinstance(line.source, Sequence):
        drawn(line, line.source, column, state.binding.leg.project)
        return replace(cell, sequence=line.source.name)
    words = state.binding.document
    if not is_key and words is not None and _is_late(line.source):
        return replace(cell, late=_late_value(line, Place(column, words, state.binding.leg.project)))
    value = line_value(line, _place(state, column))
    if not is_key:
        for fault in value.faults:
            state.fault(fault, column.name, line)
    return replace(cell, value=value)


def _nothing(column: Column) -> Value:
    return Value(literal(None), column.type)


def _is_late(source: Source) -> bool:
    """A header's column or a line number is known only when the rows are delivered."""
    match source:
        case Path():
            return source.parts[0] == "document"
        case First() | Concat():
            return any(_is_late(item) for item in source.items)
        case _:
            return False


def _late_value(line: FieldMapping, place: Place) -> Value:
    """Compute what a document says of a line. It is filled in after rows are judged, so it must fit as it is."""
    value = line_value(line, place)
    if any(fault.code == "TOO_LONG" for fault in value.faults):
        message = f"what the document says may be longer than '{line.target}', which is {place.target.type}"
        raise TransformError("TYPE_MISMATCH", message, "say fit: truncate, or widen the column")
    return value


def _found_by(state: _Arm, line: FieldMapping) -> None:
    """Refuse to write what names a row that exists."""
    if state.binding.leg.creates:
        return
    entity = state.arm.target
    if line.target in entity.key:
        raise _refused(line, f"'{line.target}' is the key of {entity.ref}, and rows that exist keep it")
    if any(part.target == line.target for part in state.arm.key):
        raise _refused(line, f"'{line.target}' is in the key of the map, by which rows are found")


def _refused(line: FieldMapping, message: str) -> MapError:
    return MapError([Problem("NOT_WRITABLE", message, line.span, "remove the line")])


def _scope_condition(state: _Arm) -> Sql | None:
    text = state.binding.leg.map.scope
    if text is None:
        return None
    bound = state.binding.attempt(text.span, lambda: condition(text, state.target))
    return None if bound is None else fragment("coalesce({x}, FALSE)", x=bound)


def _permission(state: _Arm, *, allowed: bool | Text) -> Sql:
    if isinstance(allowed, bool):
        return literal(allowed)
    bound = state.binding.attempt(allowed.span, lambda: condition(allowed, _TargetWords(state)))
    return literal(False) if bound is None else fragment("coalesce({x}, FALSE)", x=bound)


def _removal(state: _Arm, *, allowed: bool | Text | None) -> Sql:
    """Say which rows of the target may be removed; `on_leave` says whether any are."""
    if allowed is None or isinstance(allowed, bool):
        return literal(allowed is not False)
    bound = state.binding.attempt(allowed.span, lambda: condition(allowed, _TargetAlone(state)))
    return literal(False) if bound is None else fragment("coalesce({x}, FALSE)", x=bound)


@dataclass(frozen=True, slots=True)
class _TargetAlone:
    """Names inside `allow: delete`: columns of the target, because the row read may be gone."""

    state: _Arm

    def resolve(self, path: str) -> Value:
        head, _, rest = path.partition(".")
        if head != "target" or not rest or "." in rest:
            message = f"'{path}' is not a column of the row that would be removed"
            raise TransformError("UNKNOWN_PATH", message, "write target.<column>: the row read may be gone")
        return RowScope(self.state.arm.target, self.state.binding.leg.project).resolve(rest)


@dataclass(frozen=True, slots=True)
class _TargetWords:
    """Names inside `allow`: ``target.x`` is the row as it stands in the target, bare names are the row read."""

    state: _Arm

    def resolve(self, path: str) -> Value:
        head, _, rest = path.partition(".")
        if head == "target" and rest:
            value = self.state.target.resolve(rest)
            relation = "target" if self.state.arm.number == 0 else f"target_{self.state.arm.number}"
            return replace(value, sql=Sql(f"{relation}.{value.sql.text}"))
        value = self._of_source(path)
        alias = self.state.binding.carry(f"source.{path}", value.sql)
        return replace(value, sql=Sql(f"mapped.{alias.text}"), faults=())

    def _of_source(self, path: str) -> Value:
        try:
            return self.state.binding.scope.resolve(path)
        except TransformError as error:
            if path not in self.state.arm.target.columns:
                raise
            message = f"{error}, but of {self.state.arm.target.ref}"
            raise TransformError(error.code, message, f"write target.{path}") from None
