"""What happened to a Delta table between two versions: its rows as they are now, and the keys that are gone.

The library gives the changes of each commit, from the change data feed where the table keeps one, else from the files
that the commit added and took away. Where it cannot (files vacuumed, log cleaned, another schema, a feed that was off)
the mark has expired and the engine reads everything. Why the changes are laid out first: what is missing shows only
when it is read, and a mark must expire before the first page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from arro3.core import RecordBatchReader
from deltalake.exceptions import DeltaError

from crosswalk.connectors.delta.bench import Bench, bench
from crosswalk.connectors.delta.places import LOG, check_files
from crosswalk.connectors.delta.reading import Mark, parts
from crosswalk.connectors.delta.tables import LakeTable, select
from crosswalk.errors import SystemFailure
from crosswalk.exchange import MarkExpired, Page, Wanted
from crosswalk.model import Entity
from crosswalk.sql import Sql, all_of, any_of, fragment, name

_STAYS = Sql("\"#change\" IN ('insert', 'update_postimage')")


def read_changes(table: LakeTable, wanted: Wanted, since: Mark) -> Iterator[Page]:
    """Give what changed after a mark; `MarkExpired` when that cannot be told."""
    if since.table != table.id or since.version > table.version or not wanted.entity.key:
        raise MarkExpired(f"the table in {table.folder} was made anew")
    mark = Mark(table.id, table.version).text()
    if since.version < table.version:
        with bench() as here:
            if _lay_out(table, wanted.entity, since.version + 1, here):
                yield from _pages(wanted.entity, table.folder, here)
    yield Page(None, mark=mark)


def _lay_out(table: LakeTable, entity: Entity, first: int, here: Bench) -> bool:
    """Make the table ``changes``; tell whether there are any."""
    fields = [table.field(column, entity) for column in entity.columns]
    cells = table.cells(entity, list(entity.columns))
    query = select([*cells, Sql('_change_type AS "#change"'), Sql('_commit_version AS "#version"')], "page")
    made = False
    try:
        for part in parts(_feed(table, fields, first), table.folder):
            here.take(("INSERT INTO changes " if made else "CREATE TEMP TABLE changes AS ") + query.text, part)
            made = True
    except SystemFailure as error:
        raise MarkExpired(str(error)) from error
    return made


def _feed(table: LakeTable, fields: list[str], first: int) -> RecordBatchReader:
    check_files(table.folder, _named(table.folder, first, table.version))
    quoted = [name(field).text for field in fields]
    try:
        return table.table.load_cdf(
            starting_version=first,
            ending_version=table.version,
            columns=[*quoted, "_change_type", "_commit_version"],
        )
    except (DeltaError, OSError) as error:
        raise MarkExpired(f"the changes of {table.folder} since version {first} are not there: {error}") from error


def _named(folder: Path, first: int, last: int) -> Iterator[str]:
    """Name the files of some commits; `MarkExpired` where a commit is no longer in the log."""
    for version in range(first, last + 1):
        try:
            text = (folder / LOG / f"{version:020}.json").read_text(encoding="utf-8")
            actions = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (OSError, ValueError) as error:
            raise MarkExpired(f"version {version} of {folder} is no longer in its log") from error
        for action in actions:
            yield from (str(action[kind]["path"]) for kind in ("add", "remove", "cdc") if kind in action)


def _pages(entity: Entity, folder: Path, here: Bench) -> Iterator[Page]:
    """Give for each key what the last commit that touched it left: its rows, or that it is gone. A row without a key is
    given too: the engine rejects it, and says so.
    """
    key, columns = [name(column) for column in entity.key], [name(column) for column in entity.columns]
    by = ", ".join(column.text for column in key)
    last = Sql(f'rank() OVER (PARTITION BY {by} ORDER BY "#version" DESC) AS "#rank"')
    here.run(f"CREATE TEMP TABLE ranked AS {select([Sql('*'), last], 'changes').text}")
    newest = Sql('"#rank" = 1')
    whole = all_of([fragment("{x} IS NOT NULL", x=column) for column in key])
    shown = any_of([newest, fragment("NOT {x}", x=whole)])
    yield from _given(here, select(columns, "ranked", all_of([shown, _STAYS])), "rows", folder)
    left = select(key, "ranked", all_of([newest, whole]))
    gone = Sql(f"{left.text} GROUP BY {by} HAVING NOT bool_or({_STAYS.text})")
    yield from _given(here, gone, "gone", folder)


def _given(here: Bench, query: Sql, kind: Literal["rows", "gone"], folder: Path) -> Iterator[Page]:
    for part in parts(RecordBatchReader.from_arrow(here.stream(query.text)), folder):
        yield Page(Sql("SELECT * FROM page"), kind, arrow=part)
