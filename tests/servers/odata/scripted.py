"""Plays the faults of a script: decides which request meets which, and makes the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from time import monotonic
from typing import assert_never
from urllib.parse import unquote

from tests.servers.odata import batches
from tests.servers.odata.faults import Fault
from tests.servers.odata.limits import retry_after
from tests.servers.odata.wire import Answer, Request, next_link, refusal, with_next_link

Send = Callable[[Request], Answer]

_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><form action='login'></form></body></html>"
_NOTHING = Answer(0, {}, b"", "silent")


@dataclass(slots=True)
class Script:
    """The faults that are set and how many requests each has seen; `replays` are answers that a page fault keeps for
    the next request to an address.
    """

    elsewhere: str
    faults: tuple[Fault, ...] = ()
    counts: list[int] = field(default_factory=list)
    met: int = 0
    replays: dict[str, Answer] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def set(self, faults: Sequence[Fault]) -> None:
        with self.lock:
            self.faults, self.counts, self.met = tuple(faults), [0] * len(faults), 0
            self.replays.clear()

    def answer(self, request: Request, send: Send, gone: Callable[[], bool]) -> Answer:
        """Answer a request: with the fault that it meets, or as the server does. `met` counts the faults met."""
        with self.lock:
            replay = self.replays.pop(unquote(request.target), None)
            fault = self._next(request)
            self.met += fault is not None
        if replay is not None:
            return replay
        if fault is None:
            return send(request)
        return self._play(fault, request, send, gone).marked(fault.kind)

    def refuses_next(self) -> bool:
        """Tell whether the next request that fits would be one to refuse: it then finds no open door."""
        with self.lock:
            return any(
                fault.kind == "refused" and count == fault.at - 1
                for fault, count in zip(self.faults, self.counts, strict=True)
            )

    def refusal_seconds(self) -> float:
        with self.lock:
            for place, fault in enumerate(self.faults):
                if fault.kind == "refused" and self.counts[place] == fault.at - 1:
                    self.counts[place] += 1
                    self.met += 1
                    return fault.seconds
        return 0.0

    def _next(self, request: Request) -> Fault | None:
        """Count the request for all faults and give the first whose turn it is."""
        found = None
        for place, fault in enumerate(self.faults):
            if fault.fits(request):
                self.counts[place] += 1
                due = fault.at <= self.counts[place] < fault.at + fault.times and fault.kind != "refused"
                found = fault if due and found is None else found
        return found

    def _play(self, fault: Fault, request: Request, send: Send, gone: Callable[[], bool]) -> Answer:
        match fault.kind:
            case "refused":
                raise AssertionError("a refused request does not arrive")
            case "silent" | "silent after":
                if fault.kind == "silent after":
                    send(request)
                _wait(fault.seconds, gone)
                return _NOTHING
            case "lost":
                send(request)
                return _NOTHING
            case "cut":
                return replace(send(request), ending="cut")
            case "truncated":
                answer = send(request)
                return replace(answer, body=answer.body[: len(answer.body) // 2])
            case "status" | "html" | "redirect":
                if fault.reached:
                    send(request)
                return self._replaced(fault)
            case "row":
                return _row(fault, request, send)
            case "batch cut":
                _half(request, send)
                return _NOTHING
            case "partial batch":
                return _half(request, send)
            case "page twice" | "pages reordered" | "page loop":
                return self._paged(fault, request, send)
            case _:
                assert_never(fault.kind)

    def _replaced(self, fault: Fault) -> Answer:
        if fault.kind == "html":
            return Answer(200, {"content-type": "text/html; charset=utf-8"}, _PAGE)
        if fault.kind == "redirect":
            return Answer(307, {"location": self.elsewhere}, b"")
        wait = {} if fault.retry_after is None else {"retry-after": retry_after(fault.retry_after, fault.form)}
        asks = {"www-authenticate": "Bearer"} if fault.status == 401 else {}
        return refusal(fault.status, f"test-{fault.status}", "The script of the test says so.", {**wait, **asks})

    def _paged(self, fault: Fault, request: Request, send: Send) -> Answer:
        """Play with the order of pages. Where there is no next page to change places with, the answer stays as it is."""
        first = send(request)
        folder, table = request.path.rsplit("/", 1)
        own, here = f"{table}?{request.query}", unquote(request.target)
        if fault.kind == "page loop":
            return replace(first, body=with_next_link(first.body, own))
        if fault.kind == "page twice":
            self.replays[here] = first.marked(fault.kind)
            return replace(first, body=with_next_link(first.body, own))
        link = next_link(first.body)
        if link is None:
            return first
        second = send(replace(request, target=f"{folder}/{link}"))
        swapped = with_next_link(first.body, next_link(second.body))
        self.replays[here] = replace(first, body=swapped).marked(fault.kind)
        return replace(second, body=with_next_link(second.body, own))


def _wait(seconds: float, gone: Callable[[], bool]) -> None:
    end = monotonic() + seconds
    while monotonic() < end and not gone():
        pass


def _half(request: Request, send: Send) -> Answer:
    """Send on the first half of a batch; of anything else, nothing."""
    if not batches.is_batch(request):
        return _NOTHING
    parts = batches.parts_of(request.headers, request.body)
    return send(batches.request_of(request, parts[: len(parts) // 2])) if len(parts) > 1 else _NOTHING


def _row(fault: Fault, request: Request, send: Send) -> Answer:
    """Let one row fail: the whole request where it is one row or one call, one part of a batch with all its changeset.

    A changeset that fails has one answer in multipart, and in JSON one for each member, 424 for the innocent ones.
    """
    code, message = f"test-{fault.status}", "The script of the test lets this row fail."
    if not batches.is_batch(request):
        return refusal(fault.status, code, message)
    parts = batches.parts_of(request.headers, request.body)
    chosen = parts[min(fault.part or (len(parts) + 1) // 2, len(parts)) - 1]
    fallen = [one for one in parts if one is chosen or (one.group is not None and one.group == chosen.group)]
    rest = [one for one in parts if one not in fallen]
    answer = send(batches.request_of(request, rest)) if rest else batches.empty_answer(request)
    good = batches.parts_of(answer.headers, answer.body) if rest else []
    told = fallen if batches.is_json(request) else [chosen]
    statuses = [(one, fault.status if one is chosen else 424) for one in told]
    bad = [batches.failed(request, replace(one, group=None), status, code, message) for one, status in statuses]
    before = sum(1 for one in parts[: parts.index(chosen)] if one in rest)
    return batches.answer_of(answer, [*good[:before], *bad, *good[before:]])
