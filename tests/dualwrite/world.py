"""Makes rows for both sides of an imported map, runs it, and says what each written row must hold.

The rows follow from the map as it stands in the project: every value of a value map occurs, every reference finds a
row, some rows do not pass the filter. What is expected is worked out row by row here, not taken from the engine.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from crosswalk import api
from crosswalk.dualwrite.filters import conditions
from crosswalk.dualwrite.filters.tree import Comparison, Filter, Group, Match, Negation
from crosswalk.model import Constant, Entity, EntityRef, FieldMapping, First, Project, TableMap, Text
from crosswalk.model import Path as ColumnPath

Row = dict[str, Any]
ROWS = 6
MOST = 60


@dataclass
class World:
    """Rows of one map by table. References are found, or made, by the columns that lead to them."""

    project: Project
    table_map: TableMap
    rows: dict[EntityRef, list[Row]] = field(default_factory=dict)
    found: dict[Any, str] = field(default_factory=dict)

    @property
    def source(self) -> Entity:
        return self.project.entities[self.table_map.source]

    @property
    def target(self) -> Entity:
        return self.project.entities[self.table_map.arms[0].target]

    def related(self, table: EntityRef, columns: Mapping[str, Any]) -> str:
        """Give the id of the row with these business columns; make it where it is not there."""
        entity = self.project.entities[table]
        plain = {name: value for name, value in columns.items() if "." not in name}
        for head, below in heads(columns).items():
            plain[head] = self.reference(entity, head, below)
        known = (table, *sorted(plain.items()))
        if known not in self.found:
            self.found[known] = new_id(len(self.found), str(table))
            self.rows.setdefault(table, []).append({entity.key[0]: self.found[known], **plain})
        return self.found[known]

    def reference(self, entity: Entity, head: str, below: Mapping[str, Any]) -> str | None:
        """Follow a reference by the paths below it; blank where all that would find it is blank."""
        tables = entity.columns[head].relation
        if len(tables) == 1:
            parts, table = dict(below), tables[0]
        else:
            alternatives = {name: part for name, part in heads(below).items() if any(part.values())}
            if not alternatives:
                return None
            table, parts = next(iter(alternatives.items()))
        if all(value in (None, "") for value in parts.values()):
            return None
        return self.related(EntityRef(entity.ref.system, table), parts)


def heads(columns: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, value in columns.items():
        head, _, rest = name.partition(".")
        if rest:
            found.setdefault(head, {})[rest] = value
    return found


def new_id(number: int, seed: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{seed} {number}"))


def lines_out(table_map: TableMap) -> list[FieldMapping]:
    arm = table_map.arms[0]
    return [*table_map.key, *arm.key, *table_map.fields, *arm.fields, *table_map.both]


def pairs_of(line: FieldMapping, project: Project) -> dict[str, str] | None:
    for call in line.transforms:
        if call.name == "values":
            argument: Any = call.argument
            values = argument["values"]
            known: Mapping[str, Any] = project.value_maps[values].values if isinstance(values, str) else values
            return {str(key): "" if value is None else str(value) for key, value in known.items()}
    return None


def default_of(line: FieldMapping) -> str | None:
    return next((str(call.argument) for call in line.transforms if call.name == "default"), None)


def value_for(entity: Entity, column: str, number: int) -> object:
    """A value that no other row has in this column."""
    match entity.columns[column].type.kind:
        case "int" | "decimal":
            return number + 1000
        case "boolean":
            return number % 2 == 0
        case "date":
            return f"2026-01-{number % 28 + 1:02}"
        case "datetime":
            return f"2026-01-{number % 28 + 1:02} 00:00:00"
        case "guid":
            return new_id(number, f"{entity.ref}.{column}")
        case _:
            return f"{column}-{number}"


def typed(entity: Entity, column: str, text: object) -> object:
    if text is None or not isinstance(text, str):
        return text
    match entity.columns[column].type.kind:
        case "int":
            return int(text)
        case "boolean":
            return text == "true"
        case _:
            return text


def passing(tree: Filter, entity: Entity, row: Row) -> None:
    """Change a row so that it passes a filter."""
    match tree:
        case Group("and", parts):
            for part in parts:
                passing(part, entity, row)
        case Group(_, parts):
            passing(next((part for part in parts if not _asks_for_blank(part)), parts[-1]), entity, row)
        case Negation():
            pass
        case Match(column, shape, text):
            row[column] = {"starts": f"{text}x", "ends": f"x{text}"}.get(shape, f"x{text}x")
        case Comparison(column, sign, operand):
            if operand.kind == "null":
                row[column] = None if sign == "=" else row.get(column)
            elif sign in ("=", "<=", ">="):
                row[column] = typed(entity, column, operand.text)


def _asks_for_blank(part: Filter) -> bool:
    return isinstance(part, Comparison) and (part.operand.kind == "null" or part.sign == "<>")


def failing(tree: Filter, entity: Entity, row: Row) -> None:
    """Change a row so that it does not pass a filter."""
    match tree:
        case Group("and", parts):
            failing(parts[0], entity, row)
        case Group(_, parts):
            for part in parts:
                failing(part, entity, row)
        case Negation(of):
            passing(of, entity, row)
        case Match(column):
            row[column] = "-"
        case Comparison(column, sign, operand):
            if sign == "<>" and operand.kind != "null":
                row[column] = typed(entity, column, operand.text)
            elif not (operand.kind == "null" and sign == "="):
                row[column] = None


def parsed(text: Text | None) -> Filter | None:
    return conditions.parse(text.value) if text is not None else None


@dataclass
class Expected:
    """What a run of one leg must do: how many rows it makes, and cells by the key of the row they are read from."""

    made: int
    filtered: int
    rows: list[tuple[Row, list[tuple[str, Any]]]]


def forward_world(project: Project, table_map: TableMap) -> tuple[World, Expected]:
    """Rows of the source and of every table that is referred to; the target is empty."""
    world = World(project, table_map)
    lines, tree = lines_out(table_map), parsed(table_map.filter)
    own = {world.target.ref.entity}
    count = min(MOST, max([ROWS, *(len(pairs_of(line, project) or ()) for line in lines)]))
    expected = Expected(0, 0, [])
    for number in range(count + (2 if tree else 0)):
        row: Row = {name: value_for(world.source, name, number) for name in world.source.columns}
        for line in lines:
            _fill(line, row, number, world, own)
        if tree is not None:
            (passing if number < count else failing)(tree, world.source, row)
        world.rows.setdefault(world.source.ref, []).append(row)
        if number >= count:
            expected.filtered += 1
            continue
        cells = {line.target: _written(line, row, project) for line in lines}
        for head, below in heads(cells).items():
            if world.target.columns[head].relation:
                world.reference(world.target, head, below)
        expected.made += 1
        expected.rows.append((row, list(cells.items())))
    return world, expected


def _fill(line: FieldMapping, row: Row, number: int, world: World, own: set[str]) -> None:
    if not isinstance(line.source, ColumnPath):
        return
    column, pairs = line.source.text, pairs_of(line, world.project)
    if pairs is not None:
        keys = list(pairs)
        row[column] = typed(world.source, column, keys[number % len(keys)])
    head = world.target.columns.get(line.target.partition(".")[0])
    if "." in line.target and head is not None and set(head.relation) & own:
        row[column] = None


def _written(line: FieldMapping, row: Row, project: Project) -> object:
    if isinstance(line.source, Constant):
        return line.source.value
    assert isinstance(line.source, ColumnPath)
    value = row[line.source.text]
    pairs = pairs_of(line, project)
    if pairs is not None:
        said = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
        value = pairs[said] or None
    return default_of(line) if value in (None, "") and default_of(line) is not None else value


@dataclass
class Ends:
    """A line as the way back reads it: the column it writes, where from, and which code becomes what."""

    column: str
    paths: tuple[str, ...]
    pairs: dict[str, str] | None = None
    constant: Any = None


def lines_back(table_map: TableMap, project: Project) -> list[Ends]:
    """Read the lines of the way back off the map, those that are turned round included."""
    assert table_map.back is not None
    turned = [
        Ends(line.source.text, (line.target,), _turned(line, project))
        for line in (*table_map.key, *table_map.both)
        if isinstance(line.source, ColumnPath)
    ]
    own = [
        Ends(
            line.target,
            first_paths(line),
            pairs_of(line, project),
            line.source.value if isinstance(line.source, Constant) else None,
        )
        for line in table_map.back.fields
    ]
    return [*turned, *own]


def _turned(line: FieldMapping, project: Project) -> dict[str, str] | None:
    pairs = pairs_of(line, project)
    if pairs is None:
        return None
    argument: Any = next(call.argument for call in line.transforms if call.name == "values")
    chosen = {str(code): str(value) for code, value in (argument.get("back") or {}).items()}
    return {code: value for value, code in reversed(pairs.items())} | chosen


def backward_world(project: Project, table_map: TableMap) -> tuple[World, Expected]:
    """Rows of the target, as somebody made them there, with all that they refer to; the source is empty."""
    assert table_map.back is not None
    world = World(project, table_map)
    lines, tree = lines_back(table_map, project), parsed(table_map.back.filter)
    target = world.target
    count = min(MOST, max([ROWS, *(len(line.pairs or ()) for line in lines)]))
    expected = Expected(0, 0, [])
    for number in range(count + (2 if tree else 0)):
        row: Row = {
            name: value_for(target, name, number) for name, column in target.columns.items() if not column.relation
        }
        row |= _written_outwards(table_map, lines, target)
        below: dict[str, Any] = {}
        for line in lines:
            for path in line.paths[:1]:
                value = _code(line, path, row, number)
                if "." in path:
                    below[path] = value
                else:
                    row[path] = typed(target, path, value)
        beside = _beside(table_map, lines, row | below)
        below |= {path: value for path, value in beside.items() if "." in path}
        row |= {path: typed(target, path, value) for path, value in beside.items() if "." not in path}
        for head, parts in heads(below).items():
            useless = target.ref.entity in target.columns[head].relation or "?" in parts.values()
            row[head] = None if useless else world.reference(target, head, parts)
            below |= {f"{head}.{rest}": None for rest in parts} if useless else {}
        if tree is not None:
            (passing if number < count else failing)(tree, target, row)
        world.rows.setdefault(target.ref, []).append(row)
        if number >= count:
            expected.filtered += 1
            continue
        expected.made += 1
        expected.rows.append((row, [(line.column, _returned(line, row | below)) for line in lines]))
    return world, expected


def _written_outwards(table_map: TableMap, lines: list[Ends], target: Entity) -> Row:
    """Columns that only the way out writes hold what it will write: a constant, or nothing."""
    read = {path for line in lines for path in line.paths}
    return {
        line.target: typed(target, line.target, line.source.value)
        if isinstance(line.source, Constant)
        else default_of(line)
        for line in table_map.fields
        if "." not in line.target and line.target not in read
    }


def _beside(table_map: TableMap, lines: list[Ends], row: Row) -> Row:
    """What the way out will look for beside what the way back reads; "?" where nothing comes back to look with."""
    back = {line.column: row[line.paths[0]] for line in lines if line.paths and line.pairs is None}
    branched = {path.partition(".")[0] for line in lines if len(line.paths) > 1 for path in line.paths}
    read = {path for line in lines for path in line.paths}
    return {
        line.target: back.get(line.source.text, "?" if "." in line.target else None)
        for line in (*table_map.key, *table_map.fields)
        if isinstance(line.source, ColumnPath)
        and line.target not in read
        and line.target.partition(".")[0] not in branched
    }


def _code(line: Ends, path: str, row: Row, number: int) -> object:
    if line.pairs is not None:
        codes = list(line.pairs)
        return codes[number % len(codes)]
    return row[path] if path in row else f"{path.replace('.', '-')}-{number}"


def _returned(line: Ends, row: Row) -> object:
    if not line.paths:
        return line.constant
    value = row[line.paths[0]]
    if line.pairs is None:
        return value
    said = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return line.pairs[said] or None


def database(loaded: api.Loaded, world: World, path: Path) -> api.Loaded:
    """Make the tables of a map in a database of its own and fill them."""
    needed = {world.source.ref, world.target.ref, *world.rows, *_reached(world)}
    project = replace(
        loaded.project,
        database=str(path),
        entities={ref: entity for ref, entity in loaded.project.entities.items() if ref in needed},
    )
    legs = tuple(leg for leg in loaded.legs if leg.map_name == world.table_map.name)
    small = replace(loaded, project=project, legs=legs)
    api.make_tables(small)
    with duckdb.connect(str(path)) as connection:
        for ref, rows in world.rows.items():
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" for _ in row)
                connection.execute(
                    f'INSERT INTO {ref.system}."{ref.entity}" ({names}) VALUES ({marks})', [*row.values()]
                )
    return small


def _reached(world: World) -> Iterator[EntityRef]:
    """Every table that the two tables of a map lead to, however far."""
    seen, waiting = set[EntityRef](), [world.source.ref, world.target.ref]
    while waiting:
        ref = waiting.pop()
        if ref in seen:
            continue
        seen.add(ref)
        for column in world.project.entities[ref].columns.values():
            waiting.extend(EntityRef(ref.system, name) for name in column.relation)
    yield from seen


def table(path: Path, ref: EntityRef) -> list[Row]:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(f'FROM {ref.system}."{ref.entity}"')
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@dataclass
class Seen:
    """What the tables hold after a run: paths are followed by ids."""

    project: Project
    path: Path
    tables: dict[EntityRef, list[Row]] = field(default_factory=dict)

    def of(self, ref: EntityRef) -> list[Row]:
        if ref not in self.tables:
            self.tables[ref] = table(self.path, ref)
        return self.tables[ref]

    def follow(self, entity: Entity, row: Row, path: str) -> object:
        head, _, rest = path.partition(".")
        if not rest:
            return _plain(row[head])
        relation = entity.columns[head].relation
        name, inner = (relation[0], rest) if len(relation) == 1 else tuple(rest.split(".", 1))
        there = self.project.entities[EntityRef(entity.ref.system, name)]
        rows = [one for one in self.of(there.ref) if row[head] is not None and one[there.key[0]] == row[head]]
        return self.follow(there, rows[0], inner) if rows else None


def _plain(value: object) -> object:
    return str(value) if value is not None and not isinstance(value, str | bool | int) else value


def same(left: object, right: object) -> bool:
    """One value, whatever type holds it; blank is null."""
    texts = [
        "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for value in (left, right)
    ]
    return texts[0].removesuffix(" 00:00:00") == texts[1].removesuffix(" 00:00:00")


def first_paths(line: FieldMapping) -> tuple[str, ...]:
    match line.source:
        case ColumnPath(text):
            return (text,)
        case First(items):
            return tuple(item.text for item in items if isinstance(item, ColumnPath))
        case _:
            return ()
