"""Entity files follow real systems: a PostgreSQL server, a DuckDB file, a folder of files; a run takes what was pulled."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.cli.calls import Shell
from tests.servers.postgres import Database
from tests.servers.postgres import database as database
from tests.servers.postgres import postgres_server as postgres_server


@pytest.fixture
def here(tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def connect(settings: str) -> None:
    Path("crosswalk.yaml").write_text(f"project: p\nconnections: {{dev: {{shop: {{{settings}}}}}}}\n")


def test_the_tables_of_a_postgresql_server_are_followed(shell: Shell, here: Path, database: Database) -> None:
    database.run(
        "CREATE TABLE customers (id uuid PRIMARY KEY, name varchar(30) NOT NULL)",
        "CREATE TABLE orders (id uuid PRIMARY KEY, number varchar(10) NOT NULL, customer uuid REFERENCES customers,"
        " total numeric(12,2), day date, note text)",
    )
    connect(f"kind: postgres, host: {database.folder}, database: {database.name}, user: postgres")
    shell("entity", "pull", "--write")
    file = Path("entities/shop/orders.entity.yaml")
    text = file.read_text()
    assert "  customer: {type: guid, to: customers}\n" in text
    assert shell("validate", "--against", "dev").out == "0 maps, 2 entities: no problem\n"
    file.write_text(text.replace("  total:", "  # what is owed, with tax\n  total:"))
    database.run(
        "ALTER TABLE orders ALTER number TYPE varchar(8), DROP COLUMN note, ADD COLUMN paid boolean",
        "ALTER TABLE orders ALTER total TYPE numeric(10,1)",
    )
    told = shell("validate", "--against", "dev", "--output", "json", exit=2).json["problems"]
    assert [one["code"] for one in told] == ["DRIFT_TEXT_SHORTER", "DRIFT_COLUMN_TYPE", "DRIFT_COLUMN_MISSING"]
    shell("entity", "pull", "--write", "--prune")
    expected = text.replace("text(10)", "text(8)").replace("  note: {type: text}\n", "  paid: {type: boolean}\n")
    expected = expected.replace("  total:", "  # what is owed, with tax\n  total:").replace(
        "decimal(12,2)", "decimal(10,1)"
    )
    assert file.read_text() == expected
    assert shell("validate", "--against", "dev").out == "0 maps, 2 entities: no problem\n"


def test_the_tables_of_a_duckdb_file_are_followed_and_read(shell: Shell, here: Path) -> None:
    with duckdb.connect("far.duckdb") as far:
        far.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total DECIMAL(12, 2), made TIMESTAMP)")
        far.execute("INSERT INTO orders VALUES (1, 12.50, TIMESTAMP '2026-11-27 08:00:00'), (2, 1.00, NULL)")
    connect("kind: duckdb, file: far.duckdb}, books: {kind: embedded")
    shell("entity", "pull", "--write")
    Path("entities/books").mkdir()
    sales = "entity: sales\nsystem: books\nkey: [id]\ncolumns:\n  id: {type: int}\n  amount: {type: 'decimal(12,2)'}\n"
    Path("entities/books/sales.entity.yaml").write_text(sales)
    Path("sales.map.yaml").write_text(
        "map: sales\nflow: sync\nsource: shop.orders\ntarget: books.sales\nkey: {id: id}\nfields: {amount: total}\n"
    )
    shell("run")
    assert "12.50" in shell("query", "select * from books.sales", "--output", "csv").out
    said = shell("validate", "--against", "dev").out
    assert "books is embedded" in said
    assert "DRIFT" not in said


def test_a_folder_of_files_tells_columns_and_no_key(shell: Shell, here: Path) -> None:
    (here / "in").mkdir()
    (here / "in" / "people.csv").write_text("id,name\n010,Ada\n")
    connect("kind: files, folder: in")
    assert "TABLE_WITHOUT_KEY" in shell("entity", "pull").out
    shell("entity", "pull", "--table", "people", "--key", "id", "--write")
    file = Path("entities/shop/people.entity.yaml")
    file.write_text(file.read_text().replace("id: {type: text}", "id: {type: int}"))
    assert shell("entity", "pull").out == "no file would change\n", "text says nothing of a type"
    assert shell("validate", "--against", "dev").out.endswith("no problem, 1 note\n")


def test_a_project_begins_with_a_database_file(shell: Shell, here: Path) -> None:
    with duckdb.connect("far data.duckdb") as far:
        far.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total DECIMAL(12, 2))")
        far.execute("CREATE VIEW loose AS SELECT 1 AS one")
    told = shell("init", "mine", "--from", "far data.duckdb").out
    assert "TABLE_WITHOUT_KEY" in told
    assert told.endswith("files written; next: cd mine && crosswalk validate\n")
    assert Path("mine/maps/entities/far_data/orders.entity.yaml").exists()
    assert Path("mine/.vscode/settings.json").exists()
    assert shell("validate", "-C", "mine", "--against", "dev").out == "0 maps, 1 entity: no problem\n"
    assert "FILE_EXISTS" in shell("init", "mine", "--from", "far data.duckdb", exit=2).err


def test_a_project_begins_with_a_kind_whose_settings_are_to_be_filled_in(shell: Shell, here: Path) -> None:
    told = shell("init", "mine", "--from", "odata").out
    assert told.endswith("next: cd mine && crosswalk entity pull\n")
    text = Path("mine/maps/crosswalk.yaml").read_text()
    assert '      url: "${env:ODATA_URL}"\n' in text
    assert "      # page_size: Rows that one answer should hold at most.\n" in text
    assert shell("validate", "-C", "mine").out == "0 maps, 0 entities: no problem\n"


@pytest.mark.parametrize(
    ("source", "code", "remedy"),
    [
        ("postgress", "UNKNOWN_KIND", "did you mean 'postgres'?"),
        ("embedded", "UNKNOWN_KIND", "kinds: "),
        ("notes.txt", "FILE_KIND", "name a database file"),
    ],
)
def test_what_no_project_can_begin_with_is_told(shell: Shell, here: Path, source: str, code: str, remedy: str) -> None:
    Path("notes.txt").write_text("no database")
    error = shell("init", "mine", "--from", source, exit=2).err
    assert f"error[{code}]" in error
    assert remedy in error
    assert not Path("mine").exists()
