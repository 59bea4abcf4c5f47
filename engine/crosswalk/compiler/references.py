"""Makes the value of a reference: the key of the row that its parts find, and what is wrong where they do not.

All parts null (or empty text, which is how some systems write null) means no reference: the value is null and nothing
is sought. Some null and some not is a fault, for a search by half a key finds the wrong row sooner or later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from crosswalk.compiler.joins import Join, Match
from crosswalk.compiler.scope import TOLD, Place, RowScope
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import FieldMapping, Reference, Sought
from crosswalk.sql import Sql, all_of, any_of, fragment, key_text, literal

ValueOf = Callable[[FieldMapping, Place], Value]


@dataclass(frozen=True, slots=True)
class _Answer:
    """One alternative: the join that answers, and what it was asked."""

    join: Join
    key: Value
    parts: tuple[Value, ...]
    faults: tuple[Fault, ...]

    @property
    def asked(self) -> Sql:
        return any_of([fragment("{x} IS NOT NULL", x=part.sql) for part in self.parts])

    @property
    def lacking(self) -> Sql:
        return any_of([fragment("{x} IS NULL", x=part.sql) for part in self.parts])

    @property
    def answered(self) -> Sql:
        return fragment("{hits} IS NOT NULL", hits=self.join.hits)

    @property
    def text(self) -> Sql:
        table = literal(f"{self.join.entity.ref}: ")
        return fragment("{table} || {key}", table=table, key=key_text([part.sql for part in self.parts]))


def reference_of(source: Reference, place: Place, value_of: ValueOf) -> Value:
    """Give the key of the row that is found, with the faults of the search."""
    scope = place.scope
    if not source.alternatives:
        raise TransformError(TOLD, "nothing is sought, for the line has a mistake")
    if not isinstance(scope, RowScope):
        message = f"'{place.target.name}' refers to a row, which is found for rows that are mapped only"
        raise TransformError("UNKNOWN_PATH", message, "write the column itself")
    answers = [_answer(one, Place(place.target, scope, place.project), value_of) for one in source.alternatives]
    kinds = {str(answer.key.type) for answer in answers}
    if len(kinds) > 1:
        message = f"'{place.target.name}' refers to tables whose keys differ: {' and '.join(sorted(kinds))}"
        raise TransformError("TYPE_MISMATCH", message, "name one of the tables")
    keys = [answer.key.sql for answer in answers]
    whole = keys[0] if len(keys) == 1 else Sql(f"coalesce({', '.join(key.text for key in keys)})")
    inner = tuple(fault for answer in answers for fault in answer.faults)
    return Value(whole, answers[0].key.type, (*inner, *_faults(source, answers)), nullable=True)


def _answer(sought: Sought, place: Place, value_of: ValueOf) -> _Answer:
    scope, entity = place.scope, place.project.entities[sought.entity]
    assert isinstance(scope, RowScope)
    parts = tuple(_present(_part(line, place, sought, value_of)) for line in sought.parts)
    matches = [Match(line.target, part.sql) for line, part in zip(sought.parts, parts, strict=True)]
    if sought.company is not None:
        matches.append(Match(sought.company.target, _part(sought.company, place, sought, value_of).sql))
    join = scope.found(place.target.name, entity, tuple(matches))
    column = entity.columns[entity.key[0]]
    key = Value(join.column(column.name), column.type)
    return _Answer(join, key, parts, tuple(fault for part in parts for fault in part.faults))


def _part(line: FieldMapping, place: Place, sought: Sought, value_of: ValueOf) -> Value:
    return value_of(line, replace(place, target=place.project.entities[sought.entity].columns[line.target]))


def _present(value: Value) -> Value:
    """Empty text asks for nothing."""
    if value.type.kind != "text":
        return value
    return replace(value, sql=fragment("nullif({x}, '')", x=value.sql), nullable=True)


def _faults(source: Reference, answers: list[_Answer]) -> tuple[Fault, ...]:
    asked, texts = any_of([answer.asked for answer in answers]), [answer.text for answer in answers]
    text = texts[0] if len(texts) == 1 else Sql(" || '; ' || ".join(one.text for one in texts))
    found = [
        Fault("REFERENCE_INCOMPLETE", all_of([answer.asked, answer.lacking]), answer.text)
        for answer in answers
        if len(answer.parts) > 1
    ]
    nothing = all_of([asked, *(answer.join.missed for answer in answers)])
    several = [answer.join.ambiguous for answer in answers]
    if len(answers) > 1:
        count = " + ".join(fragment("CAST({x} AS INTEGER)", x=answer.answered).text for answer in answers)
        several.append(fragment("{n} > 1", n=Sql(count)))
    return (
        *found,
        Fault(source.code, nothing, text, source.fate),
        Fault("LOOKUP_AMBIGUOUS", any_of(several), text),
    )
