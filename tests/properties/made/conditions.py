"""Strategies for conditions over what a map can reach, with the values that made rows often have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.properties.made.tables import Col
from tests.properties.made.words import Sql

TEXTS = ("A1", "A2", "B1", "EUR", "", "w", "it''s")
DAYS = ("2026-03-31", "2026-04-02", "2026-05-02")


@dataclass(frozen=True)
class Way:
    """A path that a map may write, and the column it ends in."""

    path: str
    column: Col

    @property
    def kind(self) -> str:
        return self.column.kind


Reach = Sequence[Way]


def of(reach: Reach, *kinds: str) -> list[Way]:
    return [way for way in reach if way.kind in kinds]


@st.composite
def condition(draw: st.DrawFn, reach: Reach, *, deep: int = 1) -> Sql:
    """A condition; up to `deep` of them are joined."""
    if deep and draw(st.integers(0, 2)) == 0:
        word = draw(st.sampled_from(("and", "or")))
        one, other = draw(condition(reach, deep=deep - 1)), draw(condition(reach, deep=deep - 1))
        return Sql(f"({one}) {word} {draw(st.sampled_from(('', 'not ')))}({other})")
    return draw(compared(draw(st.sampled_from(list(reach)))))


@st.composite
def compared(draw: st.DrawFn, way: Way) -> Sql:
    path = way.path
    return Sql(f"{path} {draw(st.sampled_from([*tests_of(way), 'is null', 'is not null']))}")


def tests_of(way: Way) -> list[str]:
    """What may stand behind a path of this kind."""
    match way.kind:
        case "int" | "decimal":
            return ["> 0", "<= 2", "= 1", "between 0 and 2", "in (0, 1, 3)", "<> 1"]
        case "text":
            return [*(f"= '{text}'" for text in TEXTS[:3]), "like 'A%'", "in ('A1', 'B1', '')", "<> 'A2'", "< 'B'"]
        case "date":
            return [f">= '{DAYS[1]}'", f"< '{DAYS[1]}'", f"= '{DAYS[0]}'"]
        case "boolean":
            return ["= true", "is true", "is false"]
        case "choice":
            labels = [label.replace("'", "''") for label in way.column.choices.values()]
            return [f"= '{labels[0]}'", f"<> '{labels[1]}'", f"in ('{labels[0]}', '{labels[-1]}')"]
        case _:
            return []
