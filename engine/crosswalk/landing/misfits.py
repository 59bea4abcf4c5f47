"""Keeps rows that cannot land: a cell that is no value of its column, or a key that is empty.

They stand among the rejects under the leg ``read <table>``, with the row as the system gave it, until it is read again
and fits. The copy keeps the row as it was when it last fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crosswalk.contracts import Backend
from crosswalk.landing.cells import Checked
from crosswalk.landing.merging import ARRIVED, SEEN, Aside, key_of
from crosswalk.model import Entity
from crosswalk.sql import Sql, all_of, fragment, key_text, literal, name

_PAGE = "crosswalk_page"
ODD = "crosswalk_odd"


def reading_leg(table: str) -> str:
    """Name under which rows that cannot land are kept."""
    return f"read {table}"


@dataclass(slots=True)
class Misfits:
    """The rows of one read that do not fit."""

    entity: Entity
    at: datetime
    backend: Backend
    seen: Aside
    count: int = 0

    def fitting(self, columns: Sequence[Checked]) -> Sql:
        """Say which rows of the page fit: every cell, and no part of the key is null."""
        keys = [fragment("{x} IS NOT NULL", x=name(column)) for column in self.entity.key]
        return all_of([*keys, *(column.fits for column in columns if column.fits != literal(True))])

    def keep(self, columns: Sequence[Checked]) -> None:
        """Keep the rows of the page that do not fit, and remember their keys as seen."""
        fits = self.fitting(columns).text
        odd = int(str(self.backend.rows(f"SELECT count(*) FROM {_PAGE} WHERE NOT coalesce({fits}, FALSE)")[0][0]))
        if odd == 0:
            return
        self.count += odd
        self.seen.make()
        rows = self._odd(columns, fits)
        if self.count == odd:
            self.backend.run(f"CREATE OR REPLACE TABLE crosswalk.{ODD} AS {rows}")
        else:
            self.backend.run(f"INSERT INTO crosswalk.{ODD} {rows}")
        keys = ", ".join(f"{c.value.text} AS {name(c.column).text}" for c in columns if c.column in self.entity.key)
        known = " AND ".join(f"{name(column).text} IS NOT NULL" for column in self.entity.key)
        odd_keys = f"SELECT {keys} FROM {_PAGE} WHERE NOT coalesce({fits}, FALSE) AND {known}"
        self.backend.run(f"INSERT INTO crosswalk.{SEEN} BY NAME {odd_keys}")

    def write(self) -> None:
        """Write the rows that do not fit among the rejects; entries that stand there already are written anew, and
        keep when they were first seen.
        """
        if self.count:
            leg = reading_leg(str(self.entity.ref))
            self.backend.run(_PASS_OVER, {"leg": leg})
            self.backend.run(_KNOWN, {"leg": leg})
            self.backend.run(_REMOVE, {"leg": leg})
            self.backend.run(_KEEP, {"leg": leg, "run_id": "", "now": self.at})

    def drop(self) -> None:
        if self.count:
            self.backend.run(f"DROP TABLE IF EXISTS crosswalk.{ODD}")

    def _odd(self, columns: Sequence[Checked], fits: str) -> str:
        bad = [c for c in columns if c.fits != literal(True)]
        nulls = [(column, f"{name(column).text} IS NULL") for column in self.entity.key]
        cases = [(c.column, f"NOT coalesce({c.fits.text}, FALSE)", c.text.text, "CELL_UNREADABLE") for c in bad]
        cases += [(column, when, "NULL", "KEY_NULL") for column, when in nulls]
        chosen = {
            "code": " ".join(f"WHEN {when} THEN {literal(code).text}" for _, when, _, code in cases),
            "column_name": " ".join(f"WHEN {when} THEN {literal(column).text}" for column, when, _, _ in cases),
            "value": " ".join(f"WHEN {when} THEN {text}" for _, when, text, _ in cases),
            "place": " ".join(f"WHEN {when} THEN {literal(self._place(column)).text}" for column, when, _, _ in cases),
        }
        told = ", ".join(f"CASE {whens} END AS {column}" for column, whens in chosen.items())
        cells = ", ".join(f"{literal(c.column).text}, {c.text.text}" for c in columns)
        key = key_text([fragment("TRY_CAST({x} AS VARCHAR)", x=name(column)) for column in self.entity.key])
        return (
            f"SELECT {key.text} AS source_key, {told}, CAST(json_object({cells}) AS VARCHAR) AS source_row"
            f" FROM {_PAGE} WHERE NOT coalesce({fits}, FALSE)"
        )

    def _place(self, column: str) -> str:
        span = self.entity.columns[column].span
        return f"{span.file}:{span.line}"

    def gone(self, keys: str) -> None:
        """Rows that went need no longer fit."""
        self.backend.run(
            "UPDATE crosswalk.rejects SET state = 'resolved', resolved_at = $now WHERE leg = $leg AND state = 'open'"
            f" AND source_key IN (SELECT {key_of(self.entity, 'gone').text} FROM crosswalk.{keys} AS gone)",
            {"leg": reading_leg(str(self.entity.ref)), "now": self.at},
        )

    def close(self, *, whole: bool, named: bool) -> None:
        """Rows that came and fit now are resolved; after a whole read those that are gone too."""
        leg = reading_leg(str(self.entity.ref))
        earlier = f"leg = $leg AND state = 'open' AND first_seen < $now{_OTHERS if self.count else ''}"
        waiting = f"SELECT count(*) FROM crosswalk.rejects WHERE {earlier}"
        if not int(str(self.backend.rows(waiting, {"leg": leg, "now": self.at})[0][0])):
            return
        chosen = f"source_key IN (SELECT {key_of(self.entity, 'came').text} FROM crosswalk.{ARRIVED} AS came)"
        if whole and named:
            still = f"SELECT {key_of(self.entity, 'seen').text} FROM crosswalk.{SEEN} AS seen"
            chosen += f" OR source_key NOT IN ({still})"
        elif whole:
            chosen = "TRUE"
        self.backend.run(
            f"UPDATE crosswalk.rejects SET state = 'resolved', resolved_at = $now WHERE {earlier} AND ({chosen})",
            {"leg": leg, "now": self.at},
        )


_KEEP = (
    "INSERT INTO crosswalk.rejects BY NAME SELECT $leg AS leg, source_key, 'rejected' AS fate, code, column_name,"
    " value, place, source_row, $run_id AS run_id, $run_id AS first_run,"
    " coalesce(known.first_seen, $now) AS first_seen, coalesce(known.attempts, 0) + 1 AS attempts, 'open' AS state"
    " FROM crosswalk.crosswalk_odd LEFT JOIN crosswalk_known AS known USING (source_key)"
)
_PASS_OVER = (
    "DELETE FROM crosswalk.crosswalk_odd AS odd WHERE EXISTS (SELECT 1 FROM crosswalk.rejects AS closed"
    " WHERE closed.leg = $leg AND closed.state = 'dismissed' AND closed.source_key = odd.source_key"
    " AND closed.code = odd.code AND closed.column_name = odd.column_name"
    " AND closed.value IS NOT DISTINCT FROM odd.value AND closed.source_row = odd.source_row)"
    " AND NOT EXISTS (SELECT 1 FROM crosswalk.rejects AS open WHERE open.leg = $leg AND open.state = 'open'"
    " AND open.source_key = odd.source_key)"
)
"""A row that was dismissed stays so while it is the same row, with the same that is wrong with it."""
_KNOWN = (
    "CREATE OR REPLACE TEMP TABLE crosswalk_known AS SELECT source_key, min(first_seen) AS first_seen,"
    " max(attempts) AS attempts FROM crosswalk.rejects WHERE leg = $leg AND state = 'open' GROUP BY 1"
)
_OTHERS = " AND source_key NOT IN (SELECT source_key FROM crosswalk.crosswalk_odd)"
_REMOVE = (
    "DELETE FROM crosswalk.rejects WHERE leg = $leg AND state = 'open'"
    " AND source_key IN (SELECT source_key FROM crosswalk.crosswalk_odd)"
)
