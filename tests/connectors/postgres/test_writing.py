"""What is written: once, whole, exactly, with an answer for each row, whatever breaks on the way."""

import time
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from threading import Thread
from uuid import UUID

import pytest

from crosswalk.connectors.postgres import batches
from crosswalk.connectors.postgres.receipts import packed, unpacked
from crosswalk.errors import SystemFailure
from crosswalk.exchange import Ack, Change, Plain
from crosswalk.model import Entity
from tests.connectors.postgres.world import Sent, entity, system
from tests.servers.postgres import Cut, Database, Relay

RECEIPTS = "SELECT part, rows FROM crosswalk_receipts ORDER BY part"


@pytest.fixture
def table(database: Database) -> Database:
    database.run(
        "CREATE TABLE t (id int PRIMARY KEY, name varchar(5) UNIQUE, amount numeric(9,2), note text DEFAULT 'by default')",
        "INSERT INTO t VALUES (1, 'one', 1.00, 'kept'), (2, 'two', 2.00, 'kept')",
    )
    return database


def insert(number: int, **values: Plain) -> Change:
    return Change(number, "insert", {"id": number}, values)


def update(number: int, **values: Plain) -> Change:
    return Change(number, "update", {"id": number}, values)


def written(database: Database, *changes: Change, id: str = "run-1") -> Sent:
    opened = system(database)
    delivery = Sent(entity(opened, "t"), changes, id=id)
    opened.write(delivery)
    return delivery


def rows(database: Database) -> list[tuple[object, ...]]:
    return database.rows("SELECT id, name, amount::text, note FROM t ORDER BY id")


def test_inserts_updates_and_deletes_go_as_a_whole(table: Database) -> None:
    changes = (
        insert(3, name="three", amount=Decimal("3.50")),
        update(1, amount=None),
        Change(4, "delete", {"id": 2}, {}),
    )
    delivery = written(table, *changes)
    assert (delivery.whole, delivery.streams) == (1, 1)
    assert rows(table) == [(1, "one", None, "kept"), (3, "three", "3.50", "by default")]
    assert table.rows(RECEIPTS) == [(0, 3)]


def test_a_delivery_that_has_a_receipt_is_not_written_again(table: Database) -> None:
    changes = (insert(3, name="three"), update(1, name="uno"))
    written(table, *changes)
    table.run("UPDATE t SET name = 'eins' WHERE id = 1", "DELETE FROM t WHERE id = 3")
    again = written(table, *changes)
    assert (again.whole, again.streams) == (1, 0)
    assert [row[:2] for row in rows(table)] == [(1, "eins"), (2, "two")]
    other = written(table, *changes, id="run-2")
    assert other.states() == {1: "applied", 3: "applied"}
    assert [row[:2] for row in rows(table)] == [(1, "uno"), (2, "two"), (3, "three")]


def test_columns_that_only_new_rows_set_are_left_alone_in_updates(table: Database) -> None:
    written(table, insert(3, name="three", note="new"), update(1, name="uno"))
    assert rows(table)[0] == (1, "uno", "1.00", "kept")


def test_an_insert_of_a_row_that_is_there_makes_no_second_one(table: Database) -> None:
    written(table, insert(1, name="uno"))
    assert rows(table) == [(1, "uno", "1.00", "kept"), (2, "two", "2.00", "kept")]


