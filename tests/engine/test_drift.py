"""A table is compared with its entity: what would do harm stops a run, what may is a warning, what is checked is a note."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crosswalk.codes import CODES
from crosswalk.config.data_types import read_type
from crosswalk.config.nodes import Scalar
from crosswalk.drift import Difference, drift, respelled, stays
from crosswalk.errors import Problems, Span
from crosswalk.model import Choice, Column, DataType, Entity, EntityRef

SPAN = Span("entities/shop/orders.entity.yaml", 1, 9)
HERE = {name: Span(SPAN.file, line, 3) for line, name in enumerate("abcdefgh", start=5)}


def kind(text: str) -> DataType:
    name, _, coded = text.partition(":")
    found = read_type(Scalar(name, True, SPAN), Problems())
    assert found is not None
    return replace(found, coded=coded) if coded else found  # type: ignore[arg-type]


def column(name: str, of: str, **more: object) -> Column:
    return Column(name, kind(of), HERE.get(name, SPAN), **more)  # type: ignore[arg-type]


def table(*columns: Column, key: tuple[str, ...] = ("a",)) -> Entity:
    return Entity(EntityRef("shop", "orders"), "Orders", key, {one.name: one for one in columns}, SPAN)


def only(found: tuple[Difference, ...]) -> Difference:
    assert len(found) == 1
    assert found[0].code in CODES
    return found[0]


def test_a_table_that_is_as_its_entity_says_has_no_difference():
    entity = table(column("a", "guid"), column("b", "text(20)"), column("c", "decimal(19,4)"))
    assert drift(entity, entity) == ()


def test_columns_that_only_the_system_has_are_no_difference():
    assert drift(table(column("a", "guid")), table(column("a", "guid"), column("z", "int"))) == ()


def test_a_missing_table_is_told_with_the_name_that_may_be_meant():
    found = only(drift(table(column("a", "guid")), None, ("Orders2", "customers")))
    assert (found.code, found.span, found.severity) == ("DRIFT_TABLE_MISSING", SPAN, "error")
    assert found.hint == "did you mean 'Orders2'?"


def test_a_missing_column_is_told_at_its_place_with_the_name_it_may_have_now():
    found = only(drift(table(column("a", "guid"), column("b", "int")), table(column("a", "guid"), column("B", "int"))))
    assert (found.code, found.span, found.column) == ("DRIFT_COLUMN_MISSING", HERE["b"], "b")
    assert found.hint == "did you mean 'B'?"


@pytest.mark.parametrize(
    ("written", "live", "severity", "writing"),
    [
        ("int", "boolean", "error", False),
        ("text(20)", "int", "error", False),
        ("datetime", "date", "error", False),
        ("choice:int", "text(20)", "error", False),
        ("date", "datetime", "note", False),
        ("decimal(19,4)", "text", "note", False),
        ("guid", "text(40)", "note", False),
        ("guid", "text(20)", "error", False),
        ("decimal(19,4)", "decimal(18,2)", "error", True),
        ("decimal(19,4)", "decimal(20,10)", "error", True),
        ("decimal(19,4)", "decimal(28,6)", "warning", False),
        ("text(20)", "text(30)", "warning", False),
    ],
)
def test_a_type_that_differs_is_judged_by_what_it_does_to_values(written: str, live: str, severity: str, writing: bool):
    found = only(drift(table(column("a", written)), table(column("a", live))))
    assert (found.code, found.severity, found.writing) == ("DRIFT_COLUMN_TYPE", severity, writing)


@pytest.mark.parametrize("written", ["text", "text(30)"])
def test_text_that_is_shorter_there_matters_to_those_who_write(written: str):
    found = only(drift(table(column("a", written)), table(column("a", "text(20)"))))
    assert (found.code, found.severity, found.writing) == ("DRIFT_TEXT_SHORTER", "error", True)


@pytest.mark.parametrize(("written", "live"), [("text(20)", "text"), ("choice:int", "int"), ("choice:text", "text(9)")])
def test_an_entity_may_say_more_of_a_column_than_its_system(written: str, live: str):
    assert stays(kind(written), kind(live))
    assert not [one for one in drift(table(column("a", written)), table(column("a", live))) if one.severity != "note"]


def test_choices_are_compared_by_code_and_never_by_label():
    ours = column("a", "choice:int", choices=(Choice(1, "Open"), Choice(2, "Shut")))
    theirs = column("a", "choice:int", choices=(Choice(1, "open to all"), Choice(3, "Shut"), Choice(4, "Lost")))
    lacking, fresh = drift(table(ours), table(theirs))
    assert (lacking.severity, lacking.writing, lacking.hint) == ("error", True, "'Shut' has the code 3 there")
    assert lacking.message == "shop.orders.a does not know the choice 2 (Shut)"
    assert (fresh.severity, fresh.message) == ("warning", "shop.orders.a also has the choices 3 (Shut), 4 (Lost)")


def test_values_that_must_be_there_are_warned_of():
    entity = table(column("a", "guid"), column("b", "int"))
    live = table(column("a", "guid"), column("b", "int", required=True), column("c", "int", required=True))
    found = drift(entity, live)
    assert [(one.code, one.severity, one.span) for one in found] == [
        ("DRIFT_REQUIRED", "warning", HERE["b"]),
        ("DRIFT_REQUIRED", "warning", SPAN),
    ]
    assert found[1].message == "shop.orders must have a value in c; the entity has no such column"


def test_another_key_is_a_warning_and_no_key_is_nothing():
    entity = table(column("a", "guid"), column("b", "int"))
    assert only(drift(entity, replace(entity, key=("b",)))).code == "DRIFT_KEY"
    assert drift(entity, replace(entity, key=())) == ()


def test_a_difference_becomes_a_problem_at_its_place():
    found = only(drift(table(column("a", "guid")), table(column("b", "guid"), key=("a",))))
    assert (found.problem.code, found.problem.span, found.problem.severity) == (found.code, found.span, "error")


def test_names_and_codes_in_another_case_are_the_same_where_the_system_does_not_tell_case_apart():
    ours = table(column("a", "guid"), column("Kind", "choice:text", choices=(Choice("yes", "yes"),)))
    theirs = table(column("A", "guid"), column("KIND", "choice:text", choices=(Choice("Yes", "Yes"),)), key=("A",))
    assert {found.code for found in drift(ours, theirs)} == {"DRIFT_COLUMN_MISSING"}
    assert drift(ours, respelled(ours, theirs)) == ()
