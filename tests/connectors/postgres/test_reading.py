"""What is read of a table: every type exactly, from one snapshot, and later what changed, whoever committed when."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from crosswalk.exchange import MarkExpired, Wanted
from tests.connectors.postgres.world import cells, entity, read_all, system
from tests.servers.postgres import Database

ALL = """CREATE TABLE "every ""type" (
  id uuid PRIMARY KEY, small smallint, whole int, big bigint, money numeric(19,4), wide numeric(38,0), loose numeric,
  flag boolean, day date, at timestamp, instant timestamptz, name varchar(20), code char(5), note text,
  state mood, points double precision, doc jsonb, bytes bytea, short positive)"""
TYPES = (
    "CREATE TYPE mood AS ENUM ('open', 'it''s \"done\"')",
    "CREATE DOMAIN positive AS numeric(9,2) CHECK (VALUE > 0)",
)


@pytest.fixture
def typed(database: Database) -> Database:
    database.run(*TYPES, ALL)
    return database


def test_every_type_is_read_exactly(typed: Database) -> None:
    typed.run(
        """INSERT INTO "every ""type" VALUES ('0F0E0D0C-0000-4000-8000-00000000000A', -32768, 2147483647, -9223372036854775808,
        -123456789012345.6789, 99999999999999999999999999999999999999, 0.1000000000000000000001, true, '0001-01-01',
        '9999-12-31 23:59:59.999999', '2026-03-29 03:30:00.000001+02', 'ähm''"\\', 'ab', '', 'it''s "done"', 0.1,
        '{"a": 1}', '\\x00ff', 12.50)"""
    )
    opened = system(typed)
    table = entity(opened, 'every "type')
    (row,) = cells(opened.read(Wanted(table)))
    assert row == {
        "id": UUID("0f0e0d0c-0000-4000-8000-00000000000a"),
        "small": -32768,
        "whole": 2147483647,
        "big": -9223372036854775808,
        "money": Decimal("-123456789012345.6789"),
        "wide": Decimal("99999999999999999999999999999999999999"),
        "loose": "0.1000000000000000000001",
        "flag": True,
        "day": date(1, 1, 1),
        "at": datetime(9999, 12, 31, 23, 59, 59, 999999),
        "instant": datetime(2026, 3, 29, 1, 30, 0, 1),
        "name": "ähm'\"\\",
        "code": "ab",
        "note": "",
        "state": 'it\'s "done"',
        "points": "0.1",
        "doc": '{"a": 1}',
        "bytes": "\\x00ff",
        "short": Decimal("12.50"),
    }


def test_nulls_of_every_type_are_read_as_nulls(typed: Database) -> None:
    typed.run("""INSERT INTO "every ""type" (id) VALUES (gen_random_uuid())""")
    opened = system(typed)
    (row,) = cells(opened.read(Wanted(entity(opened, 'every "type'))))
    assert {column for column, value in row.items() if value is not None} == {"id"}


@pytest.mark.parametrize(
    ("column", "value", "seen"),
    [
        ("day", "infinity", "infinity"),
        ("day", "0044-03-15 BC", "0044-03-15 BC"),
        ("day", "20000-01-01", "20000-01-01"),
        ("at", "-infinity", "-infinity"),
        ("instant", "infinity", "infinity"),
        ("instant", "294276-12-31 23:59:59+00", "294276-12-31 23:59:59+00"),
        ("money", "NaN", "NaN"),
        ("loose", "-Infinity", "-Infinity"),
        ("points", "NaN", "NaN"),
        ("points", "1e30", "1000000000000000000000000000000"),
    ],
)
def test_what_no_column_of_the_engine_holds_comes_as_text_that_says_so(
    typed: Database, column: str, value: str, seen: str
) -> None:
    typed.run(
        f"""INSERT INTO "every ""type" (id, instant, {column}) VALUES (gen_random_uuid(), '2026-01-01', '{value}')"""
        if column != "instant"
        else f"""INSERT INTO "every ""type" (id, instant) VALUES (gen_random_uuid(), '{value}')""",
        """INSERT INTO "every ""type" (id, whole) VALUES (gen_random_uuid(), 7)""",
    )
    opened = system(typed)
    rows = cells(opened.read(Wanted(entity(opened, 'every "type'))))
    assert sorted(str(row["whole"]) for row in rows) == ["7", "None"]
    odd = next(row for row in rows if row["whole"] is None)
    assert odd[column] == seen
    if column != "instant":
        assert odd["instant"] in ("2026-01-01T00:00:00.000000", datetime(2026, 1, 1))


def test_times_without_a_zone_are_in_that_of_the_connection(database: Database) -> None:
    database.run("CREATE TABLE t (id int PRIMARY KEY, at timestamp)", "INSERT INTO t VALUES (1, '2026-07-01 12:00')")
    opened = system(database, time_zone="Europe/Berlin")
    (row,) = cells(opened.read(Wanted(entity(opened, "t"))))
    assert row["at"] == datetime(2026, 7, 1, 10, 0)


def test_an_empty_table_gives_a_mark(database: Database) -> None:
    database.run("CREATE TABLE t (id int PRIMARY KEY)")
    opened = system(database)
    rows, mark = read_all(opened.read(Wanted(entity(opened, "t"))))
    assert rows == []
    assert mark


def numbers(rows: list[dict[str, object]]) -> list[int]:
    return sorted(int(str(row["id"])) for row in rows)


def changed(database: Database, mark: str) -> list[int]:
    opened = system(database)
    return numbers(cells(opened.read(Wanted(entity(opened, "t"), since=mark))))


def marked(database: Database) -> str:
    opened = system(database)
    _, mark = read_all(opened.read(Wanted(entity(opened, "t"))))
    assert mark is not None
    return mark


@pytest.fixture
def table(database: Database) -> Database:
    database.run(
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT '2026-01-01')",
        "INSERT INTO t SELECT g FROM generate_series(1, 3) g",
    )
    return database


def test_what_was_open_during_a_read_is_found_by_the_next_one(table: Database) -> None:
    with table.session() as late:
        late.run("BEGIN")
        late.run("INSERT INTO t (id) VALUES (4)")
        late.run("UPDATE t SET at = at WHERE id = 2")
        table.run("INSERT INTO t (id) VALUES (5)")
        opened = system(table)
        rows, mark = read_all(opened.read(Wanted(entity(opened, "t"))))
        assert numbers(rows) == [1, 2, 3, 5]
        late.run("COMMIT")
    assert mark is not None
    assert {2, 4} <= set(changed(table, mark))
    assert not {1, 3} & set(changed(table, mark))


def test_rows_of_a_savepoint_that_was_open_during_a_read_are_found(table: Database) -> None:
    with table.session() as late:
        late.run("BEGIN")
        late.run("SAVEPOINT s")
        late.run("INSERT INTO t (id) VALUES (4)")
        late.run("RELEASE s")
        mark = marked(table)
        late.run("SAVEPOINT s")
        late.run("INSERT INTO t (id) VALUES (5)")
        late.run("COMMIT")
    assert changed(table, mark) == [4, 5]


def test_a_row_of_the_same_time_that_is_committed_late_is_found(table: Database) -> None:
    with table.session() as late:
        late.run("BEGIN")
        late.run("INSERT INTO t (id, at) VALUES (4, '2026-01-01')")
        mark = marked(table)
        late.run("COMMIT")
    assert changed(table, mark) == [4]
    second = marked(table)
    table.run("INSERT INTO t (id, at) VALUES (5, '1999-01-01')")
    assert changed(table, second) == [5]


def test_a_read_sees_one_moment_even_when_rows_change_between_its_pages(table: Database) -> None:
    opened = system(table)
    mark = marked(table)
    table.run("UPDATE t SET at = now() WHERE id = 1")
    kinds: dict[str, list[int]] = {"rows": [], "present": []}
    for page in opened.read(Wanted(entity(opened, "t"), since=mark)):
        table.run("DELETE FROM t WHERE id = 3")
        if page.relation is not None:
            kinds[page.kind] += numbers(cells([page], page.kind))
    assert kinds["rows"] == [1]
    assert sorted(kinds["present"]) == [1, 2, 3]


def test_deleted_rows_are_missing_from_the_keys_of_an_incremental_read(table: Database) -> None:
    mark = marked(table)
    table.run("DELETE FROM t WHERE id = 2")
    opened = system(table)
    pages = opened.read(Wanted(entity(opened, "t"), since=mark))
    assert numbers(cells(pages, "present")) == [1, 3]
    without = system(table, deletes="none")
    assert cells(without.read(Wanted(entity(without, "t"), since=mark)), "present") == []


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE t",
        "VACUUM FULL t",
        "ALTER TABLE t ALTER id TYPE bigint",
        "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, at timestamptz)",
        "ALTER TABLE t DROP COLUMN at; ALTER TABLE t ADD COLUMN at timestamptz DEFAULT now()",
    ],
)
def test_a_mark_expires_when_the_table_is_made_or_written_anew(table: Database, statement: str) -> None:
    mark = marked(table)
    table.run(*statement.split("; "))
    with pytest.raises(MarkExpired):
        changed(table, mark)


def test_a_mark_of_another_server_or_of_nonsense_expires(table: Database) -> None:
    mark = marked(table)
    with pytest.raises(MarkExpired):
        changed(table, mark.replace('"cluster": "', '"cluster": "9'))
    with pytest.raises(MarkExpired):
        changed(table, mark.replace('"timeline": 1', '"timeline": 2'))
    with pytest.raises(MarkExpired):
        changed(table, "yesterday")
    with pytest.raises(MarkExpired):
        changed(table, mark.replace('"oldest": ', '"oldest": 9'))


def test_partitions_are_read_as_one_table_and_one_that_is_attached_ends_the_mark(database: Database) -> None:
    database.run(
        "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE t2 (id int PRIMARY KEY)",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t2 VALUES (11)",
    )
    assert system(database).tables() == ("t", "t2")
    mark = marked(database)
    database.run("INSERT INTO t VALUES (2)")
    assert changed(database, mark) == [2]
    database.run("ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (10) TO (20)")
    with pytest.raises(MarkExpired):
        changed(database, mark)


def test_a_view_is_read_whole_each_time(table: Database) -> None:
    table.run("CREATE VIEW v AS SELECT id FROM t WHERE id > 1")
    opened = system(table)
    rows, mark = read_all(opened.read(Wanted(entity(opened, "v"))))
    assert (numbers(rows), mark) == ([2, 3], None)


def test_a_read_that_is_given_up_leaves_nothing_behind(database: Database) -> None:
    database.run(
        "CREATE TABLE t (id int, x text)", "INSERT INTO t SELECT g, repeat('x', 500) FROM generate_series(1, 100000) g"
    )
    opened = system(database)
    pages = opened.read(Wanted(entity(opened, "t")))
    next(pages)
    pages.close()  # type: ignore[attr-defined]
    assert database.rows("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'crosswalk'") == [(0,)]