def test_a_unique_value_passes_from_a_deleted_row_to_a_new_one(table: Database) -> None:
    delivery = written(table, insert(3, name="two"), Change(4, "delete", {"id": 2}, {}))
    assert delivery.whole == 1
    assert [row[:2] for row in rows(table)] == [(1, "one"), (3, "two")]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (insert(9, name="too long"), "22001"),
        (insert(9, name="one"), "23505"),
        (insert(9, amount=Decimal("-1")), "23514"),
        (insert(2**40), "22003"),
        (insert(9, name="a\0b"), "22021"),
        (insert(9, note="raise"), "P0001"),
        (insert(9, note="skip"), "02000"),
        (update(9, name="x"), "02000"),
        (insert(9, note="later"), "23514"),
    ],
)
def test_rows_that_the_server_refuses_are_named_and_all_others_written(table: Database, bad: Change, code: str) -> None:
    table.run(
        "ALTER TABLE t ADD CHECK (amount >= 0)",
        """CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.note = 'raise' THEN RAISE 'not on a Friday'; END IF;
        IF NEW.note = 'skip' THEN RETURN NULL; END IF; RETURN NEW; END $$""",
        "CREATE TRIGGER watch BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION watch()",
        """CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.note = 'later' THEN RAISE check_violation; END IF; RETURN NULL; END $$""",
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late()",
    )
    good = [insert(number, name=f"n{number}") for number in range(20, 60)]
    delivery = written(table, *good[:7], replace(bad, number=9), *good[7:])
    assert delivery.acks[9].state == "refused"
    assert delivery.acks[9].code == code
    assert delivery.acks[9].message
    assert {state for number, state in delivery.states().items() if number != 9} == {"applied"}
    assert [row[0] for row in rows(table)] == [1, 2, *range(20, 60)]


def test_a_batch_that_was_answered_is_not_written_again(table: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_MOST_ROWS", 4)
    changes = [insert(number, name=f"n{number}" if number != 13 else "too long") for number in range(10, 20)]
    first = written(table, *changes)
    assert table.rows("SELECT part, rows FROM crosswalk_receipts ORDER BY part") == [(11, 3), (15, 4), (19, 2)]
    table.run("DELETE FROM t WHERE id IN (12, 17)")
    monkeypatch.setattr(batches, "_MOST_ROWS", 7)
    again = written(table, *changes)
    assert again.acks == first.acks
    assert again.acks[13].code == "22001"
    assert [row[0] for row in rows(table)] == [1, 2, 10, 11, 14, 15, 16, 18, 19]


def test_a_delivery_that_broke_off_between_batches_goes_on_where_it_was(
    table: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Sent):
        def answered(self, acks: object) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(batches, "_MOST_ROWS", 4)
    opened = system(table)
    changes = [insert(n, name=f"n{n}") for n in range(10, 20)] + [insert(99, name="too long")]
    with pytest.raises(KeyboardInterrupt):
        opened.write(Killed(entity(opened, "t"), changes))
    table.run("DELETE FROM t WHERE id = 11")
    again = written(table, *changes)
    assert {state for number, state in again.states().items() if number != 99} == {"applied"}
    assert [row[0] for row in rows(table)] == [1, 2, 10, *range(12, 20)]


def lost(database: Database, cut_at: bytes, *, passes: bool, times: int = 1) -> tuple[Sent, int]:
    cut = Cut(cut_at, times)
    with Relay(database, cut, passes=passes) as relay:
        opened = system(database, host="127.0.0.1", port=str(relay.port))
        delivery = Sent(entity(opened, "t"), [insert(3, name="three"), update(1, name="uno")])
        opened.write(delivery)
    assert cut.left < times
    return delivery, delivery.streams


@pytest.mark.parametrize("cut_at", [b"FROM STDIN", b"MERGE", b"COMMIT\0"])
@pytest.mark.parametrize("passes", [True, False])
def test_a_connection_that_is_lost_in_the_middle_has_one_effect(table: Database, cut_at: bytes, passes: bool) -> None:
    table.run("CREATE TABLE log (id int)", "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.id); RETURN NEW; END $$", "CREATE TRIGGER note AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note()")  # fmt: skip
    delivery, streams = lost(table, cut_at, passes=passes)
    assert delivery.whole == 1
    assert table.rows("SELECT id, count(*) FROM log GROUP BY id ORDER BY id") == [(1, 1), (3, 1)]
    assert [row[:2] for row in rows(table)] == [(1, "uno"), (2, "two"), (3, "three")]
    committed = cut_at == b"COMMIT\0" and passes
    assert streams == (1 if committed else 2)


def test_a_server_that_stays_away_is_a_failure_that_can_be_resumed(table: Database) -> None:
    with pytest.raises(SystemFailure) as raised:
        lost(table, b"COMMIT\0", passes=False, times=3)
    assert (raised.value.code, raised.value.exit_code) == ("SYSTEM_UNREACHABLE", 5)
    assert [row[:2] for row in rows(table)] == [(1, "one"), (2, "two")]


def guarded(number: int, version: str | None = None, before: dict[str, Plain] | None = None, **values: Plain) -> Change:
    return replace(update(number, **values), version=version, before=before)


def test_a_guarded_change_is_written_only_where_the_row_is_what_it_was(database: Database) -> None:
    database.run(
        "CREATE TYPE mood AS ENUM ('open', 'done')",
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz, amount numeric(9,2), state mood, doc json, key uuid, day date, version bigint)",
        """INSERT INTO t SELECT g, '2026-01-01', 1.50, 'open', '{"a": 1}', '00000000-0000-4000-8000-000000000001', '2026-01-01', 7
        FROM generate_series(1, 9) g""",
    )
    opened = system(database)
    known = entity(opened, "t")
    befores: list[dict[str, Plain]] = [
        {"at": datetime(2026, 1, 1), "amount": Decimal("1.5"), "state": "open", "doc": '{"a": 1}'},
        {"key": UUID("00000000-0000-4000-8000-000000000001"), "day": date(2026, 1, 1)},
        {"amount": Decimal("1.51")},
        {"state": "done"},
        {"doc": None},
    ]
    changes = [guarded(n, before=before, amount=Decimal(9)) for n, before in enumerate(befores, 1)]
    changes += [guarded(6, version="7", amount=Decimal(9)), guarded(7, version="6", amount=Decimal(9))]
    changes += [guarded(77, version="7", amount=Decimal(9)), replace(Change(8, "delete", {"id": 8}, {}), version="6")]
    delivery = Sent(replace(known, row_version="version"), changes)
    opened.write(delivery)
    stale = {3, 4, 5, 7, 8, 77}
    assert {number for number, state in delivery.states().items() if state == "stale"} == stale
    assert {number for number, state in delivery.states().items() if state == "applied"} == {1, 2, 6}
    assert database.rows("SELECT id FROM t WHERE amount = 9 ORDER BY id") == [(1,), (2,), (6,)]


