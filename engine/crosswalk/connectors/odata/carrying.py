"""Carries operations to the service and their answers back: one alone, or many in one batch.

The format of batches is the first that the service takes; which one that is, is found out once for each delivery.
Addresses inside a batch are relative to the root of the service, or start at the root of the host: some services take
only the one, some document only the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import ModuleType
from urllib.parse import urlsplit

from crosswalk.connectors.odata import batch_json, batch_multipart
from crosswalk.connectors.odata.calls import Call, Reply, Unreadable, settled
from crosswalk.connectors.odata.encoding import JSON_TYPE, Json
from crosswalk.connectors.odata.faults import Answer, Unanswered, broken, told
from crosswalk.connectors.odata.session import Session

Format = str
_FORMATS: Mapping[Format, ModuleType] = {"json": batch_json, "multipart": batch_multipart}
_NOT_TAKEN = frozenset({404, 405, 406, 415, 501})
GO_ON = {"Prefer": "odata.continue-on-error"}


@dataclass(frozen=True, slots=True)
class Carried:
    """The replies by the id of the call. `whole` is the answer that refused the request as a whole, `reason` says why
    there are not as many replies as calls.
    """

    replies: Mapping[str, Reply]
    whole: Reply | None = None
    reason: str = ""


@dataclass(slots=True)
class Carrier:
    """Sends for one delivery. `formats` are those that the service may still take; none: one operation at a time."""

    session: Session
    formats: list[Format] = field(default_factory=list)

    def carry(self, calls: Sequence[Call], *, repeatable: bool = False) -> Carried:
        """Send calls, as one request where that can be. `repeatable` calls only read."""
        if len(calls) == 1:
            return self._alone(calls[0], repeatable=repeatable)
        for name in tuple(self.formats):
            carried = self._batch(calls, name, repeatable=repeatable)
            if carried.whole is None or carried.whole.status not in _NOT_TAKEN:
                return carried
            self._drop(name)
        return self._one_by_one(calls, repeatable=repeatable)

    def _drop(self, name: Format) -> None:
        self.formats = [kept for kept in self.formats if kept != name]

    def _alone(self, call: Call, *, repeatable: bool) -> Carried:
        content = None if call.body is None else json.dumps(call.body, allow_nan=False).encode()
        headers = dict(call.headers) | ({"Content-Type": JSON_TYPE} if content is not None else {})
        try:
            answer = self.session.send(call.verb, call.url, headers=headers, content=content, idempotent=repeatable)
        except Unanswered as silence:
            return _silent(call, silence)
        reason = broken(answer) if answer.fine and answer.text.strip() else None
        return Carried({}, reason=reason) if reason else Carried({call.id: _reply(answer)})

    def _one_by_one(self, calls: Sequence[Call], *, repeatable: bool) -> Carried:
        replies: dict[str, Reply] = {}
        for call in calls:
            carried = self._alone(call, repeatable=repeatable)
            replies |= carried.replies
            if carried.reason:
                return Carried(replies, reason=carried.reason)
        return Carried(replies)

    def _batch(self, calls: Sequence[Call], name: Format, *, repeatable: bool) -> Carried:
        form = _FORMATS[name]
        content_type, content = form.build(self._rooted(calls))
        headers = {"Content-Type": content_type, "Accept": form.ACCEPT} | GO_ON
        try:
            answer = self.session.send("POST", "$batch", headers=headers, content=content, idempotent=repeatable)
        except Unanswered as silence:
            return Carried({}, reason=str(silence))
        if not answer.fine:
            return Carried({}, _reply(answer), told(answer))
        return _read(calls, answer, form.parse)

    def _rooted(self, calls: Sequence[Call]) -> Sequence[Call]:
        if not self.session.settings.dialect.rooted:
            return calls
        root = urlsplit(self.session.settings.url).path
        return [replace(call, url=f"{root}/{call.url}") for call in calls]


Parse = Callable[[Sequence[Call], str, bytes], dict[str, Reply]]


def _read(calls: Sequence[Call], answer: Answer, parse: Parse) -> Carried:
    try:
        replies = parse(calls, answer.headers.get("content-type", ""), answer.text.encode())
    except Unreadable as error:
        return Carried({}, reason=str(error))
    whole = settled(calls, replies)
    return Carried(whole, reason="" if len(whole) == len(calls) else "not every operation of the batch has an answer")


def _silent(call: Call, silence: Unanswered) -> Carried:
    if silence.answer is None or silence.answer.fine:
        return Carried({}, reason=str(silence))
    return Carried({call.id: _reply(silence.answer)}, reason=str(silence))


def _reply(answer: Answer) -> Reply:
    try:
        body: Json = json.loads(answer.text, parse_float=Decimal) if answer.text.strip() else None
    except ValueError:
        body = answer.text if answer.headers.get("content-type", "").startswith("text/plain") else None
    return Reply(answer.status, answer.headers, body)
