"""`validate` warns where nothing is wrong: what it shows, and how it ends."""

from __future__ import annotations

from pathlib import Path

from tests.cli.calls import Shell

CHANNELS = Path("maps/value_maps/channels.yaml")
MAP = Path("maps/orders.map.yaml")


def _forget_a_channel() -> None:
    text = MAP.read_text(encoding="utf-8")
    filtered = text.replace("filter: status = 'Paid'", "filter: status = 'Paid' and status = 'Cancelled'")
    MAP.write_text(filtered.replace(", required: reject}", "}"), encoding="utf-8")


def test_warnings_are_shown_with_their_place_and_change_no_exit_code(shell: Shell, project: Path) -> None:
    _forget_a_channel()
    out = shell("validate", exit=0).out
    assert "warning[CONDITION_NEVER]: no row can ever meet this condition" in out
    assert "--> maps/orders.map.yaml:8:9" in out
    assert "MAY_BE_EMPTY" not in out
    assert out.endswith("1 map, 4 entities: 1 warning, 1 note\n")


def test_notes_are_shown_where_asked(shell: Shell, project: Path) -> None:
    _forget_a_channel()
    assert "note[MAY_BE_EMPTY]: 'CustomerName'" in shell("validate", "--notes", exit=0).out


def test_strict_takes_warnings_for_mistakes_and_notes_not(shell: Shell, project: Path) -> None:
    _forget_a_channel()
    shell("validate", "--strict", exit=2)
    text = MAP.read_text(encoding="utf-8")
    MAP.write_text(text.replace(" and status = 'Cancelled'", ""), encoding="utf-8")
    assert shell("validate", "--strict", exit=0).out == "1 map, 4 entities: no problem, 1 note\n"


def test_machines_get_all_of_it_with_the_severity(shell: Shell, project: Path) -> None:
    _forget_a_channel()
    told = shell("validate", "--output", "json", exit=0).json
    assert [(one["code"], one["severity"]) for one in told["problems"]] == [
        ("CONDITION_NEVER", "warning"),
        ("MAY_BE_EMPTY", "note"),
    ]
    assert told["exit"] == 0


def test_a_warning_stops_no_run(shell: Shell, project: Path) -> None:
    _forget_a_channel()
    shell("run", exit=0)
