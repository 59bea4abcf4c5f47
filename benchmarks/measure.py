"""Clocks a block and notes the highest memory it took, and prints both as one table."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter


@dataclass(slots=True)
class Clock:
    """Seconds by line and column of the table, in the order in which they came; memory in MiB by column."""

    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def column(self, column: str, line: str) -> Iterator[None]:
        began = perf_counter()
        yield
        self.add(column, line, perf_counter() - began)

    def add(self, column: str, line: str, seconds: float) -> None:
        self.seconds[line, column] = self.seconds.get((line, column), 0.0) + seconds

    def lines(self) -> list[str]:
        return list(dict.fromkeys(line for line, _ in self.seconds))


def forget_peak() -> None:
    """Let the kernel count the peak of memory anew, where it can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak_mib() -> int:
    """Give the highest resident memory since `forget_peak`, in MiB."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))
