"""Says which rights on a table a role lacks, as the GRANT that would give them.

Why after the fact: the server says "permission denied" both when a role may not write a table at all and when a policy
or a trigger refuses one row. The first is for a person to mend, the second is the answer to one row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crosswalk.connectors.postgres.catalog import Table
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.statements import array, filled
from crosswalk.errors import UsageError
from crosswalk.sql import Sql, literal, name

_LACKING = """
SELECT v.verb || coalesce(' (' || string_agg(quote_ident(v.name), ', ') || ')', '')
FROM unnest({verbs}, {columns}) AS v(verb, name)
WHERE CASE WHEN v.verb = 'DELETE' THEN NOT has_table_privilege({oid}::oid, 'DELETE')
  ELSE NOT has_column_privilege({oid}::oid, v.name, v.verb) END
GROUP BY v.verb ORDER BY v.verb
"""


def check_rights(session: Session, table: Table, needed: Mapping[str, Sequence[str]]) -> None:
    """Raise `UsageError` when the role lacks one of the rights, given as columns by verb; else it has them all."""
    pairs = [(verb, column) for verb, columns in needed.items() for column in columns or (None,)]
    holes = {"verbs": array(verb for verb, _ in pairs), "columns": array(column for _, column in pairs)}
    holes["oid"] = literal(table.oid)
    lacking = [str(row[0]) for row in session.rows(filled(_LACKING, **holes))]
    if lacking:
        role = name(str(session.rows(Sql("SELECT current_user::text"))[0][0])).text
        message = f"{session.system}: {role} may not write {table.ref.text}: no right to {'; '.join(lacking)}"
        remedy = f"as the owner run: GRANT {', '.join(lacking)} ON {table.ref.text} TO {role};"
        raise UsageError(message, code="SYSTEM_RIGHTS", remedy=remedy)
