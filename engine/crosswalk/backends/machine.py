"""What this machine allows: how much memory and how many threads a connection takes, and what its refusals mean.

Why the environment and not crosswalk.yaml: the project is the same everywhere, the machines are not. Where nothing is
said, DuckDB takes up to 80% of the memory that the machine or its container has.

Why the words of a message are read here: DuckDB gives a full disk, a missing right and a broken file one type, and a
commit that found no room another. The reasons in its messages are those of the operating system, so they are looked for
by the text that this system itself has for them.
"""

from __future__ import annotations

import errno
import os
import pwd
import re
from pathlib import Path

from crosswalk.errors import MachineError, UsageError
from crosswalk.sql import literal
from crosswalk.whole_files import NO_ROOM

MEMORY = "CROSSWALK_MEMORY"
THREADS = "CROSSWALK_THREADS"

_SIZE = re.compile(r"\d+(\.\d+)? ?[KMGT]i?B", re.IGNORECASE)
_COUNT = re.compile(r"[1-9]\d{0,3}")
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)
_KIND = re.compile(r"^[A-Z]\w*(?: [A-Za-z]+){0,3} Error: ")
_HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)(?: by user (?P<user>[^\s.]+))?")


def limits() -> tuple[str, ...]:
    """Give the statements that set what the environment allows; `UsageError` where it says something else."""
    memory = _said(MEMORY, _SIZE, "a size such as 4GB")
    threads = _said(THREADS, _COUNT, "a number such as 2")
    return (
        *((f"SET memory_limit = {literal(memory).text}",) if memory else ()),
        *((f"SET threads = {literal(int(threads)).text}",) if threads else ()),
    )


def _said(variable: str, form: re.Pattern[str], wanted: str) -> str:
    value = os.environ.get(variable, "").strip()
    if value and form.fullmatch(value) is None:
        raise UsageError(f"{variable} is '{value}'", code="MACHINE_LIMIT", remedy=f"set it to {wanted}, or to nothing")
    return value


def no_memory(reason: str) -> MachineError:
    """Say that the memory was not enough, and what to do."""
    now = os.environ.get(MEMORY)
    more = f"raise {MEMORY}, which is {now}" if now else f"free memory, or lower {THREADS}"
    remedy = f"{more}; or run fewer maps at once with --select"
    return MachineError(f"there is not enough memory: {_first_line(reason)}", code="OUT_OF_MEMORY", remedy=remedy)


def on_disk(reason: str, file: Path | None) -> MachineError:
    """Say what became of a read or a write."""
    folder = "the folder for temporary files" if file is None else str(file.parent)
    message = _first_line(reason)
    if _tells(reason, NO_ROOM):
        remedy = f"make room on the disk of {folder}, then run again"
        return MachineError(f"there is no room in {folder}: {message}", code="DISK_FULL", remedy=remedy)
    if _tells(reason, _NO_RIGHT):
        remedy = f"check who owns {folder} and the files in it, then run again"
        return MachineError(message, code="NO_RIGHTS", remedy=remedy)
    return MachineError(message, code="DISK_OR_FILE", remedy=f"check room and rights of {folder}, then run again")


def is_of_disk(reason: str) -> bool:
    """Say whether a message of any type comes from a disk without room or rights."""
    return _tells(reason, (*NO_ROOM, *_NO_RIGHT, errno.EIO))


def held_by(reason: str) -> str:
    """Name the program that holds a file, as far as DuckDB knows it."""
    found = _HOLDER.search(reason)
    if found is None:
        return "another program"
    owner = found["user"] or _owner(found["pid"])
    user = f" of {owner}" if owner else ""
    return f"another program{user}: {found['program']}, process {found['pid']}"


def _owner(pid: str) -> str:
    """Name the user of a process, where this machine tells; DuckDB leaves out who is the same."""
    try:
        return pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name
    except (OSError, KeyError):
        return ""


def _tells(reason: str, numbers: tuple[int, ...]) -> bool:
    return any(os.strerror(number) in reason for number in numbers)


def _first_line(reason: str) -> str:
    return _KIND.sub("", reason.strip().partition("\n")[0])
