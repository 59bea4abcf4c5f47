"""Strategies for small worlds of a project: rows that fit together, and rows that do not.

Text of one length and guids of one entity come from small pools, so that references and business keys meet often. Now
and then there are nulls, references that dangle, blanks, extreme numbers, letters that need care in SQL. One draw is
made per cell, so that a failing world shrinks to the few cells that matter.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from crosswalk.model import Column, Entity, EntityRef, FieldMapping, Path, Project, TableMap
from tests.oracle.cells import EXACT, Row, Value, key_text
from tests.oracle.lines import type_of
from tests.oracle.world import World, key_of

Pool = tuple[Value, ...]

MEETING = ((3, ("EUR", "USD")), (4, ("c1", "c2")), (8, ("A1", "A2")), (20, ("A1", "A2", "B1", "B2")))
"""Text by which rows of different tables meet: columns of up to so many characters share these values."""

ODD = ("", " b ", "a1", "1.5", "-2.25", "1e5", "12.34567", "99999", "X'%_", "Ær|\\", "hours", " A1")
DAYS = (date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 15), date(2026, 4, 30), date(2026, 5, 2))
FAR_DAYS = (date(1753, 1, 1), date(9999, 12, 31))
INSTANTS = (
    datetime(2026, 3, 31, 21, 59, 59, 999999),
    datetime(2026, 3, 31, 22),
    datetime(2026, 10, 25, 1, 30),
    datetime(2026, 1, 15, 23, 30, 0, 120000),
)
FAR_INSTANTS = (datetime(1970, 1, 2), datetime(9999, 12, 30))
SPELLED: dict[str, Pool] = {
    "decimal": ("1.5", "-2.25", "12.34567", "99999", "0", "1e5", " 7 ", "7,5"),
    "int": ("1", "-2", "007", "1.5", "1e5", "9223372036854775808"),
    "date": ("2026-04-01", "2026-02-30", "01.04.2026", "1500-01-01"),
    "boolean": ("true", "false", "yes"),
}
"""Text that a map reads as another type: some of it in the one spelling that counts."""

FIRST_STAMP = datetime(2026, 2, 1)


def guids(project: Project, ref: EntityRef) -> list[uuid.UUID]:
    """The five guids that rows of an entity may have, and a sixth that is never a row's."""
    place = sorted(project.entities, key=str).index(ref) + 1
    return [uuid.UUID(int=(place << 96) + (number * 0x1111_0000_0000) + number) for number in range(1, 7)]


def lines_of(one: TableMap) -> list[FieldMapping]:
    arms = [line for arm in one.arms for line in (*arm.key, *arm.fields)]
    return [*one.key, *one.fields, *arms]


def same_guid(project: Project) -> dict[tuple[EntityRef, str], EntityRef]:
    """Guid columns of a target that a key line fills as they are: they share the pool of the source."""
    found: dict[tuple[EntityRef, str], EntityRef] = {}
    for one in project.maps.values():
        for line in (*one.key, *(each for arm in one.arms for each in arm.key)):
            column = project.entities[one.source].columns.get(line.source.text if isinstance(line.source, Path) else "")
            if column is not None and column.type.kind == "guid" and not line.transforms:
                found |= {(arm.target, line.target): one.source for arm in one.arms}
    return found


def read_as(project: Project) -> dict[tuple[EntityRef, str], str]:
    """Text columns that a map reads as another type, and as which."""
    found: dict[tuple[EntityRef, str], str] = {}
    for one in project.maps.values():
        for line in lines_of(one):
            for call in line.transforms:
                if call.name == "as" and isinstance(line.source, Path):
                    kind = call.argument["as"] if isinstance(call.argument, Mapping) else call.argument
                    found[one.source, line.source.text] = type_of(str(kind)).kind
    return found


