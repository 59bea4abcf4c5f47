"""The tables that the oracle works on, and what it remembers from one run to the next."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field

from crosswalk.model import Entity, EntityRef, Project
from tests.oracle.cells import Cell, Fault, Row, Unclear, Value, key_text, same


@dataclass(repr=False)
class World:
    """Rows by ``system.entity``. A row holds every column of its entity; rows are changed in place by a run."""

    tables: dict[str, list[Row]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say how many rows there are: whole worlds drown what a failing test has to tell."""
        return f"World({', '.join(f'{name}: {len(rows)}' for name, rows in self.tables.items() if rows)})"

    def rows(self, ref: EntityRef) -> list[Row]:
        return self.tables.setdefault(str(ref), [])

    def copy(self) -> World:
        return deepcopy(self)


@dataclass
class Link:
    """Which target row a source row was delivered to, and its version then. `left`: it passes the filter no more."""

    target: str
    target_key: tuple[Value, ...]
    source_version: str | None
    left: bool = False


@dataclass
class Header:
    """A header row that this leg made: its key, the parts of its group, how many lines it has ever taken."""

    key: tuple[Value, ...]
    lines: int = 0


@dataclass(frozen=True)
class Place:
    group: str
    ordinal: int
    line: int


@dataclass
class Documents:
    """Headers by group in the order made, and the place of each source row that has been delivered."""

    headers: dict[str, list[Header]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)


@dataclass(frozen=True)
class Agreed:
    """What both sides of one pair of rows agreed on: values of the source and of the target, by target columns."""

    target: str
    columns: dict[tuple[str, ...], tuple[tuple[Value, ...], tuple[Value, ...]]]


@dataclass
class State:
    """What the ledger keeps: lineage, documents and open rows by leg, numbers by sequence and owner."""

    lineage: dict[str, dict[str, Link]] = field(default_factory=dict)
    numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    documents: dict[str, Documents] = field(default_factory=dict)
    open_keys: dict[str, set[str]] = field(default_factory=dict)
    agreed: dict[tuple[str, str], Agreed] = field(default_factory=dict)

    def links(self, leg: str) -> dict[str, Link]:
        return self.lineage.setdefault(leg, {})

    def live(self, leg: str, key: str) -> Link | None:
        """What this source row was delivered to, unless it has left since."""
        link = self.links(leg).get(key)
        return None if link is None or link.left else link

    def drawn(self, sequence: str, owner: str) -> int | None:
        return self.numbers.setdefault(sequence, {}).get(owner)

    def draw(self, sequence: str, owner: str) -> int:
        """The number of this owner: the one it has, or the next."""
        owners = self.numbers.setdefault(sequence, {})
        return owners.setdefault(owner, max(owners.values(), default=0) + 1)

    def copy(self) -> State:
        return deepcopy(self)


@dataclass(frozen=True)
class RowFate:
    """What became of one source row. `code` and `column` say why where it was held or rejected."""

    key: str
    fate: str
    code: str = ""
    column: str = ""


@dataclass
class Outcome:
    """What one leg did. `stop` names the guard that stopped it: then nothing was changed."""

    rows: list[RowFate] = field(default_factory=list)
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    stop: str = ""

    @property
    def fates(self) -> dict[str, list[str]]:
        """Fates by source key, sorted; more than one where several rows carry the same key."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            found.setdefault(row.key, []).append(row.fate)
        return {key: sorted(fates) for key, fates in sorted(found.items())}

    @property
    def reasons(self) -> dict[str, tuple[str, str]]:
        """Code and column by source key, of the rows that were held or rejected."""
        return {row.key: (row.code, row.column) for row in self.rows if row.code}

    @property
    def totals(self) -> Counter[str]:
        return Counter(row.fate for row in self.rows)


@dataclass(frozen=True)
class Tables:
    """Entities together with their rows: what a path walks over."""

    project: Project
    world: World

    def entity(self, system: str, name: str) -> Entity:
        try:
            return self.project.entities[EntityRef(system, name)]
        except KeyError:
            raise Unclear(f"no entity {system}.{name}") from None

    def follow(self, entity: Entity, row: Row | None, parts: tuple[str, ...]) -> Cell:
        """Follow a path from a row. Null on the way gives null; a reference that finds no row is a fault."""
        column = entity.columns.get(parts[0])
        if column is None:
            raise Unclear(f"{parts[0]} is no column of {entity.ref}")
        value = None if row is None else row.get(column.name)
        if len(parts) == 1:
            return Cell(value, column.type, column)
        if not column.relation:
            raise Unclear(f"{entity.ref}.{column.name} leads nowhere")
        several = len(column.relation) > 1
        named, rest = (parts[1], parts[2:]) if several else (column.relation[0], parts[1:])
        if not rest or named not in column.relation:
            raise Unclear(f"{'.'.join(parts)} does not name a column")
        following = self.entity(entity.ref.system, named)
        if value is None:
            return self.follow(following, None, rest)
        found = self.referred(following, value)
        if found is None and not (several and self.elsewhere(entity, column.relation, value)):
            raise Fault("LOOKUP_MISSING")
        return self.follow(following, found, rest)

    def referred(self, entity: Entity, value: Value) -> Row | None:
        if len(entity.key) != 1:
            raise Unclear(f"a reference to {entity.ref} needs a key of one column")
        hits = [row for row in self.world.rows(entity.ref) if same(row.get(entity.key[0]), value)]
        if len(hits) > 1:
            raise Fault("LOOKUP_AMBIGUOUS")
        return hits[0] if hits else None

    def elsewhere(self, entity: Entity, relation: tuple[str, ...], value: Value) -> bool:
        """Whether a polymorphic reference finds its row in any of its entities."""
        return any(self.referred(self.entity(entity.ref.system, name), value) is not None for name in relation)


def key_of(entity: Entity, row: Row) -> tuple[Value, ...]:
    return tuple(row.get(name) for name in entity.key)


def source_key(entity: Entity, row: Row) -> str:
    """The key of a row as text."""
    return key_text(list(key_of(entity, row)))
