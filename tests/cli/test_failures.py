"""What goes wrong becomes words and an exit code, and never a traceback."""

import errno
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.cli.interrupts import GRACE_SECONDS
from crosswalk.errors import CrosswalkError, MachineError, StatementError, StoppedError, SystemFailure
from crosswalk.secrets import reveal
from tests.cli.calls import Shell


def raising(error: BaseException):
    def fails(*arguments: object, **options: object) -> None:
        raise error

    return fails


def break_map(old: str, new: str) -> None:
    file = Path("maps/orders.map.yaml")
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_validate_shows_every_problem_with_its_place_and_ends_with_2(shell: Shell, project: Path) -> None:
    break_map("from: channel,", "from: chanel,")
    break_map("number  ", "numbr  ")
    ran = shell("validate", exit=2)
    assert "  --> maps/orders.map.yaml:21:19\n" in ran.out
    assert "21 |   Channel: {from: chanel, values: channels}\n" in ran.out
    assert "^^^^^^ did you mean 'channel'?\n" in ran.out
    assert ran.out.endswith("2 problems\n")
    assert ran.err == ""


def test_other_commands_show_the_same_problems_on_stderr(shell: Shell, project: Path) -> None:
    break_map("from: channel,", "from: chanel,")
    ran = shell("run", exit=2)
    assert ran.out == ""
    assert ran.err.startswith("error[UNKNOWN_COLUMN]: 'chanel'")


def test_problems_are_listed_for_machines(shell: Shell, project: Path) -> None:
    break_map("from: channel,", "from: chanel,")
    [problem] = shell("validate", "--output", "json", exit=2).json["problems"]
    place = [problem[name] for name in ("file", "line", "column", "length")]
    assert place == ["maps/orders.map.yaml", 21, 19, 6]
    assert shell("run", "--output", "json", exit=2).json["problems"] == [problem]


def test_at_most_50_problems_are_shown(shell: Shell, project: Path) -> None:
    lines = "".join(f"  Wrong{number}: nowhere{number}\n" for number in range(60))
    break_map("fields:\n", f"fields:\n{lines}")
    out = shell("validate", exit=2).out
    assert out.count("error[") == 50
    assert re.search(r"^\.\.\. and \d+ more$", out, re.MULTILINE)


def test_rejects_before_any_run_say_what_to_do(shell: Shell, project: Path) -> None:
    for file in (project / "build").iterdir():
        file.unlink()
    assert "DATABASE_MISSING" in shell("rejects", exit=2).err
    assert "DATABASE_MISSING" in shell("query", "SELECT 1", exit=2).err


