"""Looks into the ledger: its version and tables, what unfinished runs left, and whether its entries agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connecting import outside_of
from crosswalk.connectors.embedded import EmbeddedSystem
from crosswalk.diagnosis.symptoms import Patient, Symptom
from crosswalk.errors import StatementError
from crosswalk.landing.merging import ARRIVED, GONE, SEEN
from crosswalk.landing.misfits import ODD
from crosswalk.ledger import tables

ASIDE = (ARRIVED, SEEN, GONE, ODD)
"""Tables of a read that goes on; outside of a run there are none."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the ledger that finds something: how many, and one of them."""

    code: str
    sql: str
    message: str
    remedy: str
    error: bool = False


_AGAIN = "crosswalk run --full reads all rows again and puts it right; keep a copy of the file to find out how it came"

QUESTIONS = (
    Question(
        "RUN_UNFINISHED",
        "SELECT count(*), min(leg || ', begun at ' || CAST(started_at AS VARCHAR)) FROM crosswalk.deliveries"
        " WHERE run_id NOT IN (SELECT run_id FROM crosswalk.runs)",
        "runs have begun to send to an outside system and are not finished",
        "the next crosswalk run finishes them first",
    ),
    Question(
        "NOTES_ORPHANED",
        "SELECT count(*), min(run_id) FROM (SELECT run_id FROM crosswalk.receipts UNION ALL SELECT run_id FROM"
        " crosswalk.outbox UNION ALL SELECT run_id FROM crosswalk.promised)"
        " WHERE run_id NOT IN (SELECT run_id FROM crosswalk.deliveries)",
        "notes of what was sent belong to no run that is unfinished",
        "doctor --repair takes them out, after it has copied the file aside",
    ),
    Question(
        "REJECT_TWICE",
        "SELECT count(*), min(leg || ' ' || source_key) FROM (SELECT leg, source_key FROM crosswalk.rejects"
        " WHERE state = 'open' GROUP BY ALL HAVING count(*) > 1)",
        "rows are open twice in one leg",
        _AGAIN,
        error=True,
    ),
    Question(
        "WATERMARK_WITHOUT_RUN",
        "SELECT count(*), min(leg) FROM crosswalk.watermarks WHERE leg NOT IN (SELECT leg FROM crosswalk.runs)",
        "watermarks belong to legs that have never run",
        "doctor --repair takes them out, and the next run reads all rows",
        error=True,
    ),
    Question(
        "WATERMARK_TWICE",
        "SELECT count(*), min(leg || ' ' || entity) FROM (SELECT leg, entity FROM crosswalk.watermarks GROUP BY ALL"
        " HAVING count(*) > 1)",
        "tables have two watermarks in one leg",
        _AGAIN,
        error=True,
    ),
    Question(
        "LINEAGE_TWICE",
        "SELECT count(*), min(leg || ' ' || source_key) FROM (SELECT leg, source_key, target, target_key"
        " FROM crosswalk.lineage GROUP BY ALL HAVING count(*) > 1)",
        "rows of the lineage stand there twice",
        _AGAIN,
        error=True,
    ),
    Question(
        "FATES_DISAGREE",
        "SELECT count(*), min(run_id) FROM crosswalk.runs WHERE examined <> inserted + updated + deleted + unchanged"
        " + filtered + held + rejected + superseded",
        "runs do not add up: rows examined, and the sum of their fates",
        "crosswalk runs shows them; send the report of crosswalk doctor",
        error=True,
    ),
    Question(
        "RUN_TWICE",
        "SELECT count(*), min(run_id) FROM (SELECT run_id FROM crosswalk.runs GROUP BY ALL HAVING count(*) > 1)",
        "runs have one number",
        "the file was put together from copies; restore one of them",
        error=True,
    ),
    Question(
        "NUMBER_TWICE",
        "SELECT count(*), min(sequence || ' ' || number) FROM (SELECT sequence, number FROM crosswalk.numbers"
        " GROUP BY ALL HAVING count(*) > 1)",
        "numbers of a sequence were given to two rows",
        "look for both owners in crosswalk.numbers and give one of the rows another number",
        error=True,
    ),
    Question(
        "COPY_MISSING",
        "SELECT count(*), min(entity) FROM crosswalk.landings WHERE entity NOT IN"
        " (SELECT schema_name || '.' || table_name FROM duckdb_tables())",
        "copies of outside tables are gone, and the ledger thinks they are there",
        "doctor --repair forgets them, and the next run reads the tables as a whole",
        error=True,
    ),
)


