"""Lays the joins of a leg out in layers, in the order in which they need each other.

A keyed join needs nothing but the row. A probed join asks questions of the row, so the row must stand as a relation
first; what stands before it is closed as one layer, and the join belongs to the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crosswalk.compiler.joins import Join
from crosswalk.compiler.render import comment
from crosswalk.sql import Sql, fragment, literal, name, table


@dataclass(frozen=True, slots=True)
class JoinedColumn:
    """One column that a join adds: what it is inside (`value`, or `grouped` over its rows) and its name outside."""

    alias: Sql
    value: Sql
    grouped: Sql


@dataclass(frozen=True, slots=True)
class FoundBy:
    column: Sql
    alias: Sql
    row: Sql


@dataclass(frozen=True, slots=True)
class KeyedJoin:
    table: Sql
    found_by: tuple[FoundBy, ...]
    hits: Sql
    columns: tuple[JoinedColumn, ...]
    filters: tuple[Sql, ...]
    comment: Sql


@dataclass(frozen=True, slots=True)
class Ask:
    alias: Sql
    value: Sql


@dataclass(frozen=True, slots=True)
class ProbedJoin:
    name: Sql
    table: Sql
    asks: tuple[Ask, ...]
    on: tuple[Sql, ...]
    hits: Sql
    columns: tuple[JoinedColumn, ...]
    order: tuple[Sql, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One relation of joined rows: what it is made from, and the joins that it adds."""

    name: Sql
    base: Sql
    probes: tuple[ProbedJoin, ...]
    keyed: tuple[KeyedJoin, ...]


def layers_of(joins: tuple[Join, ...], *, narrowed: bool) -> tuple[Layer, ...]:
    """Group joins into layers. `narrowed`: few rows are examined, so each join reads only what they ask for."""
    groups: list[tuple[list[Join], list[Join]]] = [([], [])]
    for join in joins:
        probes, keyed = groups[-1]
        if not join.probed:
            keyed.append(join)
        elif keyed or _asks_any(join, probes):
            groups.append(([join], []))
        else:
            probes.append(join)
    return tuple(_layer(number, *group, narrowed=narrowed) for number, group in enumerate(groups))


def _layer(number: int, probes: list[Join], keyed: list[Join], *, narrowed: bool) -> Layer:
    base = name("landed") if number == 0 else name(f"joined_{number}")
    beside = [*probes, *keyed]
    return Layer(
        name=name(f"joined_{number + 1}"),
        base=base,
        probes=tuple(_probed(join) for join in probes),
        keyed=tuple(keyed_join(join, base if narrowed else None, beside) for join in keyed),
    )


def keyed_join(join: Join, base: Sql | None, beside: list[Join]) -> KeyedJoin:
    """Build a join on equalities; with `base` it reads only what the rows of that relation ask for."""
    found_by = tuple(
        FoundBy(name(match.column), join.found_by(number + 1), match.row) for number, match in enumerate(join.matches)
    )
    filters = [] if join.filter is None else [join.filter]
    filters += [narrowing for found in found_by for narrowing in _narrowed(found, base, beside)]
    columns = (*_columns(join), *_totals(join))
    return KeyedJoin(table(join.entity.ref), found_by, join.hits, columns, tuple(filters), _remark(join))


def _narrowed(found: FoundBy, base: Sql | None, beside: list[Join]) -> list[Sql]:
    """Read only what can be found: a constant itself, else what the rows ask for, each question once.

    Without DISTINCT, a million rows of three companies make a hash table of three endless chains.
    """
    column = Sql(f"x.{found.column.text}")
    if _CONSTANT.fullmatch(found.row.text):
        return [fragment("{column} = {row}", column=column, row=found.row)]
    if base is None or _mentions(found.row, beside):
        return []
    return [fragment("{column} IN (SELECT DISTINCT {row} FROM {base})", column=column, row=found.row, base=base)]


_CONSTANT = re.compile(r"'(?:[^']|'')*'|-?\d+")


def _remark(join: Join) -> Sql:
    return comment(f"{join.name}: {join.span.file}:{join.span.line}" if join.lookup else join.name)


def _columns(join: Join) -> tuple[JoinedColumn, ...]:
    return tuple(_joined_column(join, column) for column in join.columns)


def _joined_column(join: Join, column: str) -> JoinedColumn:
    inside = Sql(f"x.{name(column).text}")
    return JoinedColumn(name(f"{join.name}.{column}"), inside, fragment("any_value({x})", x=inside))


def _totals(join: Join) -> tuple[JoinedColumn, ...]:
    return tuple(
        JoinedColumn(name(f"{join.name}.{total.name}"), total.value.sql, total.value.sql) for total in join.totals
    )


def _probed(join: Join) -> ProbedJoin:
    equal = [Sql(f"x.{name(match.column).text} = {join.ask(match.row).text}") for match in join.matches]
    if not join.asks:
        equal.append(join.ask(literal(True)))
    conditions = [*equal, *([] if join.filter is None else [join.filter])]
    asks = tuple(Ask(join.found_by(number + 1), row) for number, row in enumerate(join.asks))
    columns = (*_columns(join), *_totals(join))
    return ProbedJoin(
        name=name(f"found {join.name}"),
        table=table(join.entity.ref),
        asks=asks,
        on=tuple(conditions),
        hits=join.hits,
        columns=columns,
        order=join.order,
    )


def _asks_any(join: Join, beside: list[Join]) -> bool:
    rows = [*join.asks, *(match.row for match in join.matches)]
    return any(_mentions(row, beside) for row in rows)


def _mentions(row: Sql, joins: list[Join]) -> bool:
    return any(join.named_in(row) for join in joins)
