"""Says which rights a role needs, as the statements that grant them.

Why a column that is only inserted may be updated too, and the other way round: changes go in by one MERGE, which turns
an insert of a row that is there into an update, and the server asks for the rights of every action that stands in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from crosswalk.connectors.postgres.settings import RECEIPTS, Settings, read_settings
from crosswalk.connectors.postgres.statements import filled, listed
from crosswalk.contracts import Need, Place, Right
from crosswalk.model import Connection
from crosswalk.sql import Sql, name


def rights(connection: Connection, place: Place, needs: Sequence[Need]) -> tuple[Right, ...]:
    """Write the GRANTs: of the schema, of each table that is read or written, and of the table of receipts."""
    settings = read_settings(connection, place)
    user = str(connection.settings.get("user", ""))
    role = name(user if user and "$" not in user else "crosswalk")
    tables = [_right(need, settings, role) for need in needs if need.reads or need.writes]
    schema = Right(settings.schema, ("usage",), statements=(_usage(settings.schema, role),))
    if not any(need.writes for need in needs):
        return (schema, *tables)
    inside = settings.receipts == settings.schema
    return (*(() if inside else (schema,)), *tables, _receipts(settings, role))


def _right(need: Need, settings: Settings, role: Sql) -> Right:
    table = settings.table(need.entity.ref.entity)
    ref = name(settings.schema, table)
    verbs = ["select"]
    statements = [_grant(Sql("SELECT"), ref, role)]
    columns = _written(need, settings)
    if columns:
        verbs += ["insert", "update"]
        inserted = listed(name(column) for column in dict.fromkeys((*need.entity.key, *columns)))
        changed = [column for column in columns if column not in need.entity.key] or [need.entity.key[0]]
        for verb, named in (("INSERT", inserted), ("UPDATE", listed(name(column) for column in changed))):
            statements.append(_grant(filled("{verb} ({columns})", verb=Sql(verb), columns=named), ref, role))
    if need.deletes:
        verbs.append("delete")
        statements.append(_grant(Sql("DELETE"), ref, role))
    return Right(table, tuple(verbs), need.maps, tuple(statements))


def _written(need: Need, settings: Settings) -> tuple[str, ...]:
    """Name the columns that are written, with the stamps where the server does not keep them."""
    columns = dict.fromkeys((*need.creates, *need.updates))
    stamps = () if settings.stamps or not columns else (need.entity.modified, need.entity.row_version)
    return tuple(dict.fromkeys((*columns, *(stamp for stamp in stamps if stamp is not None))))


def _usage(schema: str, role: Sql) -> str:
    return filled("GRANT USAGE ON SCHEMA {schema} TO {role};", schema=name(schema), role=role).text


def _grant(verb: Sql, table: Sql, role: Sql) -> str:
    return filled("GRANT {verb} ON {table} TO {role};", verb=verb, table=table, role=role).text


def _receipts(settings: Settings, role: Sql) -> Right:
    """The table of receipts is made by the first write where the role may make it; else its owner makes it before."""
    schema = filled("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};", schema=name(settings.receipts), role=role)
    return Right(RECEIPTS, ("create table",), statements=(schema.text,))
