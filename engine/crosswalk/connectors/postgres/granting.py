"""Says which rights a role needs, as the statements that grant them.

Why new rows ask for the right to update too: an insert of a row that is there already becomes an update, so that what
is sent twice is there once.
"""

from __future__ import annotations

from collections.abc import Sequence

from crosswalk.connectors.postgres.settings import RECEIPTS, Settings, read_settings
from crosswalk.connectors.postgres.statements import filled, listed
from crosswalk.contracts import Need, Place, Right
from crosswalk.model import Connection
from crosswalk.sql import Sql, name

MAKE_RECEIPTS = """CREATE TABLE IF NOT EXISTS {receipts} (
  delivery text, target text, part bigint, at timestamptz NOT NULL DEFAULT now(), rows bigint NOT NULL, answers text,
  PRIMARY KEY (delivery, target, part))"""


def rights(connection: Connection, place: Place, needs: Sequence[Need]) -> tuple[Right, ...]:
    """Write the GRANTs: of the schema, of each table that is read or written, and of the table of receipts."""
    settings = read_settings(connection, place)
    user = str(connection.settings.get("user", ""))
    role = name(user if user and "$" not in user else "crosswalk")
    tables = [_right(need, settings, role) for need in needs if need.reads or need.writes]
    schema = Right(settings.schema, ("usage",), statements=(_usage(settings.schema, role),))
    if not any(need.writes for need in needs):
        return (schema, *tables)
    return (schema, *tables, _receipts(settings, role))


def _right(need: Need, settings: Settings, role: Sql) -> Right:
    table = settings.table(need.entity.ref.entity)
    ref = name(settings.schema, table)
    verbs = ["select"]
    statements = [_grant(Sql("SELECT"), ref, role)]
    stamps = _stamps(need, settings)
    if need.creates:
        verbs.append("insert")
        statements.append(_grant(_of("INSERT", (*need.entity.key, *need.creates, *stamps)), ref, role))
    if need.creates or need.updates:
        verbs.append("update")
        changed = [column for column in (*need.creates, *need.updates, *stamps) if column not in need.entity.key]
        statements.append(_grant(_of("UPDATE", changed or need.entity.key[:1]), ref, role))
    if need.deletes:
        verbs.append("delete")
        statements.append(_grant(Sql("DELETE"), ref, role))
    return Right(table, tuple(verbs), need.maps, tuple(statements))


def _stamps(need: Need, settings: Settings) -> tuple[str, ...]:
    """Name the columns that the engine keeps beside those that maps write."""
    kept = () if settings.stamps else (need.entity.modified, need.entity.row_version)
    return tuple(column for column in kept if column is not None)


def _of(verb: str, columns: Sequence[str]) -> Sql:
    named = listed(name(column) for column in dict.fromkeys(columns))
    return filled("{verb} ({columns})", verb=Sql(verb), columns=named)


def _usage(schema: str, role: Sql) -> str:
    return filled("GRANT USAGE ON SCHEMA {schema} TO {role};", schema=name(schema), role=role).text


def _grant(verb: Sql, table: Sql, role: Sql) -> str:
    return filled("GRANT {verb} ON {table} TO {role};", verb=verb, table=table, role=role).text


def _receipts(settings: Settings, role: Sql) -> Right:
    """The owner makes the table of receipts, so that the role need not be allowed to make any."""
    table = name(settings.receipts, RECEIPTS)
    made = filled(MAKE_RECEIPTS, receipts=table).text + ";"
    usage = [] if settings.receipts == settings.schema else [_usage(settings.receipts, role)]
    return Right(RECEIPTS, ("select", "insert"), (), (made, *usage, _grant(Sql("SELECT, INSERT"), table, role)))
