"""The block of a leg and the last line of a run, from results made by hand."""

from dataclasses import replace

import pytest

from crosswalk.cli.blocks import blocks
from crosswalk.cli.endings import as_json, show
from crosswalk.cli.session import Session
from crosswalk.cli.settings import Settings
from crosswalk.results import FATES, Change, Finding, LegResult, RunResult

NONE = dict.fromkeys(FATES, 0)
LEG = LegResult(
    run_id="r1",
    map_name="orders",
    leg="out",
    source="shop.orders",
    target="books.SalesOrders",
    mode="incremental",
    examined=18_204,
    fates={**NONE, "inserted": 310, "updated": 44, "unchanged": 17_787, "filtered": 48, "held": 3, "rejected": 12},
    effects={"books.SalesOrders": 354},
    changed_columns={"DueDate": 31, "Currency": 9},
    reasons=(
        ("rejected", "LOOKUP_MISSING", "Currency", 9),
        ("held", "TERMS_MISSING", "terms", 3),
        ("rejected", "TOO_LONG", "Number", 3),
    ),
    changes=(Change("INV-1", "books.SalesOrders", "INV-1", "updated", {"DueDate": ("2026-10-01", "2026-10-31")}),),
)
BACK = replace(LEG, leg="back", source="books.SalesOrders", target="shop.orders", examined=0, fates=NONE, reasons=())
SESSION = Session("run", ("run",), Settings())


def text_of(*legs: LegResult) -> list[str]:
    return [line.text for line in blocks(RunResult("i1", legs, committed=False), "plan")]


def test_every_row_is_counted_once_and_zeros_are_left_out() -> None:
    assert text_of(LEG) == [
        "plan  orders   shop.orders -> books.SalesOrders   18,204 rows read",
        "  + insert       310",
        "  ~ update        44   DueDate 31 · Currency 9",
        "  = unchanged 17,787   filtered 48",
        "  ! reject        12   LOOKUP_MISSING Currency 9 · TOO_LONG Number 3",
        "  ! hold           3   TERMS_MISSING terms 3",
        "      INV-1   DueDate 2026-10-01 -> 2026-10-31",
        "  sum 18,204 = 18,204 read",
    ]


def test_legs_stand_in_line_and_a_way_back_has_its_own_name() -> None:
    heads = [line for line in text_of(LEG, replace(BACK, changes=())) if line.startswith("plan")]
    assert heads == [
        "plan  orders        shop.orders -> books.SalesOrders   18,204 rows read",
        "plan  orders:back   books.SalesOrders -> shop.orders   0 rows read",
    ]


def test_a_leg_that_looks_at_all_rows_says_why() -> None:
    assert text_of(replace(LEG, mode="initial", why_mode="the map changed"))[1] == "  all rows: the map changed"


def test_target_rows_are_counted_where_a_row_makes_several() -> None:
    same = {"inserted": 310, "updated": 44, "deleted": 0}
    assert not [line for line in text_of(replace(LEG, written=same)) if "target rows" in line]
    assert "      target rows: 620 inserted, 44 updated" in text_of(replace(LEG, written={**same, "inserted": 620}))


def test_findings_and_several_targets_are_told() -> None:
    finding = Finding("FOREIGN_ROWS", "rows of the target that this map did not make", 2, "SO-9")
    lines = text_of(replace(LEG, findings=(finding,), effects={"books.A": 1, "books.B": 2}))
    assert "      into books.A 1 · books.B 2" in lines
    assert "  ? FOREIGN_ROWS: rows of the target that this map did not make: 2, for example SO-9" in lines


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (Change("7", "books.S", "SO-7", "deleted"), "      7 (SO-7)   deleted from books.S"),
        (Change("7", "books.S", "7", "updated", {"A": (None, "x" * 90)}), f"      7   A null -> {'x' * 57}..."),
        (
            Change("7", "books.S", "7", "updated", dict.fromkeys("ABCDEF", ("1", "2"))),
            "      7   A 1 -> 2 · B 1 -> 2 · C 1 -> 2 · D 1 -> 2 · and 2 more",
        ),
    ],
)
def test_changes_are_shown_cell_by_cell(change: Change, shown: str) -> None:
    assert shown in text_of(replace(LEG, changes=(change,)))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (
            RunResult("i", (LEG,), True, 0, "", "crosswalk rejects"),
            "committed; 12 rejected, 3 held; next: crosswalk rejects",
        ),
        (
            RunResult("i", (LEG,), True, 3, "", "crosswalk rejects"),
            "committed; 12 rejected, 3 held, above the limit; next: crosswalk rejects",
        ),
        (RunResult("i", (BACK,), True), "committed"),
        (RunResult("i", (BACK,), True, published=True), "committed and published"),
        (
            RunResult("i", (LEG,), True, 6, next_command="crosswalk rejects", unpublished="no room; make some"),
            "data committed, not published; 12 rejected, 3 held; no room; make some; next: crosswalk rejects",
        ),
        (RunResult("i", (BACK,), False), "nothing to change; nothing written"),
        (RunResult("i", (LEG,), False), "354 rows to change; nothing written; next: crosswalk run"),
        (
            RunResult("i", (), True, 4, "GUARD_X: too much", "look"),
            "stopped by GUARD_X: too much; nothing written; next: look",
        ),
        (
            RunResult("i", (LEG,), True, 4, "GUARD_X: too much"),
            "stopped by GUARD_X: too much; nothing of it written, the leg before it stays",
        ),
    ],
)
def test_the_last_line_says_it_in_words(capsys: pytest.CaptureFixture[str], result: RunResult, words: str) -> None:
    assert show(SESSION, result, "run", "crosswalk run") == result.exit_code
    assert capsys.readouterr().out.splitlines()[-1] == words


def test_machines_learn_the_same() -> None:
    stopped = RunResult("i", (), True, 4, "GUARD_X: too much", "look")
    said = as_json(SESSION, stopped)
    assert (said["data_committed"], said["published"], said["rejects"]) == (False, False, 0)
    assert (said["exit"], said["next"], said["message"]) == (4, "look", "GUARD_X: too much")
