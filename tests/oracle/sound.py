"""A world of the shop in which every map finds work to do, and a strategy that disturbs it cell by cell.

Why beside the generated worlds: most random rows fall at their first lookup. A sound world with a few disturbances
reaches the last steps of a leg (documents, sets, conflicts) nearly every time, and shrinks to those that matter.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from crosswalk.model import EntityRef, Project
from tests.oracle.cells import Row, Value
from tests.oracle.generate import guids, pool, reference, tables_of, twins
from tests.oracle.world import World

EARLIER = datetime(2026, 4, 20, 8)


class _Maker:
    """Fills tables row by row; columns that are not named are null, stamps and versions are given."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.world = World({str(ref): [] for ref in project.entities})

    def add(self, name: str, /, **cells: Value) -> None:
        entity = self.project.entities[reference(name)]
        row: Row = dict.fromkeys(entity.columns)
        if entity.modified is not None:
            row[entity.modified] = EARLIER
        if entity.row_version is not None:
            row[entity.row_version] = 1
        self.world.tables[name].append({**row, **cells})


def one(project: Project, name: str, number: int) -> uuid.UUID:
    """The guid of a row: `number` counts from 1, and 6 is nobody's."""
    return guids(project, reference(name))[number - 1]


def sound_world(project: Project) -> World:
    """Two companies, two currencies, four orders with their lines, staged lines, journals, sales and receipts."""
    make = _Maker(project)
    _shop(make)
    _set_up(make)
    _ledger(make)
    return make.world


def _shop(make: _Maker) -> None:
    project = make.project
    for number, (code, iso, digits) in enumerate((("c1", "EUR", 2), ("c2", "USD", 0)), start=1):
        make.add("shop.companies", id=one(project, "shop.companies", number), code=code)
        make.add("shop.currencies", id=one(project, "shop.currencies", number), iso=iso, digits=digits)
        make.add("shop.contacts", id=one(project, "shop.contacts", number), mail=f"mail{number}@shop")
        currency = one(project, "shop.currencies", number)
        customer: Row = {"id": one(project, "shop.customers", number), "number": f"C{number}", "segment": number}
        make.add("shop.customers", name="Ada", currency=currency, **customer)
    for order, company in ((1, 1), (2, 1), (3, 2), (4, 2)):
        _order(make, order, company)
    for number in range(1, 6):
        _order_line(make, number)


def _order(make: _Maker, number: int, company: int) -> None:
    project = make.project
    customer = one(project, "shop.customers", company)
    buyer = customer if number != 2 else one(project, "shop.contacts", 1)
    references: Row = {
        "id": one(project, "shop.orders", number),
        "company": one(project, "shop.companies", company),
        "buyer": buyer,
        "customer": customer,
    }
    make.add(
        "shop.orders",
        **references,
        number=f"A00{number}",
        status=(20, 30, 20, 10)[number - 1],
        title=" Oak Chair with long arms ",
        note="mind dog",
        placed=datetime(2026, 3, 31, 22, number),
        due=date(2026, 4, 10 + number),
        amount=Decimal("100.1250"),
        discount=Decimal("2.50"),
        pieces=number,
        rush=number == 3,
        rate_text=" 1.25 ",
        gone=False,
    )


def _order_line(make: _Maker, number: int) -> None:
    project = make.project
    make.add(
        "shop.order_lines",
        id=one(project, "shop.order_lines", number),
        number=f"B{number}",
        sale=one(project, "shop.orders", (1, 1, 2, 3, 3)[number - 1]),
        kind=(1, 2, 4, 1, 3)[number - 1],
        state=number % 2,
        title="Sanding and oiling",
        day=date(2026, 4, number),
        amount=Decimal("12.3450"),
        tax=Decimal("2.50"),
        skip=False,
    )


