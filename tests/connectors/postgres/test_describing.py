"""What the catalog says of tables, and what of it an entity says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crosswalk.connectors.postgres.marks import Here, Mark, changed_since, check_mark
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, MarkExpired, Not, Wanted
from tests.connectors.postgres.world import cells, entity, system
from tests.servers.postgres import Database


def test_types_keys_choices_relations_and_titles_are_described(database: Database) -> None:
    database.run(
        "CREATE SCHEMA ledger",
        "CREATE TYPE ledger.mood AS ENUM ('open', 'it''s, \"done\"')",
        "CREATE DOMAIN ledger.amount AS numeric(19,4) NOT NULL",
        "CREATE TABLE ledger.heads (id uuid PRIMARY KEY)",
        """CREATE TABLE ledger.lines (line int, head uuid REFERENCES ledger.heads, name varchar(60) NOT NULL, code char(4),
        at timestamptz NOT NULL DEFAULT now(), day date, done boolean, state ledger.mood, amount ledger.amount, loose numeric,
        odd numeric(5,-2), wide numeric(50,2), double numeric GENERATED ALWAYS AS (loose * 2) STORED, tags text[], PRIMARY KEY (head, line))""",
        "COMMENT ON TABLE ledger.lines IS 'Lines of heads'",
        "COMMENT ON COLUMN ledger.lines.name IS 'What people call it'",
        "CREATE TABLE public.elsewhere (id int)",
    )
    opened = system(database, schema="ledger", tables={"entries": "lines"})
    assert opened.tables() == ("entries", "heads")
    assert set(opened.describe(("entries", "heads", "nothing"))) == {"entries", "heads"}
    found = entity(opened, "entries")
    assert (str(found.ref), found.title, found.key) == ("books.entries", "Lines of heads", ("head", "line"))
    assert {column.name: (str(column.type), column.required) for column in found.columns.values()} == {
        "line": ("int", True), "head": ("guid", True), "name": ("text(60)", True), "code": ("text(4)", False),
        "at": ("datetime", False), "day": ("date", False), "done": ("boolean", False), "state": ("choice", False),
        "amount": ("decimal(19,4)", True), "loose": ("decimal(38,10)", False), "odd": ("decimal(38,10)", False),
        "wide": ("decimal(38,10)", False), "double": ("decimal(38,10)", False), "tags": ("text", False),
    }  # fmt: skip
    assert [choice.code for choice in found.columns["state"].choices] == ["open", 'it\'s, "done"']
    assert found.columns["head"].relation == ("heads",)
    assert found.columns["name"].title == "What people call it"


CONDITIONS: tuple[tuple[Condition, list[int]], ...] = (
    (Compare("name", "=", "B"), [2]),
    (Compare("name", "<", "a"), [2]),
    (Compare("name", "=", "a\0b"), []),
    (Compare("name", "<>", "a\0b"), [1, 2, 3]),
    (Compare("name", "<=", "a\0b"), [1, 2]),
    (Compare("name", ">", "a\0b"), [3]),
    (Not(Compare("name", "=", "a\0b")), [1, 2, 3]),
    (Compare("name", "=", "x'); DROP TABLE t; --"), []),
    (Compare("name", "=", "\\' OR TRUE --"), []),
    (Compare("amount", ">", 10**30), []),
    (Compare("amount", "=", Decimal("1.50")), [1]),
    (Compare("key", "=", "no guid at all"), []),
    (Compare("state", "=", "no such label"), []),
    (Compare("state", "=", "done"), [1]),
    (AllOf(()), [1, 2, 3, 4]),
    (AnyOf(()), []),
    (AnyOf((IsNull("name"), AllOf((Compare("amount", "<", 2), Compare("amount", ">", 1))))), [1, 4]),
)


def test_a_filter_keeps_the_rows_that_it_means(database: Database) -> None:
    database.run(
        "CREATE TYPE mood AS ENUM ('open', 'done')",
        "CREATE TABLE t (id int PRIMARY KEY, name text, amount numeric(9,2), state mood, key uuid DEFAULT gen_random_uuid())",
        "INSERT INTO t VALUES (1, 'a', 1.5, 'done'), (2, 'B', 2, 'open'), (3, 'ä', 3, NULL), (4, NULL, NULL, NULL)",
    )
    opened = system(database)
    table = entity(opened, "t")
    for condition, kept in CONDITIONS:
        rows = cells(opened.read(Wanted(table, None, condition)))
        assert sorted(int(str(row["id"])) for row in rows) == kept, condition


def test_transactions_are_compared_by_age_after_their_numbers_began_anew() -> None:
    mark = Mark("1", 1, "f", "s", 2**32 + 700)
    assert "'700'::xid" in changed_since(mark).text
    check_mark(mark, Here(Mark("1", 1, "f", "s", 2**32 + 900), 2**32 + 1000))
    with pytest.raises(MarkExpired, match="too many transactions"):
        check_mark(mark, Here(Mark("1", 1, "f", "s", 2**32 + 2_000_000_800), 2**32 + 2_000_000_900))
    with pytest.raises(MarkExpired):
        check_mark(mark, Here(Mark("1", 1, "f", "s", 2**32 + 600), 2**32 + 1000))
