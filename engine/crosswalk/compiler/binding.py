"""What is gathered while a leg is bound: names, reasons, carried columns and problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from crosswalk.codes import CODES
from crosswalk.compiler.bound import Numbered
from crosswalk.compiler.legs import Leg
from crosswalk.compiler.scope import TOLD, Names, RowScope, at
from crosswalk.contracts import Fault, TransformError
from crosswalk.errors import MapError, Problem, Problems, Span
from crosswalk.plan import Reason
from crosswalk.sql import Sql, fragment, name

T = TypeVar("T")


@dataclass(slots=True)
class Binding:
    """What is gathered while a leg is bound. `carried` maps the alias of a further shaped column to its value.

    `document` is what ``document.`` means in field lines, where the leg puts its rows into documents.
    """

    leg: Leg
    scope: RowScope
    problems: Problems = field(default_factory=Problems)
    reasons: list[Numbered] = field(default_factory=list)
    carried: dict[str, Sql] = field(default_factory=dict)
    document: Names | None = None

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

    def done(self) -> None:
        """Raise `MapError` with what was found, but for what only follows from a mistake that is told."""
        lines = self.leg.project.lines
        Problems([_hinted(_unfolded(one, lines)) for one in self.problems.found if one.code != TOLD]).done()


def _hinted(problem: Problem) -> Problem:
    """Give a problem without a fix of its own the one of its code."""
    if problem.hint or problem.code not in CODES:
        return problem
    remedy = CODES[problem.code].remedy.removeprefix("Follow the hint, or ").removesuffix(".")
    return replace(problem, hint=remedy[:1].lower() + remedy[1:])


def _unfolded(problem: Problem, files: Mapping[str, tuple[str, ...]]) -> Problem:
    """Move a place behind the end of its line to the line where it stands: an expression may be written on several.

    YAML joins such lines by one blank each, so that places inside the text count on from its first line.
    """
    span, lines = problem.span, files.get(problem.span.file, ())
    line, column = span.line, span.column
    while 0 < line < len(lines) and column > len(lines[line - 1].rstrip()) + 1:
        rest = column - len(lines[line - 1].rstrip()) - 1
        below = lines[line]
        line, column = line + 1, len(below) - len(below.lstrip()) + rest
    if line == span.line:
        return problem
    length = max(1, min(span.length, len(lines[line - 1].rstrip()) - column + 1))
    return replace(problem, span=Span(span.file, line, column, length))
