"""Writes the results of a database into a new file: the tables, the ledger beside them, a comment on each column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from crosswalk.backends.duckdb import COPY, DuckDBBackend, engine_version
from crosswalk.failpoints import around
from crosswalk.ledger.meanings import MEANINGS, READ_BY_OTHERS
from crosswalk.ledger.tables import COMMENTS, VERSION
from crosswalk.model import Entity
from crosswalk.publishing.contents import Contents, column_comment, table_comment
from crosswalk.sql import literal, name, table, type_name

_STATE = """
SELECT md5(concat_ws('|', $digest,
  (SELECT string_agg(run_id, ' ' ORDER BY run_id) FROM crosswalk.runs
   WHERE inserted + updated + deleted > 0 OR rows_inserted + rows_updated + rows_deleted > 0),
  (SELECT concat_ws(' ', count(*), bit_xor(hash(leg, source_key, fate, code, column_name, value, source_row, state,
     note))) FROM crosswalk.rejects),
  (SELECT concat_ws(' ', count(*), bit_xor(hash(leg, entity, cursor, row_count, content))) FROM crosswalk.watermarks),
  (SELECT concat_ws(' ', count(*), bit_xor(hash(entity, mark, row_count))) FROM crosswalk.landings WHERE $copies)))
"""
"""Moves with whatever a reader would notice; a run that changed nothing leaves it. Why from the ledger and not from the
tables: it costs nothing at any number of rows, and the ledger is committed with them.
"""

_HIDDEN = "CREATE TEMP TABLE crosswalk_hidden (owner VARCHAR, columns VARCHAR[])"

_REJECTS = """
CREATE TABLE crosswalk_copy.crosswalk.rejects AS
WITH owned AS (
  SELECT kept.*, coalesce(row.columns, $personal) AS "#row", coalesce(named.columns, $named) AS "#named",
    CASE WHEN NOT coalesce(json_valid(kept.source_row), FALSE) THEN []
         WHEN kept.source_row LIKE '[%' THEN CAST(CAST(kept.source_row AS JSON) AS MAP(VARCHAR, VARCHAR)[])
         ELSE [CAST(CAST(kept.source_row AS JSON) AS MAP(VARCHAR, VARCHAR))] END AS "#cells"
  FROM crosswalk.rejects AS kept
  LEFT JOIN crosswalk_hidden AS row ON row.owner = 'row ' || kept.leg
  LEFT JOIN crosswalk_hidden AS named ON named.owner = 'value ' || kept.leg
), told AS (
  SELECT *, list_filter(flatten(list_transform("#cells", lambda one: map_entries(one))),
      lambda cell: list_contains("#row", cell.key) AND cell.value <> '') AS "#secret",
    list_transform("#cells", lambda one: map_from_entries(list_transform(map_entries(one), lambda cell: struct_pack(
      key := cell.key, value := CASE WHEN cell.value IS NOT NULL AND list_contains("#row", cell.key) THEN '***'
        ELSE cell.value END)))) AS "#shown"
  FROM owned
)
SELECT * EXCLUDE ("#row", "#named", "#cells", "#secret", "#shown") REPLACE (
  CASE WHEN source_row IS NULL OR len("#row") = 0 THEN source_row
       WHEN len("#cells") = 0 THEN '***'
       WHEN source_row LIKE '[%' THEN CAST(to_json("#shown") AS VARCHAR)
       ELSE CAST(to_json("#shown"[1]) AS VARCHAR) END AS source_row,
  CASE WHEN value IS NULL OR len("#named") = 0 THEN value
       WHEN code = 'CONFLICT_STALE' OR list_contains("#named", column_name) THEN '***'
       WHEN len(list_filter("#secret", lambda cell: contains(lower(told.value), lower(cell.value)))) > 0 THEN '***'
       ELSE value END AS value)
FROM told
"""

_CHANGES = """
CREATE TABLE crosswalk_copy.crosswalk.changes AS
SELECT kept.* REPLACE (
  CASE WHEN len(coalesce(own.columns, $personal)) = 0 THEN cells
       ELSE list_transform(cells, lambda cell: struct_pack(column_name := cell.column_name,
         old := CASE WHEN list_contains(coalesce(own.columns, $personal), cell.column_name) AND cell.old IS NOT NULL
           THEN '***' ELSE cell.old END,
         new := CASE WHEN list_contains(coalesce(own.columns, $personal), cell.column_name) AND cell.new IS NOT NULL
           THEN '***' ELSE cell.new END)) END AS cells)
