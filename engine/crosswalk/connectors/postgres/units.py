"""Writes staged units under savepoints, and halves what the server refuses until it says which unit it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crosswalk.connectors.postgres.failures import RowRefused
from crosswalk.connectors.postgres.merging import delete, merge, needs
from crosswalk.connectors.postgres.preconditions import Stretch, verdicts
from crosswalk.connectors.postgres.rights import check_rights
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.stage import Unit
from crosswalk.connectors.postgres.statements import filled
from crosswalk.exchange import Ack, Change
from crosswalk.sql import Sql, literal

_LEFT_OUT = RowRefused("02000", "the server wrote no row: a trigger or a policy left it out")
_ALONE = "another row of its group could not be written"


def write_units(session: Session, stretch: Stretch, units: Sequence[Unit]) -> Mapping[int, Ack]:
    """Write units and answer each change. A row that refers to another one of the same batch may have to wait for it:
    what a foreign key refused is tried again as long as that helps.
    """
    answers = dict(_tried(session, stretch, units))
    waiting = [unit for unit in units if _refers(unit, answers)]
    while waiting:
        for unit in waiting:
            answers.update(_tried(session, stretch, [unit]))
        still = [unit for unit in waiting if _refers(unit, answers)]
        if len(still) == len(waiting):
            break
        waiting = still
    return answers


def _refers(unit: Unit, answers: Mapping[int, Ack]) -> bool:
    return answers[unit.changes[0].number].code == "23503"


def _tried(session: Session, stretch: Stretch, units: Sequence[Unit]) -> Mapping[int, Ack]:
    session.run(Sql("SAVEPOINT crosswalk"))
    try:
        answers = _written(session, stretch, units)
    except RowRefused as refused:
        session.run(Sql("ROLLBACK TO SAVEPOINT crosswalk"))
        session.run(Sql("RELEASE SAVEPOINT crosswalk"))
        if refused.state == "42501":
            operations = {change.operation for unit in units for change in unit.changes}
            check_rights(session, stretch.table, needs(stretch.staged, operations))
        if len(units) == 1:
            return {c.number: Ack(c.number, "refused", refused.state, refused.message) for c in units[0].changes}
        half = len(units) // 2
        return {**_tried(session, stretch, units[:half]), **_tried(session, stretch, units[half:])}
    session.run(Sql("RELEASE SAVEPOINT crosswalk"))
    return answers


def _written(session: Session, stretch: Stretch, units: Sequence[Unit]) -> Mapping[int, Ack]:
    """Write what may be written of the units, and answer every change."""
    changes = [change for unit in units for change in unit.changes]
    between = {"first": literal(units[0].number), "last": literal(units[-1].number)}
    chosen = filled("s.unit BETWEEN {first} AND {last}", **between)
    not_made = verdicts(session, stretch, changes, chosen)
    stopped = [unit for unit in units if any(change.number in not_made for change in unit.changes)]
    if stopped:
        numbers = literal("{" + ",".join(str(unit.number) for unit in stopped) + "}")
        chosen = filled("{chosen} AND s.unit <> ALL ({numbers}::int[])", chosen=chosen, numbers=numbers)
    going = [change for unit in units if unit not in stopped for change in unit.changes]
    _apply(session, stretch, going, chosen)
    alone = {c.number: Ack(c.number, "refused", "40000", _ALONE) for unit in stopped for c in unit.changes}
    return {**{change.number: Ack(change.number, "applied") for change in going}, **alone, **not_made}


def _apply(session: Session, stretch: Stretch, going: Sequence[Change], chosen: Sql) -> None:
    operations = {change.operation for change in going}
    merged = sum(change.operation != "delete" for change in going)
    if "delete" in operations:
        session.run(delete(stretch.table, stretch.staged, chosen))
    if merged and session.run(merge(stretch.table, stretch.staged, chosen, operations)) != merged:
        raise _LEFT_OUT
    if going:
        session.run(Sql("SET CONSTRAINTS ALL IMMEDIATE"))
