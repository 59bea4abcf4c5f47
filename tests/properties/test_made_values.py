"""No value changes on its way unless its map says so, for every pair of types, and sums stay sums."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import Row, Value, World
from tests.oracle.cells import EXACT
from tests.properties.engine import Engine
from tests.properties.made.maps import Made
from tests.properties.made.playing import WILD, day
from tests.properties.made.project import Plot, trees_of
from tests.properties.made.tables import CHOICES, TYPES, Col, Table
from tests.properties.made.words import Written, name
from tests.properties.shop import examples

ID, KEY = Col(name("b_id0"), "int"), Col(name("g_key0"), "int")
ZONE = "Europe/Oslo"


def plot_of(base: Table, goal: Table, **said: Written) -> Plot:
    """A project of two tables and one map between them."""
    top: dict[str, Written] = {"map": "one", "flow": "sync", "source": base.ref, "target": goal.ref, **said}
    made = Made("plain", {**top, "limits": {"rejects": {"stop": 1000000}}}, (goal,), base)
    return Plot("plain", trees_of(made, ()), base)


@st.composite
def numbers(draw: st.DrawFn, kind: str) -> Decimal:
    precision, scale = (int(part) for part in kind.partition("(")[2].rstrip(")").split(","))
    largest = 10**precision - 1
    return Decimal(draw(st.integers(-largest, largest))).scaleb(-scale, context=EXACT)


def cells(column: Col) -> st.SearchStrategy[Value]:
    """Any value that a column can hold."""
    match column.kind:
        case "guid":
            return st.uuids()
        case "int":
            return st.integers(-(2**63), 2**63 - 1)
        case "boolean":
            return st.booleans()
        case "date":
            return st.dates()
        case "datetime":
            return st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 30))
        case "decimal":
            return numbers(column.type)
        case "choice":
            return st.sampled_from([*column.choices, *([99] if 0 in column.choices else ["zz"])])
        case _:
            return texts(int(column.type.partition("(")[2].rstrip(")") or 40))


def texts(longest: int) -> st.SearchStrategy[str]:
    spelled = st.one_of(
        st.integers().map(str),
        st.decimals(allow_nan=True, allow_infinity=True).map(str),
        st.dates().map(str),
        st.datetimes().map(lambda one: one.isoformat() + "Z"),
        st.uuids().map(str),
        st.sampled_from(("true", "false", "t", "yes", "1e5", " 12 ", "0x1F", "1_000", "٣", "-0", "+1", "NaN", "1e400")),
    )
    return st.one_of(st.text(WILD, max_size=longest), spelled.map(lambda text: text[:longest]))


LINES: dict[tuple[str, str], Written] = {
    ("datetime", "date"): {"as": "date", "timezone": ZONE},
    ("date", "datetime"): {"as": "datetime", "timezone": ZONE},
    ("text", "datetime"): {"as": "datetime", "timezone": ZONE},
    **{("text", kind): {"as": kind} for kind in ("int", "date", "boolean", "guid")},
    **{(kind, "text"): {"as": "text"} for kind in ("int", "decimal", "date", "guid")},
    ("decimal", "int"): {"as": "int"},
    ("text", "choice"): {"as": "choice"},
}
"""What a map has to say so that a type goes into another; of the same type it says nothing."""


def line_of(near: Col, far: Col) -> Written | None:
    """The line by which a column goes into another; None where there is no way."""
    if (near.kind, far.kind) in (("text", "decimal"), ("decimal", "decimal"), ("int", "decimal")):
        return {"from": near.name, "as": far.type}
    said = LINES.get((near.kind, far.kind))
    if said is not None:
        return {"from": near.name, **said}  # type: ignore[dict-item]
    return near.name if near.kind == far.kind and near.choices == far.choices else None


@examples(60)
@given(data=st.data())
def test_no_silent_loss_through_any_declared_type(data: st.DataObject) -> None:
    """What stands in the target gives back what stood in the source; else the row is rejected, with its value."""
    near, far = data.draw(pairs())
    base, goal = Table("shop", name("base"), (ID,), (near,)), Table("books", name("goal"), (KEY,), (far,))
    plot = plot_of(base, goal, key={KEY.name: ID.name}, fields={far.name: line_of(near, far)})
    values = data.draw(st.lists(st.one_of(st.none(), cells(near)), min_size=1, max_size=12))
    rows: list[Row] = [{"b_id0": number, "b": value} for number, value in enumerate(values)]
    engine = Engine(plot.project())
    try:
        engine.fill(World({"shop.base": rows, "books.goal": []}))
        ran = engine.run("one", day(0))
        assert not ran.stop or all(row.fate == "rejected" for row in ran.rows)
        fates = {row.key: row.fate for row in ran.rows}
        for row in engine.world().tables["books.goal"]:
            assert fates.pop(str(row["g_key0"])) == "inserted"
            assert gives_back(values[int(str(row["g_key0"]))], row["g"]), (near.type, far.type, values, row)
        assert ran.stop or set(fates.values()) <= {"rejected"}
    finally:
        engine.backend.close()


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Col, Col]:
    """Two columns of which one can go into the other."""
    near = draw(st.sampled_from(TYPES))
    choices = draw(st.sampled_from(CHOICES))
    one = Col(name("b"), near, choices if near == "choice" else {})
    there = [Col(name("g"), kind, choices if kind == "choice" else {}) for kind in TYPES]
    return one, draw(st.sampled_from([far for far in there if line_of(one, far) is not None]))


def gives_back(was: Value, now: Value) -> bool:
    """Whether a value is what another one says, read by the rules of everyday."""
    match was, now:
        case (None, None) | ("", None):
            return True
        case datetime(), date() if not isinstance(now, datetime):
            return was.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date() == now
        case date(), datetime() if not isinstance(was, datetime):
            return now.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date() == was
        case str(), datetime():
            read = datetime.fromisoformat(was)
            zoned = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(ZONE))
            return zoned.astimezone(UTC).replace(tzinfo=None) == now
        case str(), _:
            return spelled(was, now)
        case _, str():
            return spelled(now, was)
        case _:
            return was == now


def spelled(text: str, value: Value) -> bool:
    """Whether a text spells a value."""
    match value:
        case str():
            return text == value
        case bool():
            return text == {True: "true", False: "false"}[value]
        case int() | Decimal():
            return Decimal(text) == value
        case uuid.UUID():
            return uuid.UUID(text) == value
        case date():
            return date.fromisoformat(text) == value
        case _:
            return False


@examples(16)
@given(data=st.data())
def test_reversible_value_maps_round_trip(data: st.DataObject) -> None:
    """A code goes out as its value and comes back as itself, whichever side it was set on."""
    choices = data.draw(st.sampled_from(CHOICES))
    kind = data.draw(st.sampled_from(("choice", "text(8)")))
    codes = list(choices) if kind == "choice" else ["A1", "b'", "", "x y", "æ漢", "|"]
    values = data.draw(st.permutations(("one", "two", "three", "'", "漢", "null", "0")))
    table = dict(zip(codes, values, strict=False))
    near, far = Col(name("b"), kind, choices if kind == "choice" else {}), Col(name("g"), "text(8)")
    stamps = {"modified": Col(name("b_at"), "datetime"), "row_version": Col(name("b_v"), "int")}
    own = {"modified": Col(name("g_at"), "datetime"), "row_version": Col(name("g_v"), "int")}
    base, goal = Table("shop", name("base"), (ID,), (near,), stamps), Table("books", name("goal"), (KEY,), (far,), own)
    both = {far.name: {"from": near.name, "values": table}}
    plot = plot_of(base, goal, key={KEY.name: ID.name}, both=both, back={"allow": ["update"], "conflict": "target"})
    engine = Engine(plot.project())
    try:
        rows: list[Row] = [{"b_id0": n, "b": code, "b_at": day(-9), "b_v": 1} for n, code in enumerate(codes)]  # type: ignore[dict-item]
        engine.fill(World({"shop.base": rows, "books.goal": []}))
        both_ways(engine, 0)
        there = engine.world()
        assert [row["g"] for row in by_id(there, "books.goal")] == [table[code] for code in codes]
        set_there = data.draw(st.lists(st.sampled_from(list(table.values())), min_size=len(codes), max_size=len(codes)))
        after = there.copy()
        for row, value in zip(by_id(after, "books.goal"), set_there, strict=True):
            row |= {"g": value, "g_at": day(1) - timedelta(hours=1), "g_v": 2}
        engine.change(there, after)
        both_ways(engine, 1)
        inverse = {value: None if code == "" else code for code, value in table.items()}
        assert [row["b"] for row in by_id(engine.world(), "shop.base")] == [inverse[value] for value in set_there]
        assert [row["g"] for row in by_id(engine.world(), "books.goal")] == set_there
    finally:
        engine.backend.close()


def both_ways(engine: Engine, number: int) -> None:
    for minute, leg in enumerate([*engine.legs, *engine.legs]):
        engine.run(leg, day(number) + timedelta(minutes=minute))


def by_id(world: World, table: str) -> list[Row]:
    return sorted(world.tables[table], key=lambda row: int(str(next(iter(row.values())))))


@pytest.mark.parametrize("mode", ["half_up", "half_even", "down"])
@examples(8)
@given(data=st.data())
def test_money_sums_by_currency_agree(mode: str, data: st.DataObject) -> None:
    """The shares of an amount add up to it, currency by currency, whatever the weights and the rounding are."""
    money = Col(name("b"), data.draw(st.sampled_from(("decimal(9,2)", "decimal(19,4)", "decimal(38,10)", "int"))))
    base = Table("shop", name("base"), (ID,), (money, Col(name("b_cur"), "text(3)")))
    keys = (KEY, Col(name("g_key1"), "text(5)"))
    goal = Table("books", name("goal"), keys, (Col(name("g"), "decimal(24,2)"), Col(name("g_cur"), "text(3)")))
    weights = data.draw(st.lists(st.sampled_from((1, 2, 3, 7, 50)), min_size=1, max_size=5))
    entries = [{"word": f"w{number}", "weight": weight} for number, weight in enumerate(weights)]
    split = {"by": "unit.weight", "rest": data.draw(st.sampled_from(("largest", "first", "last")))}
    line = {"from": money.name, "split": split, "round": {"to": 2, "mode": mode}}
    fields = {goal.columns[0].name: line, goal.columns[1].name: base.columns[1].name}
    key = {keys[0].name: ID.name, keys[1].name: "unit.word"}
    engine = Engine(plot_of(base, goal, each={"unit": entries}, key=key, fields=fields).project())
    try:
        amounts = data.draw(st.lists(st.tuples(amounts_of(money), st.sampled_from(("EUR", "USD", "JPY"))), max_size=8))
        rows: list[Row] = [{"b_id0": n, "b": amount, "b_cur": cur} for n, (amount, cur) in enumerate(amounts)]
        engine.fill(World({"shop.base": rows, "books.goal": []}))
        ran = engine.run("one", day(0))
        went = {row.key.partition("|")[0] for row in ran.rows if row.fate == "inserted"}
        assert not ran.stop
        assert totals([(row["g_cur"], row["g"]) for row in engine.world().tables["books.goal"]]) == totals(
            [(row["b_cur"], rounded(row["b"], mode)) for row in rows if str(row["b_id0"]) in went]
        )
    finally:
        engine.backend.close()


def amounts_of(column: Col) -> st.SearchStrategy[Value]:
    small = st.integers(-100_000, 100_000)
    if column.kind == "int":
        return small
    scale = column.scale
    return st.one_of(small.map(lambda n: Decimal(n).scaleb(-scale)), numbers(column.type))


def rounded(value: Value, mode: str) -> Decimal:
    ways = {"half_up": "ROUND_HALF_UP", "half_even": "ROUND_HALF_EVEN", "down": "ROUND_DOWN"}
    return Decimal(str(value)).quantize(Decimal("0.01"), rounding=ways[mode], context=EXACT)


def totals(pairs_: Sequence[tuple[Value, Value]]) -> Counter[Value]:
    found: Counter[Value] = Counter()
    for currency, amount in pairs_:
        found[currency] = EXACT.add(found[currency] or Decimal(0), Decimal(str(amount)))  # type: ignore[assignment]
    return found
