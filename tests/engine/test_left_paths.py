"""Paths on the left: the reference that is written is found by other columns of the row it refers to."""

from __future__ import annotations

import pytest

from tests.engine.shop import Shop, now

STAFF = """\
key: [id]
columns:
  id: {type: int}
  badge: {type: text(10)}
  floor: {type: int}
  room: {type: int, to: rooms}
"""
ROOMS = "key: [id]\ncolumns:\n  id: {type: int}\n  label: {type: text(10)}\n"
DESKS = """\
key: [Number]
modified: Changed
row_version: Version
columns:
  Number: {type: text(20), required: true}
  Badge: {type: text(20)}
  Floor: {type: int}
  Label: {type: text(10)}
  Changed: {type: datetime}
  Version: {type: int}
"""
TASKS = """\
key: [number]
modified: changed
row_version: version
columns:
  number: {type: text(20)}
  owner: {type: int, to: staff}
  where: {type: int, to: [staff, rooms]}
  changed: {type: datetime}
  version: {type: int}
"""


@pytest.fixture
def office(shop: Shop) -> Shop:
    """Staff with badges, rooms with labels, and desks of the books that become tasks of the store."""
    for ref, text in {"store.staff": STAFF, "store.rooms": ROOMS, "books.desks": DESKS, "store.tasks": TASKS}.items():
        shop.entity(ref, text)
    shop.put("store.rooms", {"id": 1, "label": "N"}, {"id": 2, "label": "S"}, {"id": 3, "label": "S3"})
    shop.put(
        "store.staff",
        {"id": 10, "badge": "a", "floor": 1, "room": 1},
        {"id": 11, "badge": "b", "floor": 1, "room": 2},
        {"id": 12, "badge": "b", "floor": 2, "room": 3},
    )
    return shop


def mapped(shop: Shop, *lines: str) -> Shop:
    text = "\n".join(f"  {line}" for line in lines)
    return shop.map(f"source: books.desks\ntarget: store.tasks\nkey: {{number: Number}}\nfields:\n{text}\n")


def desk(
    number: str, badge: str | None = None, floor: int | None = None, label: str | None = None
) -> dict[str, object]:
    return {"Number": number, "Badge": badge, "Floor": floor, "Label": label}


def test_a_reference_is_found_by_the_business_key_of_its_row(office: Shop) -> None:
    mapped(office, "owner.badge: Badge").put("books.desks", desk("1", "a"), desk("2"), desk("3", ""), desk("4", "z"))
    assert office.one() == {"inserted": 3, "rejected": 1}
    assert office.rows("store.tasks", "number owner") == [("1", 10), ("2", None), ("3", None)]
    (reject,) = office.open_rows()
    assert (reject.code, reject.column, reject.value) == ("LOOKUP_MISSING", "owner", "store.staff: z")


def test_a_row_that_comes_later_is_found_by_the_next_run(office: Shop) -> None:
    mapped(office, "owner.badge: Badge").put("books.desks", desk("1"), desk("4", "z"))
    assert office.one() == {"inserted": 1, "rejected": 1}
    office.put("store.staff", {"id": 13, "badge": "z"})
    assert office.one() == {"inserted": 1, "unchanged": 1}
    assert office.rejects() == []
    office.put("store.staff", {"id": 13, "badge": "y"}, {"id": 14, "badge": "z"})
    assert office.one() == {"updated": 1, "unchanged": 1}
    assert office.rows("store.tasks", "number owner") == [("1", None), ("4", 14)]


def test_two_rows_of_one_business_key_are_a_fault_of_the_row(office: Shop) -> None:
    mapped(office, "owner.badge: Badge").put("books.desks", desk("1", "b"), desk("2"))
    assert office.one() == {"inserted": 1, "rejected": 1}
    assert office.rejects() == [("1", "rejected", "LOOKUP_AMBIGUOUS")]


def test_lines_of_one_column_find_one_row_together(office: Shop) -> None:
    mapped(office, "owner.badge: Badge", "owner.floor: Floor")
    office.put("books.desks", desk("1", "b", 2), desk("2"), desk("3", "b"), desk("4", "a", 2))
    assert office.one() == {"inserted": 2, "rejected": 2}
    assert office.rows("store.tasks", "number owner") == [("1", 12), ("2", None)]
    assert office.rejects() == [("3", "rejected", "REFERENCE_INCOMPLETE"), ("4", "rejected", "LOOKUP_MISSING")]


