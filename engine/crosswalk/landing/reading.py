"""Reads a table of an outside system into its copy, or looks at some of its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import chain

from crosswalk.contracts import Backend, Outside
from crosswalk.errors import StoppedError, SystemFailure
from crosswalk.exchange import Condition, MarkExpired, Page, Plain, Wanted, well_formed
from crosswalk.failpoints import around, reach
from crosswalk.landing import merging
from crosswalk.landing.cells import Checked, checked
from crosswalk.landing.merging import Aside
from crosswalk.landing.misfits import Misfits
from crosswalk.ledger.landings import Landing, keep_landing, landing_of
from crosswalk.model import Entity
from crosswalk.results import Landed
from crosswalk.sql import Sql, literal, name, table

PAGE = "crosswalk_page"
"""The temporary table of the page that is landing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a table is to be read: every row of it or what changed, those of a scope, and whether it may come back empty
    though its copy holds rows; `file` is where a map may say that it may.
    """

    full: bool = False
    scope: Condition | None = None
    may_empty: bool = False
    file: str = ""


WHAT_CHANGED = Wish()
"""Every row that changed since the last read."""


def read_table(entity: Entity, outside: Outside, backend: Backend, wish: Wish = WHAT_CHANGED) -> Landed:
    """Bring the copy of a table up to date. Its pages are put aside one by one, each by itself, for a transaction keeps
    in memory whatever it has ever held; what they come to is merged, with the mark, in one.
    """
    before, scope = landing_of(str(entity.ref), backend), wish.scope
    said = "" if scope is None else repr(scope)
    known = before is not None and before.scope == said and not wish.full
    since = before.mark if before is not None and known else None
    pages, whole = _pages(entity, outside, since, scope)
    whole_at = None if before is None else before.whole_at
    landing = Landing(str(entity.ref), since, said, _now(), whole_at)
    arriving = partial(_refuse_emptied, entity, outside, backend, wish)
    return _land(entity, pages, backend, landing, arriving, whole=whole)


def _refuse_emptied(entity: Entity, outside: Outside, backend: Backend, wish: Wish, had: int) -> None:
    """Stop where a read would empty a copy that holds rows: an answer without rows is more likely a fault of who
    answers than the truth. Where only some rows were asked for, the table is asked whether it has others.
    """
    if wish.may_empty or (wish.scope is not None and _has_rows(entity, outside, backend)):
        return
    message = f"{entity.ref} came back empty, and its copy holds {had:,} row{'s' if had > 1 else ''}"
    remedy = "check the system; if this is meant, crosswalk run --allow empty_source, or write limits:"
    remedy += f" {{empty_source: allow}} in {wish.file or 'the map'}"
    raise StoppedError(message, code="GUARD_EMPTY_SOURCE", remedy=remedy)


def _has_rows(entity: Entity, outside: Outside, backend: Backend) -> bool:
    """Say whether a table has any row, by as few pages as show one."""
    for page in outside.read(Wanted(entity, None, None)):
        if page.relation is not None and page.kind == "rows":
            backend.land(page, PAGE)
            if backend.rows(f"SELECT count(*) FROM {PAGE}") != [(0,)]:
                return True
    return False


def _pages(entity: Entity, outside: Outside, since: str | None, scope: Condition | None) -> tuple[Iterator[Page], bool]:
    """Give the pages of a read; a mark that is of no use any more means that everything is read."""
    if since is not None:
        pages = iter(outside.read(Wanted(entity, since, scope)))
        try:
            first = next(pages, None)
        except MarkExpired:
            return iter(outside.read(Wanted(entity, None, scope))), True
        return (iter(()) if first is None else chain((first,), pages)), False
    return iter(outside.read(Wanted(entity, None, scope))), True


@dataclass(slots=True)
class _Arrival:
    """What has come of a read so far: its rows, the keys that it named beside, and rows that do not fit."""

    entity: Entity
    backend: Backend
    misfits: Misfits
    came: Aside
    seen: Aside
    gone: Aside
    mark: str | None
    rows: int = 0
    listed: bool = False

    def take(self, page: Page) -> None:
        self.mark = page.mark or self.mark
        if page.relation is None:
            return
        self.backend.land(page, PAGE)
        match page.kind:
            case "rows":
                self._take_rows()
            case "gone":
                self._take_gone()
            case "present":
                self.listed = True
                self.seen.make()
                keys = _keys(self.entity, self.backend)
                self.backend.run(f"INSERT INTO crosswalk.{merging.SEEN} BY NAME FROM {name(keys).text}")

    def _take_gone(self) -> None:
        """Rows that went are gone from what came before in this read too."""
        keys = _keys(self.entity, self.backend)
        if self.came.made:
            merging.take_back(self.entity, keys, self.backend)
        self.gone.make()
        self.backend.run(f"INSERT INTO crosswalk.{merging.GONE} BY NAME FROM {name(keys).text}")

    def _take_rows(self) -> None:
        """Put the rows of the page that fit beside those that came before; keep the others as rejects."""
        count = int(str(self.backend.rows(f"SELECT count(*) FROM {PAGE}")[0][0]))
        if count == 0:
            return
        self.rows += count
        self.came.make()
        columns = checks(self.entity, self.backend)
        self.misfits.keep(columns)
        cells = ", ".join(f"{column.value.text} AS {name(column.column).text}" for column in columns)
        fits = self.misfits.fitting(columns).text
        self.backend.run(f"INSERT INTO crosswalk.{merging.ARRIVED} BY NAME SELECT {cells} FROM {PAGE} WHERE {fits}")

    def settle(self, *, whole: bool) -> None:
        """Merge what came into the copy, and remove what is not there any more."""
        if whole or self.listed:
            self.came.make()
        if self.gone.made:
            merging.remove_gone(self.entity, self.backend)
            self.misfits.gone(merging.GONE)
        self.misfits.write()
        if self.came.made:
            merging.merge(self.entity, self.backend)
        if self.listed:
            merging.keep_present(self.entity, self.backend)
        elif whole:
            merging.remove_absent(self.entity, self.backend, named=self.seen.made)
        if self.came.made:
            self.misfits.close(whole=whole or self.listed, named=self.seen.made)

    def drop(self) -> None:
        """Give back what was put aside; the page at hand is held until the next one."""
        for aside in (self.came, self.seen, self.gone):
            aside.drop()
        self.misfits.drop()


def _land(
    entity: Entity,
    pages: Iterator[Page],
    backend: Backend,
    landing: Landing,
    emptied: Callable[[int], None],
    *,
    whole: bool,
) -> Landed:
    came, seen = merging.arrived(entity, backend), merging.seen(entity, backend)
    misfits = Misfits(entity, landing.read_at, backend, seen)
    arrival = _Arrival(entity, backend, misfits, came, seen, merging.gone(entity, backend), landing.mark)
    try:
        for page in pages:
            with around("page", landing.entity):
                arrival.take(page)
        reach("seal", "before", landing.entity)
        with backend.transaction():
            had = _counted(entity, backend)
            arrival.settle(whole=whole)
            count = _counted(entity, backend)
            if had and not count and not arrival.rows:
                emptied(had)
            keep_landing(replace(landing, mark=arrival.mark), backend, whole=whole, count=count)
        reach("seal", "after", landing.entity)
    finally:
        arrival.drop()
    return Landed(landing.entity, arrival.rows, misfits.count, whole)


def _counted(entity: Entity, backend: Backend) -> int:
    return int(str(backend.rows(f"SELECT count(*) FROM {table(entity.ref).text}")[0][0]))


def checks(entity: Entity, backend: Backend, only: Sequence[str] = ()) -> tuple[Checked, ...]:
    """Write the checks of the columns of the page at hand; a column that the page does not have is a drift."""
    given = {str(row[0]).casefold(): str(row[1]) for row in backend.rows(f"DESCRIBE {PAGE}")}
    wanted = [column for column in entity.columns.values() if not only or column.name in only]
    missing = [column.name for column in wanted if column.name.casefold() not in given]
    if missing:
        message = f"{entity.ref} came without the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
        remedy = "compare with the live side: crosswalk validate --against <profile>"
        raise SystemFailure(message, code="COLUMN_MISSING", remedy=remedy)
    return tuple(checked(column, given[column.name.casefold()]) for column in wanted)


def _keys(entity: Entity, backend: Backend) -> str:
    """Make a table of the keys that the page names, in the types of the entity; give its name."""
    columns = checks(entity, backend, entity.key)
    cells = ", ".join(f"{column.value.text} AS {name(column.column).text}" for column in columns)
    keys = f"{PAGE}_keys"
    backend.run(f"CREATE OR REPLACE TEMP TABLE {keys} AS SELECT {cells} FROM {PAGE}")
    return keys


def look(entity: Entity, pages: Iterable[Page], backend: Backend) -> str:
    """Put some rows of a table, as they are now, beside its copy; give the name of the temporary table that holds them.

    A row with a cell that does not fit is left out: it cannot be compared with anything.
    """
    found = "crosswalk_found"
    backend.run(f"CREATE OR REPLACE TEMP TABLE {found} AS FROM {table(entity.ref).text} LIMIT 0")
    for page in pages:
        if page.relation is None:
            continue
        backend.land(page, PAGE)
        columns = checks(entity, backend)
        cells = ", ".join(f"{column.value.text} AS {name(column.column).text}" for column in columns)
        fits = " AND ".join(column.fits.wrapped for column in columns)
        backend.run(f"INSERT INTO {found} BY NAME SELECT {cells} FROM {PAGE} WHERE {fits}")
    return found


def page_of(entity: Entity, rows: Sequence[Mapping[str, Plain]]) -> Page:
    """Make a page of rows that are at hand, every column of the entity as text. The list is read row by row: as a whole
    it takes seven times as long, and as much more memory.
    """
    columns = json.dumps(dict.fromkeys(entity.columns, "VARCHAR"))
    text = json.dumps([{column: text_of(row.get(column)) for column in entity.columns} for row in rows])
    return Page(
        Sql(f"SELECT unnest(from_json(value, {literal(columns).text})) FROM json_each($rows)"), bound={"rows": text}
    )


def text_of(value: Plain) -> str | None:
    """Spell a value as a page does."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat()
    return well_formed(str(value))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
