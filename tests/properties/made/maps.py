"""Strategies for table maps of every shape, each with the tables that it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.properties.made.conditions import Reach, Way, condition, of
from tests.properties.made.lines import line
from tests.properties.made.tables import Col, Table, column, kept
from tests.properties.made.words import Sql, Written, name

Tree = dict[str, Written]


@dataclass(frozen=True)
class Made:
    """A map with the tables that only it knows. `shape` says what is special about it."""

    shape: str
    map: Tree = field(hash=False)
    tables: tuple[Table, ...]
    base: Table
    sequences: tuple[str, ...] = ()


def reach_of(table: Table, there: Sequence[Table], *, prefix: str = "") -> list[Way]:
    """The columns of a table, and those of the tables that it refers to."""
    by_name = {one.name: one for one in there}
    found = [Way(f"{prefix}{one.name}", one) for one in table.all]
    for one in table.columns:
        for name_ in one.to:
            found += [Way(f"{prefix}{one.name}.{far.name}", far) for far in by_name[name_].all]
    return found


@st.composite
def lookups(draw: st.DrawFn, reach: Reach, there: Sequence[Table], company: bool) -> tuple[Tree, list[Way]]:
    """Up to two lookups, and what can be reached through them."""
    found: Tree = {}
    ways: list[Way] = []
    for number in range(draw(st.sampled_from((0, 0, 1, 2)))):
        word, table = f"look{number}", draw(st.sampled_from(list(there)))
        pairs = [
            (one, way) for one in table.all for way in reach if way.column.type == one.type and one.kind != "choice"
        ]
        if not pairs or ("company" in table.kept and not company):
            continue
        one, way = draw(st.sampled_from(pairs))
        made: Tree = {"in": table.ref, "where": {one.name: way.path}, **draw(missing())}
        own = [Way(each.name, each) for each in table.all]
        if draw(st.integers(0, 3)) == 0:
            made["filter"] = draw(condition(own, deep=0))
        if draw(st.integers(0, 3)) == 0:
            made = {"in": made["in"], "where": made["where"], "total": {"lines": "count(*)"}}
            ways.append(Way(f"{word}.lines", Col("lines", "int")))
        else:
            if draw(st.booleans()):
                made["first_by"] = [draw(st.sampled_from(("", "-"))) + draw(st.sampled_from(table.all)).name]
            ways += [Way(f"{word}.{each.name}", each) for each in table.all]
        found[word] = made
    return found, ways


@st.composite
def missing(draw: st.DrawFn) -> Tree:
    how: str | None = draw(st.sampled_from(("", "hold", None, "reject")))
    found: Tree = {} if how == "" else {"missing": how}
    return {**found, "else": "NOT_FOUND"} if how and draw(st.booleans()) else found


@st.composite
def head(draw: st.DrawFn, reach: Reach, *, strict: bool) -> Tree:
    """What stands at the top of a map: filter, leaving, what is allowed, guards, limits."""
    found: Tree = {}
    if draw(st.booleans()):
        found["filter"] = draw(condition(reach))
    found |= draw(st.sampled_from(({}, {"on_leave": "keep"}, {"on_leave": "delete"}, {"on_leave": "report"})))
    found |= draw(
        st.sampled_from(({}, {}, {"guard": {"missing_rows": "restore"}}, {"guard": {"foreign_rows": "ignore"}}))
    )
    if not strict or draw(st.integers(0, 4)):
        found["limits"] = {"rejects": {"stop": 1000000}}
    if draw(st.integers(0, 3)) == 0:
        found["requires"] = [{"that": draw(condition(reach)), "else": "NOT_YET"}]
    return found


@st.composite
def goal(draw: st.DrawFn, word: str, key: Sequence[Col], *, most: int = 6) -> Table:
    """A table that is written: its key columns are given."""
    own = tuple(draw(column(f"{word}{number}")) for number in range(draw(st.integers(1, most))))
    return Table("books", name(f"goal_{word}"), tuple(key), own, draw(kept(word, ("modified", "row_version"))))


@st.composite
def fields(draw: st.DrawFn, table: Table, reach: Reach, *, making: bool = True) -> Tree:
    chosen = [one for one in table.columns if draw(st.integers(0, 3))]
    return {one.name: draw(line(one, reach, making=making)) for one in chosen or table.columns[:1]}


@st.composite
def keyed(draw: st.DrawFn, word: str, ways: Sequence[Way]) -> tuple[list[Col], Tree]:
    """Key columns of a target, one for each way, and their lines."""
    columns: list[Col] = []
    lines: Tree = {}
    for number, way in enumerate(ways):
        text = way.kind in ("int", "decimal", "date") and draw(st.integers(0, 2)) == 0
        one = Col(name(f"{word}_key{number}"), "text(40)" if text else way.column.type, way.column.choices)
        columns.append(one)
        lines[one.name] = {"from": way.path, "as": "text"} if text else way.path
        if way.kind == "text" and draw(st.integers(0, 3)) == 0:
            lines[one.name] = {
                "from": way.path,
                **draw(st.sampled_from(({"trim": True}, {"upper": True}, {"default": "N"}))),
            }
    return columns, lines


@st.composite
def key_ways(draw: st.DrawFn, base: Table, reach: Reach) -> list[Way]:
    """What makes the key of a target: mostly the key of the source; else a column that several rows may share."""
    own = [Way(one.name, one) for one in base.key]
    if draw(st.integers(0, 3)):
        return own
    others = of(reach, "text", "int", "guid", "date")
    return [draw(st.sampled_from(others)), *own[1:]] if others else own


def started(base: Table, there: Sequence[Table], flow: str) -> tuple[Tree, list[Way]]:
    return {"map": "", "flow": flow, "source": base.ref}, reach_of(base, there)


@st.composite
def plain(draw: st.DrawFn, base: Table, there: Sequence[Table]) -> Made:
    """One row makes one."""
    flow = draw(st.sampled_from(("sync", "sync", "staging_import")))
    top, reach = started(base, there, flow)
    looks, more = draw(lookups(reach, there, "company" in base.kept))
    columns, key = draw(keyed("g", draw(key_ways(base, reach))))
    table = draw(goal("g", columns))
    top |= {"target": table.ref, **draw(head(reach, strict=True)), **({"lookups": looks} if looks else {}), "key": key}
    if draw(st.integers(0, 4)) == 0:
        top["allow"] = draw(st.sampled_from((["create"], ["update"], ["create", "update"])))
        top |= draw(st.sampled_from(({}, {"absent": "hold"}, {"absent": "skip"})))
    top["fields"] = draw(fields(table, [*reach, *more]))
    if flow == "staging_import" and draw(st.booleans()):
        base, top = settled(base, top)
    return Made("plain", top, (table,), base)


def settled(base: Table, top: Tree) -> tuple[Table, Tree]:
    """Mark what is done in a column of its own."""
    mark = Col(name("b_done"), "text(5)")
    marked = Table(base.system, base.name, base.key, (*base.columns, mark), base.kept)
    return marked, {**top, "settle": {"done": {mark.name: {"value": "yes"}}}}


@st.composite
def arms(draw: st.DrawFn, base: Table, there: Sequence[Table]) -> Made:
    """Rows go to one of two targets; some to both or none, which is a fault of the row."""
    top, reach = started(base, there, draw(st.sampled_from(("sync", "staging_import"))))
    own = [Way(one.name, one) for one in base.key]
    when = draw(condition(reach, deep=0))
    other = draw(st.one_of(st.just(Sql(f"not ({when})")), condition(reach, deep=0)))
    tables, targets = [], []
    for word, said in (("g", when), ("h", other)):
        columns, key = draw(keyed(word, own))
        table = draw(goal(word, columns, most=3))
        tables.append(table)
        targets.append({"target": table.ref, "when": said, "key": key, "fields": draw(fields(table, reach))})
    top |= {**draw(head(reach, strict=False)), "targets": targets}
    return Made("arms", top, tuple(tables), base)


@st.composite
def each(draw: st.DrawFn, base: Table, there: Sequence[Table]) -> Made:
    """One row makes several, one per entry of a list or of a table; a number may be split among them."""
    top, reach = started(base, there, "sync")
    own = [Way(one.name, one) for one in base.key]
    rule, ways = draw(st.one_of(listed(), tabled(reach, there)))
    columns, key = draw(keyed("g", [*own, ways[0]]))
    share = Col(name("g_share"), "decimal(12,2)")
    table = draw(goal("g", columns, most=3))
    table = Table(table.system, table.name, table.key, (*table.columns, share), table.kept)
    lines = draw(
        fields(Table("", "", (), table.columns[:-1]), [*reach, *(way for way in ways if way.column.name != "word")])
    )
    amounts, weights = of(reach, "decimal", "int"), [way for way in ways if way.kind in ("decimal", "int")]
    if amounts and weights:
        split = {"by": draw(st.sampled_from(weights)).path, "rest": draw(st.sampled_from(("largest", "first", "last")))}
        lines[share.name] = {"from": draw(st.sampled_from(amounts)).path, "split": split, "round": 2}
    top |= {**draw(head(reach, strict=False)), "each": {"unit": rule}, "key": key, "target": table.ref, "fields": lines}
    return Made("each", top, (table,), base)


@st.composite
def listed(draw: st.DrawFn) -> tuple[Written, list[Way]]:
    weights = draw(st.lists(st.sampled_from((1, 2, 3, 50)), min_size=1, max_size=3))
    entries = [{"word": f"w{number}", "weight": weight} for number, weight in enumerate(weights)]
    return entries, [Way("unit.word", Col("word", "text(5)")), Way("unit.weight", Col("weight", "int"))]


@st.composite
def tabled(draw: st.DrawFn, reach: Reach, there: Sequence[Table]) -> tuple[Written, list[Way]]:
    free = [one for one in there if "company" not in one.kept]
    pairs = [
        (table, one, way)
        for table in free
        for one in table.all
        for way in reach
        if way.column.type == one.type and one.kind != "choice"
    ]
    if not pairs:
        return draw(listed())
    table, one, way = draw(st.sampled_from(pairs))
    rule: Tree = {"in": table.ref, "where": {one.name: way.path}, **draw(missing())}
    return rule, [Way(f"unit.{far.name}", far) for far in table.all]


@st.composite
def merge(draw: st.DrawFn, base: Table, there: Sequence[Table]) -> Made:
    """Two rows make one: those that share a value, of which one is this and the other that."""
    top, reach = started(base, there, "sync")
    shared = of(reach, "text", "int", "date", "guid")
    if not shared:
        return draw(plain(base, there))
    ways = [draw(st.sampled_from(shared))]
    when = draw(condition(reach, deep=0))
    rule: Tree = {
        "by": {"Pair": ways[0].path},
        "parts": {"one": when, "two": Sql(f"not ({when})")},
        "complete": draw(st.sampled_from(("one", ["one", "two"]))),
    }
    key = Col(name("g_key0"), "text(60)")
    made: Written = {"concat": ["merge.Pair", {"value": "-"}]}
    table = draw(goal("g", [key], most=4))
    inner = [Way(f"{part}.{way.path}", way.column) for part in ("one", "two") for way in reach]
    top |= {**draw(head(reach, strict=False)), "merge": rule, "target": table.ref, "key": {key.name: made}}
    top.pop("requires", None)
    top["fields"] = draw(fields(table, inner))
    return Made("merge", top, (table,), base)


@st.composite
def document(draw: st.DrawFn, base: Table, there: Sequence[Table]) -> Made:
    """Lines go under numbered headers."""
    top, reach = started(base, there, "staging_import")
    columns, key = draw(keyed("g", [Way(one.name, one) for one in base.key]))
    table = draw(goal("g", columns, most=3))
    under = (Col(name("g_head"), "text(20)"), Col(name("g_place"), "int"))
    table = Table(table.system, table.name, table.key, (*table.columns, *under), table.kept)
    header = Table(
        "books",
        name("head"),
        (Col(name("h_id"), "text(20)"),),
        (Col(name("h_state"), "text(8)"),),
        draw(kept("h", ("modified", "row_version"))),
    )
    groups = of(reach, "text", "date", "int", "choice", "boolean")
    rule: Tree = {"target": header.ref}
    rule["by"] = {"Group": draw(st.sampled_from(groups)).path} if groups else {"Group": {"value": "all"}}
    rule["order"] = [draw(st.sampled_from(list(reach))).path]
    if draw(st.booleans()):
        rule["lines"] = draw(st.integers(1, 3))
    if draw(st.booleans()):
        rule["reuse"] = Sql(f"{header.columns[0].name} = 'Draft'")
    rule["fields"] = {header.key[0].name: {"sequence": "heads"}, header.columns[0].name: {"value": "Draft"}}
    lines = draw(fields(Table("", "", (), table.columns[:-2]), reach))
    lines |= {under[0].name: f"document.{header.key[0].name}", under[1].name: "document.line"}
    top |= {**draw(head(reach, strict=False)), "document": rule, "target": table.ref, "key": key, "fields": lines}
    top["allow"] = draw(st.sampled_from((["create"], ["create", "update"])))
    if draw(st.booleans()):
        base, top = settled(base, top)
    return Made("document", top, (table, header), base, sequences=("heads",))


@st.composite
def write_back(draw: st.DrawFn, base: Table, there: Sequence[Table]) -> Made:
    """Named columns of rows that are there are written from another table."""
    keys = tuple(Col(name(f"g_key{n}"), one.type, one.choices) for n, one in enumerate(base.key))
    table = draw(goal("g", keys))
    base = Table(
        base.system, base.name, base.key, base.columns, {**base.kept, "row_version": Col(name("b_version"), "int")}
    )
    reach = reach_of(table, ())
    top: Tree = {"map": "", "flow": "write_back", "source": table.ref, "target": base.ref}
    top |= draw(head(reach, strict=False))
    top.pop("on_leave", None)
    top["key"] = {one.name: far.name for one, far in zip(base.key, keys, strict=True)}
    free = [one for one in base.columns if not one.to]
    top["fields"] = draw(fields(Table("", "", (), tuple(free)), reach, making=False))
    top |= draw(
        st.sampled_from(({}, {"conflict": "source"}, {"conflict": "target"}, {"absent": "hold"}, {"absent": "skip"}))
    )
    return Made("write_back", top, (table,), base)


@st.composite
def two_way(draw: st.DrawFn, base: Table, there: Sequence[Table]) -> Made:
    """Both sides may change the same columns."""
    base = Table(
        base.system, base.name, base.key, base.columns, {**base.kept, "row_version": Col(name("b_version"), "int")}
    )
    top, reach = started(base, there, "sync")
    keys = tuple(Col(name(f"g_key{n}"), one.type, one.choices) for n, one in enumerate(base.key))
    free = [one for one in base.columns if not one.to]
    own = tuple(Col(name(f"g{n}"), one.type, one.choices) for n, one in enumerate(free))
    table = Table(
        "books",
        name("goal_g"),
        keys,
        own,
        {"modified": Col(name("g_modified"), "datetime"), "row_version": Col(name("g_version"), "int")},
    )
    both = {far.name: draw(either_way(one)) for one, far in zip(free, own, strict=True)}
    both[own[0].name] = free[0].name
    if draw(st.booleans()):
        top["filter"] = draw(condition(reach))
    top |= {"target": table.ref, "initial": {"master": draw(st.sampled_from(("source", "target")))}}
    top["limits"] = {"rejects": {"stop": 1000000}}
    top["key"] = {far.name: one.name for one, far in zip(base.key, keys, strict=True)}
    top["both"] = both
    allow = draw(st.sampled_from((["update"], ["create", "update"])))
    top["back"] = {"allow": allow, "conflict": draw(st.sampled_from(("reject", "source", "target")))}
    return Made("two_way", top, (table,), base)


@st.composite
def either_way(draw: st.DrawFn, column: Col) -> Written:
    """A line of `both`, with an owner now and then."""
    owner = draw(st.sampled_from(({}, {}, {"owner": "source"}, {"owner": "target"})))
    return {"from": column.name, **owner} if owner else column.name


SHAPES: Mapping[str, Callable[..., st.SearchStrategy[Made]]] = {
    "plain": plain,
    "arms": arms,
    "each": each,
    "merge": merge,
    "document": document,
    "write_back": write_back,
    "two_way": two_way,
}
