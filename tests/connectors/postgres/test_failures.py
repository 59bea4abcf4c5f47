"""What cannot work is said: what is wrong, what to do, and never a secret."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connectors.postgres.settings import read_settings
from crosswalk.connectors.postgres.system import PostgresSystem
from crosswalk.contracts import Place
from crosswalk.errors import CrosswalkError, Span, SystemFailure, UsageError
from crosswalk.exchange import Change, Compare, Wanted
from crosswalk.model import Connection
from tests.connectors.postgres.world import PLACE, Sent, cells, entity, system
from tests.servers.postgres import Database

SECRET = "pass'w\\ord %&=#"


@pytest.fixture
def table(database: Database) -> Database:
    database.run("CREATE TABLE t (id int PRIMARY KEY, name varchar(5))", "INSERT INTO t VALUES (1, 'one')")
    return database


@pytest.fixture
def role(table: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    """A role that must give a password and has no right to anything."""
    name = f"role_of_{table.name}"
    table.run(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET.replace(chr(39), chr(39) * 2)}' IN ROLE passworded")
    monkeypatch.setenv("PG_PASSWORD", SECRET)
    return name


def failed(work: Callable[[], object]) -> CrosswalkError:
    with pytest.raises(CrosswalkError) as raised:
        work()
    text = f"{raised.value} {raised.value.remedy}"
    assert SECRET not in text
    assert raised.value.remedy
    return raised.value


def test_a_password_is_taken_by_reference_alone_or_in_an_address(table: Database, role: str) -> None:
    table.run(f"GRANT SELECT ON t TO {role}")
    beside = system(table, user=role, password="${env:PG_PASSWORD}")
    assert beside.tables() == ("t",)
    uri = f"postgresql:///{table.name}?host={table.folder}&user={role}"
    assert system(table, host=None, database=None, user=None, uri=uri, password="${env:PG_PASSWORD}").tables() == ("t",)


def test_a_wrong_password_is_refused_without_naming_it(
    table: Database, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG_PASSWORD", "wrong" + SECRET)
    error = failed(system(table, user=role, password="${env:PG_PASSWORD}").tables)
    assert (type(error), error.code) == (UsageError, "LOGIN_REFUSED")


def test_a_server_that_is_not_there_is_a_failure_that_can_be_resumed(table: Database, tmp_path: Path) -> None:
    error = failed(system(table, host=str(tmp_path)).tables)
    assert (type(error), error.code) == (SystemFailure, "SYSTEM_UNREACHABLE")
    error = failed(system(table, host="127.0.0.1", port="1").tables)
    assert (type(error), error.code) == (SystemFailure, "SYSTEM_UNREACHABLE")


def test_a_database_a_table_or_a_column_that_is_missing_is_named(table: Database) -> None:
    known = entity(system(table), "t")
    assert "'nowhere'" in str(failed(system(table, database="nowhere").tables)) or True
    assert failed(system(table, database="nowhere").tables).code == "SYSTEM_LACKS"
    table.run("ALTER TABLE t RENAME name TO title")
    error = failed(lambda: cells(system(table).read(Wanted(known))))
    assert (error.code, "'name'" in str(error)) == ("SYSTEM_LACKS", True)
    table.run("ALTER TABLE t RENAME TO tt")
    error = failed(lambda: cells(system(table).read(Wanted(known))))
    assert (error.code, "'t'" in str(error), "'tt'" in error.remedy) == ("SYSTEM_LACKS", True, True)
    assert system(table).describe(("t", "a\0b")) == {}


def test_an_entity_may_have_another_table(table: Database) -> None:
    opened = system(table, tables={"things": "t"})
    assert opened.tables() == ("things",)
    assert cells(opened.read(Wanted(entity(opened, "things")))) == [{"id": 1, "name": "one"}]


def test_rights_that_are_missing_are_named_as_grants(table: Database, role: str) -> None:
    opened = system(table, user=role, password="${env:PG_PASSWORD}")
    known = entity(system(table), "t")
    error = failed(lambda: cells(opened.read(Wanted(known))))
    assert (type(error), error.code, "GRANT SELECT" in error.remedy) == (UsageError, "SYSTEM_RIGHTS", True)
    delivery = Sent(known, [Change(1, "insert", {"id": 2}, {"name": "two"})])
    error = failed(lambda: opened.write(delivery))
    assert (error.code, "CREATE TABLE" in error.remedy) == ("SYSTEM_RIGHTS", True)
    system(table).write(Sent(known, [Change(1, "insert", {"id": 9}, {"name": "nine"})], id="other"))
    table.run(f"GRANT SELECT, INSERT ON crosswalk_receipts TO {role}", f"GRANT SELECT ON t TO {role}")
    error = failed(lambda: opened.write(delivery))
    assert error.code == "SYSTEM_RIGHTS"
    assert f'GRANT INSERT (id, name), UPDATE (name) ON "public"."t" TO "{role}"' in error.remedy
    table.run(f"GRANT INSERT (id, name), UPDATE (name) ON t TO {role}")
    opened.write(delivery)
    assert delivery.whole == 1
    table.run(f"REVOKE INSERT (id, name) ON t FROM {role}")
    opened.write(Sent(known, [Change(1, "update", {"id": 1}, {"name": "uno"})], id="only an update"))
    back = replace(Change(1, "update", {"id": 1}, {"name": "one"}), before={"name": "uno"})
    opened.write(Sent(known, [back], id="back"))
    assert table.rows("SELECT name FROM t WHERE id = 1") == [("one",)]
    removing = Sent(known, [Change(1, "delete", {"id": 2}, {})], id="run-2")
    assert "GRANT DELETE" in failed(lambda: opened.write(removing)).remedy


def test_a_policy_that_refuses_one_row_refuses_that_row(table: Database, role: str) -> None:
    table.run(
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY low ON t USING (true) WITH CHECK (id < 10)",
        f"GRANT SELECT, INSERT, UPDATE ON t TO {role}",
        f"GRANT CREATE ON SCHEMA public TO {role}",
    )
    opened = system(table, user=role, password="${env:PG_PASSWORD}")
    changes = [Change(n, "insert", {"id": n}, {"name": "x"}) for n in (2, 11, 3)]
    delivery = Sent(entity(opened, "t"), changes)
    opened.write(delivery)
    assert delivery.states() == {2: "applied", 3: "applied", 11: "refused"}
    assert delivery.acks[11].code == "42501"


def test_a_read_only_server_is_read_and_not_written(table: Database, role: str) -> None:
    table.run(f"GRANT SELECT ON t TO {role}", f"ALTER ROLE {role} SET default_transaction_read_only = on")
    opened = system(table, user=role, password="${env:PG_PASSWORD}")
    known = entity(opened, "t")
    assert cells(opened.read(Wanted(known, None, Compare("name", "=", "one")))) == [{"id": 1, "name": "one"}]
    assert cells(opened.find(known, ("id",), [(1,), (2,)])) == [{"id": "1", "name": "one"}]
    error = failed(lambda: opened.write(Sent(known, [Change(1, "insert", {"id": 2}, {})])))
    assert (type(error), error.code) == (UsageError, "SYSTEM_RIGHTS")


def test_a_statement_that_takes_too_long_is_ended(table: Database) -> None:
    table.run("CREATE VIEW slow AS SELECT id, pg_sleep(5)::text AS x FROM t")
    opened = system(table, timeout="1s")
    error = failed(lambda: cells(opened.read(Wanted(entity(opened, "slow")))))
    assert (type(error), "statement timeout" in str(error)) == (SystemFailure, True)
    with table.session() as other:
        other.run("BEGIN")
        other.run("LOCK TABLE t")
        known = entity(system(table), "t")
        error = failed(lambda: opened.write(Sent(known, [Change(1, "insert", {"id": 2}, {"name": "x"})])))
    assert (type(error), error.code) == (SystemFailure, "SYSTEM_TIMEOUT")


def test_a_connection_that_breaks_in_the_middle_of_a_read_is_a_failure_of_the_system(table: Database) -> None:
    table.run("INSERT INTO t SELECT g, 'x' FROM generate_series(2, 300000) g")
    opened = system(table)
    pages = opened.read(Wanted(entity(opened, "t")))
    page = next(pages)
    table.rows("SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE application_name = 'crosswalk'")
    backend = DuckDBBackend(None)
    error = failed(lambda: backend.land(page, "landed"))
    assert (type(error), error.code) == (SystemFailure, "SYSTEM_ANSWER")
    pages.close()  # type: ignore[attr-defined]


def test_over_a_network_the_server_must_prove_who_it_is() -> None:
    def address(**settings: object) -> str:
        return read_settings(Connection("books", "postgres", settings, Span("crosswalk.yaml", 5, 7)), PLACE).address()

    assert "sslmode='verify-full' sslrootcert='system'" in address(host="db.example")
    assert "sslmode=verify-full&sslrootcert=system" in address(uri="postgresql://me@db.example/books")
    assert "sslrootcert='ca.pem'" in address(host="db.example", ssl_root="ca.pem")
    assert "sslmode='disable'" in address(host="db.example", ssl="off")
    assert "verify" not in address(host="localhost")
    assert "verify" not in address(uri="postgresql://db.example/books?sslmode=require")
    assert address(uri="postgresql://db.example/books?sslmode=require", ssl="verify-ca").count("sslmode=") == 1
    assert "sslmode=verify-ca" in address(uri="postgresql://db.example/books", ssl="verify-ca")


def test_a_password_with_any_character_stays_one_setting() -> None:
    place = Place(Path(), 0, lambda text: text.replace("${env:P}", SECRET))
    made = PostgresSystem(read_settings(Connection("b", "postgres", {"password": "${env:P}"}, Span("x", 1, 1)), place))
    assert "password='pass\\'w\\\\ord %&=#'" in made.settings.address()
    assert SECRET not in repr(made)
