"""Joins that the paths and lookups of a leg need, as values: what is joined, by what, which columns are taken.

Every joined column is named by the path that the author wrote: ``"customer.country.code"`` is one quoted name. So the
joined relation can be read beside the map, and no expression needs an alias.

Two shapes serve all lookups. *Keyed*: the other table is grouped by the columns it is found by, so that a second hit is
counted and can never multiply a row. *Probed*, where the row takes part in the condition (an effective date, a
range): the distinct questions of the rows are joined with the other table and grouped by question.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from crosswalk.contracts import Value
from crosswalk.errors import Span
from crosswalk.model import Entity
from crosswalk.sql import Sql, fragment, name


@dataclass(frozen=True, slots=True)
class Match:
    """One equality of a join: a column of the other table and the expression over the row that it must equal."""

    column: str
    row: Sql


@dataclass(frozen=True, slots=True)
class Total:
    """One aggregate of a lookup that sums up its rows; `empty` is its value where there is no row."""

    name: str
    value: Value
    empty: Sql


@dataclass(slots=True)
class Join:
    """One joined table, filled while paths are bound. `asks` are row expressions of a probed join, in order."""

    name: str
    entity: Entity
    span: Span
    matches: tuple[Match, ...] = ()
    filter: Sql | None = None
    asks: list[Sql] = field(default_factory=list)
    order: tuple[Sql, ...] = ()
    totals: tuple[Total, ...] = ()
    columns: dict[str, None] = field(default_factory=dict)
    relation: bool = False
    lookup: bool = False
    vital: bool = False

    @property
    def probed(self) -> bool:
        return bool(self.asks) or bool(self.order)

    @property
    def stable(self) -> bool:
        """True where a changed row of the other table can only concern the rows that find it now."""
        keyed = all(match.column in self.entity.key for match in self.matches) and bool(self.matches)
        return keyed and self.filter is None and not self.probed and not self.totals and self.vital

    def column(self, column: str) -> Sql:
        """Take a column of the other table and give its name in the joined relation."""
        self.columns[column] = None
        return name(f"{self.name}.{column}")

    def named_in(self, row: Sql) -> bool:
        """Say whether an expression speaks of a column of this join."""
        return name(f"{self.name}.").text[:-1] in row.text

    @property
    def hits(self) -> Sql:
        return name(f"{self.name}.#hits")

    def found_by(self, number: int) -> Sql:
        """Name the column of the joined relation that the equality or question of this number is compared with."""
        return name(f"{self.name}.#{number}")

    def ask(self, row: Sql) -> Sql:
        """Add an expression over the row to the questions of a probed join; give its name inside the join."""
        if row not in self.asks:
            self.asks.append(row)
        number = self.asks.index(row) + 1
        return Sql(f"ask.{self.found_by(number).text}")

    @property
    def missed(self) -> Sql:
        return fragment("{hits} IS NULL", hits=self.hits)

    @property
    def ambiguous(self) -> Sql:
        return fragment("coalesce({hits}, 0) > 1", hits=self.hits)
