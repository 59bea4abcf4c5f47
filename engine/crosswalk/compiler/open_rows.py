"""Builds the statements that keep the rows that cannot go on: held and rejected ones, with their whole source row.

They stand after the writing, for a system that is written to may refuse rows too.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, of, present, source_key
from crosswalk.compiler.render import render
from crosswalk.compiler.units import Merged
from crosswalk.errors import Span
from crosswalk.plan import Mode, Statement
from crosswalk.sql import Sql, fragment, literal, table


@dataclass(frozen=True, slots=True)
class ReasonRow:
    number: Sql
    code: Sql
    column: Sql
    place: Sql


def open_rows(bound: Bound, mode: Mode) -> list[Statement]:
    """Build the statements that close the entries of rows that went on, and write those of rows that could not."""
    values = {
        **present(bound),
        **_evidence(bound),
        "whole": mode in ("initial", "incremental"),
        "known": mode == "incremental",
        "reasons": tuple(
            ReasonRow(literal(r.number), literal(r.code), literal(r.column), _place(r.span)) for r in bound.all_reasons
        ),
    }
    digest = ("digest",) if mode == "incremental" else ()
    return [
        _kept("open rows that can go on now", render("rejects_close", **values), "run_id", "now"),
        _kept("open rows that still cannot", render("rejects_again", **values), *digest),
        _kept("count one more attempt where all is as before", render("rejects_touch", **values), "run_id"),
        _kept("the other entries are written anew", render("rejects_drop", **values)),
        _kept("keep the rows that cannot go on", render("rejects_keep", **values), "run_id", "now", "digest"),
        _kept("but not those that were dismissed as they are", render("rejects_dismissed", **values), "run_id"),
    ]


def _kept(purpose: str, sql: str, *parameters: str) -> Statement:
    return Statement(purpose, sql, parameters, about="later")


def _place(span: Span) -> Sql:
    """Write a place so that the digest of a plan can leave it out: a line moved is not a map changed."""
    return Sql(f"/* place */ {literal(f'{span.file}:{span.line}').text}")


def _evidence(bound: Bound) -> dict[str, object]:
    """Write the source rows that a reject keeps: the row itself; for a unit of several rows a list of all."""
    table_of, row = table(bound.leg.source.ref), _row_as_json(bound)
    if bound.units.made is None:
        return {"kept_from": table_of, "row": row, "rows": None}
    merged = isinstance(bound.units.made, Merged)
    key = source_key(bound.leg.source, "source")
    several = fragment("CAST(to_json(list({row} ORDER BY {key})) AS VARCHAR)", row=_json(bound), key=key)
    kept = several if merged else fragment("any_value({row})", row=row)
    return {"kept_from": table_of, "row": Sql("source.source_row"), "rows": bound.units.rows, "kept": kept}


def _row_as_json(bound: Bound) -> Sql:
    """Write the whole source row as JSON, every value as text, so that nothing is lost to a number format."""
    return Sql(f"CAST({_json(bound).text} AS VARCHAR)")


def _json(bound: Bound) -> Sql:
    cells = ", ".join(
        f"{literal(column).text}, CAST({of('source', column).text} AS VARCHAR)" for column in bound.leg.source.columns
    )
    return Sql(f"json_object({cells})")
