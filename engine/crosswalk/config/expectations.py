"""Reads what a unit test expects of a run: rows that are made, changed or removed, and fates of source rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crosswalk.config.access import items, mapping, scalar, word
from crosswalk.config.nodes import Mapping as Tree
from crosswalk.config.nodes import Node, Scalar, Sequence
from crosswalk.config.typed_cells import UnreadableError, read_value
from crosswalk.config.typed_rows import TypedRows
from crosswalk.model import Entity, TableMap
from crosswalk.unit_tests import EFFECTS, FATES, CellValue, Effect, ExpectedEffect, ExpectedFate, Fate, Judged


@dataclass(frozen=True, slots=True)
class Expectations:
    """Reads the expectations of one step: the leg tells which table is read and which are written."""

    table_map: TableMap
    leg: str
    typed: TypedRows

    @property
    def source(self) -> str:
        return str(self.table_map.arms[0].target if self.leg == "back" else self.table_map.source)

    @property
    def targets(self) -> tuple[str, ...]:
        if self.leg == "back":
            return (str(self.table_map.source),)
        return tuple(str(arm.target) for arm in self.table_map.arms)

    def effects(self, expect: Tree) -> tuple[ExpectedEffect, ...]:
        return tuple(found for effect in EFFECTS for found in self._effect(effect, expect))

    def _effect(self, effect: Effect, expect: Tree) -> Iterator[ExpectedEffect]:
        key, node = expect.key(effect), expect.get(effect)
        if key is None or node is None:
            return
        if isinstance(node, Tree):
            for table, rows in node.entries:
                yield from self._of_table(effect, table, rows, whole=True)
            return
        tables = (self.source,) if effect == "settle" else self.targets
        if len(tables) == 1:
            yield from self._of_table(effect, Scalar(tables[0], True, key.span), node, whole=False)
        elif tables:
            message = f"this map writes {len(tables)} tables, and '{effect}' does not say which it means"
            self.typed.problems.add("TEST_TABLE", message, key.span, f"write {effect}: {{{tables[0]}: ...}}")

    def _of_table(self, effect: Effect, table: Scalar, node: Node, *, whole: bool) -> Iterator[ExpectedEffect]:
        entity = self.typed.entity(table)
        if entity is None:
            return
        before = len(self.typed.problems.found)
        rows = self.typed.rows(entity, node)
        for row in rows if len(self.typed.problems.found) == before and _knowable(entity) else ():
            if not any(cell.column in entity.key for cell in row.cells):
                message = f"this row cannot be found: no column of it is in the key of {entity.ref}"
                self.typed.problems.add("TEST_KEY", message, row.span, f"name {' or '.join(entity.key)}")
        yield ExpectedEffect(effect, str(entity.ref), rows, _count(node, len(rows)), table.span, whole)

    def fates(self, expect: Tree) -> tuple[ExpectedFate, ...]:
        return tuple(found for fate in FATES if (found := self._fate(fate, expect)) is not None)

    def _fate(self, fate: Fate, expect: Tree) -> ExpectedFate | None:
        key, node = expect.key(fate), expect.get(fate)
        entity = self.typed.entities.get(self.source)
        if key is None or node is None or entity is None:
            return None
        judged = [self._judged(item, entity) for item in items(expect, fate)]
        rows = tuple(row for row in judged if row is not None)
        return ExpectedFate(fate, rows, _count(node, len(rows)), key.span)

    def _judged(self, node: Node, entity: Entity) -> Judged | None:
        if isinstance(node, Scalar):
            found = self._key(node, entity)
            return None if found is None else Judged(found, node.text, node.span)
        of = mapping(node)
        written = scalar(of.get("key"))
        found = self._key(written, entity)
        if found is None:
            return None
        named = {name: word(of, name) if of.get(name) is not None else None for name in ("code", "column", "value")}
        return Judged(found, written.text, written.span, **named)

    def _key(self, written: Scalar, entity: Entity) -> str | None:
        """Write a key as the ledger does: typed part by part, joined by ``|``.

        Where the map changes the shape of rows the key is that of what was made of them, and is taken as it is written.
        """
        if self.leg == "out" and (self.table_map.each or self.table_map.merge):
            return written.text
        parts = written.text.split("|") if len(entity.key) > 1 else [written.text]
        if len(parts) != len(entity.key):
            message = f"the key of {entity.ref} has {len(entity.key)} parts, and this has {len(parts)}"
            self.typed.problems.add("TEST_KEY", message, written.span, f"write {'|'.join(entity.key)}")
            return None
        try:
            values = [read_value(entity.columns[name], part) for name, part in zip(entity.key, parts, strict=True)]
        except UnreadableError as error:
            message = f"'{written.text}' is no key of {entity.ref}: a part of it is {error}"
            self.typed.problems.add("TEST_VALUE", message, written.span, error.hint)
            return None
        return "|".join(map(_escaped, values)) if len(values) > 1 else _as_text(values[0])


def _knowable(entity: Entity) -> bool:
    """Tell whether an author can know the key of a new row: a guid that refers to no other row is made up for it."""
    columns = [entity.columns[name] for name in entity.key if name in entity.columns]
    return any(column.type.kind != "guid" or column.relation for column in columns)


def _count(node: Node, listed: int) -> int:
    return listed if isinstance(node, Sequence) else int(scalar(node).text)


def _as_text(value: CellValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _escaped(value: CellValue) -> str:
    return _as_text(value).replace("\\", "\\\\")