def test_a_guarded_change_waits_for_the_transaction_that_changes_its_row(table: Database) -> None:
    opened = system(table)
    delivery = Sent(entity(opened, "t"), [guarded(1, before={"name": "one"}, name="uno")])
    with table.session() as other:
        other.run("BEGIN")
        other.run("UPDATE t SET name = 'eins' WHERE id = 1")
        writing = Thread(target=opened.write, args=(delivery,))
        writing.start()
        while not table.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            time.sleep(0.05)
        other.run("COMMIT")
        writing.join()
    assert delivery.states() == {1: "stale"}
    assert rows(table)[0][1] == "eins"


def test_rows_that_refer_to_each_other_are_written_in_any_order(database: Database) -> None:
    database.run("CREATE TABLE t (id int PRIMARY KEY, name varchar(5), boss int REFERENCES t)")
    delivery = written(
        database,
        insert(1, boss=2),
        insert(2, boss=3),
        insert(3, boss=None),
        insert(4, boss=99),
        insert(5, name="too long"),
    )
    assert {n: (a.state, a.code) for n, a in delivery.acks.items()} == {
        1: ("applied", ""), 2: ("applied", ""), 3: ("applied", ""), 4: ("refused", "23503"), 5: ("refused", "22001"),
    }  # fmt: skip


