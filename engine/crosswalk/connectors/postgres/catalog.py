"""Reads the catalog: which tables there are, and what their columns, keys and relations look like now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import cast

from crosswalk.connectors.postgres.forms import Declared, Form, form
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.settings import RECEIPTS, Settings
from crosswalk.connectors.postgres.statements import array, filled
from crosswalk.errors import UsageError, nearest
from crosswalk.model import Choice, Column, DataType, Entity, EntityRef
from crosswalk.sql import Sql, literal, name

_TABLES = """
SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = {schema} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND c.relname <> {receipts} AND has_any_column_privilege(c.oid, 'SELECT')
"""

_COLUMNS = """
WITH RECURSIVE plain AS (
  SELECT a.attrelid AS of, a.attnum AS place, a.atttypid AS type, a.atttypmod AS modifier, a.attnotnull AS needed
  FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = {schema} AND c.relname::text = ANY ({tables}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))
  UNION ALL
  SELECT p.of, p.place, t.typbasetype, CASE WHEN p.modifier < 0 THEN t.typtypmod ELSE p.modifier END,
    p.needed OR t.typnotnull
  FROM plain p JOIN pg_type t ON t.oid = p.type WHERE t.typtype = 'd'
)
SELECT c.relname::text, a.attname::text, format_type(p.type, NULL), p.modifier::int,
  p.needed AND NOT a.atthasdef AND a.attidentity = '',
  coalesce((SELECT string_agg(e.enumlabel, E'\\x1f' ORDER BY e.enumsortorder) FROM pg_enum e
    WHERE e.enumtypid = p.type), ''),
  coalesce(col_description(c.oid, a.attnum), ''), coalesce(obj_description(c.oid, 'pg_class'), ''),
  coalesce(array_position(k.conkey, a.attnum), 0)::int,
  coalesce((SELECT min(r.relname)::text FROM pg_constraint f JOIN pg_class r ON r.oid = f.confrelid
    JOIN pg_constraint rk ON rk.conrelid = r.oid AND rk.contype = 'p' AND rk.conkey = f.confkey
    WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum]
      AND r.relnamespace = c.relnamespace), ''),
  c.relkind::text, c.oid::bigint
FROM plain p JOIN pg_type t ON t.oid = p.type AND t.typtype <> 'd'
JOIN pg_class c ON c.oid = p.of
JOIN pg_attribute a ON a.attrelid = p.of AND a.attnum = p.place
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
ORDER BY c.relname, a.attnum
"""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as it is there. `rank` is its place in the primary key, from 1, or 0; `refers` the table of which it
    holds the key.
    """

    name: str
    form: Form
    required: bool
    labels: tuple[str, ...]
    title: str
    rank: int
    refers: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is there. `ref` is its name with that of its schema."""

    name: str
    ref: Sql
    title: str
    columns: Mapping[str, TableColumn]
    oid: int
    kind: str

    @property
    def marked(self) -> bool:
        """Whether its rows tell the transaction that wrote them; those of views and foreign tables do not."""
        return self.kind in ("r", "p", "m")


def table_names(session: Session, schema: str) -> list[str]:
    """Name the tables and views that may be read."""
    rows = session.rows(filled(_TABLES, schema=literal(schema), receipts=literal(RECEIPTS)))
    return [str(row[0]) for row in rows]


def read_tables(session: Session, settings: Settings, names: Iterable[str]) -> Mapping[str, Table]:
    """Read what the catalog says of the tables of these names; those that are not there are left out."""
    wanted = array(found for found in names if "\0" not in found)
    rows = session.rows(filled(_COLUMNS, schema=literal(settings.schema), tables=wanted))
    found = {}
    for table, lines in groupby(rows, key=lambda row: str(row[0])):
        columns = list(lines)
        found[table] = Table(
            name=table,
            ref=name(settings.schema, table),
            title=str(columns[0][7]),
            columns={str(row[1]): _column(row, settings.time_zone) for row in columns},
            oid=cast(int, columns[0][11]),
            kind=str(columns[0][10]),
        )
    return found


def read_table(session: Session, settings: Settings, entity: Entity) -> Table:
    """Read what the catalog says of the table of an entity; `UsageError` when it, or a column, is not there."""
    wanted = settings.table(entity.ref.entity)
    table = read_tables(session, settings, (wanted,)).get(wanted)
    if table is None:
        hint = nearest(wanted, table_names(session, settings.schema))
        message = f"{settings.system}: there is no table '{wanted}' in schema '{settings.schema}'"
        remedy = hint or "name the table of the entity below 'tables', and the schema below 'schema'"
        raise UsageError(message, code="SYSTEM_LACKS", remedy=remedy)
    lacking = next((column for column in entity.columns if column not in table.columns), None)
    if lacking is not None:
        hint = nearest(lacking, table.columns)
        message = f"{settings.system}: '{wanted}' has no column '{lacking}'" + (f"; {hint}" if hint else "")
        raise UsageError(message, code="SYSTEM_LACKS", remedy="bring the entity up to date: crosswalk entity pull")
    return table


def _column(row: tuple[object, ...], zone: str) -> TableColumn:
    labels = tuple(str(row[5]).split("\x1f")) if row[5] else ()
    return TableColumn(
        name=str(row[1]),
        form=form(Declared(str(row[2]), cast(int, row[3]), labels), zone),
        required=bool(row[4]),
        labels=labels,
        title=str(row[6]),
        rank=cast(int, row[8]),
        refers=str(row[9]),
    )


def described(table: Table, settings: Settings) -> Entity:
    """Make an entity of a table."""
    span = settings.connection.span
    columns = {
        column.name: Column(
            name=column.name,
            type=_type(column),
            span=span,
            required=column.required,
            choices=tuple(Choice(label, label) for label in column.labels),
            relation=(settings.entity(column.refers),) if column.refers else (),
            title=column.title,
        )
        for column in table.columns.values()
    }
    key = sorted((c for c in table.columns.values() if c.rank), key=lambda c: c.rank)
    ref = EntityRef(settings.system, settings.entity(table.name))
    return Entity(ref, table.title, tuple(column.name for column in key), columns, span)


def _type(column: TableColumn) -> DataType:
    return column.form.type
