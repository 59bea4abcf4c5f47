"""Rows that make several, and several that make one: the compiled SQL and the row-by-row oracle agree, day after day."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from hypothesis import given, note
from hypothesis import strategies as st

from crosswalk.config.load import load
from crosswalk.model import EntityRef, Project
from tests.oracle import Row, State, World
from tests.properties.compare import changed_cells, content
from tests.properties.engine import Engine
from tests.properties.shop import FIRST, examples
from tests.properties.test_agreement import legs_agree, ticking

FOLDER = Path(__file__).parents[1] / "oracle" / "shapes"
SITES, ORDERS = EntityRef("shop", "sites"), EntityRef("shop", "orders")
WRITTEN = [EntityRef("books", name) for name in ("placed", "pairs", "shares")]


@cache
def project() -> Project:
    return load({file.relative_to(FOLDER).as_posix(): file.read_bytes() for file in sorted(FOLDER.rglob("*.yaml"))})


@cache
def engine() -> Engine:
    return Engine(project())


def choice(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from(values)


AMOUNTS = choice(None, *map(Decimal, ("0.00", "1.00", "-0.05", "0.05", "10.00", "-33.35", "100.00", "9999999999.99")))
SITE = st.fixed_dictionaries(
    {
        "code": choice(None, "x", "y", "y|", "z"),
        "region": choice("n", "s"),
        "weight": choice(None, *map(Decimal, ("0.00", "1.00", "2.50", "33.33", "-1.00", "200.00"))),
    }
)
ORDER = st.fixed_dictionaries(
    {
        "number": choice(None, "a", "b", "c\\", "d|"),
        "pair": choice(None, "p", "q"),
        "kind": choice("cost", "sales", "sales", "cost", "both", None),
        "region": choice("n", "n", "s", "empty", None),
        "amount": AMOUNTS,
        "home": choice(None, 1, 2, 9),
        "gone": choice(None, None, False, True),
    }
)


def tables(sites: int, orders: int) -> st.SearchStrategy[tuple[dict[int, dict], dict[int, dict]]]:
    """Rows by their ids, of which any may be missing."""
    return st.tuples(
        st.dictionaries(st.integers(1, sites), SITE, max_size=sites),
        st.dictionaries(st.integers(1, orders), ORDER, min_size=1, max_size=orders),
    )


def edited(world: World, ref: EntityRef, drawn: dict[int, dict], now: datetime) -> list[Row]:
    """Rows as they are now: those that differ have a new version, the others stand as they were."""
    was = {row["id"]: row for row in world.rows(ref)}
    rows: list[Row] = []
    for key, values in sorted(drawn.items()):
        old = was.get(key, {})
        if all(old.get(name) == value for name, value in values.items()) and old:
            rows.append(dict(old))
            continue
        version = old.get("version")
        rows.append({"id": key, **values, "changed": now, "version": (version if isinstance(version, int) else 0) + 1})
    return rows


def day_of(world: World, drawn: tuple[dict[int, dict], dict[int, dict]], now: datetime) -> World:
    after = world.copy()
    after.tables[str(SITES)] = edited(world, SITES, drawn[0], now)
    after.tables[str(ORDERS)] = edited(world, ORDERS, drawn[1], now)
    for ref in WRITTEN:
        after.rows(ref)
    return after


@examples(40)
@given(data=st.data())
def test_engine_and_oracle_agree_on_rows_of_another_shape(data: st.DataObject) -> None:
    state, world = State(), day_of(World(), data.draw(tables(4, 5)), FIRST - timedelta(hours=1))
    note(repr(world.tables))
    engine().fill(world)
    for day in range(3):
        start = FIRST + timedelta(days=day)
        if day:
            before, kept = world, {str(ref): world.rows(ref) for ref in (SITES, ORDERS)}
            drawn = data.draw(tables(4, 5))
            some = data.draw(st.sets(st.integers(1, 5)))
            sites = {k: v for k, v in _values(kept[str(SITES)]).items() if k not in some} | _of(drawn[0], some)
            orders = {k: v for k, v in _values(kept[str(ORDERS)]).items() if k not in some} | _of(drawn[1], some)
            world = day_of(world, (sites, orders), start - timedelta(hours=1))
            note("\n".join(changed_cells(before, world)))
            engine().change(before, world)
        if not legs_agree(engine(), world, state, ticking(start)):
            return


@examples(40)
@given(data=st.data())
def test_days_one_by_one_end_as_a_run_over_all_rows_would(data: st.DataObject) -> None:
    world = day_of(World(), data.draw(tables(4, 5)), FIRST - timedelta(hours=1))
    engine().fill(world)
    for day in range(2):
        start = FIRST + timedelta(days=day)
        if day:
            before, world = world, day_of(world, data.draw(tables(4, 5)), start - timedelta(hours=1))
            note(repr(before.tables))
            note(repr(world.tables))
            engine().change(before, world)
        for number, leg in enumerate(engine().legs):
            engine().run(leg, start + timedelta(minutes=number))
    incremental = content(project(), engine().world(WRITTEN))
    for leg in engine().legs:
        ran = engine().run(leg, FIRST + timedelta(days=9), full=True)
        assert ran.stop or not ran.result or not any(ran.result.written.values()), (leg, ran)
    assert content(project(), engine().world(WRITTEN)) == incremental


def _values(rows: list[Row]) -> dict[int, dict]:
    return {
        int(str(row["id"])): {k: v for k, v in row.items() if k not in ("id", "changed", "version")} for row in rows
    }


def _of(drawn: dict[int, dict], keys: set[int]) -> dict[int, dict]:
    return {key: values for key, values in drawn.items() if key in keys}