def version(patient: Patient) -> Iterator[Symptom]:
    """Whether the ledger is of this release and has all its tables and columns."""
    backend = patient.database
    if not has_ledger(backend):
        return
    found = _version(backend)
    if found is None or found > tables.VERSION:
        message = f"the ledger has version {found}; this Crosswalk knows versions up to {tables.VERSION}"
        yield Symptom("DATABASE_NEWER", message, "install the newer Crosswalk", "error")
    elif found < tables.VERSION:
        message = f"the ledger has version {found}, and this Crosswalk writes {tables.VERSION}"
        yield Symptom("LEDGER_OLD", message, "the next run, or doctor --repair, brings it up to date")
    elif missing := sorted(_columns_of_release() - set(backend.rows(_COLUMNS))):
        message = f"the ledger misses {len(missing)} columns, for example {missing[0][0]}.{missing[0][1]}"
        yield Symptom("LEDGER_BROKEN", message, "restore the file from a copy", "error")


def _version(backend: DuckDBBackend) -> int | None:
    rows = backend.rows("SELECT try_cast(value AS INTEGER) FROM crosswalk.meta WHERE name = 'version'")
    return int(str(rows[0][0])) if rows and rows[0][0] is not None else None


def has_ledger(backend: DuckDBBackend) -> bool:
    return bool(backend.rows("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'crosswalk' AND table_name = 'meta'"))


_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'crosswalk'"
    " AND NOT starts_with(table_name, 'crosswalk_')"
)


def _columns_of_release() -> set[tuple[object, ...]]:
    memory = DuckDBBackend(None)
    try:
        tables.prepare(memory)
        return set(memory.rows(_COLUMNS))
    finally:
        memory.close()


def entries(patient: Patient) -> Iterator[Symptom]:
    """Whether the entries of the ledger agree with each other."""
    if not has_ledger(patient.database):
        return
    for question in QUESTIONS:
        try:
            count, sample = patient.database.rows(question.sql)[0]
        except StatementError:
            continue  # a table of the ledger is missing, which the check of its version tells
        if count:
            message = f"{question.message}: {count:,} of them, for example {sample}"
            yield Symptom(question.code, message, question.remedy, "error" if question.error else "warning")


def leftovers(patient: Patient) -> Iterator[Symptom]:
    """Whether tables or rejects are left of what is gone: a read that was killed, a map that was removed."""
    for (left,) in patient.database.rows(_ASIDE, {"names": list(ASIDE)}):
        message = f"crosswalk.{left} is left of a read that was killed"
        yield Symptom("LANDING_LEFT", message, "the next read makes it anew; doctor --repair takes it out")
    known = [leg.name for leg in patient.project.legs]
    known += [f"read {ref}" for ref in patient.project.project.entities]
    try:
        lost = patient.database.rows(_LOST, {"known": known})
    except StatementError:
        return
    for leg, count in lost:
        message = f"{count:,} rows are open in '{leg}', and no map is called so any more"
        yield Symptom("REJECT_WITHOUT_MAP", message, "bring the map back under that name, or dismiss the rows")


_ASIDE = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'crosswalk' AND list_contains($names, table_name)"
_LOST = (
    "SELECT leg, count(*) FROM crosswalk.rejects WHERE state = 'open' AND NOT list_contains($known, leg) GROUP BY leg"
    " ORDER BY leg"
)


def drift(patient: Patient) -> Iterator[Symptom]:
    """Whether the tables of embedded systems are what their entity files say."""
    loaded, outside = patient.project, outside_of(patient.project)
    there = set(patient.database.rows("SELECT lower(schema_name), lower(table_name) FROM duckdb_tables()"))
    for ref, entity in loaded.project.entities.items():
        if ref.system in outside or (ref.system.lower(), ref.entity.lower()) not in there:
            continue
        for difference in EmbeddedSystem(ref.system).drift(entity, patient.database):
            yield Symptom(
                "DRIFT", difference.sentence, "change the entity file, or the table, so that they agree", "error", 4
            )
