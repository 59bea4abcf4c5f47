"""A process that has loaded Crosswalk and runs each command it is sent in a child of its own, under limits of a machine.

    python warm.py [folder]        # with a folder: in a mount namespace of its own, a small disk is mounted there

It reads one JSON list of commands a line from stdin, starts them in the same moment, and answers with one JSON list. Why
forked and not started anew: a cell of the tables costs the run itself then, and not a second of imports.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field
from datetime import datetime as real
from datetime import timedelta, tzinfo
from importlib import import_module
from importlib.resources import files
from io import StringIO
from pathlib import Path
from pkgutil import iter_modules

import crosswalk.cli.commands
from crosswalk import api, failpoints
from crosswalk.cli import main as command
from crosswalk.compiler.render import _template
from crosswalk.connectors import all_specs

CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 0x4000, 0x40000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may do: the largest file in bytes, memory beyond what it begins with, whose rights it has; by how
    many seconds its clock is off; a file that its output goes to instead of a pipe, which has no size. None: as the parent.
    """

    arguments: list[str]
    place: str = "."
    environment: dict[str, str] = field(default_factory=dict)
    largest: int | None = None
    memory: int | None = None
    user: int | None = None
    clock: int = 0
    out: str = ""
    err: str = ""
    pause: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def main() -> None:
    """Serve until stdin ends."""
    if len(sys.argv) > 1:
        mount(Path(sys.argv[1]), int(sys.argv[2]))
    for module in iter_modules(crosswalk.cli.commands.__path__):
        import_module(f"crosswalk.cli.commands.{module.name}")
    all_specs()
    maps = str(Path(__file__).parents[2] / "maps")
    with redirect_stdout(StringIO()):
        command(["--project", maps, "validate"])
    assert api.load(maps).legs[0].plan("key").steps
    for template in files("crosswalk.compiler").joinpath("templates").iterdir():
        _template(template.name.removesuffix(".sql.jinja"))
    print("ready", flush=True)  # noqa: T201 - the parent waits for it
    for line in sys.stdin:
        ended = together([Limits(**each) for each in json.loads(line)])
        print(json.dumps([asdict(each) for each in ended]), flush=True)  # noqa: T201


def mount(folder: Path, size: int) -> None:
    """Mount an empty file system of some bytes on a folder, seen by this process and its children only."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    for failed in (
        libc.unshare(CLONE_NEWNS),
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None),
        libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={size},mode=755".encode()),
    ):
        if failed:
            sys.exit(f"no file system can be mounted here: {os.strerror(ctypes.get_errno())}")


def together(commands: list[Limits]) -> list[Ended]:
    """Start commands behind a gate, open it, and say how each ended; what a signal ended has a negative code."""
    gate, key = os.pipe()
    children = [start(each, gate, key) for each in commands]
    os.close(gate)
    os.close(key)
    return [finish(*child) for child in children]


def start(limits: Limits, gate: int, key: int) -> tuple[int, int, int]:
    """Fork a child; give its number and what to read its output and its errors from."""
    (out, to_out), (err, to_err) = roomy(), roomy()
    child = os.fork()
    if child:
        os.close(to_out)
        os.close(to_err)
        return child, out, err
    code = 99
    try:
        os.close(key)
        confine(limits, to_out, to_err)
        os.read(gate, 1)
        code = command(limits.arguments)
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - a child must never go on as the parent
        traceback.print_exc()
    finally:
        os._exit(code)


def roomy() -> tuple[int, int]:
    """Make a pipe that holds all that a command says, so that nobody needs to read while it runs."""
    ends = os.pipe()
    fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, 1 << 20)
    return ends


def finish(child: int, out: int, err: int) -> Ended:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = []
    for end in (out, err):
        with os.fdopen(end, encoding="utf-8", errors="replace") as pipe:
            said.append(pipe.read())
    return Ended(code, *said)


def confine(limits: Limits, out: int, err: int) -> None:
    """Take on the limits; the memory comes last, because the others need some."""
    for path, pipe, number in ((limits.out, out, 1), (limits.err, err, 2)):
        os.dup2(os.open(path, os.O_WRONLY) if path else pipe, number)
        os.close(pipe)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(limits.place)
    os.environ.update(limits.environment)
    failpoints.arm(os.environ.get(failpoints.ARMED, ""))
    if limits.pause is not None:
        failpoints.PAUSE_SECONDS = limits.pause
    if limits.clock:
        set_clock(limits.clock)
    if limits.user is not None:
        os.setgroups([])
        os.setgid(limits.user)
        os.setuid(limits.user)
    if limits.largest is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.largest, limits.largest))
    if limits.memory is not None:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + limits.memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def set_clock(seconds: int) -> None:
    """Put the clock of all modules of Crosswalk on or back."""

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

    class Shifted(real, metaclass=Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> real:  # type: ignore[override]
            return real.now(tz) + timedelta(seconds=seconds)

    for name, module in list(sys.modules.items()):
        if name.startswith("crosswalk") and getattr(module, "datetime", None) is real:
            module.datetime = Shifted  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