def pool(project: Project, entity: Entity, column: Column) -> Pool:
    """What a column may hold, common values several times. Null comes where the column allows it."""
    sound = _stamps(entity, column) or _references(project, entity, column) or _plain(project, entity, column)
    if column.required or column.name in (*entity.key, entity.row_version):
        return tuple(value for value in sound if value != "" or not column.required)
    return (*sound, *[None] * max(1, len(sound) // 9))


def _stamps(entity: Entity, column: Column) -> Pool:
    if column.name == entity.modified:
        return tuple(FIRST_STAMP + timedelta(hours=hours) for hours in range(24)) * 2
    return (1, 2, 3) if column.name == entity.row_version else ()


def _references(project: Project, entity: Entity, column: Column) -> Pool:
    """Keys of rows that there may be, and seldom one that there is not."""
    if column.type.kind == "guid":
        pools = [guids(project, EntityRef(entity.ref.system, name)) for name in column.relation]
        return tuple(each for one in pools for each in (*one[:5] * 5, one[5]))
    found: list[Value] = []
    for name in column.relation:
        far = project.entities[EntityRef(entity.ref.system, name)]
        keys = list(dict.fromkeys(pool(project, far, far.columns[far.key[0]])))
        found += [*keys[:5] * 5, *keys[5:6]]
    return tuple(found)


def _plain(project: Project, entity: Entity, column: Column) -> Pool:
    kind = column.type
    match kind.kind:
        case "guid":
            return tuple(guids(project, same_guid(project).get((entity.ref, column.name), entity.ref))[:5])
        case "choice":
            return tuple(choice.code for choice in column.choices)
        case "boolean":
            return (True, False, False)
        case "text":
            return SPELLED.get(read_as(project).get((entity.ref, column.name), ""), texts(kind.length or 80))
        case "int":
            return (*(0, 1, 2, 3) * 5, -1, 2**31, 2**63 - 1, -(2**63))
        case "decimal":
            return decimals(kind.precision, kind.scale)
        case "date":
            return DAYS * 3 + FAR_DAYS
        case "datetime":
            return INSTANTS * 3 + FAR_INSTANTS


def texts(length: int) -> Pool:
    """Values by which rows meet, and now and then odd ones: blanks, signs of SQL, text as long as the column."""
    common = next((values for limit, values in MEETING if length <= limit), ("Oak chair", "A1", "table"))
    odd = [text for text in ODD if len(text) <= length]
    return (*common * (1 + 4 * len(odd) // len(common)), *odd, "w" * length, "é" * (length - 1))


def decimals(precision: int, scale: int) -> Pool:
    """Zero, small ones, halves of the last places, and the largest that a column holds."""
    unit = Decimal(1).scaleb(-scale)
    largest = EXACT.subtract(Decimal(10) ** (precision - scale), unit)
    common = [Decimal(text) for text in ("0", "1", "2.5", "-2.5", "10", "100.25")] * 3
    small = [unit, -unit, unit * 5, unit * 25, unit * 12345, -unit * 12350]
    fitting = [value for value in (*common, *small, largest, EXACT.minus(largest)) if abs(value) <= largest]
    scaled = [(value, value.quantize(unit, context=EXACT)) for value in fitting]
    return tuple(exact for value, exact in scaled if value == exact)


def row_of(project: Project, entity: Entity) -> st.SearchStrategy[Row]:
    columns = {name: st.sampled_from(pool(project, entity, column)) for name, column in entity.columns.items()}
    return st.fixed_dictionaries(columns)


@st.composite
def rows(draw: st.DrawFn, project: Project, entity: Entity, *, full: bool) -> list[Row]:
    """Rows with different keys: of an entity known by one column most of the rows that others may ask for."""
    found: dict[str, Row] = {}
    if len(entity.key) == 1:
        wanted = dict.fromkeys(pool(project, entity, entity.columns[entity.key[0]]))
        for value in list(wanted)[:5]:
            if draw(st.sampled_from([True] * (9 if full else 3) + [False])):
                found[key_text([value])] = {**draw(row_of(project, entity)), entity.key[0]: value}
        return list(found.values())
    for row in draw(st.lists(row_of(project, entity), min_size=6 if full else 0, max_size=9 if full else 5)):
        found.setdefault(key_text(list(key_of(entity, row))), row)
    return list(found.values())


def tables_of(project: Project, legs: Sequence[str]) -> set[EntityRef]:
    """Every table that these legs read or write, relations included."""
    maps = [project.maps[leg.partition(":")[0]] for leg in legs]
    found = {each for one in maps for each in (one.source, *(arm.target for arm in one.arms))}
    found |= {lookup.entity for one in maps for lookup in one.lookups}
    found |= {one.document.target for one in maps if one.document is not None}
    before: set[EntityRef] = set()
    while before != found:
        before = set(found)
        for ref in before:
            for column in project.entities[ref].columns.values():
                found |= {EntityRef(ref.system, name) for name in column.relation}
    return found


@st.composite
def worlds(
    draw: st.DrawFn, project: Project, legs: Sequence[str], *, twice: Sequence[str] = (), bare: Sequence[str] = ()
) -> World:
    """A world for some legs. Tables in `twice` may hold a row twice, alike or not quite; those in `bare` are empty."""
    moving = {str(each) for leg in legs for each in _ends(project, leg)}
    world = World({str(ref): [] for ref in project.entities})
    for ref in sorted(tables_of(project, legs), key=str):
        if str(ref) not in bare:
            world.tables[str(ref)] = draw(rows(project, project.entities[ref], full=str(ref) not in moving))
    for name in twice:
        copies = [draw(twins(project, name, row)) for row in world.tables[name] if draw(st.integers(0, 5)) == 5]
        world.tables[name] += copies
    return world


def _ends(project: Project, leg: str) -> list[EntityRef]:
    table_map = project.maps[leg.partition(":")[0]]
    headers = [] if table_map.document is None else [table_map.document.target]
    return [table_map.source, *(arm.target for arm in table_map.arms), *headers]


@st.composite
def twins(draw: st.DrawFn, project: Project, name: str, row: Row) -> Row:
    """A row with the key of another: the same in everything, or different in one column."""
    entity = project.entities[reference(name)]
    free = [column for column in entity.columns.values() if column.name not in entity.key]
    changed = draw(st.sampled_from([None, *free]))
    return (
        dict(row) if changed is None else {**row, changed.name: draw(st.sampled_from(pool(project, entity, changed)))}
    )


@st.composite
def edited(draw: st.DrawFn, project: Project, world: World, names: Sequence[str]) -> World:
    """The world after other people worked in these tables: rows gone, changed (with a later stamp), new."""
    after = world.copy()
    for name in names:
        entity = project.entities[reference(name)]
        kept: list[Row] = []
        for row in after.tables.get(name, []):
            match draw(st.sampled_from(("keep", "keep", "change", "remove"))):
                case "keep":
                    kept.append(row)
                case "change":
                    kept.append(_changed(entity, row, draw(twins(project, name, row))))
        taken = {key_of(entity, row) for row in after.tables.get(name, [])}
        fresh = [row for row in draw(rows(project, entity, full=False))[:2] if key_of(entity, row) not in taken]
        after.tables[name] = kept + [_changed(entity, row, row) for row in fresh]
    return after


def _changed(entity: Entity, before: Row, after: Row) -> Row:
    """Give a changed row what a server gives it: the next version and a stamp later than any generated one."""
    stamped = dict(after)
    if entity.row_version is not None:
        version = before[entity.row_version]
        stamped[entity.row_version] = (version if isinstance(version, int) else 0) + 1
    if entity.modified is not None:
        stamped[entity.modified] = FIRST_STAMP + timedelta(days=40)
    return stamped


def reference(name: str) -> EntityRef:
    system, _, entity = name.partition(".")
    return EntityRef(system, entity)
