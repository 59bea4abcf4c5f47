"""Finds the rows whose looked-up rows changed, so that an incremental run ends where an initial one would.

A changed row of another table is followed back through the joins to the rows that use it. That is exact only for plain
joins on a key: who used a row that moved in or out of a total, a range or a filter cannot be told from the row as it
is now. For those tables any change has all rows examined again.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, of
from crosswalk.compiler.joins import Join
from crosswalk.compiler.layers import FoundBy
from crosswalk.compiler.render import render
from crosswalk.model import Entity
from crosswalk.plan import Statement
from crosswalk.sql import Sql, fragment, literal, name, table


@dataclass(frozen=True, slots=True)
class Taken:
    column: Sql
    alias: Sql


@dataclass(frozen=True, slots=True)
class Hop:
    """One table on the way from a row to the table that changed; `modified` stands on that table only."""

    table: Sql
    found_by: tuple[FoundBy, ...]
    columns: tuple[Taken, ...]
    modified: Sql | None


def common_values(bound: Bound) -> dict[str, object]:
    """Give what nearly every statement of the step needs."""
    return {
        "source": bound.units.relation,
        "leg": bound.ledger_name,
        "label": literal(str(bound.leg.source.ref)),
        "key": bound.units.key,
        "version": bound.units.version,
        "overlap": literal(bound.leg.project.overlap_seconds),
    }


def row_digest(entity: Entity) -> Sql:
    """Write what a change of a row shows in, as a number: key, version and modified time, or else the whole row.

    It is kept in the ledger, so it is MD5 and not the engine's own hash, which may differ from release to release.
    """
    if entity.modified is None:
        return fragment("md5_number_lower(CAST(x AS VARCHAR))")
    columns = [*entity.key, *([entity.row_version] if entity.row_version else []), entity.modified]
    holes = {f"c{number}": of("x", column) for number, column in enumerate(columns)}
    texts = " || '|' || ".join(f"coalesce(CAST({{{hole}}} AS VARCHAR), '')" for hole in holes)
    return fragment(f"md5_number_lower({texts})", **holes)


def related(bound: Bound) -> list[Statement]:
    """Build the statements of every watched join of a leg."""
    by_name = {join.name: join for join in bound.joins}
    making = [_all_when(bound, entity.ref.entity, entity) for entity in bound.units.tables]
    found = [statement for watched in bound.watched for statement in _related_by(bound, by_name[watched], by_name)]
    return making + found


def moved(bound: Bound) -> Sql:
    """Say of a row of ``bounds`` that its table decides which units there are."""
    labels = [literal(str(ref)).text for ref in (bound.leg.source.ref, *(entity.ref for entity in bound.units.tables))]
    return Sql(f"now.entity = {labels[0]}" if len(labels) == 1 else f"now.entity IN ({', '.join(labels)})")


def _related_by(bound: Bound, join: Join, by_name: dict[str, Join]) -> list[Statement]:
    way = _way(join, by_name)
    if not join.stable or join.entity.modified is None or any(step.probed or step.totals for step in way):
        return [_all_when(bound, join.name, join.entity)]
    values = {
        **common_values(bound),
        "label": literal(str(join.entity.ref)),
        "landed": tuple(name(column) for column in bound.landed),
    }
    return [_changed(join, way, values), _gone(join, way, values)]


def _changed(join: Join, way: list[Join], values: dict[str, object]) -> Statement:
    hops = tuple(_hop(step, is_last=step is join) for step in [*way, join])
    sql = render("examined_related", joins=hops, why=literal(f"{join.name} changed"), **values)
    return Statement(f"rows that look up a changed row: {join.name}", sql)


def _gone(join: Join, way: list[Join], values: dict[str, object]) -> Statement:
    sql = render(
        "examined_gone",
        joins=tuple(_hop(step, is_last=False) for step in way),
        why=literal(f"{join.name} gone"),
        rows=tuple(match.row for match in join.matches),
        found=tuple(Sql(f"x.{name(match.column).text} = {match.row.text}") for match in join.matches),
        table=table(join.entity.ref),
        modified=of("x", join.entity.modified or ""),
        content=row_digest(join.entity),
        **values,
    )
    return Statement(f"rows whose looked-up row is gone: {join.name}", sql)


def _way(join: Join, by_name: dict[str, Join]) -> list[Join]:
    """List the joins that stand between the row and this one, nearest to the row first."""
    found: list[Join] = []
    for other in by_name.values():
        if other is not join and any(other.named_in(match.row) for match in join.matches):
            found += [step for step in [*_way(other, by_name), other] if step not in found]
    return found


def _hop(join: Join, *, is_last: bool) -> Hop:
    found_by = tuple(
        FoundBy(name(match.column), join.found_by(number + 1), match.row) for number, match in enumerate(join.matches)
    )
    columns = tuple(Taken(name(column), name(f"{join.name}.{column}")) for column in join.columns)
    modified = of("x", join.entity.modified) if is_last and join.entity.modified else None
    return Hop(table(join.entity.ref), found_by, columns, modified)


def _all_when(bound: Bound, name: str, entity: Entity) -> Statement:
    values = {**common_values(bound), "label": literal(str(entity.ref))}
    sql = render("examined_all_when", why=literal(f"{name} changed"), **values)
    return Statement(f"all rows when {entity.ref} changed: {name}", sql)
