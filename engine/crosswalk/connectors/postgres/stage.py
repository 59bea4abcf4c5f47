"""Puts the changes of a batch into a temporary table as JSON, each with the number of its unit.

Cells stand under the place of their column, so that a row holds only what it sets and names cost nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from crosswalk.connectors.postgres.conditions import as_text
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.statements import filled
from crosswalk.exchange import Batch, Change, Plain
from crosswalk.sql import Sql, literal

SOURCE = Sql("pg_temp.crosswalk_changes AS s")
_COLUMNS = Sql("number bigint, unit int, operation text, key jsonb, cells jsonb, version text, before jsonb")
_MAKE = "CREATE TEMP TABLE crosswalk_changes ({columns}) ON COMMIT DELETE ROWS"
_PUT = "INSERT INTO pg_temp.crosswalk_changes SELECT * FROM jsonb_to_recordset({rows}::jsonb) AS r({columns})"
_MOST_TEXT = 4_000_000
"""Characters of one statement; the server takes far more, and holds all of it in memory."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Changes that go through together or not at all. `number` counts the units of a batch from 0."""

    number: int
    changes: Batch


def make(session: Session) -> None:
    """Make the table that holds the changes of one transaction."""
    session.run(filled(_MAKE, columns=_COLUMNS))


def units(changes: Sequence[Change]) -> list[Unit]:
    """Cut changes into units: rows of one group that stand side by side, every other row by itself."""
    grouped = groupby(changes, key=lambda change: change.group if change.group is not None else change.number)
    return [Unit(number, tuple(members)) for number, (_, members) in enumerate(grouped)]


def alike(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Cut changes into runs that are found by the same columns, and whose new rows are given the same columns."""
    run: list[Change] = []
    found: tuple[str, ...] = ()
    inserted: frozenset[str] | None = None
    for change in changes:
        given = frozenset(change.values) if change.operation == "insert" else None
        if run and (tuple(change.key) != found or (None not in (given, inserted) and given != inserted)):
            yield run
            run, inserted = [], None
        run.append(change)
        found, inserted = tuple(change.key), given if inserted is None else inserted
    if run:
        yield run


def put(session: Session, staged: Sequence[Unit], places: Mapping[str, int]) -> None:
    """Put units into the table; `places` numbers the columns that changes set or had."""
    texts: list[str] = []
    length = 0
    for unit in staged:
        for change in unit.changes:
            texts.append(json.dumps(_row(change, unit.number, places), ensure_ascii=False))
            length += len(texts[-1])
            if length > _MOST_TEXT:
                _insert(session, texts)
                texts, length = [], 0
    if texts:
        _insert(session, texts)


def _insert(session: Session, texts: Sequence[str]) -> None:
    session.run(filled(_PUT, columns=_COLUMNS, rows=literal(f"[{','.join(texts)}]")))


def _row(change: Change, unit: int, places: Mapping[str, int]) -> Mapping[str, object]:
    return {
        "number": change.number,
        "unit": unit,
        "operation": change.operation,
        "key": [_cell(value) for value in change.key.values()],
        "cells": {places[column]: _cell(value) for column, value in change.values.items()},
        "version": change.version,
        "before": None if change.before is None else {places[c]: _cell(v) for c, v in change.before.items()},
    }


def _cell(value: Plain) -> str | None:
    return None if value is None else as_text(value)


def writable(change: Change) -> bool:
    """Tell whether every text of a change is one that PostgreSQL can hold: UTF-8 without NUL."""
    cells = (*change.key.values(), *change.values.values(), *(change.before or {}).values(), change.version)
    return all(_sound(cell) for cell in cells if isinstance(cell, str))


def _sound(text: str) -> bool:
    try:
        return (text.isascii() and "\0" not in text) or b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