FROM crosswalk.changes AS kept LEFT JOIN crosswalk_hidden AS own ON own.owner = 'cells ' || kept.target
"""

_PUBLISHED: Mapping[str, tuple[str, str]] = {
    "stamp": ("VARCHAR", "Tells one state of the results from another."),
    "published_at": ("TIMESTAMP", "When the file was written, UTC."),
    "project": ("VARCHAR", "The project."),
    "profile": ("VARCHAR", "The profile of the project that was run."),
    "ledger": ("INTEGER", "The version of the form of the ledger's tables."),
    "engine_version": ("VARCHAR", "The release of DuckDB that wrote the file; every one from 1.0 on reads it."),
}
_PUBLISHED_COMMENT = "One row: what this file holds, and since when."


def stamp_of(contents: Contents, database: DuckDBBackend) -> str:
    """Name the state of the results, as far as they are published."""
    return str(database.rows(_STATE, {"digest": contents.digest, "copies": contents.copies})[0][0])


def write(contents: Contents, stamp: str, database: Path, new: Path) -> None:
    """Fill a new file from the database, which nobody writes to meanwhile."""
    backend = DuckDBBackend(database, read_only=True, copy=new)
    try:
        backend.run(_HIDDEN)
        with backend.transaction():
            _fill(contents, stamp, backend)
        backend.run(f"CHECKPOINT {COPY}")
        backend.run(f"DETACH {COPY}")
    finally:
        backend.close()


def _fill(contents: Contents, stamp: str, backend: DuckDBBackend) -> None:
    """Write all in one transaction: a commit for each comment would wait for the disk each time."""
    for schema in sorted({"crosswalk", *(one.ref.system for one in contents.tables)}):
        backend.run(f"CREATE SCHEMA IF NOT EXISTS {name(COPY, schema).text}")
    for entity in contents.tables:
        with around("publish", str(entity.ref)):
            _write_table(entity, backend, masked=contents.masked)
    _write_ledger(contents, backend)
    _sign(contents, stamp, backend)


def _write_table(entity: Entity, backend: DuckDBBackend, *, masked: bool) -> None:
    copy = name(COPY, entity.ref.system, entity.ref.entity).text
    backend.run(f"CREATE TABLE {copy} AS FROM {table(entity.ref).text} SELECT *{_stars(entity) if masked else ''}")
    columns = {column.name: column_comment(column) for column in entity.columns.values()}
    _comment(copy, table_comment(entity), columns, backend)


def _stars(entity: Entity) -> str:
    """Hide personal columns: text becomes stars, of other types nothing is left."""
    told = []
    for column in entity.columns.values():
        if column.pii:
            quoted, kind = name(column.name).text, type_name(column.type).text
            stars = f"CASE WHEN {quoted} IS NOT NULL THEN '***' END" if kind == "VARCHAR" else f"CAST(NULL AS {kind})"
            told.append(f"{stars} AS {quoted}")
    return f" REPLACE ({', '.join(told)})" if told else ""


def _write_ledger(contents: Contents, backend: DuckDBBackend) -> None:
    for owner, columns in contents.hidden.items():
        values = {"owner": owner, "columns": list(columns)}
        backend.run("INSERT INTO crosswalk_hidden VALUES ($owner, $columns)", values)
    personal = list(contents.personal)
    for kept in READ_BY_OTHERS:
        copy = f"{COPY}.crosswalk.{kept}"
        match kept:
            case "rejects":
                backend.run(_REJECTS, {"personal": personal, "named": personal})
            case "changes":
                backend.run(_CHANGES, {"personal": personal})
            case _:
                backend.run(f"CREATE TABLE {copy} AS FROM crosswalk.{kept}")
        _comment(copy, COMMENTS[kept], MEANINGS[kept], backend)


def _sign(contents: Contents, stamp: str, backend: DuckDBBackend) -> None:
    """Say what the file holds; a file without this row is none of ours."""
    copy = f"{COPY}.crosswalk.published"
    backend.run(f"CREATE TABLE {copy} ({', '.join(f'{column} {kind}' for column, (kind, _) in _PUBLISHED.items())})")
    now = datetime.now(UTC).replace(tzinfo=None)
    backend.run(
        "INSERT INTO crosswalk_copy.crosswalk.published VALUES ($stamp, $now, $project, $profile, $ledger, $engine)",
        {
            "stamp": stamp,
            "now": now,
            "project": contents.project,
            "profile": contents.profile,
            "ledger": VERSION,
            "engine": engine_version(),
        },
    )
    _comment(copy, _PUBLISHED_COMMENT, {column: text for column, (_, text) in _PUBLISHED.items()}, backend)


def _comment(copy: str, whole: str, columns: Mapping[str, str], backend: DuckDBBackend) -> None:
    for statement in _comments(copy, whole, columns):
        backend.run(statement)


def _comments(copy: str, whole: str, columns: Mapping[str, str]) -> Iterator[str]:
    yield f"COMMENT ON TABLE {copy} IS {literal(whole).text}"
    for column, text in columns.items():
        yield f"COMMENT ON COLUMN {copy}.{name(column).text} IS {literal(text).text}"
