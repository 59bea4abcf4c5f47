"""Writing to real servers (SAP CAP): what is sent is what they hold, and what they say is what is recorded.

The servers are CAP with the tables of our entities; the three bound actions, ``If-Match: *`` on absent rows answered by
404, and row versions are added in front of CAP (see the README of the servers), so results that rest on those prove the
client and not the Dataverse Web API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from crosswalk.connectors.odata.dialects import DATAVERSE, FINOPS, Dialect
from crosswalk.connectors.odata.gate import RealClock
from crosswalk.connectors.odata.system import ODataSystem, open_with
from crosswalk.contracts import Place
from crosswalk.entities import Entity
from crosswalk.errors import Span
from crosswalk.exchange import Change, Plain
from crosswalk.model import Connection
from tests.engine.connectors.odata.deliveries import MemoryDelivery
from tests.servers.odata.cap import Server

HOSTILE = [
    "O'Neill",
    "a/b?c#d&e=f+g",
    '"; DROP TABLE x',
    "{}[]()",
    "line\r\n--batch\r\n\r\nHTTP/1.1 500",
    "ƶ ☃ 𐍈",
    "%27%00",
    " ",
    "'" * 40,
]
COMPANY, PROJECT = (str(UUID(int=n)) for n in (90001, 90002))
ONE_BY_ONE = replace(DATAVERSE, name="one by one", batches=(), multiples=frozenset())
JSON = replace(DATAVERSE, name="json", batches=("json",), multiples=frozenset())
MULTIPART = replace(DATAVERSE, name="multipart", multiples=frozenset())
FORMS = [DATAVERSE, JSON, MULTIPART, ONE_BY_ONE]

Open = Callable[..., ODataSystem]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    systems: list[ODataSystem] = []

    def open_(server: Server, dialect: Dialect, **settings: object) -> ODataSystem:
        given = {"url": server.url, "dialect": "finops" if dialect is FINOPS else "dataverse", **settings}
        place = Place(tmp_path, 0, lambda text: text)
        system = open_with(Connection("outside", "odata", given, Span("crosswalk.yaml", 1, 1)), place, RealClock())
        system.session.settings = replace(system.session.settings, dialect=dialect)
        systems.append(system)
        return system

    yield open_
    for system in systems:
        system.close()


def deliver(system: ODataSystem, entity: Entity, changes: Sequence[Change]) -> MemoryDelivery:
    done = MemoryDelivery(entity, changes)
    system.write(done)
    assert len(done.acks) == len(changes)
    return done


def actual(n: int, **values: Plain) -> Change:
    """Give a new row with a cell of every type, hostile texts and nulls among them."""
    cells: dict[str, Plain] = {
        "msdyn_description": HOSTILE[n % len(HOSTILE)],
        "msdyn_amount": Decimal("123456789012345.6789") + n,
        "msdyn_quantity": None if n % 3 else Decimal("-0.5"),
        "msdyn_documentdate": None if n % 5 == 0 else date(2026, 2, 28),
        "msdyn_startdatetime": datetime(2026, 3, 2, 8, 0, 0, 123456),
        "msdyn_isjournalized": n % 2 == 0,
        "msdyn_billingtype": 192350001,
        "msdyn_project": PROJECT if n % 2 else None,
        **values,
    }
    return Change(n, "insert", {"msdyn_actualid": UUID(int=n)}, cells)


def held(server: Server, table: str, changes: Sequence[Change]) -> bool:
    """Tell whether the table holds exactly the rows of these changes, every cell exact."""
    entity = server.entities[table]
    found = {tuple(str(row[name]) for name in entity.key): row for row in server.rows(table)}
    wanted = {tuple(str(change.key[name]) for name in entity.key): change.values for change in changes}
    return found.keys() == wanted.keys() and all(
        {name: found[key][name] for name in values} == dict(values) for key, values in wanted.items()
    )


def with_parents(server: Server) -> Server:
    server.load({"msdyn_projects": [{"msdyn_projectid": PROJECT}], "cdm_companies": [{"cdm_companyid": COMPANY}]})
    return server


@pytest.mark.parametrize("dialect", FORMS, ids=lambda dialect: dialect.name)
def test_rows_that_are_sent_twice_are_there_once_and_exact(
    dataverse_server: Server, opened: Open, dialect: Dialect
) -> None:
    server = with_parents(dataverse_server)
    system, entity = opened(server, dialect), server.entities["msdyn_actuals"]
    changes = [actual(n) for n in range(1, 31)]
    for _ in range(2):
        assert deliver(system, entity, changes).count("applied") == 30
        assert held(server, "msdyn_actuals", changes)


@pytest.mark.parametrize("dialect", FORMS, ids=lambda dialect: dialect.name)
def test_a_row_that_the_server_refuses_costs_no_other_row(
    dataverse_server: Server, opened: Open, dialect: Dialect
) -> None:
    server = with_parents(dataverse_server)
    changes = [actual(n, msdyn_externaldescription="x" * (5000 if n in {1, 7, 30} else 5)) for n in range(1, 31)]
    done = deliver(opened(server, dialect), server.entities["msdyn_actuals"], changes)
    refused = {n: ack for n, ack in done.acks.items() if ack.state == "refused"}
    assert set(refused) == {1, 7, 30}
    assert all(ack.code and ack.message for ack in refused.values())
    assert held(server, "msdyn_actuals", [change for change in changes if change.number not in refused])


@pytest.mark.parametrize("dialect", [DATAVERSE, JSON, MULTIPART], ids=lambda dialect: dialect.name)
def test_a_group_with_a_refused_row_is_not_written_and_the_others_are(
    dataverse_server: Server, opened: Open, dialect: Dialect
) -> None:
    server = with_parents(dataverse_server)
    changes = [
        replace(actual(n, msdyn_externaldescription="x" * (5000 if n == 8 else 5)), group=f"g{n // 4}")
        for n in range(4, 16)
    ]
    done = deliver(opened(server, dialect), server.entities["msdyn_actuals"], changes)
    assert done.acks[8].code not in {"", "GROUP_REFUSED"}
    assert {done.acks[n].state for n in (9, 10, 11)} == {"refused"}
    assert all("of its group" in done.acks[n].message for n in (9, 10, 11))
    assert held(server, "msdyn_actuals", [change for change in changes if change.number // 4 != 2])


@pytest.mark.parametrize("dialect", FORMS, ids=lambda dialect: dialect.name)
def test_a_row_that_changed_since_its_version_was_read_is_stale(
    dataverse_server: Server, opened: Open, dialect: Dialect
) -> None:
    server = with_parents(dataverse_server)
    server.load({"msdyn_actuals": [{"msdyn_actualid": UUID(int=n), "msdyn_description": "old"} for n in range(1, 9)]})
    versions = {str(row["msdyn_actualid"]): str(row["versionnumber"]) for row in server.rows("msdyn_actuals")}
    system, entity = opened(server, dialect), server.entities["msdyn_actuals"]
    theirs = Change(1, "update", {"msdyn_actualid": UUID(int=5)}, {"msdyn_description": "theirs"})
    assert deliver(system, entity, [theirs]).count("applied") == 1
    ours: list[Change] = []
    for n in range(1, 9):
        key: dict[str, Plain] = {"msdyn_actualid": UUID(int=n)}
        ours.append(Change(n, "update", key, {"msdyn_description": "ours"}, versions[str(UUID(int=n))]))
    done = deliver(system, entity, ours)
    assert {n for n, ack in done.acks.items() if ack.state == "stale"} == {5}
    assert [row["msdyn_description"] for row in server.rows("msdyn_actuals")] == ["ours"] * 4 + ["theirs"] + [
        "ours"
    ] * 3


@pytest.mark.parametrize("dialect", FORMS, ids=lambda dialect: dialect.name)
def test_an_update_makes_no_row_and_a_delete_of_a_row_that_is_gone_is_done(
    dataverse_server: Server, opened: Open, dialect: Dialect
) -> None:
    server = with_parents(dataverse_server)
    server.load({"msdyn_actuals": [{"msdyn_actualid": UUID(int=n)} for n in (1, 2, 3)]})
    system, entity = opened(server, dialect), server.entities["msdyn_actuals"]
    updates = [Change(n, "update", {"msdyn_actualid": UUID(int=n)}, {"msdyn_description": "new"}) for n in (1, 2, 77)]
    done = deliver(system, entity, updates)
    assert done.states() == {1: "applied", 2: "applied", 77: "refused"}
    assert [row["msdyn_description"] for row in server.rows("msdyn_actuals")] == ["new", "new", None]
    deletes = [Change(n, "delete", {"msdyn_actualid": UUID(int=n)}, {}) for n in (1, 2, 77)]
    assert deliver(system, entity, deletes).count("applied") == 3
    assert [row["msdyn_actualid"] for row in server.rows("msdyn_actuals")] == [str(UUID(int=3))]


@pytest.mark.parametrize("dialect", FORMS, ids=lambda dialect: dialect.name)
def test_a_lookup_is_set_changed_and_taken_away(dataverse_server: Server, opened: Open, dialect: Dialect) -> None:
    server, other = with_parents(dataverse_server), str(UUID(int=90003))
    server.load({"msdyn_projects": [{"msdyn_projectid": other}]})
    system, entity = opened(server, dialect), server.entities["msdyn_actuals"]
    for project in (PROJECT, other, None):
        changes = [actual(n, msdyn_project=project) for n in (1, 2)]
        assert deliver(system, entity, changes).count("applied") == 2
        assert {row["msdyn_project"] for row in server.rows("msdyn_actuals")} == {project}


@pytest.mark.parametrize("dialect", FORMS, ids=lambda dialect: dialect.name)
def test_a_lookup_to_several_tables_leads_to_the_one_that_holds_the_row(
    dataverse_server: Server, opened: Open, dialect: Dialect
) -> None:
    server = dataverse_server
    account, contact, nowhere = (str(UUID(int=n)) for n in (1, 2, 3))
    server.load({"accounts": [{"accountid": account}], "contacts": [{"contactid": contact}]})
    to = {11: account, 12: contact, 13: nowhere, 14: None}
    changes = [
        Change(n, "insert", {"salesorderid": UUID(int=n)}, {"name": "C", "customerid": one}) for n, one in to.items()
    ]
    done = deliver(opened(server, dialect), server.entities["salesorders"], changes)
    assert done.states() == {11: "applied", 12: "applied", 13: "refused", 14: "applied"}
    assert {int(UUID(str(row["salesorderid"]))): row["customerid"] for row in server.rows("salesorders")} == {
        11: account,
        12: contact,
        14: None,
    }


@pytest.mark.parametrize("dialect", [JSON, MULTIPART, ONE_BY_ONE], ids=lambda dialect: dialect.name)
def test_the_answer_tells_version_and_modified_time_of_the_row(
    dataverse_server: Server, opened: Open, dialect: Dialect
) -> None:
    server = with_parents(dataverse_server)
    done = deliver(opened(server, dialect), server.entities["msdyn_actuals"], [actual(n) for n in (1, 2, 3)])
    for n, row in enumerate(server.rows("msdyn_actuals"), start=1):
        told = done.acks[n].row
        assert told is not None
        assert {name: told[name] for name in ("versionnumber", "modifiedon", "msdyn_actualid")} == {
            name: row[name] for name in ("versionnumber", "modifiedon", "msdyn_actualid")
        }


def test_rows_of_different_columns_go_in_one_delivery(dataverse_server: Server, opened: Open) -> None:
    server = with_parents(dataverse_server)
    changes = [
        replace(change, values=dict(list(change.values.items())[: 1 + change.number % 4]))
        for change in map(actual, range(1, 41))
    ]
    assert deliver(opened(server, DATAVERSE), server.entities["msdyn_actuals"], changes).count("applied") == 40
    assert held(server, "msdyn_actuals", changes)


def test_a_large_delivery_goes_in_several_batches_at_a_time(dataverse_server: Server, opened: Open) -> None:
    server = with_parents(dataverse_server)
    changes = [actual(n) for n in range(1, 3501)]
    done = deliver(opened(server, DATAVERSE), server.entities["msdyn_actuals"], changes)
    assert done.count("applied") == 3500
    assert [len(numbers) for event, numbers in done.events if event == "sending"] == [1000, 1000, 1000, 500]
    assert len(server.rows("msdyn_actuals")) == 3500


def posted(n: int, key: str, **values: Plain) -> Change:
    cells: dict[str, Plain] = {"InvoiceAmount": Decimal("10.50") + n, "InvoiceDate": date(2026, 1, 31), **values}
    return Change(n, "insert", {"dataAreaId": "usmf", "ProjInvoiceId": key}, cells)


@pytest.mark.parametrize("batches", [("json",), ("multipart",), ()], ids=str)
def test_rows_with_a_key_of_several_hostile_parts_are_made_changed_and_removed(
    finops_server: Server, opened: Open, batches
) -> None:
    server, dialect = finops_server, replace(FINOPS, batches=batches)
    system, entity = opened(server, dialect), server.entities["ProjInvoiceJour"]
    keys = ["I 1", "O'Neill", "a,b=c", "ƶ☃", "(1)", "50%", "a&b", "x+y"]
    changes = [posted(n, key) for n, key in enumerate(keys)]
    assert deliver(system, entity, changes).count("applied") == len(keys)
    assert held(server, "ProjInvoiceJour", changes)
    updates = [replace(change, operation="update", values={"InvoiceAmount": Decimal("1.25")}) for change in changes]
    assert deliver(system, entity, updates).count("applied") == len(keys)
    assert {row["InvoiceAmount"] for row in server.rows("ProjInvoiceJour")} == {Decimal("1.25")}
    removed = [replace(change, operation="delete", values={}) for change in changes]
    assert deliver(system, entity, removed).count("applied") == len(keys)
    assert server.rows("ProjInvoiceJour") == []


def test_a_row_that_cannot_be_created_because_it_is_there_is_updated(finops_server: Server, opened: Open) -> None:
    system, entity = opened(finops_server, FINOPS), finops_server.entities["ProjInvoiceJour"]
    changes = [posted(n, f"I{n}") for n in range(10)]
    first = [replace(change, values={"InvoiceAmount": Decimal("7")}) for change in changes[3:5]]
    assert deliver(system, entity, first).count("applied") == 2
    grouped = [replace(change, group=None if change.number < 4 else "g") for change in changes]
    for _ in range(2):
        assert deliver(system, entity, grouped).count("applied") == 10
        assert held(finops_server, "ProjInvoiceJour", changes)


def test_a_row_that_may_only_be_created_and_is_there_is_refused(finops_server: Server, opened: Open) -> None:
    system, entity = opened(finops_server, FINOPS, write="create"), finops_server.entities["ProjInvoiceJour"]
    changes = [posted(n, f"I{n}") for n in range(10)]
    assert deliver(system, entity, changes[3:5]).count("applied") == 2
    done = deliver(system, entity, changes)
    assert {n for n, ack in done.acks.items() if ack.state == "refused"} == {3, 4}
    assert held(finops_server, "ProjInvoiceJour", changes)


def test_cells_that_no_longer_hold_what_was_read_are_stale(finops_server: Server, opened: Open) -> None:
    system, entity = opened(finops_server, FINOPS), finops_server.entities["ProjInvoiceJour"]
    changes = [posted(n, f"I'{n}") for n in range(10)]
    deliver(system, entity, changes)
    deliver(system, entity, [replace(changes[4], operation="update", values={"InvoiceAmount": Decimal("9")})])
    ours = [
        replace(
            change,
            operation="update",
            values={"InvoiceAmount": Decimal("1"), "InvoiceDate": date(2026, 2, 1)},
            before=change.values,
        )
        for change in changes
    ]
    done = deliver(system, entity, ours)
    assert {n for n, ack in done.acks.items() if ack.state == "stale"} == {4}
    assert "InvoiceAmount" in done.acks[4].message
    assert [row["InvoiceAmount"] for row in finops_server.rows("ProjInvoiceJour")] == [
        Decimal("9") if n == 4 else Decimal("1") for n in range(10)
    ]


def test_rows_are_found_by_columns_that_are_no_key_of_the_service(dataverse_server: Server, opened: Open) -> None:
    server = dataverse_server
    rows = [{"accountid": UUID(int=n), "accountnumber": number} for n, number in enumerate(["A'1", "B", "B"], start=1)]
    server.load({"accounts": rows})
    changes = [
        Change(n, "update", {"accountnumber": number}, {"name": "new"}) for n, number in enumerate(["A'1", "B", "C"])
    ]
    done = deliver(opened(server, DATAVERSE), server.entities["accounts"], changes)
    assert [(ack.state, ack.code) for _, ack in sorted(done.acks.items())] == [
        ("applied", ""),
        ("refused", "ROW_NOT_UNIQUE"),
        ("refused", "ROW_NOT_FOUND"),
    ]
    assert done.states() == {0: "applied", 1: "refused", 2: "refused"}
    assert [row["name"] for row in server.rows("accounts")] == ["new", None, None]


def test_a_row_whose_key_the_server_makes_comes_back_with_it(dataverse_server: Server, opened: Open) -> None:
    made = [Change(n, "insert", {"accountnumber": f"N{n}"}, {"name": "made"}) for n in (1, 2)]
    done = deliver(opened(dataverse_server, JSON), dataverse_server.entities["accounts"], made)
    assert done.count("applied") == 2
    rows = dataverse_server.rows("accounts")
    assert {row["accountnumber"] for row in rows} == {"N1", "N2"}
    assert {str(ack.row["accountid"]) for ack in done.acks.values() if ack.row} == {row["accountid"] for row in rows}


def with_alternate_key(system: ODataSystem, table: str, *names: str) -> ODataSystem:
    """Let the metadata announce an alternate key, as Dataverse does; the server takes any columns for one."""
    known = system.metadata()
    name = known.sets[table].type
    kind = replace(known.types[name], alternate_keys=(names,))
    system._metadata = replace(known, types={**known.types, name: kind})
    return system


@pytest.mark.parametrize("dialect", FORMS, ids=lambda dialect: dialect.name)
def test_rows_are_made_changed_and_removed_by_an_alternate_key(
    dataverse_server: Server, opened: Open, dialect: Dialect
) -> None:
    server = with_parents(dataverse_server)
    system = with_alternate_key(opened(server, dialect), "accounts", "accountnumber", "msdyn_identificationnumber")
    entity = server.entities["accounts"]
    keys: list[dict[str, Plain]] = [
        {"accountnumber": text, "msdyn_identificationnumber": "I'1"} for text in ("A 1", "O'Neill", "50%")
    ]
    made = [Change(n, "insert", key, {"name": f"first {n}"}) for n, key in enumerate(keys)]
    for _ in range(2):
        assert deliver(system, entity, made).count("applied") == 3
        assert len(server.rows("accounts")) == 3
    deliver(system, entity, [replace(one, operation="update", values={"name": "second"}) for one in made])
    rows = server.rows("accounts")
    assert {(row["accountnumber"], row["msdyn_identificationnumber"], row["name"]) for row in rows} == {
        (text, "I'1", "second") for text in ("A 1", "O'Neill", "50%")
    }
    assert deliver(system, entity, [replace(one, operation="delete", values={}) for one in made]).count("applied") == 3
    assert server.rows("accounts") == []
