"""Nothing is sent anywhere that the project file does not name: not by a run, a check, a report or a plan."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import crosswalk
from tests.cli.calls import Shell
from tests.cli.conftest import made as made
from tests.cli.conftest import project as project
from tests.cli.conftest import shell as shell

GUARD = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open("network.txt", "a") as log:
            log.write(f"{event} {arguments}\\n")
        raise OSError("no network in this test")
    if event in ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"):
        with open("network.txt", "a") as log:
            log.write(f"{event} {arguments[:2]}\\n")
sys.addaudithook(watch)
from crosswalk.cli import main
sys.exit(main(sys.argv[1:]))
"""
CALLS = (
    ("validate", "--strict"),
    ("test",),
    ("compile", "orders"),
    ("plan",),
    ("run",),
    ("rejects",),
    ("runs", "--output", "json"),
    ("why", "orders", "1"),
    ("query", "SELECT count(*) FROM crosswalk.runs"),
    ("retry",),
    ("explain", "TOO_LONG"),
    ("--version",),
)


def guarded(folder: Path, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", GUARD, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(crosswalk.__file__).parents[1]), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_an_embedded_project_opens_no_connection_and_starts_no_program(shell: Shell, project: Path) -> None:
    for words in CALLS:
        ran = guarded(project, *words)
        assert ran.returncode in (0, 3, 7), ran.stderr
    assert not (project / "network.txt").exists(), (project / "network.txt").read_text()


def test_a_connection_goes_to_the_host_of_the_project_file_and_to_no_other(shell: Shell, project: Path) -> None:
    root = project / "maps" / "crosswalk.yaml"
    text = root.read_text().replace(
        "shop: {kind: embedded}", "shop: {kind: odata, url: 'https://shop.test', auth: none}"
    )
    assert "shop.test" in text
    root.write_text(text)
    (project / "build" / "data.duckdb").unlink()
    ran = guarded(project, "run")
    assert ran.returncode == 5, ran.stdout + ran.stderr
    tried = (project / "network.txt").read_text().splitlines()
    assert tried
    assert [line for line in tried if "shop.test" not in line and "uname" not in line] == []


def test_the_guard_of_this_test_sees_a_connection(tmp_path: Path) -> None:
    code = GUARD.partition("from crosswalk")[0] + "import urllib.request as u\nu.urlopen('http://127.0.0.1:9/')\n"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False)
    assert ran.returncode == 1
    assert "127.0.0.1" in (tmp_path / "network.txt").read_text()
