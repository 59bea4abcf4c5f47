"""Fetches the next item in a thread of its own while the caller is busy with the current one.

Why a daemon thread: a request that hangs must not keep the process from ending. At most three items are in memory: one
in use, one that waits, one on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
_LOOK_UP = 0.2


class _End:
    """The last thing in the queue: how the fetching ended."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Give the items; what fetching raises is raised at its place among them."""
    ready: Queue[Item | _End] = Queue(maxsize=1)
    stopped = Event()
    Thread(target=_fetch, args=(items, ready, stopped), name="odata-pages", daemon=True).start()
    try:
        while True:
            item = _next(ready)
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stopped.set()


def _next(ready: Queue[Item | _End]) -> Item | _End:
    """Wait in short turns, so that an interrupt is noticed."""
    while True:
        try:
            return ready.get(timeout=_LOOK_UP)
        except Empty:
            continue


def _fetch(items: Iterator[Item], ready: Queue[Item | _End], stopped: Event) -> None:
    try:
        for item in items:
            if not _put(item, ready, stopped):
                return
        _put(_End(), ready, stopped)
    except BaseException as error:  # noqa: BLE001  it is raised again where the items are used
        _put(_End(error), ready, stopped)


def _put(item: Item | _End, ready: Queue[Item | _End], stopped: Event) -> bool:
    while not stopped.is_set():
        try:
            ready.put(item, timeout=_LOOK_UP)
            return True
        except Full:
            continue
    return False
