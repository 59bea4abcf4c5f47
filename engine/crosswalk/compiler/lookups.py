"""Binds the lookups of a leg: each becomes one join, and its misses become reasons.

Business key, company, effective date, first of several, existence and roll-up are one construct, so they are one function
here too: equalities first, then the company, then what makes the row take part in the condition.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.expressions import aggregate, condition
from crosswalk.compiler.joins import Join, Match, Total
from crosswalk.compiler.landing import land
from crosswalk.compiler.lines import source_value
from crosswalk.compiler.scope import Place, RowScope, TableScope, at
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import MapError, Problems, Span, nearest
from crosswalk.model import Entity, FieldMapping, Lookup, Path
from crosswalk.sql import Sql, fragment, key_text, literal, name


@dataclass(frozen=True, slots=True)
class BoundFault:
    """A fault with the name that people see and the place of the line that it comes from."""

    fault: Fault
    column: str
    span: Span


def bind_lookup(lookup: Lookup, scope: RowScope, company: Value | None, problems: Problems) -> tuple[BoundFault, ...]:
    """Add the join of a lookup to the scope; give the faults of its misses."""
    entity = scope.project.entities[lookup.entity]
    join = Join(lookup.name, entity, lookup.span, lookup=True, vital=lookup.missing != "null")
    matches = [match for line in lookup.where if (match := _match(line, entity, scope, problems)) is not None]
    own_company = _company_match(lookup, entity, company, problems)
    join.matches = tuple([*matches, *own_company])
    _conditions(lookup, join, scope, problems)
    scope.joins[lookup.name] = join
    return _faults(lookup, join)


def _match(line: FieldMapping, entity: Entity, scope: RowScope, problems: Problems) -> Match | None:
    column = entity.columns.get(line.target)
    if column is None:
        message = f"'{line.target}' is not a column of {entity.ref}"
        problems.add("UNKNOWN_COLUMN", message, line.span, nearest(line.target, entity.columns))
        return None
    try:
        value = source_value(line, Place(column, scope, scope.project))
        return Match(line.target, land(value, column).sql)
    except TransformError as error:
        problems.add(*at(line.source.span, error))
    except MapError as error:
        problems.extend(error.problems)
    return None


def _company_match(lookup: Lookup, entity: Entity, company: Value | None, problems: Problems) -> list[Match]:
    """A table per company is read in the row's company, unless `where` names that column."""
    if entity.company is None or any(line.target == entity.company for line in lookup.where):
        return []
    if company is None:
        message = f"{entity.ref} is per company, and this map does not say which company a row belongs to"
        problems.add("COMPANY_REQUIRED", message, lookup.span, "add `company: <path>` to the map")
        return []
    return [Match(entity.company, company.sql)]


def _conditions(lookup: Lookup, join: Join, scope: RowScope, problems: Problems) -> None:
    inside = TableScope(join, scope)
    try:
        filters = [condition(lookup.filter, inside)] if lookup.filter else []
        if lookup.as_of is not None:
            filters.append(_effective(lookup.as_of, join, scope))
        for part in filters:
            join.filter = part if join.filter is None else fragment("{a} AND {b}", a=join.filter, b=part)
        join.order = tuple(_order(text.value, join) for text in lookup.first_by)
        join.totals = tuple(
            Total(total, value := aggregate(text, inside), _empty(text.value, value))
            for total, text in lookup.total.items()
        )
    except TransformError as error:
        problems.add(*at(lookup.as_of.span if lookup.as_of else lookup.span, error))
    except MapError as error:
        problems.extend(error.problems)


def _effective(as_of: Path, join: Join, scope: RowScope) -> Sql:
    if join.entity.valid is None:
        raise TransformError("UNKNOWN_PATH", f"{join.entity.ref} declares no `valid: [from, to]`, so it has no as_of")
    day = join.ask(scope.resolve(as_of.text).sql)
    first, last = join.entity.valid
    holes = {"first": Sql(f"x.{name(first).text}"), "last": Sql(f"x.{name(last).text}"), "day": day}
    return fragment("coalesce({first} <= {day}, TRUE) AND coalesce({last} >= {day}, TRUE)", **holes)


def _order(text: str, join: Join) -> Sql:
    column = text.removeprefix("-").strip()
    if column not in join.entity.columns:
        message = f"'{column}' is not a column of {join.entity.ref}"
        raise TransformError("UNKNOWN_COLUMN", message, nearest(column, join.entity.columns))
    direction = "DESC" if text.startswith("-") else "ASC"
    return Sql(f"x.{name(column).text} {direction} NULLS LAST")


def _empty(text: str, value: Value) -> Sql:
    """What a total is where no row is found: a count is 0, a checksum is that of nothing, the rest is null."""
    if text.lstrip().lower().startswith("count"):
        return literal(0)
    if text.lstrip().lower().startswith("checksum"):
        return literal("d41d8cd98f00b204e9800998ecf8427e")
    return literal(None)


def _faults(lookup: Lookup, join: Join) -> tuple[BoundFault, ...]:
    if join.totals:
        return ()
    asked = key_text([match.row for match in join.matches]) if join.matches else literal("")
    found = [Fault("LOOKUP_AMBIGUOUS", join.ambiguous, asked)] if not join.order else []
    if lookup.missing != "null":
        fate = "held" if lookup.missing == "hold" else "rejected"
        found.insert(0, Fault(lookup.code, join.missed, asked, "held" if fate == "held" else "rejected"))
    return tuple(BoundFault(fault, lookup.name, lookup.span) for fault in found)