def test_a_path_of_two_hops_finds_the_row_in_the_middle_first(office: Shop) -> None:
    mapped(office, "owner.room.label: Label", "owner.badge: Badge")
    office.put(
        "books.desks", desk("1", "b", label="S3"), desk("2", "b", label="N"), desk("3", "b", label="?"), desk("4")
    )
    assert office.one() == {"inserted": 2, "rejected": 2}
    assert office.rows("store.tasks", "number owner") == [("1", 12), ("4", None)]
    assert [(one.key, one.code, one.column, one.value) for one in office.open_rows()] == [
        ("2", "LOOKUP_MISSING", "owner", "store.staff: 1|b"),
        ("3", "LOOKUP_MISSING", "owner", "store.rooms: ?"),
    ]


def test_of_several_tables_exactly_one_must_answer(office: Shop) -> None:
    mapped(office, "where.staff.badge: Badge", "where.rooms.label: Label")
    office.put("store.rooms", {"id": 4, "label": "a"})
    office.put(
        "books.desks",
        *(desk("1", "a"), desk("2", None, label="N"), desk("3"), desk("4", "a", label="?"), desk("5", "z", label="N")),
        *(desk("6", "a", label="N"), desk("7", "z")),
    )
    assert office.one() == {"inserted": 5, "rejected": 2}
    assert office.rows("store.tasks", "number where") == [("1", 10), ("2", 1), ("3", None), ("4", 10), ("5", 1)]
    assert office.rejects() == [("6", "rejected", "LOOKUP_AMBIGUOUS"), ("7", "rejected", "LOOKUP_MISSING")]


def test_transforms_come_before_the_search(office: Shop) -> None:
    mapped(office, "owner.badge: {from: Badge, trim: true, values: {ONE: a, OTHER: q}}")
    office.put("books.desks", desk("1", " ONE "), desk("2", "OTHER"), desk("3", "X"))
    assert office.one() == {"inserted": 1, "rejected": 2}
    assert office.rows("store.tasks", "number owner") == [("1", 10)]
    assert office.rejects() == [("2", "rejected", "LOOKUP_MISSING"), ("3", "rejected", "VALUE_UNMAPPED")]


def test_a_reference_that_finds_nothing_waits_where_the_line_says_so(office: Shop) -> None:
    mapped(office, "owner.badge: {from: Badge, required: hold, else: NO_OWNER}")
    office.put("books.desks", desk("1", "z"), desk("2"), desk("3", "b"), desk("4", "a"))
    assert office.one() == {"inserted": 1, "held": 2, "rejected": 1}
    assert office.rejects() == [
        ("1", "held", "NO_OWNER"),
        ("2", "held", "NO_OWNER"),
        ("3", "rejected", "LOOKUP_AMBIGUOUS"),
    ]


def test_a_way_back_turns_a_path_round(office: Shop) -> None:
    office.map(
        "source: store.tasks\ntarget: books.desks\nkey: {Number: number}\nfields: {}\n"
        "both: {Badge: owner.badge, Label: owner.room.label}\nback: {}\n"
    )
    office.put("store.tasks", {"number": "1", "owner": 10}, {"number": "2", "owner": None})
    assert office.run() == {"orders": {"inserted": 2}, "orders:back": {"unchanged": 2}}
    assert office.rows("books.desks", "Number Badge Label") == [("1", "a", "N"), ("2", None, None)]
    office.put("books.desks", desk("1", "b", label="S3") | {"Changed": now()})
    assert office.run()["orders:back"] == {"updated": 1}
    assert office.rows("store.tasks", "number owner") == [("1", 12), ("2", None)]
    office.put("books.desks", desk("1", "b", label="N") | {"Changed": now()})
    assert office.run()["orders:back"] == {"rejected": 1}
    assert office.rejects("orders:back") == [("1", "rejected", "LOOKUP_MISSING")]
    assert office.rows("store.tasks", "number owner") == [("1", 12), ("2", None)]


