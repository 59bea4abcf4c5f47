"""References to rows that the same run makes: rows first, references after them, in one invocation."""

from __future__ import annotations

import pytest

from crosswalk import api
from crosswalk.errors import MapError
from tests.engine.shop import Shop, now

ITEMS = """\
key: [Code]
modified: Changed
row_version: Version
columns:
  Code: {type: text(20)}
  Parent: {type: text(20)}
  Title: {type: text(20)}
  Box: {type: text(20)}
  Changed: {type: datetime}
  Version: {type: int}
"""
NODES = """\
key: [id]
modified: changed
row_version: version
columns:
  id: {type: guid}
  code: {type: text(20)}
  parent: {type: guid, to: nodes}
  title: {type: text(6)}
  box: {type: guid, to: boxes}
  changed: {type: datetime}
  version: {type: int}
"""
BOXES = """\
key: [id]
modified: changed
row_version: version
columns:
  id: {type: guid}
  code: {type: text(20)}
  first: {type: guid, to: nodes}
  changed: {type: datetime}
  version: {type: int}
"""
TREE = "source: books.items\ntarget: store.nodes\nkey: {code: Code}\nfields: {title: {from: Title, fit: reject}, parent.code: Parent}\n"


@pytest.fixture
def forest(shop: Shop) -> Shop:
    """Items with the code of their parent, which become nodes that refer to each other."""
    for ref, text in {"books.items": ITEMS, "store.nodes": NODES, "store.boxes": BOXES}.items():
        shop.entity(ref, text)
    shop.entity("books.crates", ITEMS.replace("Parent", "First"))
    return shop


def item(code: str, parent: str | None = None, **columns: object) -> dict[str, object]:
    return {"Code": code, "Parent": parent, **columns}


def tree(shop: Shop) -> list[tuple[str, str | None]]:
    found = shop.read(
        "SELECT n.code, p.code FROM store.nodes AS n LEFT JOIN store.nodes AS p ON p.id = n.parent ORDER BY 1"
    )
    return [(str(code), parent) for code, parent in found]


def test_a_tree_is_whole_after_one_run_whatever_the_order_of_its_rows(forest: Shop) -> None:
    forest.map(TREE).put("books.items", item("3", "2"), item("2", "1"), item("1"), item("0", "3"))
    assert forest.run() == {
        "orders": {"inserted": 4},
        "orders:references": {"updated": 3, "unchanged": 1},
    }
    assert tree(forest) == [("0", "3"), ("1", None), ("2", "1"), ("3", "2")]
    before = forest.read("FROM store.nodes ORDER BY code")
    for full in (False, False, True):
        fates = forest.run(full=full)
        assert {fate for leg in fates.values() for fate in leg} <= {"unchanged"}
    assert forest.read("FROM store.nodes ORDER BY code") == before


def test_a_plan_says_why_there_is_a_second_pass(forest: Shop) -> None:
    forest.map(TREE).put("books.items", item("1"))
    forest.plan()
    why = "a second pass, for 'parent' refers to store.nodes, which this map writes itself"
    assert forest.leg("orders:references").why_mode == f"first run; {why}"
    assert [leg.name for leg in api.select(forest.loaded, ("orders",))] == ["orders", "orders:references"]


def test_a_parent_that_is_missing_is_found_when_it_arrives(forest: Shop) -> None:
    forest.map(TREE).put("books.items", item("2", "1"), item("3", "2"))
    assert forest.run() == {"orders": {"inserted": 2}, "orders:references": {"rejected": 1, "updated": 1}}
    (reject,) = forest.open_rows()
    assert (reject.leg, reject.key, reject.code, reject.column) == ("references", "2", "LOOKUP_MISSING", "parent")
    assert tree(forest) == [("2", None), ("3", "2")]
    forest.put("books.items", item("1"))
    assert forest.run()["orders:references"]["updated"] == 1
    assert forest.rejects() == []
    assert tree(forest) == [("1", None), ("2", "1"), ("3", "2")]


def test_a_reference_changes_and_goes_with_its_line(forest: Shop) -> None:
    forest.map(TREE).put("books.items", item("1"), item("2"), item("3", "1")).run()
    forest.put("books.items", item("3", "2", Changed=now()))
    assert forest.run()["orders:references"]["updated"] == 1
    forest.put("books.items", item("2", "1", Changed=now()), item("3", None, Changed=now()))
    forest.run()
    assert tree(forest) == [("1", None), ("2", "1"), ("3", None)]


def test_rows_that_the_first_pass_refused_are_passed_over_in_the_second(forest: Shop) -> None:
    forest.map(TREE + "filter: Title <> 'no'\n")
    forest.put("books.items", item("1", Title="a"), item("2", "1", Title="no"), item("3", "1", Title="b" * 9))
    assert forest.run() == {
        "orders": {"inserted": 1, "filtered": 1, "rejected": 1},
        "orders:references": {"unchanged": 1, "filtered": 2},
    }
    forest.put("books.items", item("3", "1", Title="b"))
    forest.run()
    assert tree(forest) == [("1", None), ("3", "1")]


