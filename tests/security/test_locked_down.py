"""The database is locked down before the first statement of anybody runs, and nothing can open it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.errors import CrosswalkError, MachineError, StatementError
from tests.cli.calls import Shell
from tests.cli.conftest import made as made
from tests.cli.conftest import project as project
from tests.cli.conftest import shell as shell

SETTINGS = {
    "enable_external_access": ("false", "true"),
    "autoload_known_extensions": ("false", "true"),
    "autoinstall_known_extensions": ("false", "true"),
    "allow_community_extensions": ("false", "true"),
    "TimeZone": ("UTC", "Asia/Kathmandu"),
    "lock_configuration": ("true", "false"),
}
OTHERS = ("memory_limit = '100GB'", "threads = 99", "allowed_directories = ['/']", "temp_directory = '/'")


@pytest.fixture
def backend(tmp_path: Path):
    (tmp_path / "secret.txt").write_text("not for maps")
    opened = DuckDBBackend(tmp_path / "data.duckdb")
    yield opened
    opened.close()


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_as_it_must_be_and_cannot_be_changed(backend: DuckDBBackend, setting: str) -> None:
    wanted, other = SETTINGS[setting]
    assert backend.rows(f"SELECT CAST(current_setting('{setting}') AS VARCHAR)") == [(wanted,)]
    for connection in (backend, backend.beside()):
        for words in (f"SET {setting} = '{other}'", f"SET GLOBAL {setting} = '{other}'", f"RESET {setting}"):
            with pytest.raises(CrosswalkError, match=r"(?i)lock|cannot|external"):
                connection.run(words)
        assert connection.rows(f"SELECT CAST(current_setting('{setting}') AS VARCHAR)") == [(wanted,)]


@pytest.mark.parametrize("words", OTHERS)
def test_limits_of_the_machine_cannot_be_moved(backend: DuckDBBackend, words: str) -> None:
    for connection in (backend, backend.beside()):
        with pytest.raises(CrosswalkError, match=r"(?i)lock|cannot|external"):
            connection.run(f"SET {words}")


def ways_out(folder: Path) -> list[str]:
    secret, out = folder / "secret.txt", folder / "out.csv"
    return [
        f"SELECT * FROM read_text('{secret}')",
        f"SELECT * FROM read_csv('{secret}')",
        f"SELECT * FROM '{secret}'",
        f"SELECT * FROM glob('{folder}/*')",
        f"SELECT * FROM read_blob('{secret}')",
        f"COPY (SELECT 1) TO '{out}'",
        f"EXPORT DATABASE '{folder / 'whole'}'",
        f"IMPORT DATABASE '{folder}'",
        f"ATTACH '{folder / 'other.duckdb'}' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '/lib/x86_64-linux-gnu/libc.so.6'",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "CREATE SECRET stolen (TYPE s3, KEY_ID 'a', SECRET 'b')",
        f"PRAGMA enable_profiling; PRAGMA profiling_output = '{out}'",
        f"CALL enable_logging(storage = 'file', storage_path = '{folder}')",
    ]


WAYS = [words.split("(")[0][:40] for words in ways_out(Path("/folder"))]


@pytest.mark.parametrize("nth", range(len(WAYS)), ids=WAYS)
def test_no_statement_reaches_a_file_or_the_network(backend: DuckDBBackend, tmp_path: Path, nth: int) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    for connection in (backend, backend.beside()):
        with pytest.raises((StatementError, MachineError)):
            connection.rows(ways_out(tmp_path)[nth])
    assert sorted(path.name for path in tmp_path.iterdir()) == before


QUESTIONS = (
    "SELECT * FROM read_text('crosswalk.yaml')",
    "COPY (SELECT 1) TO 'out.csv'",
    "ATTACH 'other.duckdb' AS other",
    "SET enable_external_access = true",
    "DELETE FROM crosswalk.runs",
    "DROP TABLE books.SalesOrders",
    "SELECT 1; DELETE FROM crosswalk.runs",
    "UPDATE crosswalk.rejects SET state = 'resolved'",
    "SELECT getenv('HOME')",
)


def test_a_question_can_neither_change_nor_reach_anything(shell: Shell, project: Path) -> None:
    shell("run")
    before = contents(project)
    for words in QUESTIONS:
        assert "QUERY_FAILED" in shell("query", words, exit=2).err
    assert contents(project) == before


def contents(project: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and path.suffix != ".lock"}
