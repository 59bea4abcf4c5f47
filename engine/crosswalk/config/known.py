"""What the names in the files of a project may refer to, gathered before anything is built on them.

Why names and not the built things: a map that reads a table with a mistake in its entity file is not wrong for that,
and one mistake should be told once. Where a whole file could not be read, names of its kind are not judged at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crosswalk.config.nodes import Mapping, Scalar
from crosswalk.config.schemas import FileKind
from crosswalk.errors import Problems, nearest
from crosswalk.model import EntityRef

Root = tuple[FileKind, Mapping]


@dataclass(frozen=True, slots=True)
class Known:
    """`unsure` names the kinds of files of which one could not be read."""

    entities: tuple[EntityRef, ...]
    maps: tuple[str, ...]
    value_maps: tuple[str, ...]
    sequences: tuple[str, ...]
    unsure: frozenset[FileKind]

    def entity(self, node: Scalar, problems: Problems) -> EntityRef:
        """Read ``system.entity`` and check that there is an entity file for it."""
        parts = node.text.split(".")
        if len(parts) != 2 or not all(parts):
            problems.add("ENTITY_NAME", f"'{node.text}' is not a table: a table is written system.entity", node.span)
            return EntityRef("", node.text)
        ref = EntityRef(*parts)
        if ref not in self.entities and "entity" not in self.unsure:
            hint = self._near(ref) or "add an entity file for it"
            problems.add("UNKNOWN_ENTITY", f"there is no entity '{node.text}'", node.span, hint)
        return ref

    def _near(self, ref: EntityRef) -> str:
        """Look among the tables of the same system, where there are any: its name alone would make all of them near."""
        same = [known.entity for known in self.entities if known.system == ref.system]
        if not same:
            return nearest(str(ref), map(str, self.entities))
        return nearest(ref.entity, same).replace("'", f"'{ref.system}.", 1)

    def check_sequence(self, node: Scalar, problems: Problems) -> None:
        if node.text not in self.sequences and "project" not in self.unsure:
            hint = nearest(node.text, self.sequences) or "declare it under 'sequences' in the project file"
            problems.add("UNKNOWN_SEQUENCE", f"there is no sequence '{node.text}'", node.span, hint)

    def check_value_map(self, node: Scalar, problems: Problems) -> None:
        if node.text not in self.value_maps and "value_map" not in self.unsure:
            hint = nearest(node.text, self.value_maps) or "add a file value_maps/<name>.yaml"
            problems.add("UNKNOWN_VALUE_MAP", f"there is no value map '{node.text}'", node.span, hint)

    def check_map(self, node: Scalar, problems: Problems) -> None:
        if node.text not in self.maps and "table_map" not in self.unsure:
            problems.add("UNKNOWN_MAP", f"there is no map '{node.text}'", node.span, nearest(node.text, self.maps))

    def check_extended(self, kind: FileKind, node: Scalar, problems: Problems) -> None:
        """Check that there is what an overlay of this kind changes."""
        match kind:
            case "map_overlay":
                self.check_map(node, problems)
            case "values_overlay":
                self.check_value_map(node, problems)
            case _:
                self.entity(node, problems)


def gather(roots: Iterable[Root], unsure: Iterable[FileKind]) -> Known:
    """Read the names off the trees as they were written, mistakes included."""
    whole = list(roots)
    entities = [(_text(root, "system"), _text(root, "entity")) for kind, root in whole if kind == "entity"]
    sequences = [root.get("sequences") for kind, root in whole if kind == "project"]
    return Known(
        entities=tuple(EntityRef(system, name) for system, name in entities),
        maps=_names(whole, "table_map", "map"),
        value_maps=_names(whole, "value_map", "value_map"),
        sequences=tuple(name for found in sequences if isinstance(found, Mapping) for name in found.names()),
        unsure=frozenset(unsure),
    )


def name_of(kind: FileKind, root: Mapping) -> str:
    """Give the name by which an overlay calls a file."""
    if kind == "entity":
        return f"{_text(root, 'system')}.{_text(root, 'entity')}"
    return _text(root, "map" if kind == "table_map" else "value_map")


def extended(root: Mapping) -> str:
    """Give the name of what an overlay changes."""
    return _text(root, "extends")


def _names(whole: list[Root], kind: FileKind, key: str) -> tuple[str, ...]:
    return tuple(_text(root, key) for found, root in whole if found == kind)


def _text(root: Mapping, key: str) -> str:
    found = root.get(key)
    return found.text if isinstance(found, Scalar) else ""
