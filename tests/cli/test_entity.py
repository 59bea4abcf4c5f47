"""`entity pull` shows how entity files would follow a system, and writes what it showed; `validate --against` compares."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk.contracts import Traits
from crosswalk.model import DataType
from tests.cli.calls import Shell
from tests.cli.outside import Says, install

ORDERS = """\
# Orders, as the shop keeps them.
entity: orders
system: shop
title: All orders       # by hand
key: [id]
columns:
  id: {type: int, required: true}
  number: {type: text(10), title: Number}     # what the customer sees
  state:
    type: choice
    choices: {1: Neu, 2: Bezahlt}             # our words
    moves: {Neu: [Bezahlt], Bezahlt: []}
  phone: {type: text(30), pii: true}
  # the end of the columns
"""
LIVE = """\
  id: {type: int, required: true}
  number: {type: text(20)}
  state: {type: choice, choices: {1: New, 2: Paid, 3: Sent}}
  phone: {type: text}
  total: {type: "decimal(12,2)", required: true, title: Total of the order}
"""
PROJECT = """\
project: p
default_profile: dev
connections:
  dev: {shop: {kind: embedded}}
  test: {shop: {kind: says, host: "${env:SHOP}"}}
"""
FILE = Path("entities/shop/orders.entity.yaml")


@pytest.fixture
def shop(tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Says:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crosswalk.yaml").write_text(PROJECT)
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).write_text(ORDERS)
    found = install(monkeypatch)
    found.has("orders", LIVE)
    return found


def test_a_pull_shows_the_difference_and_writes_nothing(shell: Shell, shop: Says) -> None:
    ran = shell("entity", "pull", "shop", "--profile", "test")
    assert (
        ran.out
        == f"""\
--- {FILE}
+++ {FILE}
@@ -5,10 +5,11 @@
 key: [id]
 columns:
   id: {{type: int, required: true}}
-  number: {{type: text(10), title: Number}}     # what the customer sees
+  number: {{type: text(20), title: Number}}     # what the customer sees
   state:
     type: choice
-    choices: {{1: Neu, 2: Bezahlt}}             # our words
+    choices: {{1: Neu, 2: Bezahlt, 3: Sent}}             # our words
     moves: {{Neu: [Bezahlt], Bezahlt: []}}
   phone: {{type: text(30), pii: true}}
+  total: {{type: "decimal(12,2)", required: true, title: Total of the order}}
   # the end of the columns
