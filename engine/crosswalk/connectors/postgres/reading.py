"""Reads a table from one snapshot: rows, the mark and the keys all speak of the same moment.

The transaction is REPEATABLE READ. The table is locked against being made anew before the snapshot is taken, which
neither readers nor writers notice. Rows come as one stream through COPY and are never all in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from crosswalk.connectors.postgres.catalog import Table, read_table
from crosswalk.connectors.postgres.conditions import where
from crosswalk.connectors.postgres.failures import asking
from crosswalk.connectors.postgres.forms import Form, asked, loose
from crosswalk.connectors.postgres.keys import matches
from crosswalk.connectors.postgres.marks import Mark, changed_since, check_mark, here, read_mark
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.settings import Settings
from crosswalk.connectors.postgres.statements import array, filled, listed, of
from crosswalk.exchange import MarkExpired, Page, Plain, Wanted
from crosswalk.model import Entity
from crosswalk.sql import Sql, any_of, name

_SNAPSHOT = "ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SELECT = "SELECT {columns} FROM {table} AS t WHERE {condition}"
_KEYS_AT_ONCE = 10_000


def read(settings: Settings, wanted: Wanted) -> Iterator[Page]:
    """Read what is wanted; the last page holds the mark."""
    since = read_mark(wanted.since) if wanted.since is not None else None
    with asking(settings.system), Session(settings) as session:
        before = read_table(session, settings, wanted.entity)
        with session.transaction(_SNAPSHOT):
            if before.kind in ("r", "p", "v"):
                session.run(filled("LOCK TABLE {table} IN ACCESS SHARE MODE", table=before.ref))
            table = read_table(session, settings, wanted.entity)
            mark = _mark(session, table, wanted.entity, since)
            yield from _rows(session, table, wanted, since)
            if since is not None and settings.deletes and wanted.entity.key:
                yield _keys(session, table, wanted.entity)
                session.free()
            yield Page(None, mark=mark)


def _mark(session: Session, table: Table, entity: Entity, since: Mark | None) -> str | None:
    """Give the mark of this snapshot, None where rows do not tell who wrote them."""
    if not table.marked:
        if since is not None:
            raise MarkExpired(f"rows of '{table.name}' do not tell which transaction wrote them")
        return None
    now = here(session, table, array(entity.columns))
    if since is not None:
        check_mark(since, now)
    return now.mark.text()


def _rows(session: Session, table: Table, wanted: Wanted, since: Mark | None) -> Iterator[Page]:
    condition = Sql("TRUE")
    if since is not None:
        condition = changed_since(since)
    elif wanted.filter is not None:
        condition = where(wanted.filter, table)
    forms = _forms(table, wanted.entity, wanted.entity.columns)
    odd = _odd(forms)
    if odd is None:
        yield _page(session, table, forms, condition)
        session.free()
        return
    yield _page(session, table, forms, filled("({condition}) AND ({odd}) IS NOT TRUE", condition=condition, odd=odd))
    session.free()
    texts = {column: loose(table.columns[column].form) for column in forms}
    yield _page(session, table, texts, filled("({condition}) AND ({odd})", condition=condition, odd=odd))
    session.free()


def _forms(table: Table, entity: Entity, columns: Iterable[str]) -> dict[str, Form]:
    return {column: asked(table.columns[column].form, entity.columns[column].type) for column in columns}


def _odd(forms: Mapping[str, Form]) -> Sql | None:
    """The condition of the rows with a cell that cannot be sent as what it is, where there can be any."""
    odd = [filled(f"({form.odd})", x=of("t", column)) for column, form in forms.items() if form.odd]
    return any_of(odd) if odd else None


def _keys(session: Session, table: Table, entity: Entity) -> Page:
    """Give every key of the table; one that cannot be sent is in no copy either."""
    forms = _forms(table, entity, entity.key)
    odd = _odd(forms)
    condition = Sql("TRUE") if odd is None else filled("({odd}) IS NOT TRUE", odd=odd)
    return replace(_page(session, table, forms, condition), kind="present")


def _page(session: Session, table: Table, forms: Mapping[str, Form], condition: Sql) -> Page:
    arrow = session.stream(_query(table, forms, condition))
    return Page(filled("SELECT {columns} FROM page", columns=_landed(forms)), arrow=arrow)


def _query(table: Table, forms: Mapping[str, Form], condition: Sql) -> Sql:
    sent = (
        filled("{value} AS {name}", value=filled(form.sent, x=of("t", column)), name=name(column))
        for column, form in forms.items()
    )
    return filled(_SELECT, columns=listed(sent), table=table.ref, condition=condition)


def _landed(forms: Mapping[str, Form]) -> Sql:
    return listed(
        filled("{value} AS {name}", value=filled(form.landed, x=name(column)), name=name(column))
        for column, form in forms.items()
    )


def find(settings: Settings, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
    """Read the rows that have one of the keys, as they are now."""
    with asking(settings.system), Session(settings) as session:
        table = read_table(session, settings, entity)
        texts = {column: loose(table.columns[column].form) for column in entity.columns}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            for condition in matches(table, by, keys[start : start + _KEYS_AT_ONCE]):
                yield _page(session, table, texts, condition)
                session.free()
