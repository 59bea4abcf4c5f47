"""Writes one planned map as a file: field lines in the words of the language, open lines as comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crosswalk.dualwrite.catalogue import Catalogue
from crosswalk.dualwrite.filterlines import Condition, condition_of, spell
from crosswalk.dualwrite.planning import MapPlan, Planned, collisions
from crosswalk.dualwrite.valuemaps import SharedValues
from crosswalk.dualwrite.yaml_text import Block, Entry, Value, comments

Way = str
"""``out`` writes the sales side, ``back`` the finance side, ``both`` either."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What the lines of one map are written with."""

    plan: MapPlan
    found: Catalogue
    shared: SharedValues


def map_block(writing: Writing) -> tuple[Block, tuple[str, ...]]:
    """Write a map; beside it what could not be said of its filters."""
    plan = writing.plan
    own, other = _filters(writing)
    troubles = tuple(f"filter of {table}: {one.why}" for table, one in (own, other) if one.why)
    block: tuple[Entry | str, ...] = (
        *comments([f"Table map of {plan.record.finance} and {plan.record.dataverse}, from {plan.record.origin}."]),
        *comments(plan.told),
        Entry("map", plan.name),
        Entry("title", plan.record.title),
        *([Entry("description", plan.record.description)] if plan.record.description else []),
        *([Entry("version", plan.record.version)] if plan.record.version else []),
        Entry("tags", ["dual-write"]),
        Entry("flow", "sync"),
        Entry("source", (plan.finance if plan.forward else plan.dataverse).ref),
        Entry("target", (plan.dataverse if plan.forward else plan.finance).ref),
        *_condition("filter", own[1], _text(writing, own=True)),
        *([] if plan.two_way else _condition("scope", other[1], _text(writing, own=False))),
        *_rights(plan),
        *_key(writing),
        *_blocks(writing),
        *([_back(writing, other[1]), _initial(writing)] if plan.two_way else []),
    )
    return block, troubles


def _text(writing: Writing, *, own: bool) -> str:
    record = writing.plan.record
    return record.finance_filter if writing.plan.forward == own else record.dataverse_filter


def _filters(writing: Writing) -> tuple[tuple[str, Condition], tuple[str, Condition]]:
    plan, found = writing.plan, writing.found
    finance = (plan.finance.ref, condition_of(plan.finance, plan.record.finance_filter, found))
    dataverse = (plan.dataverse.ref, condition_of(plan.dataverse, plan.record.dataverse_filter, found))
    return (finance, dataverse) if plan.forward else (dataverse, finance)


def _condition(word: str, one: Condition, text: str) -> Iterator[Entry]:
    if one.why:
        yield Entry(word, text, note=f"cannot be said: {one.why}", off=True)
    elif one.text:
        yield Entry(word, one.text)


def _rights(plan: MapPlan) -> Iterator[Entry]:
    """Rows are made only where the whole key flows; elsewhere a row without its other half is passed over."""
    out = plan.makes("dataverse" if plan.forward else "finance")
    back = plan.makes("finance" if plan.forward else "dataverse")
    if not out:
        yield Entry("allow", ["update"])
    if not out or (plan.two_way and not back):
        yield Entry("absent", "skip")


def _winner(writing: Writing) -> str:
    """Say which side of the map is the master: the sales side where nobody says otherwise."""
    answered = writing.found.answers.of_map(writing.plan.name, "master")
    return "source" if answered == writing.plan.finance.system else "target"


def _initial(writing: Writing) -> Entry:
    return Entry("initial", {"master": _winner(writing)})


def _back(writing: Writing, condition: Condition) -> Entry:
    plan = writing.plan
    makes = plan.makes("finance" if plan.forward else "dataverse")
    lines = [_line(one, "back", writing) for one in plan.sound if one.back and not one.key and not goes_both(one)]
    return Entry(
        "back",
        (
            *_condition("filter", condition, _text(writing, own=False)),
            Entry("allow", ["create", "update"] if makes else ["update"]),
            Entry("conflict", _winner(writing)),
            *([Entry("fields", tuple(line for some in lines for line in some))] if lines else []),
        ),
    )


def _key(writing: Writing) -> Iterator[Entry]:
    plan = writing.plan
    if not plan.key:
        yield Entry("key", {}, note=f"waits for an answer: maps: {plan.name}: key", off=True)
        return
    entries: list[Entry | str] = []
    for part in plan.key:
        if part.line is not None:
            entries.extend(_line(part.line, "both" if plan.two_way else "out" if plan.forward else "back", writing))
        else:
            entries.append(Entry(part.path, part.finance) if plan.forward else Entry(part.finance, part.path))
    yield Entry("key", tuple(entries))


