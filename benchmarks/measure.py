"""Adds up seconds by line and column of a table, and reads the highest memory of this process."""

from __future__ import annotations

import resource
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Clock:
    """Seconds by line and column of the table, in the order in which they came; memory in MiB by column."""

    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)

    def add(self, column: str, line: str, seconds: float) -> None:
        self.seconds[line, column] = self.seconds.get((line, column), 0.0) + seconds

    def sum(self, column: str, acts: str) -> float:
        """Add up the whole acts that begin with one of these digits."""
        return sum(s for (line, c), s in self.seconds.items() if c == column and line[0] in acts and "  . " not in line)

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
