"""What is gathered while a leg is bound: names, reasons, carried columns and problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from crosswalk.compiler.bound import Numbered
from crosswalk.compiler.legs import Leg
from crosswalk.compiler.scope import RowScope, at
from crosswalk.contracts import Fault, TransformError
from crosswalk.errors import MapError, Problems, Span
from crosswalk.plan import Reason
from crosswalk.sql import Sql, fragment, name

T = TypeVar("T")


@dataclass(slots=True)
class Binding:
    """What is gathered while a leg is bound. `carried` maps the alias of a further shaped column to its value."""

    leg: Leg
    scope: RowScope
    problems: Problems = field(default_factory=Problems)
    reasons: list[Numbered] = field(default_factory=list)
    carried: dict[str, Sql] = field(default_factory=dict)

    def reason(self, fault: Fault, column: str, span: Span) -> None:
        """Number a fault as the next reason; earlier ones win."""
        number = len(self.reasons) + 1
        value = fragment("CAST({x} AS VARCHAR)", x=fault.value)
        self.reasons.append(Numbered(Reason(number, fault.code, column, fault.fate, span), fault.when, value))

    def attempt(self, span: Span, bind: Callable[[], T]) -> T | None:
        """Run one step of the binding; what goes wrong becomes a problem at `span`, and the next step goes on."""
        try:
            return bind()
        except TransformError as error:
            self.problems.add(*at(span, error))
        except MapError as error:
            self.problems.extend(error.problems)
        return None

    def carry(self, alias: str, value: Sql) -> Sql:
        """Keep a value of the joined row beside the cells of the shaped row."""
        self.carried[alias] = value
        return name(alias)