def test_a_map_that_only_creates_fills_a_reference_once(forest: Shop) -> None:
    forest.map(TREE + "allow: [create]\n").put("books.items", item("2", "1"), item("1")).run()
    assert tree(forest) == [("1", None), ("2", "1")]
    forest.put("books.items", item("2", None, Changed=now()), item("1", "2", Changed=now()))
    forest.run()
    assert tree(forest) == [("1", "2"), ("2", "1")]
    forest.put("books.items", item("1", "1", Changed=now())).run(full=True)
    assert tree(forest) == [("1", "2"), ("2", "1")]


def test_a_lookup_that_only_the_first_pass_needs_finds_no_fault_in_the_second(forest: Shop) -> None:
    forest.map(
        TREE.replace("from: Title", "from: land.name") + "lookups: {land: {in: store.countries, where: {code: Box}}}\n"
    )
    forest.put("store.countries", {"code": "NO", "name": "Norway"})
    forest.put("books.items", item("1", Box="NO"), item("2", "1", Box="XX"), item("3", "1", Box="NO"))
    assert forest.run()["orders:references"] == {"updated": 1, "unchanged": 1, "filtered": 1}
    assert forest.rejects() == [("2", "rejected", "LOOKUP_MISSING")]
    forest.put("books.items", item("3", "1", Box="YY", Changed=now())).run(full=True)
    assert [(one.leg, one.key, one.code) for one in forest.open_rows()] == [
        ("out", key, "LOOKUP_MISSING") for key in ("2", "3")
    ]


CRATES = "map: crates\nsource: books.crates\ntarget: store.boxes\nkey: {code: Code}\nfields: {first.code: First}\n"


def test_two_maps_whose_rows_refer_to_each_other_run_in_one_invocation(forest: Shop) -> None:
    forest.map(TREE.replace("parent.code: Parent", "box.code: Box")).map(CRATES, "crates")
    forest.put("books.items", item("1", Box="A"), item("2", Box="B"), item("3"))
    forest.put("books.crates", {"Code": "A", "First": "2"}, {"Code": "B", "First": "1"}, {"Code": "C"})
    assert list(forest.run()) == ["crates", "orders", "crates:references", "orders:references"]
    joined = "SELECT x.code, y.code FROM store.{} AS x LEFT JOIN store.{} AS y ON y.id = x.{} ORDER BY 1"
    assert forest.read(joined.format("nodes", "boxes", "box")) == [("1", "A"), ("2", "B"), ("3", None)]
    assert forest.read(joined.format("boxes", "nodes", "first")) == [("A", "2"), ("B", "1"), ("C", None)]


def test_a_map_without_such_lines_has_no_second_pass(forest: Shop) -> None:
    forest.map(TREE.replace("parent.code: Parent", "box.code: Box"))
    assert [leg.name for leg in forest.loaded.legs] == ["orders"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("key: {code: Code}", "key: {code: Code, parent.code: Box}", "stands in the key"),
        ("parent.code: Parent", "parent.code: Parent, box.code: Box", "must have a value"),
    ],
)
def test_a_reference_that_cannot_wait_is_told(forest: Shop, old: str, new: str, said: str) -> None:
    if said == "must have a value":
        forest.edit("store.nodes", "parent: {type: guid", "parent: {required: true, type: guid")
    text = TREE if said == "must have a value" else TREE.replace(", parent.code: Parent}", "}")
    with pytest.raises(MapError, match=said) as refused:
        api.load(forest.map(text.replace(old, new)).root)
    assert refused.value.problems[0].code == "MAP_CYCLE"


def test_a_reference_of_two_ways_is_agreed_in_the_second_pass(forest: Shop) -> None:
    forest.map(
        "source: books.items\ntarget: store.nodes\nkey: {code: Code}\nfields: {}\n"
        "both: {title: {from: Title, fit: truncate}, parent.code: Parent}\nback: {conflict: reject}\n"
    )
    forest.put("books.items", item("2", "1"), item("1"), item("3", "2")).run()
    assert tree(forest) == [("1", None), ("2", "1"), ("3", "2")]
    forest.sql(
        "UPDATE store.nodes SET version = version + 1, parent = (SELECT id FROM store.nodes WHERE code = '1'),"
        f" changed = TIMESTAMP '{now()}' WHERE code = '3'"
    )
    fates = forest.run()
    assert fates["orders:back"]["updated"] == 1
    assert forest.rows("books.items", "Code Parent") == [("1", None), ("2", "1"), ("3", "1")]
    before = [forest.read("FROM store.nodes ORDER BY code"), forest.read("FROM books.items ORDER BY Code")]
    for full in (False, True, False):
        fates = forest.run(full=full)
        assert {fate for leg in fates.values() for fate in leg} <= {"unchanged"}
    assert [forest.read("FROM store.nodes ORDER BY code"), forest.read("FROM books.items ORDER BY Code")] == before
