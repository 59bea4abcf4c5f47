"""Every command, on the starter project: what it prints, what it leaves behind, how it ends."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.calls import Shell

BLOCK = """\
run  orders   shop.orders -> books.SalesOrders   6 rows read
  all rows: first run
  + insert    3
  = filtered  1
  ! reject    1   VALUE_UNMAPPED Channel 1
  ! hold      1   TERMS_MISSING terms 1
  sum 6 = 6 read
committed and published; 1 rejected, 1 held; next: crosswalk rejects
"""


def test_init_writes_a_project_that_runs_and_says_what_comes_next(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shell("init", "demo").out.endswith("next: cd demo && crosswalk plan\n")
    monkeypatch.chdir(tmp_path / "demo")
    assert shell("validate").out == "1 map, 4 entities: no problem\n"
    assert shell("run").out == BLOCK


def test_init_refuses_to_overwrite_and_leaves_everything_as_it_was(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("mine")
    assert "FILE_EXISTS" in shell("init", str(tmp_path), exit=2).err
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert file.read_text() == "mine"


def test_the_editor_finds_a_schema_for_every_kind_of_file(project: Path) -> None:
    wired = json.loads((project / ".vscode" / "settings.json").read_text())["yaml.schemas"]
    for schema, pattern in wired.items():
        assert json.loads((project / schema).read_text())["$schema"], schema
        assert list(project.glob(pattern)), pattern


def test_validate_writes_schemas_where_asked(shell: Shell, project: Path) -> None:
    shell("validate", "--schemas", "elsewhere")
    assert {path.name for path in Path("elsewhere").iterdir()} == {path.name for path in Path("schemas").iterdir()}


def test_compile_prints_every_step_with_its_purpose_and_its_sql(shell: Shell, project: Path) -> None:
    printed = shell("compile", "orders").out
    assert printed.startswith("-- orders  initial  shop.orders -> books.SalesOrders")
    steps = [line.split("  ")[1].strip() for line in printed.splitlines() if line.startswith("-- step ")]
    assert steps == ["extract", "shape", "divert", "deliver", "advance"]
    assert "CREATE OR REPLACE TEMP TABLE shaped AS" in printed
    assert "-- orders.map.yaml:21" in printed


def test_compile_lists_the_steps_alone(shell: Shell, project: Path) -> None:
    printed = shell("compile", "orders", "--steps", "--mode", "incremental").out
    assert "-- orders  incremental" in printed
    assert "SELECT" not in printed


@pytest.mark.parametrize("mode", ["initial", "incremental", "key", "open"])
def test_compile_knows_every_mode(shell: Shell, project: Path, mode: str) -> None:
    [plan] = shell("compile", "orders", "--mode", mode, "--output", "json").json
    assert plan["mode"] == mode
    assert all(statement["sql"] for step in plan["steps"] for statement in step["statements"])


def test_plan_shows_what_run_does_and_writes_nothing(shell: Shell, project: Path) -> None:
    before = (project / "build" / "data.duckdb").read_bytes()
    planned = shell("plan").out.splitlines()
    assert (project / "build" / "data.duckdb").read_bytes() == before
    ran = shell("run").out.splitlines()
    assert planned[1:-1] == ran[1:-1]
    assert planned[-1] == "3 rows to change; nothing written; next: crosswalk run"


def test_plan_says_by_its_exit_code_whether_there_are_changes(shell: Shell, project: Path) -> None:
    shell("plan", "--detailed-exitcode", exit=10)
    shell("run")
    assert "nothing to change" in shell("plan", "--detailed-exitcode", exit=0).out


def test_plan_writes_itself_to_a_file(shell: Shell, project: Path) -> None:
    shell("plan", "-o", "plan.json", "--select", "orders")
    plan = json.loads(Path("plan.json").read_text())
    assert plan["legs"][0]["fates"]["inserted"] == 3
    assert (plan["data_committed"], plan["next"]) == (False, "crosswalk run --plan plan.json")


def test_a_dry_run_is_a_plan(shell: Shell, project: Path) -> None:
    assert shell("run", "--dry-run").out == shell("plan").out
    assert shell("run", "--dry-run", "--key", "1").out == shell("plan", "--key", "1").out


def test_run_gives_its_whole_result_as_json(shell: Shell, project: Path) -> None:
    result = shell("run", "--output", "json").json
    assert {name: result[name] for name in ("data_committed", "published", "rejects", "exit", "next")} == {
        "data_committed": True,
        "published": True,
        "rejects": 1,
        "exit": 0,
        "next": "crosswalk rejects",
    }
    [leg] = result["legs"]
    assert sum(leg["fates"].values()) == leg["examined"] == 6


def test_run_takes_one_key(shell: Shell, project: Path) -> None:
    assert "1 row read\n  chosen rows: asked for 1\n  + insert    1\n" in shell("run", "--key", "1").out


def test_run_shows_the_cells_that_changed(shell: Shell, project: Path) -> None:
    shell("run")
    file = Path("maps/orders.map.yaml")
    file.write_text(file.read_text().replace("to: 2, mode: half_up", "to: 1, mode: down"))
    printed = shell("run", "--select", "orders").out
    assert "  all rows: the map changed since the last run\n" in printed
    assert "  ~ update    2   Total 2\n" in printed
    assert "      2 (SO-2)   Total 75.26 -> 75.20\n" in printed


def test_rejects_lists_the_open_rows(shell: Shell, project: Path) -> None:
    shell("run")
    lines = shell("rejects").out.splitlines()
    assert lines[0].split() == ["map", "key", "fate", "code", "column", "value", "place", "attempts", "first", "seen"]
    assert lines[1].split()[:6] == ["orders", "5", "rejected", "VALUE_UNMAPPED", "Channel", "fax"]
    assert lines[2].split()[:6] == ["orders", "3", "held", "TERMS_MISSING", "terms", "NET60"]
    assert lines[-1] == "2 open rows; next: crosswalk why orders 5"


def test_rejects_are_chosen_by_map_code_and_fate(shell: Shell, project: Path) -> None:
    shell("run")
    assert [row["key"] for row in shell("rejects", "--held", "--output", "json").json] == ["3"]
    assert [row["key"] for row in shell("rejects", "--rejected", "--output", "json").json] == ["5"]
    assert [row["key"] for row in shell("rejects", "--code", "TERMS_MISSING", "--output", "json").json] == ["3"]
    assert len(shell("rejects", "--map", "orders", "--output", "json").json) == 2
    assert shell("rejects", "--code", "TOO_LONG").out == "no open row\n"
    assert "did you mean 'orders'?" in shell("rejects", "--map", "ordrs", exit=2).err


def test_rejects_shows_one_row_with_its_whole_source(shell: Shell, project: Path) -> None:
    shell("run")
    printed = shell("rejects", "--row", "5").out
    assert "orders  row 5  rejected  VALUE_UNMAPPED Channel\n" in printed
    assert "    total        42.0000\n" in printed
    assert "UNKNOWN_KEY" in shell("rejects", "--row", "1", exit=2).err


def test_rejects_are_exported_with_every_source_column(shell: Shell, project: Path) -> None:
    shell("run")
    assert shell("rejects", "--export", "open.csv").out == "2 rows written to open.csv\n"
    with Path("open.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["key"], row["code"], row["row.channel"]) for row in rows] == [
        ("5", "VALUE_UNMAPPED", "fax"),
        ("3", "TERMS_MISSING", "web"),
    ]
    assert shell("rejects", "--output", "csv").out == Path("open.csv").read_text()


def test_retry_takes_the_rows_of_one_reason(shell: Shell, project: Path) -> None:
    shell("run")
    printed = shell("retry", "--code", "TERMS_MISSING").out
    assert printed.startswith("retry  orders   shop.orders -> books.SalesOrders   1 row read\n")
    assert "  ! hold      1   TERMS_MISSING terms 1\n" in printed


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (("run", "--key", "999"), "committed and published; no row has this key"),
        (("plan", "--key", "999"), "no row has this key; nothing written"),
        (("retry", "--key", "999"), "committed and published; no such row is open"),
        (("run", "--key", "4"), "committed and published"),
    ],
)
def test_asking_for_a_row_that_is_not_there_is_said_at_the_end(
    shell: Shell, project: Path, words: tuple[str, ...], last: str
) -> None:
    shell("run")
    assert shell(*words).out.splitlines()[-1] == last


def test_a_corrected_row_goes_in_with_the_next_run(shell: Shell, project: Path) -> None:
    shell("run")
    with Path("maps/value_maps/channels.yaml").open("a") as file:
        file.write("  fax: F\n")
    assert "  + insert    1\n" in shell("run").out
    assert [row["key"] for row in shell("rejects", "--output", "json").json] == ["3"]


def test_runs_lists_the_newest_first(shell: Shell, project: Path) -> None:
    shell("run")
    shell("retry")
    lines = shell("runs").out.splitlines()
    assert lines[0].split()[:4] == ["started_at", "leg", "mode", "examined"]
    assert [line.split()[3] for line in lines[1:]] == ["open", "initial"]
    [newest] = shell("runs", "--limit", "1", "--output", "json").json
    assert (newest["mode"], newest["held"], newest["rejected"]) == ("open", 1, 1)
    assert shell("runs", "--output", "csv").out.count("\n") == 3


def test_why_tells_what_a_row_became(shell: Shell, project: Path) -> None:
    shell("run")
    printed = shell("why", "orders", "1").out
    assert "It became books.SalesOrders SO-1, made in run" in printed
    assert "Run now, it would change nothing" in printed


def test_why_shows_the_line_that_decides(shell: Shell, project: Path) -> None:
    shell("run")
    printed = shell("why", "orders", "5").out
    assert "rejected with VALUE_UNMAPPED for Channel, value fax; tried once; still open." in printed
    assert "    21 |   Channel: {from: channel, values: channels}\n" in printed
    assert "it would be filtered" in shell("why", "orders", "4").out


def test_why_tells_changes_cell_by_cell(shell: Shell, project: Path) -> None:
    shell("run")
    file = Path("maps/orders.map.yaml")
    file.write_text(file.read_text().replace("to: 2, mode: half_up", "to: 1, mode: down"))
    shell("run")
    assert ": updated books.SalesOrders SO-2: Total 75.26 -> 75.20\n" in shell("why", "orders", "2").out
    [story] = shell("why", "orders", "2", "--output", "json").json
    assert story["changes"][0]["cells"] == {"Total": ["75.26", "75.20"]}


def test_why_knows_when_there_is_nothing_to_tell(shell: Shell, project: Path) -> None:
    shell("run")
    assert "it is not in the source, and no run has seen it" in shell("why", "orders", "99", exit=2).err


def test_query_prints_a_table(shell: Shell, project: Path) -> None:
    shell("run")
    printed = shell("query", 'SELECT "OrderNumber", "Total" FROM books."SalesOrders" ORDER BY 1').out
    assert [line.split() for line in printed.splitlines()] == [
        ["OrderNumber", "Total"],
        ["SO-1", "120.50"],
        ["SO-2", "75.26"],
        ["SO-6", "99.99"],
        ["3", "rows"],
    ]


def test_query_writes_csv_and_json_without_losing_a_digit_or_a_column(shell: Shell, project: Path) -> None:
    sql = "SELECT 0.10::DECIMAL(4,2) AS a, NULL AS a, '[b]' AS b"
    assert shell("query", sql, "--output", "csv").out == "a,a,b\n0.10,,[b]\n"
    assert shell("query", sql, "--output", "json").json == [{"a": "0.10", "a_2": None, "b": "[b]"}]
    assert "[b]" in shell("query", sql).out


@pytest.mark.parametrize("sql", ["SELEC", "SELECT * FROM nowhere", 'DROP TABLE books."SalesOrders"', "SELECT 'a'::INT"])
def test_query_says_in_one_line_why_it_failed(shell: Shell, project: Path, sql: str) -> None:
    error = shell("query", sql, exit=2).err
    assert error.startswith("error[QUERY_FAILED]: ")
    assert error.count("\n") == 1


def test_query_passes_on_the_name_that_the_database_proposes(shell: Shell, project: Path) -> None:
    for sql in ("SELECT * FROM books.SalesOrder", "SELECT SalesOrders.Totl FROM books.SalesOrders"):
        name = "Total" if "Totl" in sql else "SalesOrders"
        assert shell("query", sql, exit=2).err.splitlines()[1] == f"  = did you mean '{name}'?"


def test_explain_says_what_a_code_means_without_a_project(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "What to do: " in shell("explain", "lookup_missing").out
    assert "LOOKUP_AMBIGUOUS" in shell("explain").out
    assert "did you mean 'TOO_LONG'?" in shell("explain", "TOO_LNG", exit=2).err
    assert set(shell("explain", "TOO_LONG", "--output", "json").json["TOO_LONG"]) >= {"summary", "remedy"}
