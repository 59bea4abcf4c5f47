"""Strategies for field lines: every kind of source, and transforms that may follow it, by the type that is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import strategies as st

from tests.properties.made.conditions import Reach, Way, condition, of
from tests.properties.made.tables import Col
from tests.properties.made.words import Sql, Written, constant

Line = dict[str, Written]
ZONES = ("UTC", "Europe/Oslo", "America/New_York")


@st.composite
def line(draw: st.DrawFn, column: Col, reach: Reach, *, making: bool = True) -> Written:
    """A line that writes a column; a bare path where nothing else needs to be said. `making`: rows may be made."""
    ways = [found for maker in MAKERS[column.kind] if (found := maker(column, reach)) is not None]
    made = draw(draw(st.sampled_from(ways)))
    if draw(st.integers(0, 5)) == 0 and "value" not in made:
        demands: list[Line] = [{"required": "reject"}, {"required": "hold", "else": "NONE"}]
        made |= draw(st.sampled_from([*demands, {"write": "create"}] if making else demands))
    return made["from"] if list(made) == ["from"] else made


@st.composite
def _line(draw: st.DrawFn, ways: list[Way], more: st.SearchStrategy[Line]) -> Line:
    return {"from": draw(st.sampled_from(ways)).path, **draw(more)}


Strategy = st.SearchStrategy[Line] | None
Maker = Callable[[Col, Reach], Strategy]


def some(*parts: Mapping[str, tuple[Written, ...]]) -> st.SearchStrategy[Line]:
    """Transforms, each with one of its arguments or not at all."""
    return st.tuples(*(st.one_of(st.just({}), _argument(part)) for part in parts)).map(
        lambda found: {name: value for part in found for name, value in part.items()}
    )


def _argument(part: Mapping[str, tuple[Written, ...]]) -> st.SearchStrategy[Line]:
    ((word, values),) = part.items()
    return st.sampled_from(values).map(lambda value: {word: value})


def from_(kinds: tuple[str, ...], more: Callable[[Col], st.SearchStrategy[Line]]) -> Maker:
    """Lines from a path of some kind, with what may be said besides."""

    def make(column: Col, reach: Reach) -> Strategy:
        ways = of(reach, *kinds)
        return _line(ways, more(column)) if ways else None

    return make


def as_it_is(column: Col, reach: Reach) -> Strategy:
    ways = [way for way in of(reach, column.kind) if fits(way, column)]
    return _line(ways, st.just({})) if ways else None


def fits(way: Way, column: Col) -> bool:
    """Whether a compiler lets a column into another as it is: what may not fit row by row is another matter."""
    return way.column.choices == column.choices and way.column.scale <= column.scale


def value(column: Col, reach: Reach) -> Strategy:
    """A constant; one that fits every column of its type."""
    return st.sampled_from(CONSTANTS[column.kind](column)).map(lambda found: {"value": found})


def null(column: Col, reach: Reach) -> Strategy:
    return st.just({"value": None})


CONSTANTS: Mapping[str, Callable[[Col], tuple[Written, ...]]] = {
    "text": lambda _: (constant("va"), constant("vb"), "no", ""),
    "int": lambda _: (7, -1, 0),
    "decimal": lambda _: (7, 0),
    "date": lambda _: ("2026-04-01", "1753-01-01"),
    "datetime": lambda _: ("2026-04-01T12:30:00Z", "1970-01-02T00:00:00Z"),
    "boolean": lambda _: (True, False),
    "guid": lambda _: ("00000000-0000-0000-0000-00000000000a",),
    "choice": lambda column: tuple(column.choices.values()),
}


def first(column: Col, reach: Reach) -> Strategy:
    ways = [way.path for way in of(reach, column.kind) if fits(way, column)]
    if not ways:
        return None
    last = st.sampled_from(CONSTANTS[column.kind](column)).map(lambda found: [{"value": found}])
    paths = st.lists(st.sampled_from(ways), min_size=1, max_size=3, unique=True)
    return st.tuples(paths, st.one_of(st.just([]), last)).map(lambda found: {"first": [*found[0], *found[1]]})


def concat(column: Col, reach: Reach) -> Strategy:
    items: list[Written] = [way.path for way in reach if way.kind in ("text", "int", "decimal", "date", "choice")] + [
        {"value": constant("ca")}
    ]
    made = st.lists(st.sampled_from(items), min_size=1, max_size=3)
    return st.tuples(made, fit(column)).map(lambda found: {"concat": found[0], **found[1]})


def fit(column: Col) -> st.SearchStrategy[Line]:
    return some({"fit": ("truncate", "reject")})


def lettered(column: Col) -> st.SearchStrategy[Line]:
    pads: tuple[Written, ...] = (
        {"to": 6},
        {"to": 4, "with": "0", "side": "left"},
        {"to": 5, "with": "x", "side": "right"},
    )
    return some(
        {"trim": (True,)},
        {"upper": (True,)},
        {"lower": (True,)},
        {"pad": pads},
        {"default": (constant("da"),)},
        {"fit": ("truncate",)},
    )


def as_text(column: Col) -> st.SearchStrategy[Line]:
    return some({"fit": ("truncate",)}).map(lambda more: {"as": "text", **more})


def as_number(column: Col) -> st.SearchStrategy[Line]:
    return some({"trim": (True,)}).map(lambda more: {"as": column.type, **more})


def rounded(column: Col) -> st.SearchStrategy[Line]:
    """Round to what the column holds; else decimals would be lost, which the compiler may refuse."""
    scale = column.scale
    modes: tuple[Written, ...] = (scale, *({"to": scale, "mode": mode} for mode in ("half_up", "half_even", "down")))
    multiplied = some({"multiply": ("1.5", "0.01", "-3")})
    return st.tuples(multiplied, st.sampled_from(modes), some({"default": (7,)})).map(
        lambda found: {**found[0], "round": found[1], **found[2]}
    )


def in_zone(column: Col) -> st.SearchStrategy[Line]:
    return st.sampled_from(ZONES).map(lambda zone: {"as": column.kind, "timezone": zone})


def formatted(column: Col) -> st.SearchStrategy[Line]:
    forms = ({"as": "date"}, {"as": "date", "format": "%d.%m.%Y"})
    return st.sampled_from(forms).map(dict)


def mapped(column: Col, reach: Reach) -> Strategy:
    """Value maps, total or not."""
    ways = of(reach, "choice", "text", "boolean", "int")
    if not ways:
        return None
    return st.sampled_from(ways).flatmap(lambda way: _mapped(column, way))


@st.composite
def _mapped(draw: st.DrawFn, column: Col, way: Way) -> Line:
    codes = draw(st.lists(st.sampled_from(keys_of(way)), min_size=1, max_size=4, unique=True))
    values = CONSTANTS[column.kind](column)
    pairs = {code: draw(st.sampled_from(values)) for code in codes}
    more: Line = {}
    others: list[Written] = ["reject", "hold", None, *values[:1]]
    if draw(st.booleans()):
        more["otherwise"] = draw(st.sampled_from(others))
    return {"from": way.path, "values": pairs, **more}


def keys_of(way: Way) -> tuple[Written, ...]:
    match way.kind:
        case "choice":
            return (*way.column.choices, "")
        case "boolean":
            return (True, False, "")
        case "int":
            return (0, 1, 2, 3)
        case _:
            return ("A1", "A2", "EUR", "", " b ")


EXPRESSIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "text": {
        "text": (
            "coalesce({x}, 'n')",
            "substring(upper(trim({x})), 1, 3)",
            "nullif({x}, 'A1')",
            "lower({x}) || '-' || coalesce({y}, '')",
        ),
        "choice": ("case when {c} then 'y' else 'n' end",),
    },
    "int": {"text": ("length({x})",), "int": ("coalesce({x}, 0)", "case when {c} then {x} else 2 end")},
    "decimal": {
        "decimal": ("coalesce({x}, 0)", "greatest({x}, {y})", "round({x}, 1)"),
        "int": ("case when {c} then 1 else 2.5 end",),
    },
    "date": {"date": ("date_trunc('month', {x})", "coalesce({x}, {y})", "least({x}, {y})")},
    "datetime": {"datetime": ("coalesce({x}, {y})",)},
    "boolean": {"boolean": ("coalesce({x}, false)", "not {x}")},
}


def expression(column: Col, reach: Reach) -> Strategy:
    kinds = [kind for kind in EXPRESSIONS.get(column.kind, {}) if of(reach, kind)]
    return _expression(column, reach, kinds) if kinds else None


@st.composite
def _expression(draw: st.DrawFn, column: Col, reach: Reach, kinds: list[str]) -> Line:
    kind = draw(st.sampled_from(kinds))
    ways = st.sampled_from(of(reach, kind))
    form = draw(st.sampled_from(EXPRESSIONS[column.kind][kind]))
    text = form.format(x=draw(ways).path, y=draw(ways).path, c=draw(condition(reach)))
    match column.kind:
        case "text":
            return {"expr": Sql(text), **draw(fit(column))}
        case "decimal":
            return {"expr": Sql(text), "round": column.scale}
        case _:
            return {"expr": Sql(text)}


MAKERS: Mapping[str, tuple[Maker, ...]] = {
    "text": (
        from_(("text",), lettered),
        from_(("text",), lettered),
        from_(("int", "decimal", "date", "guid"), as_text),
        value,
        first,
        concat,
        mapped,
        expression,
    ),
    "int": (as_it_is, as_it_is, from_(("text", "decimal"), as_number), value, mapped, expression, first),
    "decimal": (
        as_it_is,
        from_(("decimal", "int"), rounded),
        from_(("decimal", "int"), rounded),
        from_(("text",), as_number),
        value,
        expression,
        first,
    ),
    "date": (as_it_is, as_it_is, from_(("datetime",), in_zone), from_(("text",), formatted), value, expression, first),
    "datetime": (as_it_is, as_it_is, from_(("date",), in_zone), from_(("text",), in_zone), value, expression, first),
    "boolean": (as_it_is, as_it_is, from_(("text",), as_number), value, mapped, expression, expression),
    "guid": (as_it_is, as_it_is, as_it_is, value, first, first, from_(("text",), as_number)),
    "choice": (as_it_is, as_it_is, value, mapped, first),
}
"""How a column of a kind may be filled; what stands twice is drawn twice as often."""
