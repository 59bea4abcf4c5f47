"""Reads and writes what of a ledger is carried to another database file: what its next runs go on from.

Steps, findings, changes and resolved rejects are history and stay behind, as do the copies of outside tables: where a
copy is missing, its table is read as a whole. Of runs go those that something names, so that their ids mean something.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from crosswalk.contracts import Backend

READ: Mapping[str, str] = {
    "runs": (
        "SELECT to_json(run) FROM crosswalk.runs AS run WHERE run_id IN (SELECT first_run FROM crosswalk.lineage"
        " UNION SELECT last_run FROM crosswalk.lineage UNION SELECT run_id FROM crosswalk.watermarks"
        " UNION SELECT run_id FROM crosswalk.documents UNION SELECT unnest([run_id, first_run])"
        " FROM crosswalk.rejects WHERE state <> 'resolved')"
    ),
    "watermarks": "SELECT to_json(mark) FROM crosswalk.watermarks AS mark",
    "lineage": "SELECT to_json(link) FROM crosswalk.lineage AS link",
    "agreed": "SELECT to_json(agreed) FROM crosswalk.agreed AS agreed",
    "numbers": "SELECT to_json(kept) FROM crosswalk.numbers AS kept",
    "documents": "SELECT to_json(document) FROM crosswalk.documents AS document",
    "rejects": "SELECT to_json(entry) FROM crosswalk.rejects AS entry WHERE state <> 'resolved'",
}
"""One row of each as JSON, in the order in which they stand."""

_INSERT: Mapping[str, str] = {
    "runs": "INSERT INTO crosswalk.runs BY NAME SELECT unnest(from_json(value, $shape)) FROM json_each($rows)",
    "watermarks": (
        "INSERT INTO crosswalk.watermarks BY NAME SELECT unnest(from_json(value, $shape)) FROM json_each($rows)"
    ),
    "lineage": "INSERT INTO crosswalk.lineage BY NAME SELECT unnest(from_json(value, $shape)) FROM json_each($rows)",
    "agreed": "INSERT INTO crosswalk.agreed BY NAME SELECT unnest(from_json(value, $shape)) FROM json_each($rows)",
    "numbers": "INSERT INTO crosswalk.numbers BY NAME SELECT unnest(from_json(value, $shape)) FROM json_each($rows)",
    "documents": (
        "INSERT INTO crosswalk.documents BY NAME SELECT unnest(from_json(value, $shape)) FROM json_each($rows)"
    ),
    "rejects": "INSERT INTO crosswalk.rejects BY NAME SELECT unnest(from_json(value, $shape)) FROM json_each($rows)",
}
_CLEAR = (
    "DELETE FROM crosswalk.runs",
    "DELETE FROM crosswalk.steps",
    "DELETE FROM crosswalk.findings",
    "DELETE FROM crosswalk.changes",
    "DELETE FROM crosswalk.watermarks",
    "DELETE FROM crosswalk.lineage",
    "DELETE FROM crosswalk.agreed",
    "DELETE FROM crosswalk.numbers",
    "DELETE FROM crosswalk.documents",
    "DELETE FROM crosswalk.rejects",
)
_FILLED = (
    "SELECT (SELECT count(*) FROM crosswalk.runs) + (SELECT count(*) FROM crosswalk.watermarks)"
    " + (SELECT count(*) FROM crosswalk.lineage) + (SELECT count(*) FROM crosswalk.agreed)"
    " + (SELECT count(*) FROM crosswalk.numbers) + (SELECT count(*) FROM crosswalk.documents)"
    " + (SELECT count(*) FROM crosswalk.rejects)"
)
_TWICE = (
    "SELECT 'run ' || run_id FROM crosswalk.runs GROUP BY run_id HAVING count(*) > 1 UNION ALL"
    " SELECT 'watermark of ' || entity || ' in ' || leg FROM crosswalk.watermarks GROUP BY leg, entity"
    " HAVING count(*) > 1 UNION ALL"
    " SELECT 'lineage of ' || source_key || ' in ' || leg FROM crosswalk.lineage GROUP BY leg, source_key"
    " HAVING count(*) > 1 UNION ALL"
    " SELECT 'agreement on ' || source_key || ' in ' || leg FROM crosswalk.agreed GROUP BY leg, source_key"
    " HAVING count(*) > 1 UNION ALL"
    " SELECT 'number of ' || owner || ' in ' || sequence FROM crosswalk.numbers GROUP BY sequence, owner"
    " HAVING count(*) > 1 UNION ALL"
    " SELECT 'number ' || number || ' of ' || sequence FROM crosswalk.numbers GROUP BY sequence, number"
    " HAVING count(*) > 1 UNION ALL"
    " SELECT 'document ' || header_key || ' in ' || leg FROM crosswalk.documents GROUP BY leg, group_key, header_key"
    " HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
)
_COLUMNS = (
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'crosswalk'"
    " AND table_name = $table ORDER BY ordinal_position"
)
_PAGE = 10_000


def rows_of(table: str, backend: Backend) -> Iterator[str]:
    """Give the rows of a table that are carried, each as the text of a JSON object on one line."""
    for page in backend.pages(READ[table], _PAGE):
        for row in page:
            yield str(row[0])


def columns_of(table: str, backend: Backend) -> Mapping[str, str]:
    """Name the columns of a table with their types."""
    return {str(column): str(kind) for column, kind in backend.rows(_COLUMNS, {"table": table})}


def put(table: str, rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], backend: Backend) -> None:
    """Add rows; a column that a row lacks is null."""
    shape = {column: _CELLS if kind.startswith("STRUCT") else kind for column, kind in columns.items()}
    backend.run(_INSERT[table], {"shape": json.dumps(shape), "rows": json.dumps(rows)})


_CELLS = [{"column_name": "VARCHAR", "source": "VARCHAR", "target": "VARCHAR"}]


def is_empty(backend: Backend) -> bool:
    """Say whether a ledger knows of nothing yet."""
    return backend.rows(_FILLED)[0][0] == 0


def clear(backend: Backend) -> None:
    """Forget everything but what outside tables have been copied."""
    for removal in _CLEAR:
        backend.run(removal)


def twice(backend: Backend) -> str | None:
    """Name something that stands in the ledger twice and may stand there once only."""
    found = backend.rows(_TWICE)
    return str(found[0][0]) if found else None
