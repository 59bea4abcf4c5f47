"""A secret that the project refers to is found nowhere: not in what is printed, logged, kept or reported.

The canaries hold letters that are spelled otherwise in an address, in JSON and in a quoted word. They are looked for in
every form, in all output of every command and in every byte of every file that the commands wrote.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest

from tests.cli.calls import Shell
from tests.cli.conftest import made as made
from tests.cli.conftest import project as project
from tests.cli.conftest import shell as shell
from tests.servers.postgres import Database, PostgresServer
from tests.servers.postgres import postgres_server as postgres_server

CANARY = "c4nary/k3eps+quiet%26 ünd'so\"fort"
COMMANDS = (
    ("validate", "--against", "far"),
    ("plan", "--profile", "far"),
    ("run", "--profile", "far", "-v", "--log-format", "json"),
    ("run", "--profile", "far", "-v", "--log-format", "text", "--output", "json"),
    ("rejects", "--profile", "far", "--export", "rejects.csv"),
    ("why", "orders", "1", "--profile", "far"),
    ("rights", "--profile", "far"),
    ("entity", "pull", "--profile", "far"),
    ("query", "SELECT * FROM crosswalk.rejects", "--profile", "far"),
)


def forms(secret: str) -> set[str]:
    """Spell a secret as addresses, headers, JSON, shells and programs would."""
    plain = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), quote(secret, safe="/+%'")}
    return plain | {repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}


def spelled_out(text: str) -> Iterator[str]:
    """Read a text in the ways in which something may be spelled in it."""
    unescaped = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    for way in (text, unescaped, re.sub(r"\\+(?=[\"'/ ])", "", unescaped)):
        yield from (way, unquote(way), unquote_plus(way))


def holds(text: str) -> bool:
    meant = {CANARY, unquote(CANARY), unquote_plus(CANARY)}
    return any(one in read for read in spelled_out(text) for one in meant)


def seen(folder: Path, printed: str) -> list[str]:
    """Say where a canary is found."""
    found = ["printed"] if holds(printed) else []
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "secret.txt"]
    return found + [path.name for path in files if holds(path.read_bytes().decode("utf-8", "replace"))]


def connect(project: Path, shop: str) -> None:
    file = project / "maps" / "crosswalk.yaml"
    text = file.read_text()
    profile = f"  far:\n    shop: {shop}\n    books: {{kind: embedded}}\n"
    text = text.replace("connections:\n", f"connections:\n{profile}")
    file.write_text(
        text.replace(
            "database: ../build/data.duckdb", "database: {dev: ../build/data.duckdb, far: ../build/far.duckdb}"
        )
    )


@dataclass(slots=True)
class Chatterbox:
    """A server that repeats, in every place of its answers, all that was asked of it."""

    status: int
    asked: list[str] = field(default_factory=list)

    def serve(self) -> Iterator[str]:
        box = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                box.asked.append(self.path)
                body = json.dumps({"error": {"code": self.path, "message": f"{self.path} {self.headers}"}}).encode()
                self.send_response(box.status, f"no {self.path}")
                self.send_header("Location", f"https://elsewhere.test{self.path}")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(("kind", "status"), [("env", 302), ("file", 404), ("env", 500)])
def test_a_service_that_repeats_a_secret_gives_nothing_away(
    shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch, kind: str, status: int
) -> None:
    monkeypatch.setenv("CANARY", CANARY)
    (project / "maps" / "secret.txt").write_text(CANARY)
    reference = {"env": "${env:CANARY}", "file": "${file:secret.txt}"}[kind]
    box = Chatterbox(status)
    for address in box.serve():
        quick = "limits: {tries: 1}"
        connect(project, f'{{kind: odata, url: "{address}/{reference}/odata", auth: none, {quick}}}')
        printed = "".join(ran.out + ran.err for words in COMMANDS for ran in [shell(*words, exit=None)])
    assert any(quote("c4nary/k3eps")[:6] in asked for asked in box.asked), "the secret was never used"
    assert seen(project, printed) == []


def test_a_database_that_repeats_a_secret_gives_nothing_away(
    shell: Shell, project: Path, monkeypatch: pytest.MonkeyPatch, postgres_server: PostgresServer
) -> None:
    database = postgres_server.database()
    monkeypatch.setenv("CANARY", CANARY)
    with database.session() as client:
        for statement in TABLE:
            client.run(statement)
    connect(project, address_of(database))
    printed = "".join(ran.out + ran.err for words in COMMANDS for ran in [shell(*words, exit=None)])
    assert seen(project, printed) == []


TABLE = ("CREATE SCHEMA shop", "CREATE TABLE shop.orders (id int primary key)")


def address_of(database: Database) -> str:
    return f"""{{kind: postgres, uri: "postgresql:///{database.name}?host={database.folder}&user=postgres&password=${{env:CANARY}}"}}"""


def test_a_defect_report_holds_no_secret(project: Path) -> None:
    """The report quotes the exception and the frames of a defect; what was revealed before stays hidden in it."""
    code = (
        "import sys\nfrom crosswalk import secrets, api\nfrom pathlib import Path\n"
        "def broken(*given, **more):\n    told = secrets.reveal('${env:CANARY}', Path('.'))\n"
        "    raise RuntimeError(f'broken by {told}')\n"
        "api.run = broken\nfrom crosswalk.cli import main\nsys.exit(main(['run']))\n"
    )
    from crosswalk import __file__ as home

    env = {"CANARY": CANARY, "PYTHONPATH": str(Path(home).parents[1]), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stderr
    (report,) = project.glob("crosswalk-defect-*.txt")
    assert "broken by ***" in report.read_text()
    assert seen(project, ran.stdout + ran.stderr) == []


def test_the_search_finds_a_canary_in_any_form(project: Path) -> None:
    for form in forms(CANARY):
        assert seen(project, f"x{form}y")
        (project / "found.txt").write_text(form)
        assert seen(project, "")
