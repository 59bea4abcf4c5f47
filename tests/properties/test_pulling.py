"""An entity file that was brought up to date says what the table and the author say together; the rest is untouched."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from crosswalk.config.load import load
from crosswalk.config.pulling import Wish, patch
from crosswalk.drift import drift, known_type, stays
from crosswalk.model import Choice, Column, Entity
from tests.properties.entity_texts import FILE, NOWHERE, Style, alike, lines_of, styles, tables, text_of

PROJECT = b"project: p\nconnections: {dev: {shop: {kind: embedded}}}\n"


def read(content: bytes) -> Entity:
    return next(iter(load({"crosswalk.yaml": PROJECT, FILE: content}).entities.values()))


def bare(entity: Entity) -> list[Column]:
    return [replace(one, span=entity.span) for one in entity.columns.values()]


def merged(entity: Entity, live: Entity, *, prune: bool) -> list[Column]:
    """Say what the file must say: what the system says, but for what the author said better."""
    kept = [one for one in entity.columns.values() if not prune or one.name in live.columns or one.name in entity.key]
    found = [joined(one, live.columns.get(one.name), prune=prune) for one in kept]
    found += [fresh(one) for name, one in live.columns.items() if name not in entity.columns]
    return [replace(one, span=entity.span) for one in found]


def joined(ours: Column, theirs: Column | None, *, prune: bool) -> Column:
    if theirs is None:
        return ours
    required = ours.required or theirs.required
    if ours.type.kind == "choice":
        if ours.type != theirs.type:
            return replace(ours, required=required)
        return replace(ours, required=required, choices=choices(ours, theirs, prune=prune))
    if stays(ours.type, known_type(theirs)):
        return replace(ours, required=required)
    return replace(ours, required=required, type=theirs.type, choices=choices(replace(ours, choices=()), theirs))


def choices(ours: Column, theirs: Column, *, prune: bool = False) -> tuple[Choice, ...]:
    """Join choices: our labels, their codes; in a list each code is its own label."""
    there, known = {one.code for one in theirs.choices}, {one.code for one in ours.choices}
    found = [one for one in ours.choices if not prune or one.code in there]
    listed = bool(found) and all(str(one.code) == one.label for one in ours.choices)
    for one in theirs.choices:
        if one.code not in known:
            label = str(one.code) if listed else one.label
            label = f"{label} ({one.code})" if label in [before.label for before in found] else label
            found.append(Choice(one.code, label))
    return tuple(found)


def fresh(theirs: Column) -> Column:
    title = theirs.title if theirs.title != theirs.name else ""
    return replace(theirs, title=title, choices=choices(replace(theirs, choices=()), theirs))


@given(st.data())
def test_a_file_that_was_brought_up_to_date_says_what_both_sides_say(data: st.DataObject):
    entity = data.draw(tables())
    style, live, prune = data.draw(styles()), data.draw(alike(entity)), data.draw(st.booleans())
    before = text_of(entity, style).encode()
    found = read(before)
    assert bare(found) == [replace(one, span=found.span) for one in entity.columns.values()]
    patched = patch({FILE: before}, found, live, Wish(prune=prune))
    after = patched.files.get(FILE, before)
    assert patched.refused == {}
    expected = merged(found, live, prune=prune)
    assert bare(read(after)) == expected, after.decode()
    again = patch({FILE: after}, read(after), live, Wish(prune=prune))
    assert again.files == {}
    _check_untouched(after.decode("utf-8-sig"), entity, style, expected)


def _check_untouched(after: str, entity: Entity, style: Style, expected: list[Column]) -> None:
    """Every line is there, in its order, but for those of columns that changed."""
    same = {one.name for one in expected if entity.columns.get(one.name) == replace(one, span=NOWHERE)}
    whole = iter(after.splitlines())
    for column, line in lines_of(entity, style):
        assert style.whole == "braces" or (column and column not in same) or line in whole, (line, after)


@given(st.data())
def test_what_was_pulled_does_not_differ_in_a_way_that_stops_a_run(data: st.DataObject):
    entity = data.draw(tables())
    live, style = data.draw(alike(entity)), data.draw(styles())
    before = text_of(entity, style).encode()
    found = read(before)
    patched = patch({FILE: before}, found, live, Wish())
    left = [one for one in drift(read(patched.files.get(FILE, before)), live) if one.severity == "error"]
    kept = {one.name for one in found.columns.values() if one.type.kind == "choice" or one.name not in live.columns}
    assert {one.column for one in left} <= kept
