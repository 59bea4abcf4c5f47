"""Follows an answer from page to page, and brings every page in whole.

A page that breaks off, or lacks what was asked for, is asked for again. A link that leads to another host is refused.
A link that was followed before is followed once more, for a server may give one page twice by mistake; after that the
chain has no end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from crosswalk.connectors.odata.answers import Rows, Unreadable, read_rows
from crosswalk.connectors.odata.binding import Binding
from crosswalk.connectors.odata.faults import Answer, broken, told
from crosswalk.connectors.odata.session import Session
from crosswalk.errors import SystemFailure, UsageError


@dataclass(frozen=True, slots=True)
class Query:
    """What to ask of an entity set. `filter` and `order` are not escaped yet."""

    select: tuple[str, ...]
    filter: str = ""
    order: tuple[str, ...] = ()

    def address(self, binding: Binding, options: Mapping[str, str]) -> str:
        """Write the address, below the root of the service; blanks are %20, for not every server reads a plus."""
        given = {
            "$select": ",".join(self.select),
            "$filter": self.filter,
            "$orderby": ",".join(self.order),
            **options,
        }
        query = "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in given.items() if value)
        return f"{quote(binding.entity_set.name)}?{query}"


_MOST_VISITS = 2
_SAFE = "$,()'/:@"


class Refused(Exception):
    """The service answered a read with an error of its own."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(told(answer))
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Pages:
    """Reads chains of pages of one table."""

    session: Session
    binding: Binding
    expected: frozenset[str]
    prefer: str
    modified: str | None = None

    def follow(self, address: str) -> Iterator[Rows]:
        """Give the pages from an address on; `Refused` where the service says no."""
        link: str | None = address
        followed: Counter[str] = Counter()
        while link is not None:
            url = self.session.url(link)
            followed[url] += 1
            if followed[url] > _MOST_VISITS:
                message = f"{self.session.settings.system}: the pages of {self._name} lead in a circle"
                raise SystemFailure(message, code="SYSTEM_ANSWER", remedy="report it to who runs the service")
            page = self.fetch(url)
            yield page
            link = page.next_link

    def fetch(self, url: str) -> Rows:
        """Bring in one page, again where it is not whole; `Refused` where the service says no."""
        read: list[Rows] = []

        def wrong(answer: Answer) -> str | None:
            try:
                read.append(read_rows(answer, self.expected, self.modified))
            except Unreadable as error:
                return broken(answer) or str(error)
            return None

        answer = self.session.send("GET", url, headers={"Prefer": self.prefer}, wrong=wrong)
        if not answer.fine:
            raise Refused(answer)
        return read[-1]

    @property
    def _name(self) -> str:
        return self.binding.entity_set.name

    def refusal(self, refused: Refused) -> SystemFailure | UsageError:
        """Make the error for a read that the service refused."""
        system, status = self.session.settings.system, refused.answer.status
        message = f"{system} refuses to give {self._name}: {refused}"
        if status == 403:
            remedy = f"give the application the right to read {self._name}"
            return UsageError(message, code="SYSTEM_RIGHTS", remedy=remedy)
        if status in {400, 404, 405, 501}:
            remedy = "compare the entity with the service: crosswalk entity pull"
            return UsageError(message, code="SYSTEM_REFUSED", remedy=remedy)
        return SystemFailure(message, code="SYSTEM_ANSWER", remedy="run the same command again: it goes on")
