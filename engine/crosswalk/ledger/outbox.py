"""What an unfinished run sends to outside systems: noted before the first request leaves, batch by batch after.

Everything here goes through a second connection, whose transactions are its own: when the process dies, the run's own
transaction is gone as if it had never been, and what was sent is still known.

A change is told from others of its run by step, target key and operation, and one state of it from the next by the
digest of its `content`: a row that is sent again with other values has no receipt yet.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from crosswalk.contracts import Backend, Cell
from crosswalk.plan import Mode

State = Literal["sent", "applied", "refused", "stale"]


@dataclass(frozen=True, slots=True)
class Note:
    """One entry of a receipt: what was asked of the system for a row, or what it said."""

    target_key: str
    operation: str
    content: str
    state: State
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that has begun to send: what it may have sent is known by its number and its step.

    `mode`, `key` and `code` say which rows it was about, `digest` by which plan: only the same plan over the same rows
    finds the same changes again. `stopped` is the code of what stopped it when it was to be finished.
    """

    run_id: str
    leg: str
    started: datetime
    mode: Mode = "incremental"
    why: str = ""
    key: str | None = None
    code: str | None = None
    digest: str = ""
    stopped: str = ""


_FORGET = (
    "DELETE FROM crosswalk.deliveries WHERE run_id = $run_id",
    "DELETE FROM crosswalk.outbox WHERE run_id = $run_id",
    "DELETE FROM crosswalk.receipts WHERE run_id = $run_id",
    "DELETE FROM crosswalk.promised WHERE run_id = $run_id",
)


def unfinished(backend: Backend) -> tuple[Unfinished, ...]:
    """List the runs that have sent something and were not finished, oldest first; drop what finished runs left."""
    done = "SELECT run_id FROM crosswalk.deliveries WHERE run_id IN (SELECT run_id FROM crosswalk.runs)"
    for (run_id,) in backend.rows(done):
        forget(str(run_id), backend)
    return begun(backend)


def begun(backend: Backend) -> tuple[Unfinished, ...]:
    """List the runs that have sent something and were not finished, oldest first, and change nothing."""
    rows = backend.rows(
        "SELECT run_id, leg, started_at, mode, why_mode, key, code, digest, stopped FROM crosswalk.deliveries"
        " WHERE run_id NOT IN (SELECT run_id FROM crosswalk.runs) ORDER BY started_at"
    )
    return tuple(_unfinished(row) for row in rows)


def _unfinished(row: tuple[Cell, ...]) -> Unfinished:
    run_id, leg, started, mode, why, key, code, digest, stopped = row
    assert isinstance(started, datetime)
    return Unfinished(
        str(run_id),
        str(leg),
        started,
        mode=cast("Mode", mode),
        why=str(why),
        key=None if key is None else str(key),
        code=None if code is None else str(code),
        digest=str(digest),
        stopped=str(stopped or ""),
    )


def begin(run: Unfinished, numbers: Sequence[tuple[str, str, int]], backend: Backend) -> None:
    """Note that a run begins to send, and the numbers that it has drawn so far."""
    with backend.transaction():
        known = backend.rows("SELECT 1 FROM crosswalk.deliveries WHERE run_id = $run_id", {"run_id": run.run_id})
        if not known:
            backend.run(_BEGIN, {column: getattr(run, column) for column in _BEGUN})
        else:
            # A plan that changed meanwhile may look at other rows than the one that was begun.
            again = ("run_id", "mode", "why", "digest")
            backend.run(_BEGIN_AGAIN, {column: getattr(run, column) for column in again})
        if numbers:
            backend.run(
                "INSERT INTO crosswalk.promised SELECT $run_id, unnest(from_json(value,"
                ' \'{"sequence": "VARCHAR", "owner": "VARCHAR", "number": "BIGINT"}\')) FROM json_each($rows)',
                {"run_id": run.run_id, "rows": _json(numbers, ("sequence", "owner", "number"))},
            )


_BEGUN = ("run_id", "leg", "started", "mode", "why", "key", "code", "digest")

_BEGIN = "INSERT INTO crosswalk.deliveries VALUES ($run_id, $leg, $started, $mode, $why, $key, $code, $digest, NULL)"

_BEGIN_AGAIN = "UPDATE crosswalk.deliveries SET mode = $mode, why_mode = $why, digest = $digest WHERE run_id = $run_id"

_COLUMNS = ("target_key", "operation", "content", "source_key", "payload")


