"""Builds the statements that place new lines under headers: the room left in open ones first, then new headers.

Lines are numbered inside their group in the declared order, so that the same rows end in the same documents whatever
order they were read in. A header that may be reused takes lines until it is full; a line number is never given twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, BoundArm, BoundDocument, Cell
from crosswalk.compiler.numbering import formatted, replaced
from crosswalk.compiler.render import render
from crosswalk.compiler.stamps import kept
from crosswalk.plan import Statement
from crosswalk.sql import Sql, fragment, key_text, literal, name, table, type_name


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """A column of the header: its name there, its name beside the lines, its type, and its value for a new header."""

    column: Sql
    alias: Sql
    type: Sql
    value: Sql


@dataclass(frozen=True, slots=True)
class LineCount:
    table: Sql
    same: tuple[Sql, ...]


@dataclass(frozen=True, slots=True)
class LateCell:
    alias: Sql
    value: Sql
    type: Sql


@dataclass(frozen=True, slots=True)
class HeaderSequence:
    alias: Sql
    name: Sql


def headers(bound: Bound, document: BoundDocument) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Build all statements of the header side: those that make the new headers, and those that write them, ending
    with the late cells of the lines filled in.
    """
    values = _values(bound, document)
    drawn = [
        Statement("draw numbers for new headers", render("headers_draw", sequence=sequence, **values))
        for sequence in _sequences(document)
    ]
    prepared = (
        Statement("place the new lines in open and new documents", render("placed", **values)),
        Statement("one row per new header", render("headers_new", **values), ("run_id",)),
        *drawn,
        Statement("the new headers", render("headers_rows", **values)),
    )
    written = (
        Statement(
            f"new rows of {document.target.ref}",
            render("headers_insert", **values),
            ("now",) if document.target.modified else (),
        ),
        Statement("remember which document belongs to which group", render("headers_keep", **values), ("run_id",)),
        Statement("how far the lines of a document have come", render("headers_lines", **values)),
        Statement("give new headers to their lines", render("headers_give", **values)),
        *(statement for arm in bound.arms if any(cell.late for cell in arm.cells) for statement in _late(arm)),
    )
    return prepared, written


def _values(bound: Bound, document: BoundDocument) -> dict[str, object]:
    by = tuple(alias for _, alias, _ in document.by)
    return {
        "leg": bound.ledger_name,
        "header": table(document.target.ref),
        "header_key": key_text([Sql(f"header.{name(column).text}") for column in document.target.key]),
        "new_key": key_text([Sql(f"header_rows.{name(column).text}") for column in document.target.key]),
        "by": by,
        "group": _group(by),
        "order": (*document.order, name("#key")),
        "lines": None if document.lines is None else literal(document.lines),
        "reuse": document.reuse,
        "columns": tuple(_column(bound, cell) for cell in document.cells),
        "added": tuple(
            _column(bound, cell) for cell in document.cells if name(f"document.{cell.column.name}") not in by
        ),
        "counts": _counts(bound, document),
        "sequences": _sequences(document),
        "kept": tuple(kept(document.target, first=True)),
    }


def _group(by: tuple[Sql, ...]) -> Sql:
    """Write the parts of a group as one text, in which null and empty text are two things."""
    parts = [
        fragment("coalesce(replace(replace(CAST({x} AS VARCHAR), '\\', '\\\\'), '|', '\\|'), '\\-')", x=part)
        for part in by
    ]
    return Sql(" || '|' || ".join(part.text for part in parts)) if parts else literal("")


def _column(bound: Bound, cell: Cell) -> HeaderColumn:
    value = cell.value.sql
    if cell.sequence is not None:
        number = Sql(f"{name(f'number.{cell.sequence}').text}.number")
        value = formatted(bound.leg.project.sequences[cell.sequence].format, number)
    return HeaderColumn(cell.target, name(f"document.{cell.column.name}"), type_name(cell.column.type), value)


def _sequences(document: BoundDocument) -> tuple[HeaderSequence, ...]:
    used = dict.fromkeys(cell.sequence for cell in document.cells if cell.sequence)
    return tuple(HeaderSequence(name(f"number.{sequence}"), literal(sequence)) for sequence in used)


def _counts(bound: Bound, document: BoundDocument) -> tuple[LineCount, ...]:
    if not document.counted:
        return ()
    same = tuple(Sql(f"line.{line.text} = header.{column.text}") for line, column in document.counted)
    return tuple(LineCount(table(arm.target.ref), same) for arm in bound.arms)


def _late(arm: BoundArm) -> tuple[Statement, ...]:
    cells = tuple(
        LateCell(cell.alias, cell.late.sql, type_name(cell.column.type)) for cell in arm.cells if cell.late is not None
    )
    sql = render("late_cells", cells=cells, arm=literal(arm.number))
    return (Statement("what the lines say of their document", sql), *replaced(arm))
