"""How a value of one type becomes a value of another: asked for by `as`, or by itself where nothing can be lost.

Why here: transforms and the last step of every field line (landing in a column) follow the same rules, and a rule that
stands twice soon stands in two versions.
"""

from crosswalk.transforms.conversions.asked import convert
from crosswalk.transforms.conversions.constants import constant
from crosswalk.transforms.conversions.implicit import implicit

__all__ = ["constant", "convert", "implicit"]