def put(run_id: str, step: int, target: str, rows: Sequence[Sequence[object]], backend: Backend) -> None:
    """Note changes of a step: target key, operation, digest, source key, payload."""
    backend.run(
        "INSERT INTO crosswalk.outbox SELECT $run_id, $step, $target, unnest(from_json(value,"
        ' \'{"target_key": "VARCHAR", "operation": "VARCHAR", "content": "VARCHAR", "source_key": "VARCHAR",'
        ' "payload": "VARCHAR"}\')) FROM json_each($rows)',
        {"run_id": run_id, "step": step, "target": target, "rows": _json(rows, _COLUMNS)},
    )


def take_back(run_id: str, step: int, backend: Backend) -> None:
    """Forget the changes of a step: the run was begun anew, and notes them as they are now. Receipts stay."""
    values = {"run_id": run_id, "step": step}
    backend.run("DELETE FROM crosswalk.outbox WHERE run_id = $run_id AND step = $step", values)


_NOTED = ("target_key", "operation", "content", "state", "code", "message")


def note(run_id: str, step: int, notes: Sequence[Note], at: datetime, backend: Backend) -> None:
    """Add receipts: of what is being sent, or of what was answered."""
    rows = [(n.target_key, n.operation, n.content, n.state, n.code, n.message) for n in notes]
    backend.run(
        "INSERT INTO crosswalk.receipts SELECT $run_id, $step, unnest(from_json(value,"
        ' \'{"target_key": "VARCHAR", "operation": "VARCHAR", "content": "VARCHAR", "state": "VARCHAR",'
        ' "code": "VARCHAR", "message": "VARCHAR"}\')), $at FROM json_each($rows)',
        {"run_id": run_id, "step": step, "rows": _json(rows, _NOTED), "at": at},
    )


def receipts_of(run_id: str, step: int, backend: Backend) -> dict[tuple[str, str, str], State]:
    """Give the last state of every change of a step that was sent: by target key, operation and digest."""
    rows = backend.rows(
        "SELECT target_key, operation, content, arg_max(state, rowid) FROM crosswalk.receipts"
        " WHERE run_id = $run_id AND step = $step GROUP BY ALL",
        {"run_id": run_id, "step": step},
    )
    return {(str(key), str(operation), str(content)): _state(state) for key, operation, content, state in rows}


def _state(value: object) -> State:
    match value:
        case "sent" | "applied" | "refused" | "stale":
            return value
    raise AssertionError(f"no state of a receipt: {value}")


def promised(run_id: str, backend: Backend) -> None:
    """Give a run that is begun anew the numbers that it drew before."""
    backend.run(
        "INSERT INTO crosswalk.numbers SELECT sequence, owner, number FROM crosswalk.promised AS kept"
        " WHERE run_id = $run_id AND NOT EXISTS (SELECT 1 FROM crosswalk.numbers AS given"
        " WHERE given.sequence = kept.sequence AND given.owner = kept.owner)",
        {"run_id": run_id},
    )


def taken_back(run_id: str, target: str, keys: Sequence[str], at: datetime, backend: Backend) -> None:
    """Rows that were sent are about to be taken out again: from now on it is not known whether they are there."""
    backend.run(
        "INSERT INTO crosswalk.receipts SELECT run_id, step, target_key, operation, content, 'sent', '',"
        " 'taken out again', $at FROM crosswalk.outbox WHERE run_id = $run_id AND target = $target"
        " AND operation = 'insert' AND target_key IN (SELECT unnest(CAST($keys AS VARCHAR[])))",
        {"run_id": run_id, "target": target, "keys": list(keys), "at": at},
    )


def stop(run_id: str, code: str, backend: Backend) -> None:
    """Note that a run could not be finished because something stopped it that is no failure of a system."""
    values = {"run_id": run_id, "code": code}
    backend.run("UPDATE crosswalk.deliveries SET stopped = $code WHERE run_id = $run_id", values)


def give_up(run_id: str, backend: Backend) -> int:
    """End a run that will not be finished; gives how many of its changes were taken. The numbers that it drew stay
    drawn, for they may stand in the other system.
    """
    taken = (
        "SELECT count(*) FROM (SELECT arg_max(state, rowid) AS state FROM crosswalk.receipts WHERE run_id = $run_id"
        " GROUP BY step, target_key, operation, content) WHERE state = 'applied'"
    )
    with backend.transaction():
        count = int(str(backend.rows(taken, {"run_id": run_id})[0][0]))
        promised(run_id, backend)
        forget(run_id, backend)
    return count


def forget(run_id: str, backend: Backend) -> None:
    """The run is finished: what it sent is in its tables, its history and the other system."""
    for removal in _FORGET:
        backend.run(removal, {"run_id": run_id})


def _json(rows: Sequence[Sequence[object]], names: tuple[str, ...]) -> str:
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows])