def test_a_reference_is_written_once_where_the_line_says_so(office: Shop) -> None:
    mapped(office, "owner.badge: {from: Badge, write: create}").put("books.desks", desk("1", "a")).run()
    office.put("store.staff", {"id": 13, "badge": "y"}).put("books.desks", desk("1", "y"))
    assert office.one() == {"unchanged": 1}
    assert office.rows("store.tasks", "number owner") == [("1", 10)]


FIRMS = "key: [id]\ncolumns:\n  id: {type: int}\n  code: {type: text(4)}\n"
PEOPLE = (
    "key: [id]\ncompany: firm\ncolumns:\n  id: {type: int}\n  badge: {type: text(10)}\n"
    "  firm: {type: int, to: firms}\n  code: {type: text(4)}\n"
)
JOBS = TASKS.replace("to: staff}", "to: people}").replace("[staff, rooms]", "[people, rooms]")


def of_firms(shop: Shop, people: str, jobs: str, *lines: str, key: str = "{number: Number}") -> Shop:
    """Two firms with a badge `a` each; three desks of theirs, written to jobs."""
    shop.entity("store.rooms", ROOMS)
    shop.entity("store.firms", FIRMS)
    shop.entity("store.people", people)
    shop.entity("store.jobs", jobs)
    shop.entity("books.desks", DESKS.replace("key: [Number]", "key: [Number]\ncompany: Label"))
    text = "\n".join(f"  {line}" for line in lines)
    shop.map(f"source: books.desks\ntarget: store.jobs\nkey: {key}\nfields:\n{text}\n")
    shop.put("store.firms", {"id": 1, "code": "F1"}, {"id": 2, "code": "F2"})
    shop.put("store.people", {"id": 21, "badge": "a", "firm": 1, "code": "F1"})
    shop.put("store.people", {"id": 22, "badge": "a", "firm": 2, "code": "F2"})
    return shop.put("books.desks", desk("1", "a", label="F1"), desk("2", "a", label="F2"), desk("3", label="F1"))


def test_a_company_is_found_by_the_line_of_the_company_column(shop: Shop) -> None:
    jobs = JOBS.replace("key: [number]", "key: [number]\ncompany: firm") + "  firm: {type: int, to: firms}\n"
    of_firms(shop, PEOPLE, jobs, "owner.badge: Badge", "firm.code: Label")
    assert shop.one() == {"inserted": 3}
    assert shop.rows("store.jobs", "number owner firm") == [("1", 21, 1), ("2", 22, 2), ("3", None, 1)]


def test_a_company_that_is_a_code_is_that_of_the_row_read(shop: Shop) -> None:
    of_firms(shop, PEOPLE.replace("company: firm", "company: code"), JOBS, "owner.badge: Badge")
    assert shop.one() == {"inserted": 3}
    assert shop.rows("store.jobs", "number owner") == [("1", 21), ("2", 22), ("3", None)]


def test_a_line_for_the_company_wins(shop: Shop) -> None:
    people = PEOPLE.replace("company: firm", "company: code")
    of_firms(shop, people, JOBS, "owner.badge: Badge", "owner.code: {value: F2}")
    assert shop.one() == {"inserted": 3}
    assert shop.rows("store.jobs", "number owner") == [("1", 22), ("2", 22), ("3", None)]


def test_a_key_may_hold_a_reference(shop: Shop) -> None:
    jobs = JOBS.replace("key: [number]", "key: [number, firm]\ncompany: firm") + "  firm: {type: int, to: firms}\n"
    of_firms(shop, PEOPLE, jobs, "owner.badge: Badge", key="{number: Number, firm.code: Label}")
    shop.put("books.desks", desk("4", label="F9"), desk("5"))
    assert shop.one() == {"inserted": 3, "rejected": 2}
    assert shop.rows("store.jobs", "number owner firm") == [("1", 21, 1), ("2", 22, 2), ("3", None, 1)]
    assert shop.rejects() == [("4", "rejected", "LOOKUP_MISSING"), ("5", "rejected", "KEY_NULL")]
    assert shop.one(full=True) == {"unchanged": 3, "rejected": 2}
