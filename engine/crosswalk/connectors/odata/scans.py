"""Reads all pages of a query, and tells whether rows may have been missed where pages go by position.

Some servers page by "skip the first 10,000". A row that is removed meanwhile moves all behind it up by one, and the one
at the border of two pages is in neither. Such a scan is counted: before, after and while it runs. When the counts
differ it is done again, as often as the settings allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from logging import WARNING

from crosswalk.connectors.odata.answers import Rows
from crosswalk.connectors.odata.pages import Pages, Query
from crosswalk.logs import event

_COUNTED: Mapping[str, str] = {"$count": "true"}
_ONE: Mapping[str, str] = {"$count": "true", "$top": "1"}


@dataclass(slots=True)
class Scan:
    """All pages of a query. `moved` tells, after the last page, that a row may have been missed."""

    pages: Pages
    query: Query
    moved: bool = False

    def rows(self) -> Iterator[Rows]:
        """Give the pages as they come; those of a scan that is done again come again."""
        if not self._by_position:
            yield from self.pages.follow(self._address({}))
            return
        for _ in range(self._tries):
            yield from self._once()
            if not self.moved:
                return
        self._warn()

    def still(self) -> Iterator[Rows]:
        """Give the pages of a scan in which nothing moved; none where there was no such scan."""
        if not self._by_position:
            yield from self.pages.follow(self._address({}))
            return
        for _ in range(self._tries):
            held = list(self._once())
            if not self.moved:
                yield from held
                return
        self._warn()

    @property
    def _by_position(self) -> bool:
        return self.pages.session.settings.dialect.by_position

    @property
    def _tries(self) -> int:
        return self.pages.session.settings.limits.tries

    def _once(self) -> Iterator[Rows]:
        before, seen = None, 0
        for rows in self.pages.follow(self._address(_COUNTED)):
            before = rows.count if before is None else before
            seen += rows.number
            yield rows
        after = self.pages.fetch(self.pages.session.url(self._address(_ONE))).count
        self.moved = not (before == seen == after)

    def _address(self, more: Mapping[str, str]) -> str:
        return self.query.address(self.pages.binding, {**more, **self.pages.session.settings.options})

    def _warn(self) -> None:
        event(
            WARNING,
            "rows moved while they were read",
            system=self.pages.session.settings.system,
            table=self.pages.binding.entity_set.name,
        )
