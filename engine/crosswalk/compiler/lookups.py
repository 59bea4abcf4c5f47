"""Binds the lookups of a leg: each becomes one join, and its misses become reasons.

Business key, company, effective date, first of several, existence and roll-up are one construct, so they are one
function here too: equalities first, then the company, then what makes the row take part in the condition.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from crosswalk.compiler.binding import Binding
from crosswalk.compiler.expressions import aggregate, condition
from crosswalk.compiler.joins import Join, Match, Total
from crosswalk.compiler.lines import sought_value
from crosswalk.compiler.parsing import parse, place
from crosswalk.compiler.scope import Place, TableScope
from crosswalk.compiler.walking import path_of
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import Problems, Span, nearest
from crosswalk.model import Entity, FieldMapping, Lookup, Path, Text
from crosswalk.sql import Sql, fragment, key_text, literal, name


@dataclass(frozen=True, slots=True)
class BoundFault:
    """A fault with the name that people see and the place of the line that it comes from."""

    fault: Fault
    column: str
    span: Span


def bind_lookup(lookup: Lookup, binding: Binding, company: Value | None) -> tuple[BoundFault, ...]:
    """Add the join of a lookup to the scope; give the faults of its misses."""
    entity = binding.leg.project.entities[lookup.entity]
    join = Join(lookup.name, entity, lookup.span, lookup=True, vital=lookup.missing != "null")
    binding.scope.bound = lookup.name
    _check(lookup, binding)
    matches = [match for line in lookup.where if (match := _match(line, entity, binding)) is not None]
    own_company = _company_match(lookup, entity, company, binding)
    join.matches = (*matches, *own_company)
    _conditions(lookup, join, binding)
    binding.scope.joins[lookup.name] = join
    binding.scope.bound = ""
    return _faults(lookup, join)


def _check(lookup: Lookup, binding: Binding) -> None:
    """Refuse a name that would mean two things, and words that say nothing beside `total`."""
    problems = binding.problems
    same = [each for each in binding.scope.entity.columns if each.casefold() == lookup.name.casefold()]
    if same:
        message = f"'{lookup.name}' is also the column '{same[0]}' of {binding.scope.entity.ref}"
        problems.add("NAME_AMBIGUOUS", message, lookup.span, "give the lookup another name")
    for total, text in lookup.total.items():
        if "." in total:
            message = f"'{total}' has a dot, so no path leads to it"
            problems.add("IDENT_CHARACTER", message, text.span, "choose another name for the total")
    if lookup.total and lookup.first_by:
        message = "'first_by' takes one row, and 'total' sums up all of them"
        problems.add("MISPLACED_PROPERTY", message, lookup.first_by[0].span, "leave one of the two out")
    if lookup.total and lookup.missing == "hold":
        message = f"a total is never missing: over no rows it is 0 or null, so '{lookup.name}' holds nothing"
        problems.add("MISPLACED_PROPERTY", message, lookup.span, f"write it under requires: {lookup.name}.<total> > 0")


def _match(line: FieldMapping, entity: Entity, binding: Binding) -> Match | None:
    column = entity.columns.get(line.target)
    if column is None:
        message = f"'{line.target}' is not a column of {entity.ref}"
        binding.problems.add("UNKNOWN_COLUMN", message, line.span, nearest(line.target, entity.columns))
        return None
    if line.required != "no":
        message = "'required' says nothing in where: null finds no row"
        binding.problems.add("MISPLACED_PROPERTY", message, line.span, "say it with missing: reject or hold")
    here = Place(column, binding.scope, binding.leg.project)
    value = binding.attempt(line.source.span, lambda: sought_value(line, here))
    return None if value is None else Match(line.target, value.sql)


def _company_match(lookup: Lookup, entity: Entity, company: Value | None, binding: Binding) -> list[Match]:
    """A table per company is read in the row's company, unless `where` names that column."""
    if entity.company is None or any(line.target == entity.company for line in lookup.where):
        return []
    if company is not None:
        return _own_company(company, entity, lookup.span, binding)
    if binding.leg.company is None:
        message = f"{entity.ref} is per company, and this map does not say which company a row belongs to"
        binding.problems.add("COMPANY_REQUIRED", message, lookup.span, "add `company: <path>` to the map")
    return []


def _own_company(company: Value, entity: Entity, span: Span, binding: Binding) -> list[Match]:
    column = entity.columns[str(entity.company)]
    if company.type.kind == column.type.kind:
        return [Match(column.name, company.sql)]
    named = binding.leg.company
    message = f"the company of a row is {company.type}, and tables of a company have {column.type}"
    hint = "name the column that holds the code of the company"
    binding.problems.add("TYPE_MISMATCH", message, named.span if named else span, hint)
    return []


def _conditions(lookup: Lookup, join: Join, binding: Binding) -> None:
    inside = TableScope(join, binding.scope)
    filters: list[Sql | None] = []
    if lookup.filter is not None:
        text = lookup.filter
        filters.append(binding.attempt(text.span, lambda: condition(text, inside)))
    if lookup.as_of is not None:
        as_of = lookup.as_of
        filters.append(binding.attempt(as_of.span, lambda: _effective(as_of, join, binding)))
    for part in filters:
        if part is not None:
            join.filter = part if join.filter is None else fragment("{a} AND {b}", a=join.filter, b=part)
    orders = [binding.attempt(text.span, lambda: _order(text.value, join)) for text in lookup.first_by]  # noqa: B023
    ties = [_order(part, join) for part in join.entity.key] if orders else []
    join.order = tuple(order for order in [*orders, *ties] if order is not None)
    totals = [_total(total, text, inside, binding) for total, text in lookup.total.items()]
    join.totals = tuple(total for total in totals if total is not None)


def _total(total: str, text: Text, inside: TableScope, binding: Binding) -> Total | None:
    def bind() -> Value:
        _only_aggregates(text)
        return aggregate(text, inside)

    value = binding.attempt(text.span, bind)
    if value is None:
        binding.scope.told.add(f"{inside.join.name}.{total}")
        return None
    return Total(total, value, _empty(text.value, value))


def _only_aggregates(text: Text) -> None:
    """Refuse a column beside the aggregates: over many rows it has many values."""
    root = parse(text, aggregates=True)
    problems = Problems()
    for node in root.find_all(exp.Column):
        path = path_of(node)
        if node.find_ancestor(*_AGGREGATES) is None and not path.startswith("row."):
            message = f"'{path}' has many values here, one for each row found"
            problems.add("EXPR_AGGREGATE", message, place(text, node), f"write sum({path}), min({path}) or max({path})")
    if root.find(*_AGGREGATES) is None and not problems.found:
        problems.add("EXPR_AGGREGATE", "this sums up nothing", text.span, "write count(*), or sum of a column")
    problems.done()


_AGGREGATES = (exp.Count, exp.Sum, exp.Min, exp.Max, exp.Anonymous)


def _effective(as_of: Path, join: Join, binding: Binding) -> Sql:
    entity = join.entity
    if entity.valid is None:
        hint = "leave as_of out, or declare valid: [from, to] in its entity"
        raise TransformError("UNKNOWN_PATH", f"{entity.ref} does not say when its rows are valid", hint)
    value = binding.scope.resolve(as_of.text)
    for column in (entity.columns[bound] for bound in entity.valid):
        if value.type.kind != column.type.kind:
            message = f"'{as_of.text}' is {value.type}, and {entity.ref} is valid by {column.type}"
            raise TransformError("TYPE_MISMATCH", message, f"name a column that is a {column.type}")
    day = join.ask(value.sql)
    first, last = entity.valid
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
