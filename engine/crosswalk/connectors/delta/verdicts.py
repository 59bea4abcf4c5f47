"""Decides about each change of a delivery before anything is written, against one version of the table.

Why before: a commit is one set, and what cannot go must not be in it. The commit is refused by the log when the table
has moved on meanwhile, and then everything is decided again.
"""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.connectors.delta.cells import misfit
from crosswalk.connectors.delta.reading import parts, typed
from crosswalk.connectors.delta.staging import Staged
from crosswalk.connectors.delta.tables import LakeTable, select
from crosswalk.exchange import Ack
from crosswalk.sql import Sql, all_of, any_of, fragment, literal, type_name

MESSAGES = {
    "KEY_NULL": "a part of the key is missing; a Delta table makes no keys",
    "KEY_DUPLICATE": "the delivery holds two changes of this row, or the table two rows with this key",
    "DOES_NOT_FIT": "a value does not fit the type of its column in the table",
    "ROW_MISSING": "the table has no row with this key",
    "STALE": "the row has changed since it was read",
    "GROUP": "another change of the same group cannot be written",
}


def decide(staged: Staged, table: LakeTable) -> None:
    """Set ``verdict`` for every change that cannot go."""
    _judge(staged, "KEY_NULL", any_of([Sql(f"v{n} IS NULL") for n in staged.key]))
    _judge(staged, "DOES_NOT_FIT", any_of(list(_misfits(staged, table))))
    _judge(staged, "KEY_DUPLICATE", _is_among(staged, _twice(_row(staged, "v"), "staged", Sql("verdict IS NULL"))))
    if staged.guarded or staged.here.rows("SELECT 1 FROM staged WHERE operation = 'update' OR version IS NOT NULL"):
        _compare(staged, table)
    refused = select([Sql('"group"')], "staged", Sql('verdict IS NOT NULL AND "group" IS NOT NULL'))
    _judge(staged, "GROUP", Sql(f'"group" IN ({refused.text})'))


def _compare(staged: Staged, table: LakeTable) -> None:
    """Lay the rows that are to change beside their changes: is each there, once, and as it was read."""
    stamp = staged.entity.row_version or staged.entity.modified
    stamps = (staged.names.index(stamp),) if stamp else ()
    _fetch(staged, table, sorted({*staged.key, *staged.guarded, *stamps}))
    _judge(staged, "KEY_DUPLICATE", _is_among(staged, _twice(_row(staged, "t"), "there", None)))
    present = _is_among(staged, select([_row(staged, "t")], "there"))
    _judge(staged, "ROW_MISSING", fragment("operation = 'update' AND NOT {x}", x=present))
    moved = select([Sql("1")], "there", all_of([_same_key(staged), any_of(list(_moved(staged, stamps)))]))
    _judge(staged, "STALE", Sql(f"EXISTS ({moved.text})"))


def _fetch(staged: Staged, table: LakeTable, numbers: list[int]) -> None:
    """Make the table ``there``: of each row that the delivery names, the columns of these numbers as ``t``\\ *n*."""
    here, entity = staged.here, staged.entity
    columns = [entity.columns[staged.names[n]] for n in numbers]
    pairs = zip(numbers, columns, strict=True)
    cells = select([Sql(f"{typed(table, column, entity).text} AS t{n}") for n, column in pairs], "page")
    named = Sql(f"{_row(staged, 't').text} IN ({select([_row(staged, 'v')], 'staged').text})")
    shape = select([Sql(f"v{n} AS t{n}") for n in numbers], "staged", literal(False))
    here.run(f"CREATE OR REPLACE TEMP TABLE there AS {shape.text}")
    for part in parts(table.scan([table.field(column.name, entity) for column in columns]), table.folder):
        here.take(f"INSERT INTO there {select([Sql('*')], f'({cells.text})', named).text}", part)


def _row(staged: Staged, letter: str) -> Sql:
    return Sql("(" + ", ".join(f"{letter}{n}" for n in staged.key) + ")")


def _is_among(staged: Staged, keys: Sql) -> Sql:
    return Sql(f"{_row(staged, 'v').text} IN ({keys.text})")


def _twice(row: Sql, source: str, where: Sql | None) -> Sql:
    return Sql(f"{select([row], source, where).text} GROUP BY ALL HAVING count(*) > 1")


def _moved(staged: Staged, stamps: tuple[int, ...]) -> Iterator[Sql]:
    """Say how a row may differ from what a change asks: in a cell, or in its version."""
    for n in staged.guarded:
        yield Sql(f"staged.c{n} AND staged.b{n} IS DISTINCT FROM there.t{n}")
    for n in stamps:
        kind = type_name(staged.entity.columns[staged.names[n]].type).text
        yield Sql(f"staged.version IS NOT NULL AND there.t{n} IS DISTINCT FROM TRY_CAST(staged.version AS {kind})")


def _same_key(staged: Staged) -> Sql:
    return all_of([Sql(f"staged.v{n} = there.t{n}") for n in staged.key])


def _misfits(staged: Staged, table: LakeTable) -> Iterator[Sql]:
    for n in staged.set:
        column = staged.entity.columns[staged.names[n]]
        yield misfit(table.fields[table.field(column.name, staged.entity)], column.type, Sql(f"v{n}"))


def _judge(staged: Staged, verdict: str, when: Sql) -> None:
    change = ["UPDATE staged SET verdict =", literal(verdict).text, "WHERE verdict IS NULL AND", when.wrapped]
    staged.here.run(" ".join(change))


def refusals(staged: Staged) -> Iterator[list[Ack]]:
    """Give the answers to what cannot go, and take it out of the set."""
    rows = staged.here.rows("SELECT number, verdict FROM staged WHERE verdict IS NOT NULL ORDER BY number")
    staged.here.run("DELETE FROM staged WHERE verdict IS NOT NULL")
    acks = [_ack(int(str(number)), str(verdict)) for number, verdict in rows]
    yield from (acks[place : place + 1000] for place in range(0, len(acks), 1000))


def _ack(number: int, verdict: str) -> Ack:
    return Ack(number, "stale" if verdict == "STALE" else "refused", verdict, MESSAGES[verdict])
