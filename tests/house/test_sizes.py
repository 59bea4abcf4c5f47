"""Files and functions stay small enough to be read at one sitting."""

from math import ceil
from statistics import median

from tests.house.source_tree import functions, modules


def ninetieth(values: list[int]) -> int:
    """Give the value that nine of ten do not exceed."""
    return sorted(values)[ceil(0.9 * len(values)) - 1]


def test_no_file_is_longer_than_400_lines() -> None:
    assert [f"{module.path}: {module.lines}" for module in modules() if module.lines > 400] == []


def test_the_median_file_has_at_most_120_lines() -> None:
    assert median(module.lines for module in modules()) <= 120


def test_no_function_is_longer_than_40_lines() -> None:
    assert [f"{each.place}: {each.lines}" for each in functions() if each.lines > 40] == []


def test_the_median_function_has_at_most_7_lines() -> None:
    assert median(each.lines for each in functions()) <= 7


def test_nine_of_ten_functions_have_at_most_22_lines() -> None:
    assert ninetieth([each.lines for each in functions()]) <= 22


def test_at_most_two_functions_of_a_hundred_take_more_than_four_parameters() -> None:
    wide = [f"{each.place}: {each.parameters}" for each in functions() if each.parameters > 4]
    assert len(wide) <= 0.02 * len(functions()), wide
