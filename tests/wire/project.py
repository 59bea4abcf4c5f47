"""A project on disk whose profile reaches both systems of the invoicing example outside the database file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

MAPS = Path(__file__).resolve().parents[2] / "maps"


def lay(root: Path, connections: Mapping[str, str]) -> Path:
    """Copy the shipped maps to `root`, with a profile ``wire`` whose `connections` are flow mappings by system."""
    shutil.copytree(MAPS, root, ignore=shutil.ignore_patterns("*.test.yaml"), dirs_exist_ok=True)
    connect(root, connections)
    return root


def connect(root: Path, connections: Mapping[str, str]) -> None:
    """Write the project file anew with other connections."""
    text = (MAPS / "crosswalk.yaml").read_text(encoding="utf-8")
    _, _, rest = text.partition("connections:\n")
    lines = "".join(f"    {system}: {settings}\n" for system, settings in connections.items())
    head = "project: project_operations_invoicing\ndatabase: wire.duckdb\ndefault_profile: wire\n"
    tail = rest[rest.index("sequences:") :]
    (root / "crosswalk.yaml").write_text(f"{head}connections:\n  wire:\n{lines}{tail}", encoding="utf-8")


def crosswalk(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the project in a process of its own."""
    command = [sys.executable, "-m", "crosswalk", "--project", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
