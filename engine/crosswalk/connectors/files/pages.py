"""Makes pages of files: what the engine can scan by itself it scans; what is held here goes to it as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from crosswalk.connectors.files.conditions import filtered
from crosswalk.connectors.files.layouts import OPERATION, Group
from crosswalk.connectors.files.newest import Choosing, gone, newest, present, rows, sought, union
from crosswalk.connectors.files.reader import Reader, Stream
from crosswalk.exchange import Condition, Page
from crosswalk.sql import Sql


@dataclass(frozen=True, slots=True)
class Prepared:
    """A group of files that was read to its end: its cells as a query, and whether that reads what is held here."""

    group: Group
    source: Sql
    held: bool


def prepared(groups: Iterable[Group], choosing: Choosing, reader: Reader) -> list[Prepared]:
    """Look at all files before the first of them lands."""
    return [Prepared(group, *reader.source(group, choosing)) for group in groups]


def pages_of(
    parts: list[Prepared], choosing: Choosing, reader: Reader, condition: Condition | None = None
) -> Iterator[Page]:
    """Give the rows of groups that meet a condition as one page, then the keys that are gone, and those that are there
    where all are.
    """
    source = union([part.source for part in parts])
    held = any(part.held for part in parts)
    if reader.doubles(source, choosing.entity):
        files = {part.group.first + at + 1: path for part in parts for at, path in enumerate(part.group.paths)}
        reader.decided(source, choosing, files)
        source = newest(source, choosing)
    relation = filtered(rows(source, choosing.entity), condition, choosing.entity)
    yield _page(Page(relation), reader, held=held)
    if tells_gone(parts, choosing):
        yield _page(Page(gone(source, choosing.entity), "gone"), reader, held=held)
    if choosing.whole:
        yield _page(Page(present(source, choosing.entity), "present"), reader, held=held)


def tells_gone(parts: Iterable[Prepared], choosing: Choosing) -> bool:
    """Say whether files tell of rows that were removed: one key must then not stand in two pages of a read."""
    return choosing.gone is not None or any(OPERATION in part.group.layout.columns for part in parts)


def found_page(
    parts: list[Prepared], choosing: Choosing, reader: Reader, by: tuple[str, ...], bound: Mapping[str, object]
) -> Page:
    """Give the rows that have one of the keys that are bound, as they are after the last file."""
    source = newest(union([part.source for part in parts]), choosing)
    page = Page(sought(source, choosing.entity, by), bound=bound)
    return _page(page, reader, held=any(part.held for part in parts))


def _page(page: Page, reader: Reader, *, held: bool) -> Page:
    if not held or page.relation is None:
        return page
    stream = Stream(reader.connection, page.relation.text, page.bound)
    return replace(page, relation=Sql("SELECT * FROM page"), arrow=stream, bound={})
