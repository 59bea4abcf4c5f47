"""Reads the rows of a unit test: tables by name, columns by entity, cells by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crosswalk.config.access import mapping, pairs
from crosswalk.config.known import Known
from crosswalk.config.nodes import Mapping as Tree
from crosswalk.config.nodes import Node, Scalar, Sequence
from crosswalk.config.typed_cells import read_cell
from crosswalk.errors import Problems, nearest
from crosswalk.model import Entity
from crosswalk.unit_tests import Rows, TypedCell, TypedRow


@dataclass(frozen=True, slots=True)
class TypedRows:
    """`entities` are the sound ones, by ``system.entity``; a row of another table is not judged further."""

    entities: Mapping[str, Entity]
    known: Known
    problems: Problems

    def given(self, of: Tree, name: str) -> tuple[Rows, ...]:
        """Read rows by table."""
        found = []
        for key, node in pairs(of, name):
            entity = self.entity(key)
            if entity is not None:
                found.append(Rows(key.text, self.rows(entity, node), key.span))
        return tuple(found)

    def gone(self, of: Tree) -> tuple[Rows, ...]:
        """Read what is removed: rows that agree in the columns named; no row at all means the whole table."""
        return self.given(of, "gone")

    def entity(self, key: Scalar) -> Entity | None:
        """Find the table; the problem is told where there is none."""
        ref = self.known.entity(key, self.problems)
        return self.entities.get(str(ref))

    def rows(self, entity: Entity, node: Node | None) -> tuple[TypedRow, ...]:
        """Read a list of rows of one table."""
        listed = node.items if isinstance(node, Sequence) else ()
        return tuple(self._row(entity, mapping(item)) for item in listed)

    def _row(self, entity: Entity, node: Tree) -> TypedRow:
        cells = (self._cell(entity, key, value) for key, value in node.entries)
        return TypedRow(tuple(cell for cell in cells if cell is not None), node.span)

    def _cell(self, entity: Entity, key: Scalar, value: Node) -> TypedCell | None:
        column = entity.columns.get(key.text)
        if column is None:
            message = f"'{key.text}' is not a column of {entity.ref}"
            self.problems.add("UNKNOWN_COLUMN", message, key.span, nearest(key.text, entity.columns))
            return None
        return read_cell(column, value, self.problems)
