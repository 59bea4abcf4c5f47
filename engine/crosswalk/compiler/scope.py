"""What a name means where it stands: binds paths of the row to columns and, on the way, notes the joins they need.

A bare name is a column of the row read; ``a.b`` follows a relation of the row or takes a column of a lookup. Each
relation is joined once, however many paths use it. A reference that is not null and finds nothing is a fault of every
path that goes through it; null on the way gives null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from crosswalk.compiler.joins import Join, Match
from crosswalk.compiler.shares import Share
from crosswalk.compiler.starts import Start
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import Span, nearest
from crosswalk.model import Column, Entity, EntityRef, Project
from crosswalk.sql import Sql, any_of, fragment, name

TOLD = ""
"""The code of a mistake that only follows from one that is told already: it is not shown."""

_ELSEWHERE = {
    "target": "the row of the target is known in `allow`, and as target.<column> in `settle`",
    "document": "the document is known in field lines only: as a path, in first, or in concat",
    "row": "`row.` is known in the filter and the totals of a lookup; here columns stand bare",
}

_NUMBER = re.compile(r"[-+]?[0-9]+([.][0-9]+)?")


class Names(Protocol):
    """What paths mean where a line stands."""

    def resolve(self, path: str) -> Value:
        """Bind a path; `TransformError` where it does not exist."""


@dataclass(slots=True)
class RowScope:
    """The names of one row. Joins are added as lookups and paths are bound.

    `declared` are the lookups of the leg and `outward` those of its way out only; `bound` is the one being bound now.
    `told` are paths whose mistake is told where they are declared. `starts` are names that units bring with them, and
    `later` those that they will bring; `merged`: the row is made of several, so that bare columns say nothing. `shares`
    are values that are split among the units of a row.
    """

    entity: Entity
    project: Project
    joins: dict[str, Join] = field(default_factory=dict)
    landed: dict[str, None] = field(default_factory=dict)
    declared: tuple[str, ...] = ()
    outward: tuple[str, ...] = ()
    bound: str = ""
    told: set[str] = field(default_factory=set)
    starts: dict[str, Start] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)
    later: tuple[str, ...] = ()
    merged: bool = False

    def resolve(self, path: str) -> Value:
        """Bind a path; `TransformError` says which part is unknown and what may have been meant."""
        head, *rest = path.split(".")
        if path in self.told:
            raise TransformError(TOLD, f"'{path}' is not known")
        if head in self.joins and self.joins[head].lookup and rest:
            return self._from_lookup(self.joins[head], rest)
        if head in self.starts:
            value = self._from_start(self.starts[head], path, rest)
            return value if len(rest) == 1 else self._follow(value, f"{head}.{rest[0]}", rest[1:])
        value = self._own(head, path)
        return value if not rest else self._follow(value, head, rest)

    def found(self, walked: str, entity: Entity, matches: tuple[Match, ...]) -> Join:
        """Join the row of a table that other columns of it name; lines that seek the same row share the join."""
        same = [join for join in self.joins.values() if join.entity is entity and join.matches == matches]
        if same and not (same[0].lookup or same[0].relation):
            return same[0]
        wanted = join_name = f"{walked}:{entity.ref.entity}"
        while join_name in self.joins:
            join_name = f"{wanted}:{len(self.joins)}"
        self.joins[join_name] = Join(join_name, entity, entity.span, matches, vital=True)
        return self.joins[join_name]

    def own(self, column: str) -> Sql:
        """Take a column of the row itself."""
        self.landed[column] = None
        return name(column)

    def _from_start(self, start: Start, path: str, rest: list[str]) -> Value:
        if not rest:
            hint = f"name a column of it: {start.name}.<column>"
            raise TransformError("UNKNOWN_PATH", f"'{path}' is {start.what}, not a value", hint)
        if f"{start.name}.{rest[0]}" in self.told:
            raise TransformError(TOLD, f"'{path}' is not known")
        value, landed = start.take(rest[0])
        self.landed[landed] = None
        return value

    def _own(self, column: str, path: str) -> Value:
        found = self.entity.columns.get(column)
        if self.merged and found is not None:
            part = next((name for name in self.starts if name != "merge"), "merge")
            hint = f"write {part}.{column}, or name it under merge: by and write merge.<name>"
            raise TransformError("UNKNOWN_PATH", f"'{column}' is of one row, and this row is made of several", hint)
        if found is None:
            raise self._unknown(column, path)
        return Value(self.own(column), found.type, column=found, nullable=not found.required)

    def _unknown(self, column: str, path: str) -> TransformError:
        """Say why a path cannot start like this."""
        if _NUMBER.fullmatch(path):
            hint = f"a constant is written {{value: {path}}}"
            return TransformError("UNKNOWN_PATH", f"'{path}' is a number, and a bare word is a path", hint)
        lookups = [join.name for join in self.joins.values() if join.lookup]
        relations = [each.name for each in self.entity.columns.values() if each.relation]
        dotted = column != path
        if not dotted and column in lookups:
            hint = f"name a column of its row: {column}.<column>"
            return TransformError("UNKNOWN_PATH", f"'{column}' is a lookup, not a value", hint)
        if column == self.bound:
            hint = "take a column of the row, or of a lookup above it"
            return TransformError("UNKNOWN_PATH", f"the lookup '{column}' cannot use itself", hint)
        if column in self.declared and column not in lookups:
            hint = f"a lookup uses those above it: move '{column}' up"
            return TransformError("UNKNOWN_PATH", f"the lookup '{column}' is not known yet here", hint)
        if column in self.later:
            hint = "lookups, and the names of each and merge, come after; take columns and relations of the row read"
            return TransformError("UNKNOWN_PATH", f"'{column}' is not known yet here", hint)
        if column in self.outward:
            hint = "a way back takes columns and relations of the row it reads"
            return TransformError("UNKNOWN_PATH", f"the lookup '{column}' belongs to the way out", hint)
        if column in _ELSEWHERE:
            return TransformError("UNKNOWN_PATH", f"'{path}' means nothing here", _ELSEWHERE[column])
        if dotted:
            hint = nearest(column, [*([] if self.merged else relations), *lookups, *self.starts])
            message = f"'{column}' is neither a column of {self.entity.ref} nor a lookup (in '{path}')"
            return TransformError("UNKNOWN_COLUMN", message, hint)
        hint = nearest(column, [*self.entity.columns, *lookups, *self.starts])
        return TransformError("UNKNOWN_COLUMN", f"'{column}' is not a column of {self.entity.ref}", hint)

    def _from_lookup(self, join: Join, rest: list[str]) -> Value:
        column, *further = rest
        for total in join.totals:
            if total.name == column and not further:
                filled = fragment("coalesce({x}, {empty})", x=name(f"{join.name}.{column}"), empty=total.empty)
                return Value(filled, total.value.type)
        if join.totals:
            known = [total.name for total in join.totals]
            message = f"'{column}' is not a total of '{join.name}', which sums up several rows"
            raise TransformError("UNKNOWN_PATH", message, nearest(column, known) or f"known: {', '.join(known)}")
        value = _column_value(join, column)
        return value if not further else self._follow(value, f"{join.name}.{column}", further)

    def _follow(self, value: Value, walked: str, rest: list[str]) -> Value:
        column = value.column
        if column is None or not column.relation:
            message = f"'{walked}' refers to no other table"
            raise TransformError("UNKNOWN_PATH", message, "only a column with `to:` does")
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
            raise _unnamed(column, walked, rest)
        return entities, rest

    def _system_of(self, walked: str) -> str:
        head = walked.split(".")[0]
        if head in self.starts:
            return self.starts[head].system
        join = self.joins.get(head)
        return join.entity.ref.system if join is not None and join.lookup else self.entity.ref.system

    def _named(self, joins: list[Join], rest: list[str]) -> Join:
        return next(join for join in joins if join.entity.ref.entity == rest[0])

    def _relation(self, row: Sql, walked: str, entity: Entity, *, polymorphic: bool) -> Join:
        if len(entity.key) != 1:
            message = f"'{walked}' refers to {entity.ref}, whose key has several columns"
            raise TransformError("UNKNOWN_PATH", message, "make it a lookup, with all columns of the key in `where`")
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


def _unnamed(column: Column, walked: str, rest: list[str]) -> TransformError:
    """Say that a path does not name which of several tables it goes to."""
    one = column.relation[0]
    if rest[0] in column.relation:
        hint = f"add a column of it: {walked}.{rest[0]}.<column>"
    else:
        hint = nearest(rest[0], column.relation) if len(rest) > 1 else ""
        hint = hint or f"write the table too: {walked}.{one}.{rest[-1]}"
    message = f"'{walked}' refers to {' or '.join(column.relation)}, so a path names the table and a column"
    return TransformError("UNKNOWN_PATH", message, hint)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field line stands, for the transforms in it."""

    target: Column
    scope: Names
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
            of_row = head in self.row.entity.columns or head in self.row.joins
            hint = f"write row.{path} for the row read" if of_row else nearest(path, self.join.entity.columns)
            raise TransformError("UNKNOWN_COLUMN", message, hint)
        return Value(Sql(f"x.{name(path).text}"), column.type, column=column)


def at(span: Span, error: TransformError) -> tuple[str, str, Span, str]:
    """Lay a transform's error at the place of the call, as the arguments of a problem."""
    return error.code, str(error), span, error.hint
