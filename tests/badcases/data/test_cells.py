"""Every cell that does not fit refuses its row with its code, and no other; every cell that does is taken exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk.codes import CODES
from crosswalk.errors import MapError
from tests.badcases.data.cells import Column, Judged, Refusal, columns, judged, project, refusals

COLUMNS = tuple(columns())
CELLS = [cell for one in COLUMNS for cell in one.cells]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return judged(tmp_path_factory.mktemp("cells"), COLUMNS)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda one: one.name)
def test_every_cell_of_a_column_has_its_fate(found: Judged, column: Column) -> None:
    told, expected = {}, {}
    for number, cell in enumerate(CELLS):
        if cell.column != column.name:
            continue
        expected[cell.value] = (cell.code, cell.column, cell.shown) if cell.code else cell.gives
        told[cell.value] = found.refused.get(number) or found.taken.get(number, "nothing")
    assert told == expected
    assert {cell.code for cell in column.cells} - {""} <= set(CODES)


def test_all_rows_are_counted(found: Judged) -> None:
    refused = sum(1 for cell in CELLS if cell.code)
    counted = {fate: count for fate, count in found.fates.items() if count}
    assert counted == {"inserted": len(CELLS) - refused, "rejected": refused}


@pytest.mark.parametrize(("name", "refusal"), tuple(refusals()), ids=lambda one: getattr(one, "code", one))
def test_a_line_that_cannot_be_meant_is_refused_before_any_row_is_looked_at(
    tmp_path: Path, name: str, refusal: Refusal
) -> None:
    with pytest.raises(MapError) as error:
        project(tmp_path, (Column("cell", refusal.read, refusal.line, refusal.written, ()),))
    assert [one.code for one in error.value.problems] == [refusal.code], name
    assert all(one.span.file == "cells.map.yaml" for one in error.value.problems)
    assert error.value.exit_code == 2
