"""Runs one delivery in a process of its own that is killed at a chosen call, as a power cut would end it.

The child opens the connector by itself and sends; what it leaves is the far side and the log of the delivery.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import crosswalk
from crosswalk.contracts import Outside
from crosswalk.exchange import Ack, Batch, Change
from crosswalk.model import Connection, Entity
from tests.conformance.bench import open_connection
from tests.conformance.delivery import LoggedDelivery

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Errand:
    """What the child does: `call` and its `number` say where it is killed; "" lets it live."""

    connection: Connection
    root: Path
    entity: Entity
    changes: tuple[Change, ...]
    log: Path
    call: str = ""
    number: int = 1


class Doomed(LoggedDelivery):
    """A delivery that kills its process: before a call is noted, or after (``after sending``)."""

    def __init__(self, target: Outside, errand: Errand) -> None:
        super().__init__(target, errand.entity, errand.changes, log=errand.log)
        self._errand, self._count = errand, 0

    def sending(self, batch: Batch) -> None:
        self._at("sending")
        super().sending(batch)
        self._at("after sending")

    def answered(self, acks: Sequence[Ack]) -> None:
        self._at("answered")
        super().answered(acks)
        self._at("after answered")

    def answered_whole(self) -> None:
        self._at("answered")
        super().answered_whole()
        self._at("after answered")

    def stream(self) -> object:
        self._at("sending")
        given = super().stream()
        self._at("after sending")
        return given

    def _at(self, call: str) -> None:
        if call == self._errand.call:
            self._count += 1
            if self._count == self._errand.number:
                os.kill(os.getpid(), signal.SIGKILL)


def run(errand: Errand) -> int:
    """Run an errand in a child and give its exit code: -9 when it was killed."""
    paths = os.pathsep.join((str(Path(crosswalk.__file__).parents[1]), str(ROOT)))
    ran = subprocess.run(
        [sys.executable, "-m", "tests.conformance.killed"],
        input=pickle.dumps(errand),
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode in (0, -signal.SIGKILL), ran.stderr.decode()
    return ran.returncode


def main() -> None:
    errand: Errand = pickle.loads(sys.stdin.buffer.read())
    system = open_connection(errand.connection, errand.root)
    delivery = Doomed(system, errand)
    delivery.recover()
    system.write(delivery)
    system.close()


if __name__ == "__main__":
    main()
