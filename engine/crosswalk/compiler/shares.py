"""A value that is split among the units of a row, as its statement computes it: weighed, rounded, the rest given out.

Why whole numbers of 38 digits: a quotient of decimals goes through DOUBLE. Value and weights are counted in units of
their last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from crosswalk.model import DataType
from crosswalk.sql import Sql, fragment, literal, name, type_name


@dataclass(frozen=True, slots=True)
class Share:
    """One split of a leg as its statement computes it; every expression speaks of the joined row.

    `whole` and `weight` are whole numbers in units of their last digit, `unit` is what a share is a multiple of.
    """

    name: str
    whole: Sql
    weight: Sql
    unit: Sql
    up: int
    down: int
    mode: str
    rest: str
    places: tuple[Sql, ...]
    scale: int
    length: int

    def part(self, word: str) -> Sql:
        return name(f"{self.name}.#{word}")

    @property
    def column(self) -> Sql:
        return name(self.name)

    @property
    def order(self) -> tuple[Sql, ...]:
        """Order the units of a row: the first carries the rest. One without a weight carries nothing if another can."""
        turned = " DESC" if self.rest == "last" else ""
        weight = self.part("weight") if self.rest == "largest" else fragment("{w} > 0", w=self.part("weight"))
        return (Sql(f"{weight.text} DESC NULLS LAST"), *(Sql(f"{place.text}{turned}") for place in self.places))

    @property
    def kind(self) -> Sql:
        """The type of a share in units of its last digit."""
        return type_name(DataType("decimal", precision=self.length))

    @property
    def last_digit(self) -> Sql:
        """One unit of the last digit: what a share is multiplied by at the end."""
        kind = type_name(DataType("decimal", precision=self.scale + 1, scale=self.scale))
        return fragment("CAST({unit} AS {kind})", unit=literal(Decimal(1).scaleb(-self.scale)), kind=kind)

    @property
    def share(self) -> Sql:
        """Compute one share before the rest is given out."""
        holes = {"whole": self.part("whole"), "weight": self.part("weight"), "up": literal(10**self.up)}
        above = fragment("{whole} * {weight} * {up}", **holes)
        return self._rounded(above, fragment("{w} * {below}", w=self.part("weights"), below=self._below))

    @property
    def rounded_whole(self) -> Sql:
        above = fragment("{whole} * {up}", whole=self.part("whole"), up=literal(10**self.up))
        return self._rounded(above, self._below)

    @property
    def _below(self) -> Sql:
        return fragment("{down} * {unit}", down=literal(10**self.down), unit=self.part("unit"))

    def _rounded(self, above: Sql, below: Sql) -> Sql:
        pattern = f"CAST(sign({{above}}) AS HUGEINT) * ({_STEPS[self.mode]}) * {{unit}}"
        return fragment(pattern, above=above, below=fragment("nullif({x}, 0)", x=below), unit=self.part("unit"))


_STEPS = {
    "half_up": "(2 * abs({above}) + {below}) // (2 * {below})",
    "half_even": (
        "abs({above}) // {below} + CASE WHEN 2 * (abs({above}) % {below}) > {below}"
        " OR (2 * (abs({above}) % {below}) = {below} AND (abs({above}) // {below}) % 2 = 1) THEN 1 ELSE 0 END"
    ),
    "down": "abs({above}) // {below}",
}
