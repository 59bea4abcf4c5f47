"""Lets Ctrl-C and a polite kill end a command cleanly, also in the middle of a long statement.

Why a second thread: Python handles a signal between two steps of the main thread, and a statement of the database is
one step that may take hours. The first try unwinds the stack, so that an open transaction is rolled back. Where that
does not get through in time, the process ends at once: nobody ever sees a transaction that was not committed.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Thread, current_thread, main_thread
from types import FrameType

GRACE_SECONDS = 3.0
KEYBOARD = 128 + signal.SIGINT
PROGRAM = "crosswalk"
SENTENCE = "interrupted; nothing of the unfinished leg was written"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_received: list[int] = []


class TerminatedError(BaseException):
    """The process was asked to end. No `Exception`, so that nothing on the way takes it for a failure."""


def exit_code() -> int | None:
    """Give the exit code of the signal that came during this call: 130 or 143; None where none came."""
    return 128 + _received[0] if _received else None


def run_again(arguments: Sequence[str]) -> str:
    """Write the command that repeats a call."""
    return shlex.join((PROGRAM, *arguments))


@contextmanager
def interruptible(arguments: Sequence[str]) -> Iterator[None]:
    """Watch for signals while a command runs. Outside the main thread the embedding program decides."""
    _received.clear()
    if current_thread() is not main_thread():
        yield
        return
    with ExitStack() as undo:
        for number in _SIGNALS:
            earlier = signal.getsignal(number)
            if earlier is not signal.SIG_IGN and earlier is not None:
                undo.callback(signal.signal, number, earlier)
                signal.signal(number, _unwind)
        undo.enter_context(_watched(arguments))
        yield


def _unwind(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    raise KeyboardInterrupt if number == signal.SIGINT else TerminatedError


@contextmanager
def _watched(arguments: Sequence[str]) -> Iterator[None]:
    """Let a thread know of every signal at once, by a byte that Python's own handler writes."""
    ear, mouth = socket.socketpair()
    with ear, mouth:
        mouth.setblocking(False)
        done = Event()
        earlier = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
        watcher = Thread(target=_watch, args=(ear, done, tuple(arguments)), daemon=True)
        watching = _started(watcher)
        try:
            yield
        finally:
            done.set()
            signal.set_wakeup_fd(earlier)
            mouth.shutdown(socket.SHUT_WR)
            if watching:
                watcher.join()


def _started(watcher: Thread) -> bool:
    """Start the thread; without memory for one a signal is heard between two statements only."""
    try:
        watcher.start()
    except RuntimeError:
        return False
    return True


def _watch(ear: socket.socket, done: Event, arguments: tuple[str, ...]) -> None:
    while heard := ear.recv(1):
        if heard[0] in _SIGNALS and not done.wait(GRACE_SECONDS):
            with suppress(OSError):
                os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, _last_words(arguments))
            os._exit(128 + heard[0])


def _last_words(arguments: tuple[str, ...]) -> bytes:
    return f"{SENTENCE}; run again: {run_again(arguments)}\n".encode(errors="replace")
