"""Value maps beside the choices of the columns that they read: which value has no pair, and which pair no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crosswalk.advice.reading import Reading, Written, over_source, written_by
from crosswalk.compiler.conditions import code_of
from crosswalk.errors import Problem
from crosswalk.model import Column, Project, TransformCall


def value_map_gaps(reading: Reading) -> Iterator[Problem]:
    """Find choices that may come and that the value map of a line forgets, where it says nothing of the rest."""
    for bound in reading.bound:
        for written in written_by(bound):
            call, column = written.call("values"), written.source
            if call is not None and column is not None and column.choices and not _says_rest(call):
                yield from _gap(written, call, column)


def _gap(written: Written, call: TransformCall, column: Column) -> Iterator[Problem]:
    pairs = {code_of(column, key) for key in _pairs(call, written.bound.leg.project)}
    missing = [
        one for one in column.choices if str(one.code) not in pairs and _may_come(written, column, str(one.code))
    ]
    if missing:
        named = ", ".join(f"'{one.label}'" for one in missing[:4]) + (", ..." if len(missing) > 4 else "")
        message = f"the value map of '{written.line.target}' has no pair for {named} of '{column.name}'"
        hint = "rows with it are rejected; add the pair, or say otherwise, reject too where that is meant"
        yield Problem("VALUE_MAP_GAP", message, call.span, hint, "warning")


def _may_come(written: Written, column: Column, code: str) -> bool:
    """Say whether the filter lets a row with this choice through."""
    conditions = over_source(written.bound)
    path = getattr(written.line.source, "text", column.name)
    return bool(conditions.together(conditions.terms(written.bound.leg.filter), conditions.equal(path, code)))


def _says_rest(call: TransformCall) -> bool:
    return isinstance(call.argument, Mapping) and "otherwise" in call.argument


def _pairs(call: TransformCall, project: Project) -> list[str]:
    values = call.argument.get("values") if isinstance(call.argument, Mapping) else call.argument
    if isinstance(values, str):
        return list(project.value_maps[values].values)
    return (
        [str(key).lower() if isinstance(key, bool) else str(key) for key in values]
        if isinstance(values, Mapping)
        else []
    )
