"""The options of every command, the help, and the log."""

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from crosswalk.cli.app import _texts
from crosswalk.cli.settings import Settings
from tests.cli.calls import Shell

COMMANDS = (
    "init",
    "validate",
    "compile",
    "plan",
    "run",
    "rejects",
    "retry",
    "runs",
    "why",
    "query",
    "explain",
    "reconcile",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_takes_the_shared_options(shell: Shell, command: str) -> None:
    printed = shell(command, "--help").out
    assert "Options of every command" in printed
    options = set(re.findall(r"--[a-z-]+", printed))
    assert options >= {f"--{field.name.replace('_', '-')}" for field in fields(Settings)}


def test_help_breaks_its_lines_where_the_screen_does_and_not_where_the_file_does() -> None:
    paragraphs = [paragraph for text in _texts().values() for paragraph in text.split("\n\n")]
    assert [paragraph for paragraph in paragraphs if "\n" in paragraph] == []
    assert any(len(paragraph) > 120 for paragraph in paragraphs)


@pytest.mark.parametrize("words", [("--output", "json", "runs"), ("runs", "--output", "json")])
def test_shared_options_stand_before_or_after_the_command(shell: Shell, project: Path, words: tuple[str, ...]) -> None:
    shell("run")
    assert len(shell(*words).json) == 1


def test_what_is_said_after_the_command_wins(shell: Shell, project: Path) -> None:
    assert "no problem" in shell("--output", "json", "-C", "nowhere", "validate", "-C", "maps", "--output", "text").out


def test_the_project_is_found_upwards_below_and_where_asked(
    shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (".", "maps", "maps/entities/shop"):
        monkeypatch.chdir(project / folder)
        shell("validate")
    monkeypatch.chdir(project.parent)
    shell("validate", exit=2)
    for asked in ("demo", "demo/maps", "demo/maps/crosswalk.yaml"):
        shell("validate", "--project", asked)


def test_the_next_command_names_the_project_that_was_asked_for(
    shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.parent)
    assert shell("run", "-C", "demo").out.endswith("next: crosswalk rejects --project demo\n")


def test_an_unknown_profile_is_a_mistake_of_the_call(shell: Shell, project: Path) -> None:
    error = shell("run", "--profile", "prod", exit=2).err
    assert "UNKNOWN_PROFILE" in error
    assert "known: dev" in error


def test_a_kind_that_no_connector_has_is_told_with_its_place(shell: Shell, project: Path) -> None:
    file = project / "maps" / "crosswalk.yaml"
    file.write_text(file.read_text().replace("shop: {kind: embedded}", "shop: {kind: embeded}"))
    error = shell("run", exit=2).err
    assert "error[UNKNOWN_KIND]: no connector is of the kind 'embeded'" in error
    assert "maps/crosswalk.yaml:7:18" in error
    assert "did you mean 'embedded'?" in error


@pytest.mark.parametrize(
    ("word", "message", "remedy"),
    [
        ("ordrs", "no map is called 'ordrs'", "did you mean 'orders'?"),
        ("tag:nightly", "no map has the tag 'nightly'", "no map has a tag"),
        ("orders:back", "'orders' has no way back", "write 'orders'"),
    ],
)
def test_a_wrong_selection_is_told_in_its_own_words(
    shell: Shell, project: Path, word: str, message: str, remedy: str
) -> None:
    assert shell("run", "--select", word, exit=2).err == f"error[UNKNOWN_MAP]: {message}\n  = {remedy}\n"


def test_only_tables_are_written_as_csv(shell: Shell, project: Path) -> None:
    assert "OUTPUT_FORMAT" in shell("run", "--output", "csv", exit=2).err


@pytest.mark.parametrize(
    ("words", "meant"), [(("validat",), "'validate'"), (("run", "--selct", "x"), "--select"), (("retry", "-z"), "-z")]
)
def test_a_slip_of_the_pen_is_named_with_what_may_be_meant(shell: Shell, words: tuple[str, ...], meant: str) -> None:
    assert meant in shell(*words, exit=2).err


def test_the_version_names_the_database_too(shell: Shell) -> None:
    assert re.fullmatch(r"crosswalk \S+, duckdb \S+\n", shell("--version").out)


def test_naming_the_version_loads_nothing_heavy() -> None:
    code = (
        "import sys; from crosswalk.cli import main; main(['--version']); main(['run', '--help']);"
        "print('loaded:', *sorted({'duckdb', 'sqlglot', 'jsonschema', 'yaml', 'jinja2'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1].strip() == "loaded:"


def test_results_go_to_stdout_and_nothing_else_is_said(shell: Shell, project: Path) -> None:
    assert shell("run").err == ""


def test_steps_are_logged_when_asked_for(shell: Shell, project: Path) -> None:
    lines = shell("run", "-v").err.splitlines()
    assert [line.split("step=")[1] for line in lines if " step " in line] == [
        "extract",
        "shape",
        "divert",
        "deliver",
        "advance",
    ]
    assert " finished " in lines[-1]


def test_the_log_is_one_json_object_a_line(shell: Shell, project: Path) -> None:
    events = [json.loads(line) for line in shell("run", "--log-format", "json").err.splitlines()]
    assert {name for event in events for name in ("time", "level", "event") if name not in event} == set()
    [leg] = [event for event in events if event["event"] == "leg"]
    assert leg["run_id"]
    assert (leg["leg"], leg["examined"], leg["rejected"]) == ("orders", 6, 1)
    assert events[-1]["invocation"] == leg["invocation"]


def test_quiet_leaves_errors_only(shell: Shell, project: Path) -> None:
    assert shell("run", "-q", "--log-format", "json").err == ""
    [line] = shell("run", "-q", "--log-format", "json", "--select", "nowhere", exit=2).err.splitlines()
    assert json.loads(line)["code"] == "UNKNOWN_MAP"


def test_json_is_written_by_result_and_log_alike(shell: Shell, project: Path) -> None:
    ran = shell("run", "--output", "json", "--select", "nowhere", exit=2)
    assert ran.json["error"]["code"] == "UNKNOWN_MAP"
    assert all(json.loads(line)["level"] == "error" for line in ran.err.splitlines())
