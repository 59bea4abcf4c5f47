"""Sends one batch of changes and says what became of each.

Rows of one group go in one change set. Rows without a group go together too at first, in the service's bound actions or
in one change set, because that is many times faster; where one of them fails, all of them go again, apart, so that each
gets a verdict of its own and the good ones are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crosswalk.connectors.odata.calls import Call, Reply
from crosswalk.connectors.odata.carrying import Carried, Carrier
from crosswalk.connectors.odata.encoding import Unfit
from crosswalk.connectors.odata.leading import Leading
from crosswalk.connectors.odata.looking import UNFIT, look
from crosswalk.connectors.odata.multiples import action_of, calls_of
from crosswalk.connectors.odata.operations import Desk, Seen, call_of
from crosswalk.connectors.odata.verdicts import GROUP_REFUSED, Outcome, error_of, pause, throttled, unknown, verdict
from crosswalk.errors import UsageError
from crosswalk.exchange import Ack, Batch, Change

_TOGETHER = "together"
_FEW = 20
"""So many rows and more go together a second time, in smaller parts, when one of them is bad."""

_LAST_TRY = 2
"""After so many tries a failure that the service describes is the verdict of the row."""


@dataclass(frozen=True, slots=True)
class Work:
    """Changes to send in one go, and what was tried before: `waited` are seconds that throttling took; `noted` says
    that the delivery knows that they left, and has not heard of them since.
    """

    batch: Batch
    manner: Literal["together", "apart"] = "together"
    tries: int = 0
    waited: float = 0.0
    noted: bool = False


Pair = tuple[Change, Call]


def send_batch(work: Work, desk: Desk, carrier: Carrier, leading: Leading) -> Outcome:
    """Send the changes; several requests where they cannot be one."""
    leading.prepare(work.batch)
    seen, outcome = look(work.batch, desk, carrier, inserts=desk.looks and work.manner == "apart")
    left = _without(work.batch, outcome)
    if work.manner == "together" and len(left) > 1:
        many = [change for change in left if action_of(change, desk, seen.get(change.number))]
        outcome = outcome.plus(_send_many(many, desk, carrier)) if len(many) > 1 else outcome
        left = _without(left, outcome)
    pairs, unfit = _pairs(left, desk, seen)
    outcome = _whole_groups(work.batch, outcome.plus(unfit))
    able = {change.number for change in _without(left, outcome)}
    pairs = [pair for pair in pairs if pair[0].number in able]
    return outcome.plus(_send_pairs(pairs, work, desk, carrier)) if pairs else outcome


def _without(batch: Sequence[Change], outcome: Outcome) -> Batch:
    done = {ack.number for ack in outcome.acks} | {change.number for change in (*outcome.again, *outcome.unknown)}
    return tuple(change for change in batch if change.number not in done)


def _pairs(changes: Sequence[Change], desk: Desk, seen: Mapping[int, Seen]) -> tuple[list[Pair], Outcome]:
    pairs, unfit = [], []
    for change in changes:
        try:
            pairs.append((change, call_of(change, desk, seen.get(change.number), change.group)))
        except Unfit as error:
            unfit.append(Ack(change.number, "refused", UNFIT, str(error)))
    return pairs, Outcome(tuple(unfit))


def _whole_groups(batch: Batch, outcome: Outcome) -> Outcome:
    """Let no row of a group go of which another one cannot: all wait with it, or are refused with it."""
    failed = {ack.number for ack in outcome.acks if ack.state != "applied"}
    waiting = {change.number for change in outcome.again}
    broken = {change.group for change in batch if change.group is not None and change.number in failed}
    held = {change.group for change in batch if change.group is not None and change.number in waiting} - broken
    others = _without(batch, Outcome(outcome.acks))
    refused = tuple(
        Ack(change.number, "refused", GROUP_REFUSED, "not written, because another row of its group cannot be")
        for change in others
        if change.group in broken
    )
    again = tuple(change for change in others if change.group in held and change.number not in waiting)
    kept = tuple(change for change in outcome.again if change.group not in broken)
    return replace(outcome, acks=outcome.acks + refused, again=kept + again)


def _send_many(changes: Sequence[Change], desk: Desk, carrier: Carrier) -> Outcome:
    """Write rows by bound actions; those of a call that failed as a whole go again, apart."""
    try:
        calls = list(calls_of(changes, desk))
    except Unfit:
        return Outcome()
    outcome = Outcome()
    for call, members in calls:
        carried = carrier.carry([call])
        outcome = outcome.plus(_of_many(members, carried.replies.get(call.id), carried.reason, desk))
    return outcome


def _of_many(members: Batch, reply: Reply | None, reason: str, desk: Desk) -> Outcome:
    if reply is None:
        return Outcome(unknown=members, reason=reason)
    if reply.good:
        return Outcome(tuple(Ack(change.number, "applied") for change in members))
    if reply.status == 413:
        return _smaller(members, reply)
    if throttled(reply):
        return Outcome(again=members, wait=_wait(reply, desk), reason="the service throttles")
    if unknown(reply, last=False):
        return Outcome(unknown=members, reason=reason or f"the service answered {reply.status}", manner="apart")
    return _finer(members, str(error_of(reply.body)))


def _send_pairs(pairs: Sequence[Pair], work: Work, desk: Desk, carrier: Carrier) -> Outcome:
    ordered = sorted(pairs, key=lambda pair: (pair[0].group is not None, pair[0].group or ""))
    loose = [change for change, _ in ordered if change.group is None]
    joined = work.manner == "together" and len(loose) > 1 and bool(carrier.formats)
    calls = [replace(call, group=_TOGETHER) if joined and change.group is None else call for change, call in ordered]
    carried = carrier.carry(calls)
    if carried.whole is not None:
        return _refused_whole(tuple(change for change, _ in ordered), carried, desk)
    if joined and not _all_good(loose, carried):
        rest = [pair for pair in zip((c for c, _ in ordered), calls, strict=True) if pair[0].group is not None]
        return _apart(tuple(loose), carried, desk).plus(_verdicts(rest, carried, work, desk))
    return _verdicts(list(zip((change for change, _ in ordered), calls, strict=True)), carried, work, desk)


def _all_good(changes: Sequence[Change], carried: Carried) -> bool:
    replies = [carried.replies.get(str(change.number)) for change in changes]
    return all(reply is not None and reply.good for reply in replies)


def _apart(changes: Batch, carried: Carried, desk: Desk) -> Outcome:
    """Say that a change set of rows that need not go together failed: none of them was written."""
    replies = [carried.replies.get(str(change.number)) for change in changes]
    failed = [reply for reply in replies if reply is not None and not reply.good]
    if not failed or any(unknown(reply, last=False) for reply in failed):
        return Outcome(unknown=changes, reason=carried.reason or "the service failed", manner="apart")
    slow = [reply for reply in failed if throttled(reply)]
    if slow:
        return Outcome(again=changes, wait=_wait(slow[0], desk), reason="the service throttles")
    return _finer(changes, str(error_of(failed[0].body)))


def _finer(changes: Batch, reason: str) -> Outcome:
    """Send rows that failed together again, a tenth at a time and at last apart: most are good, and stay fast."""
    if len(changes) < _FEW:
        return Outcome(again=changes, manner="apart", reason=reason)
    return Outcome(again=changes, most=-(-len(changes) // 10), reason=reason)


def _verdicts(pairs: Sequence[Pair], carried: Carried, work: Work, desk: Desk) -> Outcome:
    acks: list[Ack] = []
    again: list[Change] = []
    open_: list[Change] = []
    waits: list[float] = []
    for change, call in pairs:
        reply = carried.replies.get(call.id)
        if reply is None or unknown(reply, last=work.tries >= _LAST_TRY):
            open_.append(change)
        elif throttled(reply):
            again.append(change)
            waits.append(_wait(reply, desk))
        else:
            acks.append(verdict(change, call, reply, desk.table))
    reason = carried.reason or ("the service failed" if open_ else "")
    found = Outcome(tuple(acks), tuple(again), tuple(open_), reason, max(waits, default=None))
    return _looked_for(found, pairs) if desk.looks and work.manner == "together" else found


def _looked_for(outcome: Outcome, pairs: Sequence[Pair]) -> Outcome:
    """Let rows that could not be created go again, apart, where they are looked for first; whole groups with them."""
    refused = {ack.number for ack in outcome.acks if ack.state == "refused"}
    posted = [change for change, call in pairs if change.number in refused and call.verb == "POST"]
    groups = {change.group for change in posted if change.group is not None}
    later = {change.number for change in posted}
    later |= {change.number for change, _ in pairs if change.number in refused and change.group in groups}
    if not later:
        return outcome
    acks = tuple(ack for ack in outcome.acks if ack.number not in later)
    again = outcome.again + tuple(change for change, _ in pairs if change.number in later)
    return replace(outcome, acks=acks, again=again, manner="apart")


def _wait(reply: Reply, desk: Desk) -> float:
    return pause(reply, desk.session.clock.now())


def _smaller(changes: Batch, reply: Reply) -> Outcome:
    if len(changes) == 1:
        return Outcome((Ack(changes[0].number, "refused", "413", "the row is larger than the service takes"),))
    return Outcome(again=changes, most=len(changes) // 2, lasting=True, reason=f"the service answered {reply.status}")


def _refused_whole(changes: Batch, carried: Carried, desk: Desk) -> Outcome:
    """Judge a batch that was refused as a whole: too large, or one row in it that breaks the reading of all."""
    reply = carried.whole
    assert reply is not None
    if reply.status == 413:
        return _smaller(changes, reply)
    if reply.status == 403:
        message = f"{desk.session.settings.system} refuses batches: {carried.reason}"
        remedy = "check the rights of the application in that system"
        raise UsageError(message, code="SYSTEM_RIGHTS", remedy=remedy)
    return Outcome(unknown=changes, most=max(1, len(changes) // 2), reason=carried.reason, manner="apart")