def test_a_value_with_more_decimals_than_its_column_is_refused_and_never_rounded(table: Database) -> None:
    known = entity(system(table), "t")
    finer = replace(known.columns["amount"], type=replace(known.columns["amount"].type, scale=4))
    wider: Entity = replace(known, columns={**known.columns, "amount": finer})
    delivery = Sent(wider, [insert(3, amount=Decimal("1.2345")), insert(4, amount=Decimal("1.2300"))])
    system(table).write(delivery)
    assert {n: a.code for n, a in delivery.acks.items()} == {3: "22P02", 4: ""}
    assert "1.2345" in delivery.acks[3].message
    assert [row[2] for row in rows(table)] == ["1.00", "2.00", "1.23"]


def test_values_of_every_type_are_written_exactly(database: Database) -> None:
    database.run(
        "CREATE TYPE mood AS ENUM ('open', 'it''s')",
        "CREATE DOMAIN short AS varchar(5)",
        "CREATE TABLE t (id uuid PRIMARY KEY, small smallint, money numeric(38,10), at timestamp, instant timestamptz, day date,"
        " flag boolean, state mood, code char(5), name short, doc jsonb)",
    )
    opened = system(database, time_zone="Europe/Berlin")
    values: dict[str, Plain] = {
        "small": -32768, "money": Decimal("-9999999999999999999999999999.9999999999"), "at": datetime(2026, 7, 1, 10, 0, 0, 1),
        "instant": datetime(9999, 12, 31, 23, 59, 59, 999999), "day": date(1, 1, 1), "flag": False, "state": "it's", "code": "ab",
        "name": "ä'\"\\", "doc": '{"a": "b"}',
    }  # fmt: skip
    whole = Sent(entity(opened, "t"), [Change(1, "insert", {"id": UUID(int=1)}, values)])
    opened.write(whole)
    by_row = Sent(
        entity(opened, "t"),
        [
            Change(1, "insert", {"id": UUID(int=2)}, values),
            Change(2, "update", {"id": UUID(int=3)}, {}, version=None, before={}),
        ],
    )
    opened.write(by_row)
    assert (whole.whole, by_row.states()) == (1, {1: "applied", 2: "stale"})
    found = database.rows(
        "SELECT small, money::text, at::text, (instant AT TIME ZONE 'UTC')::text, day::text, flag, state::text, code::text, name::text, doc::text FROM t"
    )
    expected = (-32768, "-9999999999999999999999999999.9999999999", "2026-07-01 12:00:00.000001", "9999-12-31 23:59:59.999999", "0001-01-01",
                False, "it's", "ab", "ä'\"\\", '{"a": "b"}')  # fmt: skip
    assert found == [expected, expected]


def test_rows_are_found_by_columns_that_are_not_the_key(database: Database) -> None:
    database.run(
        "CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, code text UNIQUE, name text)",
        "INSERT INTO t (code, name) VALUES ('a', 'old')",
    )
    changes = [
        Change(1, "insert", {"code": "b"}, {"code": "b", "name": "new"}),
        Change(2, "update", {"code": "a"}, {"name": "changed"}),
    ]
    opened = system(database)
    delivery = Sent(entity(opened, "t"), changes)
    opened.write(delivery)
    assert set(delivery.states().values()) == {"applied"}
    assert database.rows("SELECT id, code, name FROM t ORDER BY id") == [(1, "a", "changed"), (2, "b", "new")]


def test_half_a_character_is_refused_by_itself(table: Database) -> None:
    opened = system(table)
    delivery = Sent(
        entity(opened, "t"), [guarded(1, before={"name": "one"}, name="\ud800"), guarded(2, before={}, name="zwei")]
    )
    opened.write(delivery)
    assert {n: (a.state, a.code) for n, a in delivery.acks.items()} == {1: ("refused", "22021"), 2: ("applied", "")}


def test_answers_are_packed_into_a_receipt_and_come_back_as_they_were() -> None:
    acks = [
        Ack(5, "applied"),
        Ack(3, "refused", "23505", 'it\'s "there"'),
        Ack(4, "applied"),
        Ack(9, "stale", "", "gone"),
    ]
    assert sorted(unpacked(packed(acks)), key=lambda ack: ack.number) == sorted(acks, key=lambda ack: ack.number)
