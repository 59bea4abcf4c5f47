"""Builds the unit tests of maps: rows typed by the entities, every mistake in them at its place.

Tests stand in the map itself under `tests`, or in a file of their own, ``<name>.test.yaml``, which may also give rows
that all its tests share. What a list of expected rows is about follows from the leg: its only target; a leg that
writes several tables has them named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crosswalk.config.access import items, mapping, scalar, word
from crosswalk.config.expectations import Expectations
from crosswalk.config.known import Known
from crosswalk.config.names import folded
from crosswalk.config.nodes import Mapping as Tree
from crosswalk.config.nodes import Node, Scalar
from crosswalk.config.typed_rows import TypedRows
from crosswalk.errors import Problems
from crosswalk.model import TableMap
from crosswalk.unit_tests import Rows, Step, UnitTest


def build_tests(
    roots: Iterable[Tree], maps: Iterable[TableMap], typed: TypedRows
) -> Mapping[str, tuple[UnitTest, ...]]:
    """Build the tests in these files, by the name of their map."""
    by_name = {table_map.name: table_map for table_map in maps}
    found: dict[str, tuple[UnitTest, ...]] = {}
    for root in roots:
        name = scalar(root.get("map"))
        if items(root, "tests") and name.text in by_name:
            builder = _Tests(by_name[name.text], typed)
            found[name.text] = (*found.get(name.text, ()), *builder.build(root))
    for tests in found.values():
        _check_names(tests, typed.problems)
    return found


def check_tested(roots: Iterable[Tree], known: Known, problems: Problems) -> None:
    """Check that files of tests name maps that exist."""
    for root in roots:
        known.check_map(scalar(root.get("map")), problems)


@dataclass(frozen=True, slots=True)
class _Tests:
    table_map: TableMap
    typed: TypedRows

    def build(self, root: Tree) -> tuple[UnitTest, ...]:
        shared = self.typed.given(root, "given") if root.get("tests") is not None else ()
        return tuple(self._test(mapping(node), shared) for node in items(root, "tests"))

    def _test(self, node: Tree, shared: tuple[Rows, ...]) -> UnitTest:
        name = scalar(node.get("name"))
        leg = word(node, "leg", "out")
        steps = [self._step(node, leg), *(self._step(mapping(then), leg) for then in items(node, "then"))]
        return UnitTest(name.text, self.table_map.name, tuple(steps), name.span, shared)

    def _step(self, node: Tree, usual: str) -> Step:
        leg = word(node, "leg", usual)
        self._check_leg(leg, node.get("leg"))
        expectations = Expectations(self.table_map, leg, self.typed)
        expect = mapping(node.get("expect"))
        key = node.key("expect")
        return Step(
            leg=leg,
            given=self.typed.given(node, "given"),
            gone=self.typed.gone(node),
            effects=expectations.effects(expect),
            fates=expectations.fates(expect),
            span=key.span if key else node.span,
            stop=word(expect, "stop") or None,
        )

    def _check_leg(self, leg: str, written: Node | None) -> None:
        if leg == "back" and self.table_map.back is None and isinstance(written, Scalar):
            message = f"'{self.table_map.name}' has no way back"
            self.typed.problems.add("TEST_LEG", message, written.span, "leave 'leg' out, or give the map a 'back'")


def _check_names(tests: tuple[UnitTest, ...], problems: Problems) -> None:
    seen: dict[str, UnitTest] = {}
    for test in tests:
        first = seen.setdefault(folded(test.name), test)
        if first is not test:
            message = f"two tests of '{test.map_name}' have this name: here and in {first.span}"
            problems.add("NAME_TWICE", message, test.span, "say in the name what is different")
