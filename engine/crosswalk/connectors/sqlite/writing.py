"""Writes changes to a table of SQLite, row by row in one transaction; a row that is refused is taken back alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crosswalk.connectors.duckdb.applying import kept_back, units, verdict
from crosswalk.connectors.duckdb.receipts import Receipts
from crosswalk.connectors.sqlite.cells import DoesNotFit, Stored, same, stored
from crosswalk.connectors.sqlite.declared import Affinity
from crosswalk.entities import Column, DataType, Entity
from crosswalk.exchange import Ack, Batch, Change, Plain
from crosswalk.sql import name


@dataclass(frozen=True, slots=True)
class Writing:
    """A table that is written. `kept` tells how each column keeps values; `folded` names the columns of the key in
    which case must not matter, for they hold identifiers in capitals.
    """

    connection: sqlite3.Connection
    entity: Entity
    kept: Mapping[str, Affinity]
    folded: frozenset[str]

    def apply(self, batch: Batch, receipts: Receipts, delivery: str) -> Sequence[Ack]:
        """Write a batch and its receipt in one transaction."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            acks = [ack for unit in units(batch) for ack in self._unit(unit)]
            receipts.note(delivery, acks)
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        return acks

    def _unit(self, unit: tuple[Change, ...]) -> list[Ack]:
        """Write the rows that belong together; when one of them is not, none of them is. A row alone is written by one
        statement, which the database itself takes back.
        """
        if len(unit) == 1:
            return [self._one(unit[0])]
        self.connection.execute("SAVEPOINT unit")
        acks = {change.number: self._one(change) for change in unit}
        others = kept_back([unit], acks)
        if any(ack.state != "applied" for ack in acks.values()):
            self.connection.execute("ROLLBACK TO unit")
        self.connection.execute("RELEASE unit")
        return [others.get(number, ack) for number, ack in acks.items()]

    def _one(self, change: Change) -> Ack:
        try:
            where, key = self._where(change)
            judged = self._judged(change, where, key)
            if judged.state == "applied":
                self._write(change, where, key)
            return judged
        except DoesNotFit as error:
            return Ack(change.number, "refused", error.code, str(error))
        except sqlite3.IntegrityError as error:
            return Ack(change.number, "refused", error.sqlite_errorname, str(error))

    def _judged(self, change: Change, where: str, key: list[Stored]) -> Ack:
        version = self.entity.row_version
        expected: dict[str, Plain] = dict(change.before or {})
        if change.version is not None and version is not None:
            expected[version] = change.version
        listed = ", ".join(["1", *(name(column).text for column in expected)])
        statement = " ".join(["SELECT", listed, "FROM", self._table, "WHERE", where, "LIMIT 2"])
        found = self.connection.execute(statement, key).fetchall()
        holding = [row for row in found if self._holds(row[1:], expected)]
        return verdict(change, len(found), len(holding))

    def _holds(self, cells: Sequence[Stored], expected: Mapping[str, Plain]) -> bool:
        pairs = zip(cells, expected.items(), strict=True)
        return all(same(cell, value, self._column(column)) for cell, (column, value) in pairs)

    def _write(self, change: Change, where: str, key: list[Stored]) -> None:
        if change.operation == "delete":
            self.connection.execute(" ".join(["DELETE FROM", self._table, "WHERE", where]), key)
            return
        changed = 0
        if change.values:
            sets = ", ".join(f"{name(column).text} = ?" for column in change.values)
            statement = " ".join(["UPDATE", self._table, "SET", sets, "WHERE", where])
            changed = self.connection.execute(statement, [*self._stored(change.values), *key]).rowcount
        if change.operation == "insert" and not changed:
            whole = {**change.key, **change.values}
            columns, marks = ", ".join(name(column).text for column in whole), ", ".join("?" * len(whole))
            statement = " ".join(["INSERT OR IGNORE INTO" if not change.values else "INSERT INTO", self._table])
            self.connection.execute(f"{statement} ({columns}) VALUES ({marks})", self._stored(whole))

    def _where(self, change: Change) -> tuple[str, list[Stored]]:
        parts = [
            f"{name(column).text} IS ?" + (" COLLATE NOCASE" if column in self.folded else "") for column in change.key
        ]
        return " AND ".join(parts), self._stored(change.key)

    def _stored(self, values: Mapping[str, Plain]) -> list[Stored]:
        return [stored(value, self._column(column), self.kept.get(column, "blob")) for column, value in values.items()]

    def _column(self, column: str) -> Column:
        return self.entity.columns.get(column) or Column(column, DataType("text"), self.entity.span)

    @property
    def _table(self) -> str:
        return name(self.entity.ref.entity).text


def folded(connection: sqlite3.Connection, entity: Entity) -> frozenset[str]:
    """Find the identifiers among the columns of the key that the table holds in capitals."""
    found = set()
    for column in entity.columns.values():
        if column.type.kind == "guid":
            cell, table = name(column.name).text, name(entity.ref.entity).text
            capital = " ".join(["SELECT 1 FROM", table, "WHERE", cell, "<> lower(", cell, ") LIMIT 1"])
            if connection.execute(capital).fetchone():
                found.add(column.name)
    return frozenset(found)
