"""Lays imported files into a folder: what a person has edited stays, unless it is said to go.

A file that an import wrote carries the digest of its text, so that an edited one is known by it. An entity that is
still as written keeps its columns when maps of another import say less of that table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crosswalk.dualwrite.importing import MARK, PROJECT_FILE, digest, untouched
from crosswalk.whole_files import put


@dataclass(frozen=True, slots=True)
class Laid:
    """What became of each file, by its path below the folder. `kept` were edited by hand."""

    written: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def lay(files: Mapping[str, str], folder: Path, *, force: bool) -> Laid:
    """Write files; the project file is never touched where there is one."""
    written, same, kept = list[str](), list[str](), list[str]()
    for name, text in sorted(files.items()):
        path = folder / name
        there = path.read_text(encoding="utf-8") if path.exists() else None
        if there is not None and name.endswith(".entity.yaml") and untouched(there):
            text = _with_columns(text, there)
        if there == text or (there is not None and name == PROJECT_FILE):
            same.append(name)
        elif there is not None and not force and not untouched(there):
            kept.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            put(path, text)
            written.append(name)
    return Laid(tuple(written), tuple(same), tuple(kept))


def _with_columns(text: str, there: str) -> str:
    """Add the columns, and a key, that an earlier import knew."""
    _, _, body = text.partition("\n")
    lines, earlier = body.splitlines(), there.splitlines()
    known = {_name(line) for line in _columns(lines)}
    lines += [line for line in _columns(earlier) if _name(line) not in known]
    key = next((line for line in earlier if line.startswith("key: ")), None)
    if key and not any(line.startswith("key: ") for line in lines):
        lines = [key if line.startswith("# key: ") else line for line in lines]
    whole = "\n".join(lines) + "\n"
    return f"{MARK}{digest(whole)}\n{whole}"


def _columns(lines: list[str]) -> list[str]:
    return lines[lines.index("columns:") + 1 :] if "columns:" in lines else []


def _name(line: str) -> str:
    return line.strip().partition(":")[0].casefold()