def _blocks(writing: Writing) -> Iterator[Entry]:
    plan = writing.plan
    fields: list[Entry | str] = []
    both: list[Entry | str] = []
    for one in plan.lines:
        if one.key:
            continue
        if one.fate != "expressed":
            fields.append(_open(one))
        elif plan.two_way and goes_both(one):
            both.extend(_line(one, "both", writing))
        elif one.out if plan.forward else one.back:
            fields.extend(_line(one, "out" if plan.forward else "back", writing))
    if fields:
        yield Entry("fields", tuple(fields))
    if both:
        yield Entry("both", tuple(both))


def goes_both(one: Planned) -> bool:
    """Say whether a line is one of `both`; a lookup to one of several tables needs a line for each way."""
    return one.out and one.back and len(one.paths) == 1


def _open(one: Planned) -> Entry:
    why = f"waits for an answer: {one.why}" if one.fate == "waits" else one.why
    return Entry(one.line.dataverse or one.line.finance, one.line.finance or one.line.default or "", note=why, off=True)


def _line(one: Planned, way: Way, writing: Writing) -> list[Entry | str]:
    """Write the field lines of a planned line in one direction; several where a lookup leads to several tables."""
    if way == "back":
        source: Value = list(one.paths) if len(one.paths) > 1 else one.paths[0] if one.paths else ""
        return [Entry(one.finance, _value(one, source, _towards_finance(one, writing), writing))]
    return [Entry(path, _value(one, one.finance, _towards_dataverse(one, way, writing), writing)) for path in one.paths]


def _value(one: Planned, source: Value, transforms: Mapping[str, Value], writing: Writing) -> Value:
    """Write what stands right of a column: a bare path, a constant, or both with what is done to it."""
    if not source:
        return {"value": transforms["default"]}
    if isinstance(source, list):
        return {"first": source, **transforms}
    return {"from": source, **transforms} if transforms else source


def _kinds(one: Planned, writing: Writing) -> tuple[str, str]:
    """Say the types of both ends; the end of a longer path is not known here."""
    plan, found = writing.plan, writing.found
    finance = found.kind(plan.finance, plan.finance.column(one.finance)) if one.finance else "text"
    dataverse = "text"
    if one.paths and "." not in one.paths[0]:
        dataverse = found.kind(plan.dataverse, plan.dataverse.column(one.paths[0]))
    return finance, dataverse


def _pairs(one: Planned, writing: Writing) -> list[tuple[str, str]]:
    """Give the pairs in the types of both columns; a choice has one blank."""
    finance, dataverse = _kinds(one, writing)
    pairs = [(spell(value, finance), spell(code, dataverse)) for value, code in one.line.pairs or ()]
    if finance == "choice":
        pairs = [(value.strip(), code) for value, code in pairs]
    return list(dict.fromkeys(pairs))


def _towards_dataverse(one: Planned, way: Way, writing: Writing) -> dict[str, Value]:
    written: dict[str, Value] = {}
    finance, dataverse = _kinds(one, writing)
    if one.line.pairs:
        written["values"] = writing.shared.written(_pairs(one, writing))
        settled = {code: value for code, value in one.returns if code in dict(collisions(one.line))}
        if way == "both" and settled:
            written["back"] = {spell(code, dataverse): spell(value, finance) for code, value in settled.items()}
    if one.line.default is not None:
        written["default"] = spell(one.line.default, dataverse)
    return written


def _towards_finance(one: Planned, writing: Writing) -> dict[str, Value]:
    written: dict[str, Value] = {}
    finance, dataverse = _kinds(one, writing)
    if one.line.pairs:
        chosen = {spell(code, dataverse): spell(value, finance) for code, value in one.returns}
        turned, left = dict[str, str](), dict[str, str]()
        for value, code in _pairs(one, writing):
            if value == chosen.get(code, value) and code not in turned:
                turned[code] = value
            else:
                left[value] = code
        written["values"] = writing.shared.written(list(turned.items()))
        if left and not one.out:
            written["back"] = {value: code or None for value, code in left.items()}
    if one.line.default is not None and (not one.out or not one.paths):
        written["default"] = spell(one.line.default, finance)
    return written
