"""Values and names that look like something else pass through as they are."""

from __future__ import annotations

import pytest
from sqlglot.dialects.duckdb import DuckDB

from crosswalk import api
from crosswalk.errors import MapError
from tests.engine.shop import Shop, orders

VALUES = [
    "{{ 7 * 7 }}",
    "{% raw %}",
    "it's",
    'say "x"',
    "''",
    "%s %(name)s",
    "{0} {name}",
    "$1 $key ?",
    "'; DROP TABLE x; --",
    "a -- b",
    "/* c */",
    "a\\'b",
    "line\nbreak",
    "|",
    "æ 漢 😀",
    "NULL",
    "#key",
]


def quoted(text: str) -> str:
    """Write text as YAML does in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def test_values_pass_as_they_are_through_keys_filters_lookups_and_value_maps(shop: Shop) -> None:
    named = f"title in ({', '.join(map(literal, VALUES))})"
    values = ", ".join(f"{quoted(value)}: x{number}" for number, value in enumerate(VALUES))
    shop.map(
        f"filter: {quoted(named)}\nlookups: {{who: {{in: store.customers, where: {{name: title}}}}}}\n"
        f"fields: {{Title: title, Name: {{concat: [title, {{value: {quoted(VALUES[0])}}}]}}, Count: who.id,"
        f" Kind: {{from: title, values: {{{values}}}}}}}\nlimits: {{rejects: {{stop: 100}}}}\n"
    )
    shop.put("store.customers", *({"id": number, "name": value} for number, value in enumerate(VALUES)))
    rows = [{"id": number, "number": value, "title": value} for number, value in enumerate(VALUES)]
    shop.put("store.orders", *rows, {"id": 99, "number": "other", "title": "other"})
    assert shop.one() == {"inserted": len(VALUES), "filtered": 1}
    expected = [(value, value, value + VALUES[0], f"x{number}", number) for number, value in enumerate(VALUES)]
    assert sorted(shop.sales("Number Title Name Kind Count")) == sorted(expected)
    assert shop.one(full=True) == {"unchanged": len(VALUES), "filtered": 1}
    shop.sql("UPDATE store.orders SET number = NULL, version = 2")
    assert shop.one(full=True) == {"rejected": len(VALUES), "filtered": 1}
    assert {one.key: one.row["title"] for one in shop.open_rows()} == {str(row["id"]): row["title"] for row in rows}


def test_constants_of_a_map_pass_as_they_are(shop: Shop) -> None:
    columns = "".join(f"  c{number}: {{type: text}}\n" for number in range(len(VALUES)))
    shop.entity("books.texts", "key: [id]\ncolumns:\n  id: {type: int}\n" + columns)
    lines = ", ".join(f"c{number}: {{value: {quoted(value)}}}" for number, value in enumerate(VALUES))
    shop.map(f"target: books.texts\nkey: {{id: id}}\nfields: {{{lines}}}").put("store.orders", *orders((1, "A", "x")))
    assert shop.one() == {"inserted": 1}
    assert shop.read("SELECT * EXCLUDE (id) FROM books.texts") == [tuple(VALUES)]
    assert shop.one(full=True) == {"unchanged": 1}


NAMES = [
    'na"me',
    '""',
    "with space",
    "größe",
    "漢字",
    "a'b",
    "select",
    "{x}",
    "{{ x }}",
    "%s",
    "$key",
    "a -- b",
    "x; DROP TABLE y",
    "back\\slash",
    "(b)",
    "a,b",
    "a/*b",
]


@pytest.mark.parametrize("key", ['na"me', "{x}"])
def test_columns_may_have_any_name(shop: Shop, key: str) -> None:
    """Each name is a reference, and with a word behind it a text that is found by it."""
    texts = "".join(f"  {quoted(name + ' b')}: {{type: text(20)}}\n" for name in NAMES)
    references = "".join(f"  {quoted(name)}: {{type: int, to: others}}\n" for name in NAMES)
    own = quoted(key)
    shop.entity("store.others", f"key: [{own}]\ncolumns:\n  {own}: {{type: int}}\n{texts}")
    roles = "modified: a date\nrow_version: a 'version'\n"
    kept = "  a date: {type: datetime}\n  a 'version': {type: int}\n"
    shop.entity("store.things", f"key: [{quoted(key + ' b')}]\n{roles}columns:\n{references}{texts}{kept}")
    shop.entity("books.things", f"key: [{own}]\n{roles}columns:\n  {own}: {{type: text(20)}}\n{texts}{kept}")
    lines = "".join(f"  {quoted(name + ' b')}: {quoted(name + '.' + name + ' b')}\n" for name in NAMES)
    shop.map(
        f"source: store.things\ntarget: books.things\non_leave: delete\n"
        f"key:\n  {own}: {quoted(key + ' b')}\nfields:\n{lines}"
    )
    for number in (1, 2):
        shop.put("store.others", {key: number, **{name + " b": f"{number} {name}" for name in NAMES}})
    for text, number in (("x", 1), ("y", 2)):
        shop.put("store.things", {key + " b": text, **dict.fromkeys(NAMES, number)})
    assert shop.one() == {"inserted": 2}
    found = {text: [f"{number} {name}" for name in NAMES] for text, number in (("x", 1), ("y", 2))}
    assert {row[0]: list(row[1:-2]) for row in shop.read("SELECT * FROM books.things")} == found
    shop.put("store.others", {key: 1, **{name + " b": "z" for name in NAMES}})
    shop.remove("store.things", '"a date" = (SELECT max("a date") FROM store.things)')
    assert shop.one() == {"updated": 1, "deleted": 1}
    assert [row[:-2] for row in shop.read("SELECT * FROM books.things")] == [("x", *["z"] * len(NAMES))]
    shop.remove("store.others", "TRUE")
    assert shop.one() == {"rejected": 1}
    (reject,) = shop.open_rows()
    assert {name: reject.row[name] for name in NAMES} == dict.fromkeys(NAMES, "1")


def test_a_quote_in_a_name_leaves_the_shape_of_the_sql_as_it_is(shop: Shop) -> None:
    """A name with a quote is as much one thing as any other: no brackets come around it, and no cast."""
    plain, quoted_ = (_tokens_of_a_map(shop, name) for name in ("name", 'na"me'))
    assert plain == quoted_


def _tokens_of_a_map(shop: Shop, column: str) -> list[str]:
    """The kinds of tokens of all statements of a map that moves a column of this name."""
    for system in ("store", "books"):
        columns = f"  id: {{type: int}}\n  {quoted(column)}: {{type: text(9)}}\n"
        shop.entity(f"{system}.things", "key: [id]\ncolumns:\n" + columns)
    lines = f"fields: {{{quoted(column)}: {{from: {quoted(column)}, trim: true}}}}"
    shop.map(f"source: store.things\ntarget: books.things\nkey: {{id: id}}\n{lines}")
    statements = [one.sql for plan in api.plans(shop.loaded) for step in plan.steps for one in step.statements]
    kinds = [token.token_type.name for sql in statements for token in DuckDB().tokenize(sql)]
    return ["VAR" if kind == "IDENTIFIER" else kind for kind in kinds]


@pytest.mark.parametrize("name", ['my "orders"', "with space", "o'rders", "{{ t }}", "größe"])
def test_a_table_may_have_any_name(shop: Shop, name: str) -> None:
    for system in ("store", "books"):
        shop.write(
            f"entities/{system}/odd.entity.yaml",
            f"entity: {quoted(name)}\nsystem: {system}\nkey: [id]\n"
            "columns:\n  id: {type: int}\n  text: {type: text}\n",
        )
    shop.template = None
    shop.map(
        f"source: {quoted('store.' + name)}\ntarget: {quoted('books.' + name)}\nkey: {{id: id}}\nfields: {{text: text}}"
    )
    shop.put(f"store.{name}", {"id": 1, "text": "x"})
    assert shop.one() == {"inserted": 1}
    shop.put(f"store.{name}", {"id": 1, "text": "y"})
    assert shop.one() == {"updated": 1}


@pytest.mark.parametrize("name", ["a.b", "#key", "bell\x07"])
def test_a_name_that_the_engine_needs_for_itself_is_refused(shop: Shop, name: str) -> None:
    shop.entity(
        "store.things", f'key: [id]\ncolumns:\n  id: {{type: int}}\n  "{name}": {{type: int}}\n'.replace("\x07", "\\a")
    )
    with pytest.raises(MapError) as refused:
        shop.map().run()
    assert refused.value.code == "IDENT_CHARACTER"


def test_a_text_of_a_million_characters_passes(shop: Shop) -> None:
    shop.edit("books.sales", "Name: {type: text(60)}", "Name: {type: text}")
    shop.edit("store.orders", "title: {type: text(200)}", "title: {type: text}")
    shop.map("fields: {Name: title}").put("store.orders", *orders((1, "A", "ä" * 1_000_000)))
    assert shop.one() == {"inserted": 1}
    assert shop.read("SELECT length(Name) FROM books.sales") == [(1_000_000,)]
