"""The rows of files as one query: cells in the one spelling, and of several rows with one key the newest.

Which is newest: the row with the greater version or the later modified time, where the entity names such columns, as
the engine itself chooses among what a read gives; else the one of the later file. A column that `newest_by` names goes
before both. Two different rows of one file between which nothing decides are a mistake of the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.connectors.files.cells import cell
from crosswalk.connectors.files.form import Form
from crosswalk.connectors.files.layouts import OPERATION, PATH, Group, Layout
from crosswalk.entities import Column, Entity
from crosswalk.errors import SystemFailure
from crosswalk.sql import Sql, all_of, any_of, fragment, literal, name, type_name

FILE = "#file"
_RANK, _NEWEST = "#rank", "#newest"


@dataclass(frozen=True, slots=True)
class Choosing:
    """How rows are chosen: `newest_by` as above; `gone` names the column that is true in rows that were removed."""

    entity: Entity
    form: Form
    newest_by: str | None = None
    gone: str | None = None
    whole: bool = False


def cells_of(group: Group, source: Sql, choosing: Choosing) -> Sql:
    """Select the columns of the entity from the files of one group, with the place of the file and the operation."""
    layout = group.layout
    columns = [(_cell(layout, column, group, choosing), column.name) for column in choosing.entity.columns.values()]
    order = ", ".join(literal(str(path)).text for path in group.paths)
    file = fragment(
        "{first} + list_position({files}, {path})", first=literal(group.first), files=Sql(f"[{order}]"), path=name(PATH)
    )
    columns += [(file, FILE), (_operation(layout, choosing), OPERATION), (_newest(layout, choosing), _NEWEST)]
    listed = ", ".join(f"{x.text} AS {name(called).text}" for x, called in columns)
    return Sql(" ".join(["SELECT", listed, "FROM", source.text]))


def _cell(layout: Layout, column: Column, group: Group, choosing: Choosing) -> Sql:
    found = layout.column(column.name)
    if found is not None:
        return cell(found[0], found[1], column, choosing.form)
    if layout.sparse:
        return fragment("CAST(NULL AS {type})", type=type_name(column.type))
    raise _missing(group, column)


def _missing(group: Group, column: Column) -> SystemFailure:
    message = f"{group.paths[0]} has no column '{column.name}'"
    return SystemFailure(
        message, code="COLUMN_MISSING", remedy="correct the file, or take the column out of the entity"
    )


def _operation(layout: Layout, choosing: Choosing) -> Sql:
    if OPERATION in layout.columns:
        return name(OPERATION)
    found = layout.column(choosing.gone) if choosing.gone else None
    if found is None:
        return literal("row")
    return fragment("CASE WHEN lower(CAST({x} AS VARCHAR)) IN ('true', '1') THEN 'delete' ELSE 'row' END", x=found[0])


def _newest(layout: Layout, choosing: Choosing) -> Sql:
    """Give what `newest_by` says of a row. A row that tells only that it was removed is newer than all others."""
    found = layout.column(choosing.newest_by) if choosing.newest_by else None
    column = choosing.entity.columns.get(choosing.newest_by or "")
    if found is None:
        return Sql("CAST(NULL AS HUGEINT)")
    if column is not None and not choosing.gone:
        return _cast(cell(found[0], found[1], column, choosing.form), column)
    number = fragment("TRY_CAST({x} AS HUGEINT)", x=found[0])
    if not choosing.gone:
        return number
    return fragment(
        "CASE WHEN {x} IS NULL AND {operation} = 'delete' THEN {most} ELSE {x} END",
        x=number,
        operation=_operation(layout, choosing),
        most=Sql("CAST('170141183460469231731687303715884105727' AS HUGEINT)"),
    )


def raw_columns(layout: Layout) -> list[Sql]:
    """Give every column of a layout that a scan gives."""
    return [name(at) for at, _ in layout.columns.values()]


def typed_key(entity: Entity) -> list[Sql]:
    """Give the parts of the key as values, so that 01 and 1 are one number; null where a part is no value."""
    return [_typed(entity.columns[part]) for part in entity.key]


def _typed(column: Column) -> Sql:
    return _cast(name(column.name), column)


def _cast(x: Sql, column: Column) -> Sql:
    return fragment("TRY_CAST({x} AS {type})", x=x, type=type_name(column.type))


def newest(source: Sql, choosing: Choosing) -> Sql:
    """Keep of each key the newest row; rows without a whole key stay, for the engine to reject."""
    return _ranked(source, choosing, Sql("row_number()"))


def undecided(source: Sql, choosing: Choosing) -> Sql:
    """Select place of the file and key of rows of which nothing tells which is the newest; equal rows are one."""
    first = _ranked(source, choosing, Sql("rank()"))
    key = ", ".join(part.text for part in typed_key(choosing.entity))
    whole = all_of([fragment("{x} IS NOT NULL", x=part) for part in typed_key(choosing.entity)])
    found = [
        "SELECT any_value(", name(FILE).text, "),", key, "FROM (SELECT DISTINCT * FROM (", first.text, ")) WHERE",
        whole.text, "GROUP BY ALL HAVING count(*) > 1 LIMIT 1",
    ]  # fmt: skip
    return Sql(" ".join(found))


def _ranked(source: Sql, choosing: Choosing, rank: Sql) -> Sql:
    parts = typed_key(choosing.entity)
    by = ", ".join(part.text for part in parts)
    order = ", ".join(f"{column.text} DESC NULLS LAST" for column in _order(choosing))
    numbered = f"{rank.text} OVER (PARTITION BY {by} ORDER BY {order}) AS {name(_RANK).text}"
    ranked = " ".join(["SELECT *,", numbered, "FROM (", source.text, ")"])
    without_key = any_of([fragment("{x} IS NULL", x=part) for part in parts])
    kept = any_of([fragment("{rank} = 1", rank=name(_RANK)), without_key])
    return Sql(" ".join(["SELECT * EXCLUDE (", name(_RANK).text, ") FROM (", ranked, ") WHERE", kept.text]))


def _order(choosing: Choosing) -> list[Sql]:
    entity = choosing.entity
    roles = [entity.columns[role] for role in (entity.row_version, entity.modified) if role and role in entity.columns]
    removed = fragment("{x} = 'delete'", x=name(OPERATION))
    return [name(_NEWEST), *(_typed(column) for column in roles), name(FILE), removed]


def rows(source: Sql, entity: Entity) -> Sql:
    """Select the rows that are there, without the columns that only choosing needs."""
    return _select(tuple(entity.columns), source, fragment("{x} <> 'delete'", x=name(OPERATION)))


def gone(source: Sql, entity: Entity) -> Sql:
    """Select the keys of the rows that were removed."""
    return _select(entity.key, source, fragment("{x} = 'delete'", x=name(OPERATION)))


def present(source: Sql, entity: Entity) -> Sql:
    """Select the keys of the rows that are there."""
    return _select(entity.key, source, fragment("{x} <> 'delete'", x=name(OPERATION)))


def sought(source: Sql, entity: Entity, by: tuple[str, ...]) -> Sql:
    """Select the rows that have one of the keys in the columns `by`, which are bound as lists of text k0, k1.."""
    holes = {f"x{at}": _typed(entity.columns[column]) for at, column in enumerate(by)}
    given = ", ".join(
        f"CAST(unnest(CAST($k{at} AS VARCHAR[])) AS {type_name(entity.columns[column].type).text})"
        for at, column in enumerate(by)
    )
    keys = " ".join(["SELECT", given])
    seen = ", ".join(hole.text for hole in holes.values())
    found = all_of([Sql(f"({seen}) IN ({keys})"), fragment("{x} <> 'delete'", x=name(OPERATION))])
    return _select(tuple(entity.columns), source, found)


def _select(columns: tuple[str, ...], source: Sql, where: Sql) -> Sql:
    listed = ", ".join(name(column).text for column in columns)
    return Sql(" ".join(["SELECT", listed, "FROM (", source.text, ") WHERE", where.text]))


def union(sources: list[Sql]) -> Sql:
    """Put the rows of several groups together, column by name."""
    if len(sources) == 1:
        return sources[0]
    return Sql(" UNION ALL BY NAME ".join(f"({source.text})" for source in sources))
