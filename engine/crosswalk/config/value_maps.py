"""Builds named value maps: pairs that several maps use."""

from __future__ import annotations

from crosswalk.config.access import pairs, scalar
from crosswalk.config.names import check_name
from crosswalk.config.nodes import Mapping
from crosswalk.errors import Problems
from crosswalk.model import ValueMap


def build_value_map(root: Mapping, problems: Problems) -> ValueMap:
    """Build one file of a value map."""
    name = scalar(root.get("value_map"))
    check_name(name, "value map", problems)
    values = {key.text: scalar(value).text for key, value in pairs(root, "values")}
    return ValueMap(name.text, values, name.span)
