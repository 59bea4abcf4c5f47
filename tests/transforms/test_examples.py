"""Every example of every transform runs, and every transform is found by its file name."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft7Validator

import crosswalk.transforms
from crosswalk.contracts import Example, TransformError, TransformSpec
from crosswalk.transforms import all_specs, spec
from tests.transforms.bench import Place, column, evaluated, given, shown

CASES = [(one, example) for one in all_specs() for example in one.examples]


@pytest.mark.parametrize(("one", "example"), CASES, ids=lambda part: getattr(part, "name", None))
def test_an_example_gives_what_it_says(one: TransformSpec, example: Example) -> None:
    source = given(example.type)
    value = one.build(source, example.argument, Place(column(example.target)))
    found, code = evaluated(value, example.given, source.type)
    assert (shown(found), code) == (example.result, example.code)


def test_every_module_is_one_transform_in_the_order_of_the_language() -> None:
    folder = Path(crosswalk.transforms.__file__).parent
    names = [one.name for one in all_specs()]
    assert len(names) == len([file for file in folder.glob("*.py") if file.name != "__init__.py"])
    core = ["trim", "upper", "lower", "pad", "values", "as", "multiply", "round", "default", "fit"]
    assert [name for name in names if name in core] == core
    assert all(one.examples and one.summary.endswith(".") for one in all_specs())


def test_arguments_are_json_schema_that_takes_the_examples() -> None:
    for one, example in CASES:
        Draft7Validator.check_schema(one.arguments)
        argument = example.argument
        if one.beside:
            assert isinstance(argument, dict)
            assert set(argument) <= {one.name, *one.beside}
            argument = argument[one.name]
        assert Draft7Validator(one.arguments).is_valid(argument), (one.name, argument)


def test_an_unknown_transform_is_named_with_its_neighbour() -> None:
    with pytest.raises(TransformError) as caught:
        spec("uper")
    assert (caught.value.code, caught.value.hint) == ("UNKNOWN_TRANSFORM", "did you mean 'upper'?")
