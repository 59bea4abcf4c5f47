"""Whole projects, made by chance: tables, a map of some shape, and the files in which they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from crosswalk.config.load import load
from crosswalk.model import Project
from tests.properties.made.maps import SHAPES, Made
from tests.properties.made.tables import Table, bases, others
from tests.properties.made.words import Naming, Written, plain_name, written

ONE_WAY = ("plain", "arms", "each", "merge")
IMPORTS = ("document",)
ALL = (*ONE_WAY, *IMPORTS, "write_back", "two_way")


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Plot:
    """A project before it is written. `shape` says what its map does."""

    shape: str
    trees: dict[str, Written] = field(hash=False)
    base: Table

    @property
    def map(self) -> dict[str, Written]:
        """The map as it is written."""
        return self.trees["one.map.yaml"]  # type: ignore[return-value]

    def with_map(self, **changed: Written) -> Plot:
        """The same project with other properties in its map; None takes one away."""
        merged = {**self.map, **changed}
        tree = {word: value for word, value in merged.items() if value is not None}
        return replace(self, trees={**self.trees, "one.map.yaml": tree})

    def with_connections(self, **systems: Written) -> Plot:
        """The same project with its systems reached otherwise."""
        project: dict[str, Written] = {**self.trees["crosswalk.yaml"]}  # type: ignore[dict-item]
        return replace(self, trees={**self.trees, "crosswalk.yaml": {**project, "connections": {"dev": systems}}})

    def files(self, naming: Naming = plain_name, constants: Naming = _same) -> dict[str, bytes]:
        return {file: written(tree, naming, constants) for file, tree in self.trees.items()}

    def project(self, naming: Naming = plain_name, constants: Naming = _same) -> Project:
        return load(self.files(naming, constants))


@st.composite
def plots(draw: st.DrawFn, shapes: Sequence[str] = ALL) -> Plot:
    """A project with one map of one of these shapes."""
    there = tuple(draw(others(number)) for number in range(draw(st.integers(1, 2))))
    base = draw(bases(there))
    shape = draw(st.sampled_from(tuple(shapes)))
    made = draw(SHAPES[shape](base, there))
    return Plot(made.shape, trees_of(made, there), made.base)


def trees_of(made: Made, there: Sequence[Table]) -> dict[str, Written]:
    project: dict[str, Written] = {
        "project": "made",
        "database": "made.duckdb",
        "overlap": "60s",
        "connections": {"dev": {"shop": {"kind": "embedded"}, "books": {"kind": "embedded"}}},
    }
    if made.sequences:
        project["sequences"] = {word: {"format": "H-{000}"} for word in made.sequences}
    trees: dict[str, Written] = {"crosswalk.yaml": project, "one.map.yaml": {**made.map, "map": "one"}}
    for number, table in enumerate((made.base, *there, *made.tables)):
        trees[f"entities/{table.system}/table{number}.entity.yaml"] = table.file()
    return trees
