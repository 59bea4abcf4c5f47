"""The schemas are valid, say what every property is for, and let editors accept what the reader accepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import pytest
import yaml
from jsonschema import Draft7Validator

from crosswalk.config.schemas import KINDS, FileKind, published, schema
from crosswalk.transforms import all_specs

MAP = """
map: 2026
version: 1.0
flow: sync
source: shop.orders
target: ledger.postings
key: {Number: number, Country: {value: NO}, Company: {value: 010}}
fields:
  Note: {from: note, default: 12:30, fit: truncate}
  State: {from: rush, values: {true: yes, false: no}, otherwise: null}
tests:
  - {name: 1, given: {shop.orders: [{number: 1, day: 2026-01-01, rush: true, note: null}]}, expect: {insert: []}}
"""


def properties(part: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    if isinstance(part, list):
        for item in part:
            yield from properties(item)
    if isinstance(part, Mapping):
        for name, below in cast(dict[str, dict[str, object]], part.get("properties", {})).items():
            yield name, below
        for below in part.values():
            yield from properties(below)


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_valid_and_so_are_those_for_editors(kind: FileKind):
    Draft7Validator.check_schema(dict(schema(kind)))
    Draft7Validator.check_schema(published(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_property_says_what_it_is_for(kind: FileKind):
    assert [name for name, part in properties(schema(kind)) if not part.get("description")] == []


def test_transforms_and_what_they_take_beside_are_part_of_a_field_line():
    lines = cast(dict[str, dict[str, dict[str, object]]], schema("table_map")["definitions"])["fieldLine"]
    for spec in all_specs():
        assert {spec.name, *spec.beside} <= set(lines["properties"])


class _Editor(yaml.SafeLoader):
    """An editor reads YAML 1.1 or 1.2 with types; dates are left out, JSON has none."""


_Editor.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith("timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_an_editor_marks_nothing_where_text_looks_like_another_type():
    value = yaml.load(MAP, Loader=_Editor)
    assert [error.message for error in Draft7Validator(published("table_map")).iter_errors(_texted(value))] == []


def test_own_keywords_are_not_published():
    assert "x-" not in str([key for kind in KINDS for key in _keys(published(kind))])


def _texted(value: object) -> object:
    """Keys of JSON are text."""
    if isinstance(value, dict):
        return {str(key): _texted(below) for key, below in value.items()}
    return [_texted(item) for item in value] if isinstance(value, list) else value


def _keys(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, below in part.items():
            yield key
            yield from _keys(below)
    if isinstance(part, list):
        for item in part:
            yield from _keys(item)
