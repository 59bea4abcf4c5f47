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
from typing import Literal

from crosswalk.contracts import Backend

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
    """A run that has begun to send: what it may have sent is known by its number and its step."""

    run_id: str
    leg: str
    started: datetime
    targets: tuple[str, ...] = ()


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
    rows = backend.rows(
        "SELECT run_id, leg, started_at, (SELECT list(DISTINCT target) FROM crosswalk.outbox AS sent"
        " WHERE sent.run_id = begun.run_id) FROM crosswalk.deliveries AS begun ORDER BY started_at"
    )
    return tuple(_unfinished(*row) for row in rows)


def _unfinished(run_id: object, leg: object, started: object, targets: object) -> Unfinished:
    assert isinstance(started, datetime)
    named = targets if isinstance(targets, list) else []
    return Unfinished(str(run_id), str(leg), started, tuple(sorted(str(target) for target in named)))


def begin(run: Unfinished, numbers: Sequence[tuple[str, str, int]], backend: Backend) -> None:
    """Note that a run begins to send, and the numbers that it has drawn so far."""
    with backend.transaction():
        known = backend.rows("SELECT 1 FROM crosswalk.deliveries WHERE run_id = $run_id", {"run_id": run.run_id})
        if not known:
            values = {"run_id": run.run_id, "leg": run.leg, "started": run.started}
            backend.run("INSERT INTO crosswalk.deliveries VALUES ($run_id, $leg, $started)", values)
        if numbers:
            backend.run(
                "INSERT INTO crosswalk.promised SELECT $run_id, unnest(from_json($rows,"
                ' \'[{"sequence": "VARCHAR", "owner": "VARCHAR", "number": "BIGINT"}]\'), recursive := true)',
                {"run_id": run.run_id, "rows": _json(numbers, ("sequence", "owner", "number"))},
            )


_COLUMNS = ("target_key", "operation", "content", "source_key", "payload")


def put(run_id: str, step: int, target: str, rows: Sequence[Sequence[object]], backend: Backend) -> None:
    """Note changes of a step: target key, operation, digest, source key, payload."""
    backend.run(
        "INSERT INTO crosswalk.outbox SELECT $run_id, $step, $target, unnest(from_json($rows,"
        ' \'[{"target_key": "VARCHAR", "operation": "VARCHAR", "content": "VARCHAR", "source_key": "VARCHAR",'
        ' "payload": "VARCHAR"}]\'), recursive := true)',
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
        "INSERT INTO crosswalk.receipts SELECT $run_id, $step, unnest(from_json($rows,"
        ' \'[{"target_key": "VARCHAR", "operation": "VARCHAR", "content": "VARCHAR", "state": "VARCHAR",'
        ' "code": "VARCHAR", "message": "VARCHAR"}]\'), recursive := true), $at',
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


def forget(run_id: str, backend: Backend) -> None:
    """The run is finished: what it sent is in its tables, its history and the other system."""
    for removal in _FORGET:
        backend.run(removal, {"run_id": run_id})


def _json(rows: Sequence[Sequence[object]], names: tuple[str, ...]) -> str:
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows])
