"""A small shop built by hand: entities, short spellings for field lines and maps, and rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from crosswalk.errors import Span
from crosswalk.model import (
    Arm,
    Choice,
    Column,
    Constant,
    Entity,
    EntityRef,
    Expression,
    FieldMapping,
    Flow,
    Lookup,
    NumberSequence,
    Path,
    Permission,
    Project,
    Requirement,
    Scalar,
    Source,
    TableMap,
    Text,
    TransformCall,
    ValueMap,
)
from tests.oracle import Row, World
from tests.oracle.lines import type_of

HERE = Span("shop.map.yaml", 1, 1)
NOW = datetime(2026, 5, 1, 12)
THEN = datetime(2026, 4, 1, 8, 30)
DAY = date(2026, 4, 2)


def column(name: str, kind: str, **more: Any) -> Column:  # noqa: ANN401
    """A column; ``choice`` takes `labels`, a mapping of codes."""
    labels: Mapping[str | int, str] = more.pop("labels", {})
    choices = tuple(Choice(code, label) for code, label in labels.items())
    coded: Literal["int", "text"] = "int" if labels and all(isinstance(code, int) for code in labels) else "text"
    data_type = replace(type_of(kind), coded=coded) if kind == "choice" else type_of(kind)
    return Column(name, data_type, HERE, choices=choices, **more)


def entity(name: str, key: str, columns: Mapping[str, str | Column], **more: Any) -> Entity:  # noqa: ANN401
    """An entity written ``system.name``; columns are types, or whole columns."""
    system, _, table = name.partition(".")
    whole = {each: kind if isinstance(kind, Column) else column(each, kind) for each, kind in columns.items()}
    return Entity(EntityRef(system, table), table, tuple(key.split()), whole, HERE, **more)


STATUS = {1: "Draft", 2: "Open", 3: "Closed"}
ORDERS = entity(
    "shop.orders",
    "id",
    {
        "id": "int",
        "number": "text(20)",
        "title": "text(60)",
        "company": "text(4)",
        "placed": "datetime",
        "due": "date",
        "amount": "decimal(12,4)",
        "rush": "boolean",
        "status": column("status", "choice", labels=STATUS),
        "customer": column("customer", "int", relation=("customers",)),
        "payer": column("payer", "int", relation=("customers", "companies")),
        "currency": column("currency", "text(3)", relation=("currencies",)),
        "invoiced": "text(20)",
        "changed": "datetime",
        "version": "int",
    },
    company="company",
    modified="changed",
    row_version="version",
)
CUSTOMERS = entity(
    "shop.customers",
    "id",
    {
        "id": "int",
        "name": "text(40)",
        "currency": column("currency", "text(3)", relation=("currencies",)),
    },
)
COMPANIES = entity("shop.companies", "id", {"id": "int", "code": "text(4)"})
CURRENCIES = entity("shop.currencies", "code", {"code": "text(3)", "label": "text(20)", "digits": "int"})
RATES = entity(
    "ledger.rates",
    "currency first",
    {"currency": "text(3)", "company": "text(4)", "first": "date", "last": "date", "rate": "decimal(12,6)"},
    valid=("first", "last"),
    company="company",
)
LINES = entity(
    "ledger.lines",
    "Company Number",
    {
        "Company": column("Company", "text(4)", required=True),
        "Number": column("Number", "text(20)", required=True),
        "Text": "text(10)",
        "Day": "date",
        "Amount": "decimal(10,2)",
        "Kind": column("Kind", "choice", labels={"plain": "plain", "rush": "rush"}),
        "State": column("State", "choice", labels={0: "Draft", 1: "Posted"}),
        "Header": "text(20)",
        "Place": "int",
        "Tax": "decimal(10,2)",
        "Changed": "datetime",
        "Version": "int",
    },
    modified="Changed",
    row_version="Version",
    company="Company",
)
FEES = entity("ledger.fees", "Number", {"Number": "text(20)", "Text": "text(10)", "Fee": "decimal(10,2)"})
HEADERS = entity(
    "ledger.headers",
    "Id",
    {
        "Id": column("Id", "text(20)", required=True),
        "Company": "text(4)",
        "Text": "text(30)",
        "State": column("State", "choice", labels={0: "Draft", 1: "Posted"}),
    },
)
ENTITIES = (ORDERS, CUSTOMERS, COMPANIES, CURRENCIES, RATES, LINES, FEES, HEADERS)


def path(text: str) -> Path:
    return Path(text, HERE)


def value(constant: Scalar) -> Constant:
    return Constant(constant, HERE)


def text(words: str | None) -> Text | None:
    return None if words is None else Text(words, HERE)


def expr(words: str) -> Expression:
    return Expression(Text(words, HERE))


def line(target: str, source: Source | str, **more: Any) -> FieldMapping:  # noqa: ANN401
    """A field line; what is no property of a line is a transform (``as_`` is ``as``)."""
    own = {name: more.pop(name) for name in ("required", "otherwise_code", "write", "owner") if name in more}
    calls = tuple(TransformCall(name.rstrip("_"), argument, HERE) for name, argument in more.items())
    return FieldMapping(target, path(source) if isinstance(source, str) else source, HERE, calls, **own)


def lookup(name: str, of: Entity, *where: FieldMapping, **more: Any) -> Lookup:  # noqa: ANN401
    return Lookup(name, of.ref, where, HERE, **more)


def requirement(that: str, code: str) -> Requirement:
    return Requirement(Text(that, HERE), code, HERE)


def arm(
    of: Entity, when: str | None = None, *, key: tuple[FieldMapping, ...] = (), fields: tuple[FieldMapping, ...] = ()
):
    return Arm(of.ref, text(when), key, fields, HERE)


KEY = (line("Company", "company"), line("Number", "number"))


def shop_map(*fields: FieldMapping, flow: Flow = "sync", **more: Any) -> TableMap:  # noqa: ANN401
    """Orders to ledger lines, keyed by company and number, unless told otherwise."""
    given: dict[str, Any] = {"source": ORDERS.ref, "arms": (arm(LINES),), "key": KEY}
    return TableMap("orders", "", "1", flow, span=HERE, fields=fields, **{**given, **more})


def project(*maps: TableMap) -> Project:
    sequences = {
        name: NumberSequence(name, form, HERE) for name, form in {"lines": "L-{000}", "heads": "H-{00}"}.items()
    }
    value_maps = {"state": ValueMap("state", {"Draft": "Draft", "2": "Posted"}, HERE)}
    entities = {each.ref: each for each in ENTITIES}
    return Project("shop", "", "dev", {}, entities, {each.name: each for each in maps}, value_maps, sequences)


ALLOW_CREATE = Permission(update=False)


def order(key: int, **more: Any) -> Row:  # noqa: ANN401
    """A sound order; its number is made of its key."""
    row: Row = dict.fromkeys(ORDERS.columns)
    row.update(id=key, number=f"N{key}", title="Chairs", company="c1", due=DAY, changed=THEN, version=1)
    return {**row, **more}


def full(of: Entity, **more: Any) -> Row:  # noqa: ANN401
    return {**dict.fromkeys(of.columns), **more}


def world(*orders: Row, **tables: list[Row]) -> World:
    """A world of these orders; other tables are named ``system__entity``."""
    found = {name.replace("__", "."): rows for name, rows in tables.items()}
    return World({"shop.orders": list(orders), **found})
