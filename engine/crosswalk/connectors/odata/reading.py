"""Reads a table, whole or what changed: by delta links where the service has them, else by the modified time.

Reading by time cannot see deleted rows: after what changed, all keys follow, from which the engine tells what is gone.
Rows come in the order of the key, so that one that changes during the read does not push another out of its page. The
mark comes after the last page, for only then nothing lies behind it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from crosswalk.connectors.odata.ahead import ahead
from crosswalk.connectors.odata.answers import Rows
from crosswalk.connectors.odata.binding import Binding
from crosswalk.connectors.odata.conditions import filter_text
from crosswalk.connectors.odata.marks import Mark, Watermark, earlier, read_mark
from crosswalk.connectors.odata.pages import Pages, Query, Refused
from crosswalk.connectors.odata.removals import removed_keys
from crosswalk.connectors.odata.rows import keys_of, rows_of
from crosswalk.connectors.odata.scans import Scan
from crosswalk.connectors.odata.session import Session
from crosswalk.errors import UsageError
from crosswalk.exchange import Compare, MarkExpired, Page, Wanted

_TRACK = "odata.track-changes"


@dataclass(frozen=True, slots=True)
class Reading:
    """One read of one table. `overlap` is in seconds."""

    session: Session
    binding: Binding
    wanted: Wanted
    overlap: int

    def pages(self) -> Iterator[Page]:
        """Give the pages; `MarkExpired` before the first one."""
        mark = read_mark(self.wanted.since, self.binding) if self.wanted.since is not None else None
        if mark is not None and mark.delta is not None:
            return self._changes(mark.delta)
        if mark is None and self._may_track and (first := self._tracked_start()) is not None:
            return self._tracked(first)
        return self._by_time(mark)

    @property
    def _settings_track(self) -> str:
        return self.session.settings.change_tracking

    @property
    def _may_track(self) -> bool:
        offered = self.session.settings.dialect.tracks or self.binding.entity_set.tracked
        return self._settings_track == "yes" or (self._settings_track == "auto" and offered)

    def _chain(self, *, track: bool = False, keys: bool = False) -> Pages:
        size = f"odata.maxpagesize={self.session.settings.page_size}"
        names = self._key_names if keys else self.binding.expected
        prefer = f"{size},{_TRACK}" if track else size
        return Pages(self.session, self.binding, frozenset(names), prefer, None if keys else self.binding.modified)

    @property
    def _key_names(self) -> tuple[str, ...]:
        return tuple(self.binding.columns[column].name for column in self.binding.entity.key)

    def _tracked_start(self) -> Rows | None:
        """Ask for all rows and a delta link. None where the service does not track this table: tracking takes neither
        filter nor order, so that an answer without it would not be the one that is wanted.
        """
        pages = self._chain(track=True)
        address = Query(self.binding.selected).address(self.binding, self.session.settings.options)
        try:
            first = pages.fetch(self.session.url(address))
        except Refused as refused:
            if refused.answer.status in {401, 403}:
                raise pages.refusal(refused) from None
            first = None
        applied = first is not None and (
            first.delta_link is not None or _TRACK in first.headers.get("preference-applied", "")
        )
        if not applied and self._settings_track == "yes":
            message = f"{self.session.settings.system} does not track changes of {self.binding.entity_set.name}"
            remedy = "switch it on for the table, or write 'change_tracking: auto'"
            raise UsageError(message, code="SYSTEM_REFUSED", remedy=remedy)
        return first if applied else None

    def _tracked(self, first: Rows) -> Iterator[Page]:
        pages = self._chain(track=True)
        return self._to_the_delta_link(pages, first)

    def _changes(self, link: str) -> Iterator[Page]:
        """Read what a delta link leads to; the first page is fetched here, so that an expired link is told in time."""
        pages = self._chain(track=True)
        if not self.session.within(link):
            raise MarkExpired("the delta link leads to another host")
        try:
            first = pages.fetch(self.session.url(link))
        except Refused as refused:
            if refused.answer.status in {404, 410} or self._expired(refused):
                raise MarkExpired(str(refused)) from None
            raise pages.refusal(refused) from None
        return self._to_the_delta_link(pages, first)

    def _to_the_delta_link(self, pages: Pages, first: Rows) -> Iterator[Page]:
        """Give the first page and all that follow, and the mark that the last one brings; a service that tracks and
        then gives no link is read by time from then on.
        """
        watermark = Watermark(self.binding)
        rest = pages.follow(first.next_link) if first.next_link else iter(())
        yield from self._landing(pages, chain((first,), rest), watermark)
        reached = watermark.mark()
        yield Page(None, mark=str(reached) if reached is not None else None)

    def _expired(self, refused: Refused) -> bool:
        return any(code in str(refused).lower() for code in self.session.settings.dialect.expired)

    def _by_time(self, mark: Mark | None) -> Iterator[Page]:
        pages = self._chain()
        query = Query(self.binding.selected, self._filter(mark), self._key_names)
        scan, watermark = Scan(pages, query), Watermark(self.binding, mark)
        yield from self._landing(pages, scan.rows(), watermark)
        reached = watermark.mark()
        yield Page(None, mark=str(reached) if reached is not None and not scan.moved else None)
        if mark is not None and self.session.settings.compares_keys and self.binding.entity.deleted is None:
            yield from self._present()

    def _filter(self, mark: Mark | None) -> str:
        if mark is None:
            given = self.wanted.filter
            return filter_text(given, self.binding, self.session.settings) if given is not None else ""
        column = self.binding.entity.modified
        assert column is not None, "a mark with a time comes from a table that has one"
        since = earlier(mark, self.overlap).replace(tzinfo=None)
        return filter_text(Compare(column, ">=", since), self.binding, self.session.settings)

    def _landing(self, pages: Pages, found: Iterator[Rows], watermark: Watermark) -> Iterator[Page]:
        """Make pages to land of the answers."""
        relation, keys = rows_of(self.binding, self.session.settings), keys_of(self.binding, self.session.settings)
        try:
            for rows in ahead(found):
                watermark.look_at(rows)
                if rows.number:
                    yield Page(relation, bound={"page": rows.text})
                if rows.removed:
                    gone = removed_keys(rows.removed, self.binding)
                    yield Page(keys, "gone", bound={"page": json.dumps({"value": gone})})
        except Refused as refused:
            raise pages.refusal(refused) from None

    def _present(self) -> Iterator[Page]:
        pages = self._chain(keys=True)
        relation = keys_of(self.binding, self.session.settings)
        scan = Scan(pages, Query(self._key_names, order=self._key_names))
        try:
            for rows in ahead(scan.still()):
                yield Page(relation, "present", bound={"page": rows.text})
        except Refused as refused:
            raise pages.refusal(refused) from None