def test_a_guard_stops_the_run_with_4_and_says_that_nothing_was_written(shell: Shell, project: Path) -> None:
    file = Path("maps/crosswalk.yaml")
    file.write_text(file.read_text().replace("stop: 0.5", "stop: 0.1"))
    out = shell("run", exit=4).out
    assert out.startswith("stopped by GUARD_REJECTS: ")
    assert "; nothing written; next: " in out
    result = shell("run", "--output", "json", exit=4).json
    assert (result["data_committed"], result["exit"]) == (False, 4)
    assert shell("query", 'SELECT count(*) AS n FROM books."SalesOrders"', "--output", "csv").out == "n\n0\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StoppedError("shop.orders has no column 'x'", code="DRIFT", remedy="look"), 4, "stopped by DRIFT: "),
        (SystemFailure("the shop gave no answer", code="TIMEOUT"), 5, "= crosswalk run"),
        (MachineError("in use", code="LOCKED", remedy="wait"), 6, "error[LOCKED]: in use\n  = wait\n"),
        (PermissionError(errno.EACCES, "Permission denied", "x.duckdb"), 6, "error[NO_RIGHTS]: x.duckdb: Permission"),
        (OSError(errno.ENOSPC, "No space left on device"), 6, "error[DISK_FULL]: No space left on device\n"),
        (MemoryError(), 6, "error[OUT_OF_MEMORY]: "),
        (KeyboardInterrupt(), 130, "interrupted; nothing of the unfinished leg was written; run again: crosswalk run"),
    ],
)
def test_every_kind_of_failure_has_its_exit_code(
    shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    monkeypatch.setattr(api, "run", raising(error))
    ran = shell("run", exit=code)
    assert said in ran.err
    assert ran.out == ""


def test_a_machine_failure_is_json_where_that_is_asked_for(
    shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "run", raising(MachineError("in use", code="LOCKED", remedy="wait")))
    result = shell("run", "--output", "json", exit=6).json
    assert result["error"] == {"code": "LOCKED", "message": "in use"}
    assert (result["data_committed"], result["exit"], result["next"]) == (False, 6, "wait")


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), StatementError("no such column", code="STATEMENT")])
def test_a_mistake_of_ours_leaves_a_report_and_one_line(
    shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(api, "run", raising(error))
    ran = shell("run", exit=1)
    [report] = project.glob("crosswalk-defect-*.txt")
    assert ran.err.count("\n") == 1
    assert report.name in ran.err
    assert "Traceback" in report.read_text()
    assert "crosswalk run" in report.read_text()


def test_a_mistake_of_ours_needs_no_folder_to_write_to(
    shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "run", raising(CrosswalkError("a row without a fate")))
    monkeypatch.setattr(Path, "write_text", raising(PermissionError()))
    assert "no report could be written" in shell("run", exit=1).err


def test_debug_shows_the_traceback(shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "run", raising(ZeroDivisionError("by zero")))
    assert "Traceback" in shell("run", "--debug", exit=1).err


def test_hostile_text_cannot_steer_the_terminal(shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "run", raising(MachineError("a\x1b[31mred\u202e", code="LOCKED")))
    assert "a<U+001B>[31mred<U+202E>" in shell("run", exit=6).err


def test_a_second_runner_is_told_who_holds_the_file(shell: Shell, project: Path) -> None:
    with api.writing(api.load("maps")):
        assert f"process {os.getpid()}" in shell("run", exit=6).err


def test_a_file_that_is_no_database_is_a_failure_of_the_machine(shell: Shell, project: Path) -> None:
    (project / "build" / "data.duckdb").write_bytes(b"no database" * 1000)
    shell("run", exit=6)


def test_a_reader_that_goes_away_changes_no_exit_code(project: Path) -> None:
    command = f'"{sys.executable}" -m crosswalk explain; echo "exit $?" >&2'
    ran = subprocess.run(["sh", "-c", f"({command}) | true"], capture_output=True, text=True, check=False)
    assert ran.stderr == "exit 0\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_even_a_long_statement(project: Path, number: int, code: int) -> None:
    call = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    call += "from crosswalk.cli import main; print('up', flush=True); sys.exit(main())"
    sql = "SELECT sum(hash(range::VARCHAR)) FROM range(100000000000)"
    with subprocess.Popen(
        [sys.executable, "-c", call, "query", sql], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        threading.Timer(2.0, process.send_signal, (number,)).start()
        started = time.monotonic()
        _, error = process.communicate(timeout=30)
    assert process.returncode == code
    assert error.startswith("interrupted; nothing of the unfinished leg was written; run again: crosswalk query ")
    assert time.monotonic() - started < 2 + GRACE_SECONDS + 5


def test_the_report_of_a_mistake_of_ours_holds_no_secret(
    shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGE_KEY", "s3cret-page-key")
    reveal("${env:PAGE_KEY}", project)
    monkeypatch.setattr(api, "plan", raising(RuntimeError("no answer from page?key=s3cret-page-key")))
    ran = shell("plan", exit=1)
    (report,) = Path().glob("crosswalk-defect-*.txt")
    assert "page?key=***" in ran.err
    assert "s3cret" not in ran.err + report.read_text(encoding="utf-8")