def _set_up(make: _Maker) -> None:
    for company, grouping, currency in (("c1", "months", "EUR"), ("c2", "days", "USD")):
        make.add("ledger.settings", company=company, grouping=grouping, currency=currency, calendar="A1")
    for first, last, rate in ((1, 10, Decimal("1.100000")), (11, 30, Decimal("1.250000"))):
        days = {"first": date(2026, 4, first), "last": date(2026, 4, last)}
        for currency, target in (("EUR", "EUR"), ("EUR", "USD"), ("USD", "USD")):
            make.add(
                "ledger.rates",
                currency=currency,
                target=target,
                rate=rate,
                **days,
            )
    make.add("ledger.agreed_rates", company="c1", sale="A001", currency="EUR", rate=Decimal("1.050000"))
    for month, state in ((3, "closed"), (4, "open"), (5, "open")):
        make.add("ledger.periods", calendar="A1", first=date(2026, month, 1), last=date(2026, month, 28), state=state)


def _ledger(make: _Maker) -> None:
    """What the ledger holds: two sales, staged lines with their journal lines booked, one receipt for each company."""
    for number, company in (("A001", "c1"), ("A003", "c2")):
        make.add("ledger.sales", company=company, number=number, lines=2, state=1, maker="shop", digest="0" * 32)
        make.add("ledger.receipts", company=company, id=f"R{number}", sale=number, paid=Decimal("50.00"),
                 paid_at=datetime(2026, 4, 15, 23, 59))  # fmt: skip
    for place in range(1, 6):
        _staged(make, place)


STAGED = (
    ("c1", "hours", "A001"),
    ("c1", "goods", "A001"),
    ("c1", "fee", "A002"),
    ("c2", "hours", "A003"),
    ("c2", "deposit", "A003"),
)


def _staged(make: _Maker, number: int) -> None:
    """Lines 1 and 2 belong to one sale and are booked, 4 and 5 to another, 3 to none that is there."""
    company, kind, sale = STAGED[number - 1]
    booked = number in (1, 2, 4)
    make.add(
        "ledger.staging",
        id=one(make.project, "shop.order_lines", number),
        company=company,
        number=f"B{number}",
        sale=sale,
        kind=kind,
        state="open",
        title="Sanding",
        currency="EUR" if company == "c1" else "USD",
        day=date(2026, 4, number),
        amount=Decimal("12.35"),
        booked=Decimal("1235.00"),
        voucher=f"U{number}" if booked else None,
        journalized="no",
        billed="no",
    )
    if booked:
        make.add("ledger.journal_lines", company=company, voucher=f"U{number}", journal="K1", place=number, sale=sale,
                 cost=Decimal("12.35"), price=Decimal("0.00"), state=1)  # fmt: skip


@st.composite
def disturbed(
    draw: st.DrawFn, project: Project, legs: Sequence[str], world: World, *, most: int = 5, twice: bool = True
) -> World:
    """The world with up to `most` things different that these legs see: a cell, a row gone, and maybe a row twice."""
    after = world.copy()
    names = [str(ref) for ref in sorted(tables_of(project, legs), key=str) if after.rows(ref)]
    for _ in range(draw(st.integers(0, most))):
        _disturb(draw, project, after, draw(st.sampled_from(names)), twice=twice)
    return after


def _disturb(draw: st.DrawFn, project: Project, world: World, name: str, *, twice: bool) -> None:
    rows, ref = world.tables[name], reference(name)
    if not rows:
        return
    row = rows[draw(st.integers(0, len(rows) - 1))]
    match draw(st.sampled_from(("cell", "cell", "cell", "cell", "gone", "twin"))):
        case "gone":
            rows.remove(row)
        case "twin" if twice and name in _sources(project):
            rows.append(draw(twins(project, name, row)))
        case _:
            _cell(draw, project, ref, row)


def _cell(draw: st.DrawFn, project: Project, ref: EntityRef, row: Row) -> None:
    """Change one cell that is no part of the key; a version moves with it."""
    entity = project.entities[ref]
    column = draw(st.sampled_from([each for each in entity.columns.values() if each.name not in entity.key]))
    row[column.name] = draw(st.sampled_from(pool(project, entity, column)))
    version = row.get(entity.row_version or "")
    if isinstance(version, int) and column.name != entity.row_version:
        row[entity.row_version or ""] = version + 1


def _sources(project: Project) -> set[str]:
    return {str(each.source) for each in project.maps.values()}