nothing written; file to write: 1 changed; next: crosswalk entity pull shop --write --profile test
"""
    )
    assert FILE.read_text() == ORDERS
    assert shop.opened == 0


def test_what_was_shown_is_written_and_then_nothing_is_left_to_do(shell: Shell, shop: Says) -> None:
    shown = shell("entity", "pull", "--profile", "test", "--write").out
    assert "+  total:" in shown
    assert shown.endswith("file written: 1 changed; next: crosswalk validate --profile test\n")
    assert shell("entity", "pull", "--profile", "test").out == "no file would change\n"
    assert shell("validate", "--against", "test").out == "0 maps, 1 entity: no problem\n"
    assert list(Path("entities/shop").iterdir()) == [FILE]


def test_check_ends_with_10_while_files_would_change(shell: Shell, shop: Says) -> None:
    shell("entity", "pull", "--profile", "test", "--check", exit=10)
    shell("entity", "pull", "--profile", "test", "--write", "--check", exit=0)
    shell("entity", "pull", "--profile", "test", "--check", exit=0)


def test_a_new_table_gets_a_file_beside_the_others(shell: Shell, shop: Says) -> None:
    shop.has(
        "lines", "  id: {type: int}\n  order: {type: int, to: orders}\n  x: {type: int, to: customers}\n", title="Lines"
    )
    assert (
        "shop has 1 table without an entity file: --table NAME adds one"
        in shell("entity", "pull", "--profile", "test").out
    )
    ran = shell("entity", "pull", "shop", "--table", "li*", "--profile", "test", "--write")
    assert "--- /dev/null" in ran.out
    assert ran.out.endswith("file written: 1 new; next: crosswalk validate --profile test\n")
    assert Path("entities/shop/lines.entity.yaml").read_text() == (
        "entity: lines\nsystem: shop\ntitle: Lines\nkey: [id]\ncolumns:\n"
        "  id: {type: int}\n  order: {type: int, to: orders}\n  x: {type: int}\n"
    )
    assert FILE.read_text() == ORDERS


def test_all_tables_are_written_where_the_system_has_no_file_yet(shell: Shell, shop: Says) -> None:
    FILE.unlink()
    shop.has("customers", "  id: {type: int, required: true}\n")
    shop.has("a/b", "  id: {type: int}\n", modified="id")
    ran = shell("entity", "pull", "--profile", "test", "--write")
    assert "files written: 3 new" in ran.out
    written = sorted(path.name for path in Path("entities/shop").iterdir())
    assert written == ["a_b.entity.yaml", "customers.entity.yaml", "orders.entity.yaml"]
    assert "modified" not in Path("entities/shop/a_b.entity.yaml").read_text()
    assert shell("validate", "--against", "test").out == "0 maps, 3 entities: no problem\n"


def test_a_map_that_reads_a_table_without_an_entity_file_does_not_stop_a_pull(shell: Shell, shop: Says) -> None:
    Path("orders.map.yaml").write_text(
        "map: orders\nflow: sync\nsource: shop.lines\ntarget: shop.orders\nkey: {id: id}\n"
    )
    shop.has("lines", "  id: {type: int}\n")
    shell("entity", "pull", "shop", "--table", "lines", "--profile", "test", "--write")
    assert Path("entities/shop/lines.entity.yaml").exists()


def test_what_is_gone_is_told_and_taken_out_only_on_request(shell: Shell, shop: Says) -> None:
    shop.has(
        "orders",
        "  id: {type: int, required: true}\n  Phone: {type: text}\n  state: {type: choice, choices: {2: Paid}}\n",
    )
    told = shell("entity", "pull", "--profile", "test").out
    assert "the column 'Phone' of shop.orders could not be added: 'phone' is the same name to a database" in told
    assert "warning[DRIFT_COLUMN_MISSING]: shop.orders has no column 'number'" in told
    assert "^^^^^^ --prune takes it out" in told
    assert "did you mean 'Phone'?" in told
    assert "shop.orders.state does not know the choice 1 (Neu)" in told
    shell("entity", "pull", "--profile", "test", "--prune", "--write")
    text = FILE.read_text()
    assert "number" not in text
    assert "{1: Neu, 2: Bezahlt}" in text, "moves speak of both"
    assert "# Orders, as the shop keeps them." in text
    assert "# the end of the columns" in text


def test_a_table_without_a_key_gets_one_by_name(shell: Shell, shop: Says) -> None:
    shop.has("events", "  at: {type: datetime}\n  of: {type: int}\n", key=())
    told = shell("entity", "pull", "shop", "--table", "events", "--profile", "test").out
    assert "warning[TABLE_WITHOUT_KEY]: shop.events does not tell its key" in told
    assert "no file would change" in told
    shell("entity", "pull", "shop", "-t", "events", "--key", "at,of", "--profile", "test", "--write")
    assert "key: [at, of]\n" in Path("entities/shop/events.entity.yaml").read_text()


def test_a_key_must_be_a_column(shell: Shell, shop: Says) -> None:
    shop.has("events", "  at: {type: datetime}\n", key=())
    error = shell("entity", "pull", "shop", "-t", "events", "--key", "att", "--profile", "test", exit=2).err
    assert error == "error[UNKNOWN_COLUMN]: shop.events has no column 'att'\n  = did you mean 'at'?\n"


def test_an_embedded_system_is_made_from_its_entities(shell: Shell, shop: Says) -> None:
    said = "shop is embedded: its tables are made from its entity files"
    assert shell("entity", "pull").out == f"{said}\nno file would change\n"
    assert shell("validate", "--against", "dev").out.startswith(f"{said}, so there is nothing to compare\n")


@pytest.mark.parametrize(
    ("words", "code", "remedy"),
    [
        (("shp",), "UNKNOWN_SYSTEM", "did you mean 'shop'?"),
        (("shop", "--table", "ordres"), "UNKNOWN_TABLE", "did you mean 'orders'?"),
        (("shop", "--table", "x*"), "UNKNOWN_TABLE", "list them with a pattern"),
        (("shop", "--profile", "tst"), "UNKNOWN_PROFILE", "did you mean 'test'?"),
    ],
)
def test_what_is_not_there_is_told(shell: Shell, shop: Says, words: tuple[str, ...], code: str, remedy: str) -> None:
    profile = () if "--profile" in words else ("--profile", "test")
    error = shell("entity", "pull", *words, *profile, exit=2).err
    assert f"error[{code}]" in error
    assert remedy in error


def test_a_column_whose_name_cannot_be_used_is_told(shell: Shell, shop: Says) -> None:
    orders = shop.found["orders"]
    odd = dict.fromkeys(("a.b", "ID"), orders.columns["id"])
    shop.has("orders", LIVE, columns={**orders.columns, **odd})
    told = shell("entity", "pull", "--profile", "test", "--write").out
    assert told.count("warning[COLUMN_LEFT_OUT]") == 2
    assert "a.b" not in FILE.read_text()


def test_a_file_that_would_have_a_mistake_is_left_as_it_is(shell: Shell, shop: Says) -> None:
    FILE.write_text(ORDERS.replace("title: All orders       # by hand\n", "company: state\nvalid: [id, id]\n"))
    told = shell("entity", "pull", "--profile", "test", exit=2).err
    assert "COLUMN_ROLE" in told, "a project with a mistake in an entity is not pulled into"


def test_columns_of_overlays_follow_in_the_overlay_and_removed_ones_stay_out(shell: Shell, shop: Says) -> None:
    overlay = Path("entities/mine.entity.yaml")
    overlay.write_text("extends: shop.orders\nremove: [phone]\ncolumns:\n  total: {type: int}  # mine\n")
    shell("entity", "pull", "--profile", "test", "--write")
    assert overlay.read_text() == (
        'extends: shop.orders\nremove: [phone]\ncolumns:\n  total: {type: "decimal(12,2)", required: true}  # mine\n'
    )
    assert "total" not in FILE.read_text()
    assert FILE.read_text().count("phone") == 1
    assert shell("entity", "pull", "--profile", "test").out == "no file would change\n"


def test_a_pull_as_json(shell: Shell, shop: Says) -> None:
    ran = shell("entity", "pull", "--profile", "test", "--output", "json").json
    assert [(one["file"], one["new"]) for one in ran["changes"]] == [(str(FILE), False)]
    assert "+  total: " in ran["changes"][0]["difference"]
    rest = {name: value for name, value in ran.items() if name not in ("changes", "next")}
    assert rest == {"problems": [], "embedded": [], "more": {"shop": 0}, "written": False, "exit": 0}


def test_entities_are_compared_with_the_systems_of_a_profile(shell: Shell, shop: Says) -> None:
    ran = shell("validate", "--against", "test", exit=0)
    assert "warning[DRIFT_COLUMN_TYPE]: shop.orders.number is text(20), and the entity says text(10)" in ran.out
    shell("validate", "--against", "test", "--strict", exit=2)
    shop.has(
        "orders",
        LIVE.replace("number: {type: text(20)}", "Number: {type: text(5)}").replace("type: int,", "type: guid,"),
    )
    ran = shell("validate", "--against", "test", "--output", "json", exit=2)
    told = [(one["code"], one["severity"], one["line"]) for one in ran.json["problems"]]
    assert told == [
        ("DRIFT_COLUMN_TYPE", "error", 7),
        ("DRIFT_COLUMN_MISSING", "error", 8),
        ("DRIFT_REQUIRED", "warning", 2),
        ("DRIFT_CHOICE", "warning", 9),
    ]
    assert ran.json["exit"] == 2


def test_a_missing_table_is_told_with_its_place(shell: Shell, shop: Says) -> None:
    shop.found["Orders"] = shop.found.pop("orders")
    ran = shell("validate", "--against", "test", exit=2)
    assert "error[DRIFT_TABLE_MISSING]: shop has no table 'orders'" in ran.out
    assert f"{FILE}:2:9" in ran.out
    assert "did you mean 'Orders'?" in ran.out
    assert "warning[DRIFT_TABLE_MISSING]" in shell("entity", "pull", "--profile", "test").out


def test_a_table_that_its_system_makes_is_not_missed(shell: Shell, shop: Says) -> None:
    shop.traits, shop.found = Traits(makes=True), {}
    assert shell("validate", "--against", "test").out == "0 maps, 1 entity: no problem\n"
    assert shell("entity", "pull", "--profile", "test").out == "no file would change\n"


def test_a_profile_that_is_not_there_is_told(shell: Shell, shop: Says) -> None:
    assert "UNKNOWN_PROFILE" in shell("validate", "--against", "prod", exit=2).err


def test_types_without_choices_are_codes(shell: Shell, shop: Says) -> None:
    bare = DataType("choice", coded="int")
    orders = shop.found["orders"]
    state = orders.columns["state"]
    shop.has("orders", LIVE, columns={**orders.columns, "state": type(state)(state.name, bare, state.span)})
    shell("entity", "pull", "--profile", "test", "--write")
    assert "choices: {1: Neu, 2: Bezahlt}  " in FILE.read_text()
