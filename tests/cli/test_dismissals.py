"""`crosswalk rejects dismiss` and `reopen`: how they are called, what they say, what the lists show afterwards."""

from __future__ import annotations

import csv
import getpass
import io
from pathlib import Path

import pytest

from tests.cli.calls import Shell

USER = getpass.getuser()


@pytest.fixture
def rejected(project: Path, shell: Shell) -> tuple[str, str]:
    """A rejected row of the starter project: its map and its key."""
    shell("run")
    (found,) = shell("rejects", "--rejected", "--output", "json").json
    return found["map_name"], found["key"]


def test_a_row_is_dismissed_with_a_reason_and_shown_where_all_are_asked_for(
    shell: Shell, rejected: tuple[str, str]
) -> None:
    name, key = rejected
    said = shell("rejects", "dismiss", name, key, "--reason", "a test row").out
    assert said.startswith(f"  {name} {key}: rejected with ")
    assert said.endswith("1 row dismissed; next: crosswalk rejects\n")
    assert "1 open row;" in shell("rejects").out
    listed = shell("rejects", "--all").out
    assert "1 open row, 1 closed; next: " in listed
    assert "a test row" in listed
    assert f"dismissed by {USER} at 20" in shell("rejects", "--all", "--row", key).out
    assert f"dismissed by {USER} at 20" in shell("why", name, key).out
    (row,) = [
        row for row in csv.DictReader(io.StringIO(shell("rejects", "--all", "--output", "csv").out)) if row["note"]
    ]
    assert (row["state"], row["by"], row["note"]) == ("dismissed", USER, "a test row")


def test_a_dismissed_row_is_opened_again(shell: Shell, rejected: tuple[str, str]) -> None:
    shell("rejects", "dismiss", *rejected, "--reason", "a test row")
    assert shell("rejects", "reopen", *rejected).out.endswith("1 row open again; next: crosswalk retry\n")
    assert "2 open rows" in shell("rejects").out


def test_rows_are_dismissed_by_their_code(shell: Shell, rejected: tuple[str, str]) -> None:
    (code,) = {row["code"] for row in shell("rejects", "--rejected", "--output", "json").json}
    done = shell("rejects", "dismiss", rejected[0], "--code", code, "--reason", "no", "--output", "json").json
    assert [(row["key"], row["state"]) for row in done["rows"]] == [(rejected[1], "open")]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("dismiss",), "ROWS_UNNAMED"),
        (("dismiss", "MAP"), "REASON_MISSING"),
        (("dismiss", "MAP", "KEY"), "REASON_MISSING"),
        (("dismiss", "MAP", "--reason", "x"), "ROWS_UNNAMED"),
        (("dismiss", "MAP", "nobody", "--reason", "x"), "UNKNOWN_KEY"),
        (("reopen", "MAP"), "ROWS_UNNAMED"),
        (("reopen", "MAP", "KEY"), "UNKNOWN_KEY"),
    ],
)
def test_a_call_that_leaves_something_out_is_refused(
    shell: Shell, rejected: tuple[str, str], words: tuple[str, ...], code: str
) -> None:
    said = dict(zip(("MAP", "KEY"), rejected, strict=True))
    refused = shell("rejects", *(said.get(word, word) for word in words), exit=2)
    assert code in refused.err


def test_nothing_else_can_be_done_with_rows(shell: Shell, project: Path) -> None:
    assert "'forget' is not one of 'dismiss', 'reopen'" in shell("rejects", "forget", exit=2).err
