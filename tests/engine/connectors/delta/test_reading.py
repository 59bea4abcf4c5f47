"""Tables are read at one version, and after that by what each commit changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from deltalake import DeltaTable

from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import AllOf, Compare, IsNull, MarkExpired, Not, Wanted
from crosswalk.model import DataType
from tests.conformance.landed import land
from tests.engine.connectors.delta.deletion import delete_by_vector
from tests.engine.connectors.delta.lakes import NUMBERED, entity, lake, numbers, put, relation, since, texts, whole

FEED = pytest.mark.parametrize("feed", [True, False])


def test_a_table_is_read_whole_with_a_mark(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 3))
    system = lake(tmp_path)
    landed = whole(system, NUMBERED)
    assert texts(landed) == {0: "x0", 1: "x1", 2: "x2"}
    again = since(system, NUMBERED, landed.mark)
    assert (again.rows, again.gone, again.mark) == ([], [], landed.mark)


def test_a_large_table_comes_in_pages_of_one_version(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 450_000))
    pages = lake(tmp_path).read(Wanted(NUMBERED))
    first = next(pages)
    put(tmp_path / "lake/numbers", numbers(450_000, 450_001))
    landed = land([first], NUMBERED)
    rest = land(pages, NUMBERED)
    assert (len(landed.rows) + len(rest.rows), rest.pages > 1) == (450_000, True)
    assert texts(since(lake(tmp_path), NUMBERED, rest.mark)) == {450_000: "x450000"}


def test_an_empty_table_has_no_rows_and_a_mark(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 0))
    landed = whole(lake(tmp_path), NUMBERED)
    assert landed.rows == []
    assert landed.mark is not None


def test_a_filter_is_applied_to_a_whole_read(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 9))
    condition = AllOf((Compare("Sum", ">=", Decimal("2.50")), Not(IsNull("Text")), Compare("Id", "<>", 3)))
    assert sorted(texts(land(lake(tmp_path).read(Wanted(NUMBERED, filter=condition)), NUMBERED))) == [2, 4, 5, 6, 7, 8]


@FEED
def test_what_changed_since_is_rows_and_keys_that_are_gone(tmp_path: Path, feed: bool) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, 5), feed=feed)
    system = lake(tmp_path)
    mark = whole(system, NUMBERED).mark
    put(folder, numbers(10, 12))
    DeltaTable(folder).update({'"Text"': "'changed'"}, predicate='"Id" = 1')
    DeltaTable(folder).delete('"Id" = 2 OR "Id" = 10')
    put(folder, numbers(2, 3, "back"))
    DeltaTable(folder).delete('"Id" = 3')
    landed = since(system, NUMBERED, mark)
    changed = texts(landed)
    assert {1: "changed", 2: "back2", 11: "x11"}.items() <= changed.items()
    assert sorted(landed.gone) == [(3,), (10,)]
    if feed:
        assert sorted(changed) == [1, 2, 11]
    assert since(system, NUMBERED, landed.mark).rows == []


@FEED
def test_compacted_files_are_no_changes(tmp_path: Path, feed: bool) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, 3), feed=feed)
    mark = whole(lake(tmp_path), NUMBERED).mark
    put(folder, numbers(3, 4))
    DeltaTable(folder).optimize.compact()
    landed = since(lake(tmp_path), NUMBERED, mark)
    assert (texts(landed), landed.gone) == ({3: "x3"}, [])


@FEED
def test_a_table_that_was_overwritten_gives_its_new_rows_and_the_keys_that_are_gone(tmp_path: Path, feed: bool) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, 4), feed=feed)
    mark = whole(lake(tmp_path), NUMBERED).mark
    put(folder, numbers(2, 6, "y"), "overwrite")
    landed = since(lake(tmp_path), NUMBERED, mark)
    assert texts(landed) == {2: "y2", 3: "y3", 4: "y4", 5: "y5"}
    assert sorted(landed.gone) == [(0,), (1,)]


def test_a_row_without_a_key_is_still_given(tmp_path: Path) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, 1))
    mark = whole(lake(tmp_path), NUMBERED).mark
    put(folder, 'SELECT CAST(NULL AS BIGINT) AS "Id", \'lost\' AS "Text", CAST(1 AS DECIMAL(19, 4)) AS "Sum"')
    assert texts(since(lake(tmp_path), NUMBERED, mark)) == {None: "lost"}


def test_a_mark_expires_when_the_table_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, 1))
    mark = whole(lake(tmp_path), NUMBERED).mark
    folder.rename(tmp_path / "old")
    put(folder, numbers(5, 6))
    put(folder, numbers(6, 7))
    with pytest.raises(MarkExpired):
        since(lake(tmp_path), NUMBERED, mark)
    with pytest.raises(MarkExpired):
        since(lake(tmp_path), NUMBERED, "2026-01-01")


@FEED
def test_a_mark_expires_before_the_first_page_when_files_were_vacuumed(tmp_path: Path, feed: bool) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, 3), feed=feed)
    mark = whole(lake(tmp_path), NUMBERED).mark
    put(folder, numbers(3, 6))
    put(folder, numbers(0, 2), "overwrite")
    DeltaTable(folder).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    with pytest.raises(MarkExpired):
        next(lake(tmp_path).read(Wanted(NUMBERED, since=mark)))
    assert sorted(texts(whole(lake(tmp_path), NUMBERED))) == [0, 1]


def test_a_mark_expires_when_its_commits_are_no_longer_in_the_log(tmp_path: Path) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, 1))
    mark = whole(lake(tmp_path), NUMBERED).mark
    put(folder, numbers(1, 2))
    DeltaTable(folder).create_checkpoint()
    (folder / "_delta_log" / f"{1:020}.json").unlink()
    with pytest.raises(MarkExpired):
        since(lake(tmp_path), NUMBERED, mark)


def test_rows_behind_a_deletion_vector_are_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, 10))
    mark = whole(lake(tmp_path), NUMBERED).mark
    delete_by_vector(folder, [2, 5])
    system = lake(tmp_path)
    assert sorted(texts(whole(system, NUMBERED))) == [0, 1, 3, 4, 6, 7, 8, 9]
    assert texts(land(system.find(NUMBERED, ("Id",), [(2,), (3,)]), NUMBERED)) == {3: "x3"}
    landed = since(system, NUMBERED, mark)
    assert (landed.rows, sorted(landed.gone)) == ([], [(2,), (5,)])


def test_cells_of_other_types_come_as_text_that_the_engine_can_check(tmp_path: Path) -> None:
    put(
        tmp_path / "lake/odd",
        """SELECT 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' AS "Guid", CAST(12.5 AS DECIMAL(38, 10)) AS "Sum",
        CAST(7 AS INTEGER) AS "Count", CAST(0.1 AS DOUBLE) AS "Float", TIMESTAMPTZ '2026-11-27 10:00:00+02' AS "At",
        TIMESTAMP '2026-11-27 08:00:00.5' AS "Plain", DATE '2026-11-27' AS "Day", CAST(3 AS DECIMAL(9, 0)) AS "Whole",
        '12.50' AS "Text" """,
    )
    odd = entity(
        "odd",
        {
            "Guid": DataType("guid"),
            "Sum": DataType("decimal", precision=19, scale=4),
            "Count": DataType("decimal", precision=9, scale=2),
            "Float": DataType("decimal", precision=9, scale=2),
            "At": DataType("datetime"),
            "Plain": DataType("datetime"),
            "Day": DataType("datetime"),
            "Whole": DataType("int"),
            "Text": DataType("decimal", precision=9, scale=2),
        },
        ("Guid",),
    )
    assert whole(lake(tmp_path), odd).rows == [
        {
            "Guid": UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
            "Sum": Decimal("12.5000"),
            "Count": Decimal("7.00"),
            "Float": Decimal("0.10"),
            "At": datetime(2026, 11, 27, 8),
            "Plain": datetime(2026, 11, 27, 8, 0, 0, 500000),
            "Day": datetime(2026, 11, 27),
            "Whole": 3,
            "Text": Decimal("12.50"),
        }
    ]


def test_a_nested_column_is_refused_by_its_name(tmp_path: Path) -> None:
    put(tmp_path / "lake/odd", """SELECT 1 AS "Id", [1, 2] AS "List", 'x'::BLOB AS "Bytes" """)
    for column in ("List", "Bytes"):
        with pytest.raises(UsageError, match=f"the column '{column}' of the table 'odd' is "):
            whole(lake(tmp_path), entity("odd", {"Id": DataType("int"), column: DataType("text")}))
    assert whole(lake(tmp_path), entity("odd", {"Id": DataType("int")})).rows == [{"Id": 1}]
    assert list(lake(tmp_path).describe(("odd",))["odd"].columns) == ["Id"]


def test_tables_are_named_and_described(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 1))
    put(tmp_path / "lake/dbo/far", 'SELECT DATE \'2026-01-01\' AS "Day", TRUE AS "Open", now() AS "At"')
    (tmp_path / "lake/no table").mkdir()
    system = lake(tmp_path, tables={"near": "dbo/far"})
    assert system.tables() == ("near", "numbers")
    described = system.describe(("near", "numbers", "nothing"))
    assert {
        name: {column: str(each.type) for column, each in of.columns.items()} for name, of in described.items()
    } == {
        "near": {"Day": "date", "Open": "boolean", "At": "datetime"},
        "numbers": {"Id": "int", "Text": "text", "Sum": "decimal(19,4)"},
    }


def test_rows_are_found_by_their_keys(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 1000))
    system = lake(tmp_path)
    assert texts(land(system.find(NUMBERED, ("Id",), [(5,), (999,), (5000,), (None,)]), NUMBERED)) == {
        5: "x5",
        999: "x999",
    }
    both = system.find(NUMBERED, ("Text", "Sum"), [("x4", Decimal("5")), ("x5", Decimal("5"))])
    assert texts(land(both, NUMBERED)) == {4: "x4"}
    assert list(system.find(NUMBERED, ("Id",), [])) == []


def test_a_column_or_a_table_that_is_not_there_is_said(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 1))
    with pytest.raises(UsageError, match="has no column 'Txet'"):
        whole(lake(tmp_path), entity("numbers", {"Id": DataType("int"), "Txet": DataType("text")}))
    with pytest.raises(UsageError, match="holds no Delta table for 'things'"):
        whole(lake(tmp_path), entity())


def test_a_file_that_is_gone_is_a_failure_of_the_system(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 1))
    for file in (tmp_path / "lake/numbers").glob("*.parquet"):
        file.unlink()
    with pytest.raises(SystemFailure, match="cannot be read"):
        whole(lake(tmp_path), NUMBERED)
    (tmp_path / "lake/numbers/_delta_log" / f"{0:020}.json").write_text("{")
    with pytest.raises(SystemFailure, match="cannot be read"):
        whole(lake(tmp_path), NUMBERED)


@pytest.mark.parametrize(
    "path",
    [
        "../secret/x.parquet",
        "%2E%2E/secret/x.parquet",
        "%252e%252e/secret/x.parquet",
        "ABSOLUTE",
        "file:ABSOLUTE",
        "file://ABSOLUTE",
        "link/x.parquet",
    ],
)
def test_a_log_cannot_name_files_outside_its_table(tmp_path: Path, path: str) -> None:
    folder, secret = tmp_path / "lake/numbers", tmp_path / "lake/secret"
    put(folder, numbers(0, 1))
    mark = whole(lake(tmp_path), NUMBERED).mark
    secret.mkdir()
    with relation(numbers(7, 8, "secret")) as rows:
        rows.write_parquet(str(secret / "x.parquet"))
    (folder / "link").symlink_to(secret)
    named = path.replace("ABSOLUTE", str(secret / "x.parquet"))
    size = (secret / "x.parquet").stat().st_size
    add = f'{{"add": {{"path": "{named}", "partitionValues": {{}}, "size": {size}, "modificationTime": 1, "dataChange": true}}}}'
    (folder / "_delta_log" / f"{1:020}.json").write_text(add)
    for read in (lambda: whole(lake(tmp_path), NUMBERED), lambda: since(lake(tmp_path), NUMBERED, mark)):
        with pytest.raises((UsageError, SystemFailure)) as refused:
            read()
        assert "secret7" not in str(refused.value)


def test_a_folder_stays_inside_the_project_unless_it_is_absolute(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "outside").mkdir()
    with pytest.raises(UsageError, match="leads out of"):
        lake(tmp_path / "project", folder="../outside")
    (tmp_path / "project/link").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match="leads out of"):
        lake(tmp_path / "project", folder="link")
    put(tmp_path / "outside/numbers", numbers(0, 1))
    far = lake(tmp_path / "project", folder=str(tmp_path / "outside"))
    assert texts(whole(far, NUMBERED)) == {0: "x0"}
    with pytest.raises(UsageError, match="leads out of"):
        whole(lake(tmp_path / "project", folder="x", tables={"numbers": "../../outside/numbers"}), NUMBERED)


def test_a_day_keeps_its_date_and_an_instant_its_time_whatever_the_zone_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    put(tmp_path / "lake/odd", "SELECT DATE '2026-01-01' AS \"Day\", TIMESTAMPTZ '2026-01-01 00:30:00+00' AS \"At\"")
    odd = entity("odd", {"Day": DataType("date"), "At": DataType("datetime")}, ("Day",))
    assert whole(lake(tmp_path), odd).rows == [{"Day": date(2026, 1, 1), "At": datetime(2026, 1, 1, 0, 30)}]
