"""What a name means where it stands: binds paths of the row to columns and, on the way, notes the joins they need.

A bare name is a column of the row read; ``a.b`` follows a relation of the row or takes a column of a lookup. Each relation
is joined once, however many paths use it. A reference that is not null and finds nothing is a fault of every path that
goes through it; null on the way gives null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crosswalk.compiler.joins import Join, Match
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import Span, nearest
from crosswalk.model import Column, Entity, EntityRef, Project
from crosswalk.sql import Sql, any_of, fragment, name

Special = Callable[[str], Value]
"""Resolves the rest of a path behind a reserved first word such as ``target`` or ``document``."""


@dataclass(slots=True)
class RowScope:
    """The names of one row. `special` words stand before relations; `lookups` are added as they are bound."""

    entity: Entity
    project: Project
    joins: dict[str, Join] = field(default_factory=dict)
    landed: dict[str, None] = field(default_factory=dict)
    special: dict[str, Special] = field(default_factory=dict)

    def resolve(self, path: str) -> Value:
        """Bind a path; `TransformError` says which part is unknown and what may have been meant."""
        head, *rest = path.split(".")
        if head in self.special and rest:
            return self.special[head](".".join(rest))
        if head in self.joins and self.joins[head].lookup and rest:
            return self._from_lookup(self.joins[head], rest)
        value = self._own(head, path)
        return value if not rest else self._follow(value, head, rest)

    def own(self, column: str) -> Sql:
        """Take a column of the row itself."""
        self.landed[column] = None
        return name(column)

    def _own(self, column: str, path: str) -> Value:
        found = self.entity.columns.get(column)
        if found is None:
            known = [*self.entity.columns, *(j.name for j in self.joins.values() if j.lookup), *self.special]
            raise TransformError("UNKNOWN_COLUMN", _unknown(column, path, self.entity), nearest(column, known))
        return Value(self.own(column), found.type, column=found, nullable=not found.required)

    def _from_lookup(self, join: Join, rest: list[str]) -> Value:
        column, *further = rest
        for total in join.totals:
            if total.name == column and not further:
                filled = fragment("coalesce({x}, {empty})", x=name(f"{join.name}.{column}"), empty=total.empty)
                return Value(filled, total.value.type)
        value = _column_value(join, column)
        return value if not further else self._follow(value, f"{join.name}.{column}", further)

    def _follow(self, value: Value, walked: str, rest: list[str]) -> Value:
        column = value.column
        if column is None or not column.relation:
            raise TransformError("UNKNOWN_PATH", f"'{walked}' refers to no other table", "only a column with `to:` does")
        entities, rest = self._alternatives(column, walked, rest)
        joins = [self._relation(value.sql, walked, entity, polymorphic=len(column.relation) > 1) for entity in entities]
        chosen = joins[0] if len(column.relation) == 1 else self._named(joins, rest)
        faults = value.faults + _dangling(value.sql, joins)
        rest = rest if len(column.relation) == 1 else rest[1:]
        found = _column_value(chosen, rest[0])
        found = Value(found.sql, found.type, faults, found.column, nullable=True)
        return found if len(rest) == 1 else self._follow(found, f"{chosen.name}.{rest[0]}", rest[1:])

    def _alternatives(self, column: Column, walked: str, rest: list[str]) -> tuple[list[Entity], list[str]]:
        system = self._system_of(walked)
        entities = [self.project.entities[EntityRef(system, entity)] for entity in column.relation]
        if len(entities) > 1 and (rest[0] not in column.relation or len(rest) < 2):
            known = ", ".join(column.relation)
            raise TransformError("UNKNOWN_PATH", f"'{walked}' refers to one of {known}", f"name it: {walked}.{known}")
        return entities, rest

    def _system_of(self, walked: str) -> str:
        head = walked.split(".")[0]
        join = self.joins.get(head)
        return join.entity.ref.system if join is not None and join.lookup else self.entity.ref.system

    def _named(self, joins: list[Join], rest: list[str]) -> Join:
        return next(join for join in joins if join.entity.ref.entity == rest[0])

    def _relation(self, row: Sql, walked: str, entity: Entity, *, polymorphic: bool) -> Join:
        if len(entity.key) != 1:
            raise TransformError("UNKNOWN_PATH", f"'{walked}' refers to {entity.ref}, whose key has several columns")
        join_name = f"{walked}.{entity.ref.entity}" if polymorphic else walked
        if join_name not in self.joins:
            match = Match(entity.key[0], row)
            self.joins[join_name] = Join(join_name, entity, entity.span, (match,), relation=True, vital=True)
        return self.joins[join_name]


def _column_value(join: Join, column: str) -> Value:
    found = join.entity.columns.get(column)
    if found is None:
        message = f"'{column}' is not a column of {join.entity.ref}"
        raise TransformError("UNKNOWN_COLUMN", message, nearest(column, join.entity.columns))
    return Value(join.column(column), found.type, column=found, nullable=True)


def _dangling(reference: Sql, joins: list[Join]) -> tuple[Fault, ...]:
    """Say when a reference that is not null finds no row, or more than one."""
    nowhere = [join.missed for join in joins]
    missing = nowhere[0]
    for condition in nowhere[1:]:
        missing = fragment("{a} AND {b}", a=missing, b=condition)
    found = fragment("{row} IS NOT NULL AND {missing}", row=reference, missing=missing)
    return (
        Fault("LOOKUP_MISSING", found, reference),
        Fault("LOOKUP_AMBIGUOUS", any_of([join.ambiguous for join in joins]), reference),
    )


def _unknown(column: str, path: str, entity: Entity) -> str:
    where = "" if column == path else f" (in '{path}')"
    return f"'{column}' is not a column of {entity.ref}{where}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field line stands, for the transforms in it."""

    target: Column
    scope: RowScope
    project: Project

    def value_map(self, wanted: str) -> Mapping[str, str]:
        if wanted in self.project.value_maps:
            return self.project.value_maps[wanted].values
        hint = nearest(wanted, self.project.value_maps)
        raise TransformError("UNKNOWN_VALUE_MAP", f"there is no value map '{wanted}'", hint)

    def path(self, text: str) -> Value:
        return self.scope.resolve(text)


@dataclass(frozen=True, slots=True)
class TableScope:
    """The names inside a lookup's filter or totals: bare names are its own columns, ``row.`` is the row read."""

    join: Join
    row: RowScope

    def resolve(self, path: str) -> Value:
        head, *rest = path.split(".")
        if head == "row" and rest:
            value = self.row.resolve(".".join(rest))
            return Value(self.join.ask(value.sql), value.type, column=value.column)
        column = self.join.entity.columns.get(path)
        if column is None:
            message = f"'{path}' is not a column of {self.join.entity.ref}"
            raise TransformError("UNKNOWN_COLUMN", message, nearest(path, self.join.entity.columns))
        return Value(Sql(f"x.{name(path).text}"), column.type, column=column)


def at(span: Span, error: TransformError) -> tuple[str, str, Span, str]:
    """Lay a transform's error at the place of the call, as the arguments of a problem."""
    return error.code, str(error), span, error.hint
