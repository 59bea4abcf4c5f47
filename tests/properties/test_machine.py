"""A machine that edits source, target and maps, runs, crashes and tries again; after every step nothing is lost.

What must hold is said by the row-by-row interpreter, which takes every step beside the engine: the same fates, the same
cells in every table, and what waits is the same. A crash leaves either all of a leg or nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crosswalk.failpoints import ArmedFailure
from tests.oracle import State, run
from tests.oracle.generate import worlds
from tests.properties.compare import changed_cells, same_fates, same_findings, same_tables
from tests.properties.edits import edits
from tests.properties.engine import Engine, Ran
from tests.properties.made.conditions import Way, condition
from tests.properties.made.project import ALL, plots
from tests.properties.shop import FIRST, depth
from tests.properties.test_made_crashes import Trap, armed

CHANGES = {"inserted", "updated", "deleted"}


class Machine(RuleBasedStateMachine):
    """One project over some days of work. `world` and `state` are the interpreter's; `engine` is ours."""

    engine: Engine | None = None

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.plot = data.draw(plots(ALL))
        self.engine, self.state, self.now = Engine(self.plot.project()), State(), FIRST
        self.world = data.draw(worlds(self.engine.project, list(self.engine.legs)))
        self.engine.fill(self.world)

    def hour(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now

    @rule(data=st.data(), system=st.sampled_from(("shop", "shop", "books")))
    def edit(self, data: st.DataObject, system: str) -> None:
        """People work on one side."""
        assert self.engine is not None
        tables = [str(ref) for ref in self.engine.project.entities if ref.system == system]
        after = data.draw(edits(self.engine.project, list(self.engine.legs), self.world, self.hour(), only=tables))
        note("\n".join(changed_cells(self.world, after)))
        self.engine.change(self.world, after)
        self.world = after

    @precondition(lambda self: self.plot.shape in ("plain", "arms", "each", "two_way"))
    @rule(data=st.data())
    def edit_map(self, data: st.DataObject) -> None:
        """The author changes the filter, or what becomes of rows that leave it."""
        assert self.engine is not None
        change: dict[str, object] = {
            "filter": data.draw(st.one_of(st.none(), condition([Way(one.name, one) for one in self.plot.base.all])))
        }
        if self.plot.shape != "two_way":
            change["on_leave"] = data.draw(st.sampled_from((None, "keep", "delete", "report")))
        self.plot = self.plot.with_map(**change)
        self.engine.learn(self.plot.project())

    @rule(full=st.booleans())
    def run(self, full: bool) -> None:
        """All legs run, and the interpreter does as they do."""
        self.played(list(self.legs()), full=full)

    @rule()
    def retry(self) -> None:
        """Only the rows that wait are tried."""
        self.played(list(self.legs()), retry=True)

    @rule()
    def rest(self) -> None:
        """After three rounds the next one changes nothing."""
        for _ in range(3):
            if not self.played(list(self.legs())):
                return
        before = self.world.copy()
        for leg in self.legs():
            ran = self.played([leg])
            assert not {fate for one in ran for fate in one.fates} & CHANGES
        assert self.world.tables == before.tables

    @rule(moment=st.integers(1, 120), number=st.integers(0, 1))
    def crash(self, moment: int, number: int) -> None:
        """A leg dies at some moment. It has committed or it has not; what the interpreter holds follows."""
        assert self.engine is not None
        leg = list(self.engine.legs)[min(number, len(self.engine.legs) - 1)]
        now, runs = self.hour(), len(self.engine.ledger("runs", "run_id"))
        try:
            with armed(Trap(moment)):
                ran = self.engine.run(leg, now)
        except ArmedFailure:
            if len(self.engine.ledger("runs", "run_id")) > runs:
                self.follow(leg, now, self.engine.last_run(leg))
        else:
            self.follow(leg, now, ran)
        same_tables(self.engine.project, self.engine.world(), self.world, f"{leg} after a crash")

    def legs(self) -> Iterator[str]:
        assert self.engine is not None
        return iter(self.engine.legs)

    def played(self, legs: list[str], *, full: bool = False, retry: bool = False) -> list[Ran]:
        """Run legs on both sides; nothing where a guard stops one."""
        assert self.engine is not None
        done = []
        for leg in legs:
            now = self.hour()
            ran = self.engine.run(leg, now, full=full, retry=retry)
            self.follow(leg, now, ran)
            if ran.stop:
                return []
            done.append(ran)
        return done

    def follow(self, leg: str, now: datetime, ran: Ran) -> None:
        """Take the step of the engine with the interpreter, over the rows that the engine chose."""
        assert self.engine is not None
        first = ran.mode == "initial"
        only = None if first or ran.stop else {row.key for row in ran.rows}
        outcome = run(
            self.engine.project, leg, self.world, self.state, now, first=first, only=only, gone=ran.mode != "open"
        )
        same_fates(ran, outcome, leg)
        if ran.result is not None and ran.mode in ("initial", "incremental"):
            same_findings(ran, outcome, leg)

    @invariant()
    def nothing_is_lost(self) -> None:
        """Both sides hold the same rows, and every row that waits is in the ledger, once."""
        if self.engine is None:
            return
        same_tables(self.engine.project, self.engine.world(), self.world, "all tables")
        waiting = sorted((row.leg, row.key) for row in self.engine.open_rows())
        assert waiting == sorted({*waiting})
        assert waiting == sorted((leg, key) for leg, keys in self.state.open_keys.items() for key in keys)

    @invariant()
    def every_row_has_one_fate(self) -> None:
        if self.engine is None:
            return
        fates = "inserted + updated + deleted + unchanged + filtered + held + rejected + superseded"
        assert self.engine.backend.rows(f"SELECT count(*) FROM crosswalk.runs WHERE examined <> {fates}") == [(0,)]

    def teardown(self) -> None:
        if self.engine is not None:
            self.engine.backend.close()


class TestNothingIsLost(Machine.TestCase):  # type: ignore[valid-type, misc]
    """Steps in any order."""

    settings = depth(10, steps=12)
