"""An independent interpreter of table maps: plain Python, row by row, no SQL, nothing of the engine but its model."""

from tests.oracle.cells import Row, Unclear, Value
from tests.oracle.run import run
from tests.oracle.world import Documents, Header, Link, Outcome, Place, RowFate, State, World

__all__ = [
    "Documents",
    "Header",
    "Link",
    "Outcome",
    "Place",
    "Row",
    "RowFate",
    "State",
    "Unclear",
    "Value",
    "World",
    "run",
]
