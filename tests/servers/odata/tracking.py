"""Change tracking in front of CAP, which has none: delta links, changed rows, removed rows.

What changed comes from the row versions that the server keeps, what is gone from the keys that the server's triggers
write down; the form of the answers is Dataverse's. So a test of delta links shows that the client walks them rightly
and that no change is lost between two of them; it does not show what Dataverse does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from tests.servers.odata.cap import Server
from tests.servers.odata.models import stored_name
from tests.servers.odata.wire import Answer, Request, next_link, refusal, with_first, with_next_link

EXPIRED = "0x80044352"
_NOT_WITH_TRACKING = re.compile(r"(?:^|&)(?:\$|%24)(?:filter|orderby|top|expand|search)=", re.IGNORECASE)
_TOKEN = re.compile(r"(?:^|&)(?:\$|%24)deltatoken=([^&]*)", re.IGNORECASE)
_STATE = re.compile(r"(?:^|&)x-delta=([^&]*)")
_SKIP = re.compile(r"(?:^|&)(?:\$|%24)skiptoken=[^&]*", re.IGNORECASE)
_FILTER = re.compile(r"(?:^|&)(?:\$|%24)filter=[^&]*", re.IGNORECASE)

Forward = Callable[[Request], Answer]


@dataclass(slots=True)
class Tracking:
    """The change tracking of one server. Tokens of an older `generation` are refused."""

    server: Server
    generation: int = 1

    def expire(self) -> None:
        """Let all tokens that were given so far expire."""
        self.generation += 1

    def concerns(self, request: Request) -> bool:
        marked = _TOKEN.search(request.query) or _STATE.search(request.query)
        asked = request.prefers("odata.track-changes") or marked is not None
        return request.method == "GET" and asked and self._table(request) is not None

    def answer(self, request: Request, forward: Forward) -> Answer:
        """Answer the first page, a further page, or a delta link."""
        if (state := _STATE.search(request.query)) is not None:
            since, until = (int(one) for one in state.group(1).split("."))
        elif (token := _TOKEN.search(request.query)) is not None:
            version, _, generation = unquote(token.group(1)).partition("!")
            since, until = int(version), self.server.version()
            if generation != str(self.generation):
                return refusal(410, EXPIRED, "The version of the client has expired; read everything anew.")
        elif _NOT_WITH_TRACKING.search(request.query):
            return refusal(400, "0x80060888", "Filter, order, top and expand do not go with change tracking.")
        else:
            since, until = -1, self.server.version()
        return self._page(request, forward, since, until)

    def _page(self, request: Request, forward: Forward, since: int, until: int) -> Answer:
        table = self._table(request)
        assert table is not None
        answer = forward(replace(request, target=f"{request.path}?{self._upstream(request, table, since)}"))
        if answer.status != 200:
            return answer
        body, link = answer.body, next_link(answer.body)
        if link:
            body = with_next_link(body, f"{link}&x-delta={since}.{until}")
        else:
            body = self._last(body, request, table, since)
            body = with_first(body, "@odata.deltaLink", self._delta_link(request, until))
        applied = ", ".join(filter(None, [answer.headers.get("preference-applied"), "odata.track-changes"]))
        headers = {**answer.headers, "preference-applied": applied}
        return answer.marked("tracking", headers=headers, body=body)

    def _upstream(self, request: Request, table: str, since: int) -> str:
        """Give the query for CAP: without what it does not know, with a filter for what changed."""
        query = _STATE.sub("", _TOKEN.sub("", request.query)).strip("&")
        if since < 0 or "skiptoken=" in query:
            return query
        entity = self.server.entities[table]
        assert entity.row_version is not None
        column = stored_name(self.server.service, entity.columns[entity.row_version])
        return f"{query}&$filter={quote(f'{column} gt {since}')}".strip("&")

    def _last(self, body: bytes, request: Request, table: str, since: int) -> bytes:
        """Put the removed rows at the end of the last page of a delta."""
        if since < 0:
            return body
        key = self.server.entities[table].key[0]
        present = {str(row[key]) for row in self.server.rows(table)}
        gone = {str(next(iter(one.key.values()))) for one in self.server.removed(table, since)} - present
        content = json.loads(body)
        context = f"$metadata#{table}/$deletedEntity"
        content["value"] += [{"@odata.context": context, "id": id_, "reason": "deleted"} for id_ in sorted(gone)]
        return json.dumps(content).encode()

    def _delta_link(self, request: Request, until: int) -> str:
        query = request.query
        for known in (_STATE, _TOKEN, _SKIP, _FILTER):
            query = known.sub("", query)
        token = f"$deltatoken={quote(f'{until}!{self.generation}')}"
        return f"{request.path.rsplit('/', 1)[1]}?{'&'.join(filter(None, [query.strip('&'), token]))}"

    def _table(self, request: Request) -> str | None:
        """Name the table that a request reads whole; None where it has no row version or no key of one column."""
        name = request.path.rsplit("/", 1)[1]
        entity = self.server.entities.get(name)
        return name if entity is not None and entity.row_version is not None and len(entity.key) == 1 else None
