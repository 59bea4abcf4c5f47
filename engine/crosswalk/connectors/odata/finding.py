"""Reads rows by key, many at a time: one filter names as many keys as an address may hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from crosswalk.connectors.odata.ahead import ahead
from crosswalk.connectors.odata.answers import Rows
from crosswalk.connectors.odata.binding import Binding
from crosswalk.connectors.odata.conditions import filter_text
from crosswalk.connectors.odata.pages import Pages, Query, Refused
from crosswalk.connectors.odata.rows import rows_of
from crosswalk.connectors.odata.session import Session
from crosswalk.exchange import AllOf, AnyOf, Compare, Condition, IsNull, Page, Plain

_MOST_KEYS = 200
"""Above some hundreds of conditions servers refuse a filter, whatever its length."""


def find(session: Session, binding: Binding, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
    """Give the rows that have one of the keys in the columns `by`."""
    size = f"odata.maxpagesize={session.settings.page_size}"
    pages = Pages(session, binding, binding.expected, size)
    relation = rows_of(binding, session.settings)
    try:
        for rows in ahead(_rows(pages, by, keys)):
            if rows.number:
                yield Page(relation, bound={"page": rows.text})
    except Refused as refused:
        raise pages.refusal(refused) from None


def _rows(pages: Pages, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Rows]:
    settings = pages.session.settings
    for condition in _filters(pages, by, keys):
        address = Query(pages.binding.selected, condition).address(pages.binding, settings.options)
        yield from pages.follow(address)


def _filters(pages: Pages, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[str]:
    """Join the keys to filters, each as long as the address may still become."""
    settings = pages.session.settings
    rest = settings.dialect.url_most - len(settings.url)
    rest -= len(Query(pages.binding.selected, " ").address(pages.binding, settings.options))
    waiting: list[str] = []
    length = 0
    for key in dict.fromkeys(keys):
        text = filter_text(_same(by, key), pages.binding, settings)
        size = len(quote(text)) + len("%20or%20")
        if waiting and (length + size > rest or len(waiting) >= _MOST_KEYS):
            yield " or ".join(waiting)
            waiting, length = [], 0
        waiting.append(text)
        length += size
    if waiting:
        yield " or ".join(waiting)


def _same(by: tuple[str, ...], key: tuple[Plain, ...]) -> Condition:
    parts: list[Condition] = [
        IsNull(column) if value is None else Compare(column, "=", value) for column, value in zip(by, key, strict=True)
    ]
    return AnyOf((AllOf(tuple(parts)),)) if len(parts) > 1 else parts[0]
