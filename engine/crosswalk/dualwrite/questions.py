"""What records cannot say, as questions: with what is needed, what is proposed, and what holds until somebody answers.

A question is known by the place of its answer, because the file of questions is the file of answers: one tree, in
which a null is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crosswalk.dualwrite.catalogue import Catalogue, Column, Table, likely, parsed
from crosswalk.dualwrite.filterlines import YES_NO, is_yes_no
from crosswalk.dualwrite.filters.tree import Comparison, FilterError, leaves
from crosswalk.dualwrite.paths import plural, read_path
from crosswalk.dualwrite.planning import MapPlan, Planned, collisions
from crosswalk.dualwrite.yaml_text import Value

_COMPANY: Value = {"column": "msdyn_company", "to": "cdm_companies", "code": "cdm_companycode"}

_KEYLIKE = ("ID", "NUMBER", "CODE", "ACCOUNT", "NAME", "PHRASE")


@dataclass(frozen=True, slots=True)
class Question:
    """`needed`: without an answer something is left out. `assumed`: what holds until there is one."""

    path: tuple[str, ...]
    asks: str
    proposed: Value = None
    assumed: str = ""
    needed: bool = False
    answer: Value = None

    @property
    def open(self) -> bool:
        return self.answer is None


def questions_of(plans: Sequence[MapPlan], found: Catalogue) -> tuple[Question, ...]:
    """Ask everything that the records of one import leave open; answers given already stand with their questions."""
    asked = [question for plan in plans for question in _of_map(plan, found)]
    for table in sorted(found.tables.values(), key=lambda table: table.ref.casefold()):
        asked += _of_table(table, plans, found)
    given = {"maps": found.answers.maps, "tables": found.answers.tables}
    return tuple(replace(question, answer=_given(given, question.path)) for question in asked)


def _given(tree: object, path: tuple[str, ...]) -> Value:
    for step in path:
        tree = tree.get(step) if isinstance(tree, Mapping) else None
    return _taken(tree)


def _taken(found: object) -> Value:
    if isinstance(found, Mapping):
        return {str(key): _taken(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_taken(item) for item in found]
    return found if isinstance(found, str) else None


def _of_map(plan: MapPlan, found: Catalogue) -> Iterator[Question]:
    asks = f"which columns name a row, as {plan.finance.system} column: {plan.dataverse.system} column"
    yield Question(("maps", plan.name, "key"), asks, _likely_key(plan, found), needed=True)
    if plan.two_way:
        sides = plan.dataverse.system, plan.finance.system
        asks = f"whose value wins where both sides changed: {sides[0]} or {sides[1]}"
        yield Question(("maps", plan.name, "master"), asks, sides[0], sides[0])
    for one in plan.lines:
        if one.line.direction != "to_dataverse" and collisions(one.line):
            yield _returning(plan, one)
    yield from _writers(plan)


def _returning(plan: MapPlan, one: Planned) -> Question:
    colliding = collisions(one.line)
    asks = "; ".join(f"{code}: which of {', '.join(map(repr, values))} returns" for code, values in colliding)
    proposed: dict[str, Value] = {
        code: next((value for value in values if value.strip()), values[0]) for code, values in colliding
    }
    return Question(("maps", plan.name, "returns", one.finance), asks, proposed, needed=True)


def _writers(plan: MapPlan) -> Iterator[Question]:
    seen: dict[str, list[Planned]] = {}
    for one in plan.lines:
        if one.finance and not one.line.fault and one.line.direction != "to_dataverse":
            seen.setdefault(one.finance, []).append(one)
    for column, some in seen.items():
        if len(some) > 1:
            first = next((one for one in some if one.key), some[0]).line.dataverse
            asks = f"which of {', '.join(one.line.dataverse for one in some)} writes it"
            yield Question(("maps", plan.name, "writes", column), asks, first, first)


def _likely_key(plan: MapPlan, found: Catalogue) -> dict[str, Value]:
    """Propose the columns by which others find a row; else a column that is named like a number or a name."""
    lines = [one for one in plan.lines if one.fate == "expressed" and one.finance and len(one.paths) == 1]
    plain = [one for one in lines if "." not in one.paths[0]]
    natural = found.natural.get(plan.dataverse.name.casefold(), {})
    whole = [one for one in lines if not one.line.pairs]
    sought = [one for one in plain if one.paths[0].casefold() in natural]
    if sought and len(_either_way(sought)) in (len(sought), len(_either_way(lines))):
        return {one.finance: one.paths[0] for one in sought}
    for lot in (_either_way(plain), _either_way(whole), whole):
        named = next((one for one in lot if one.finance.upper().endswith(_KEYLIKE) and not one.line.pairs), None)
        if named is not None:
            return {named.finance: named.paths[0]}
    return {one.finance: one.paths[0] for one in (_either_way(whole) or whole or lines)[:1]}


def _either_way(lines: Sequence[Planned]) -> list[Planned]:
    return [one for one in lines if one.line.direction == "both"]


def _of_table(table: Table, plans: Sequence[MapPlan], found: Catalogue) -> Iterator[Question]:
    sales, at = table.side == "dataverse", ("tables", table.ref)
    if sales:
        guess = found.usual_row_id(table)
        yield Question((*at, "row_id"), "the column of row ids", guess, guess)
    company = _COMPANY if sales else "dataAreaId"
    yield Question((*at, "company"), "the column of the company, where rows belong to one", company, "none")
    yield from _references(table, plans, found)
    yield from _elements(table, plans, found)
    yield Question((*at, "required"), "the columns that must have a value", [], "none")
    yield Question((*at, "read_only"), "the columns that cannot be written", [], "none")
    changed, counted = ("modifiedon", "versionnumber") if sales else (None, None)
    yield Question((*at, "modified"), "the column with the time of the last change", changed, "none")
    yield Question((*at, "row_version"), "the column that counts changes", counted, "none")
    asks = "text(20), int, decimal(19,4), boolean, date, datetime, guid or choice"
    for column in table.columns.values():
        proposed = _likely_type(table, column, found)
        yield Question((*at, "types", column.name), asks, proposed, found.kind(table, column))


def _references(table: Table, plans: Sequence[MapPlan], found: Catalogue) -> Iterator[Question]:
    """Ask where lookups lead that no record says."""
    for (ref, name), branches in found.wanted.items():
        if ref != table.ref:
            continue
        if branches:
            asks = f"the tables that are called {', '.join(branches)}"
            branch_names: dict[str, Value] = {branch: plural(branch.lower()) for branch in branches}
            yield Question(("tables", ref, "references", name), asks, branch_names, needed=True)
        else:
            proposed = likely(found, table, name, _ending(table, name, plans))
            yield Question(("tables", ref, "references", name), "the table that it leads to", proposed, needed=True)


def _ending(table: Table, lookup: str, plans: Sequence[MapPlan]) -> str:
    """Find the column by which rows behind a lookup are found."""
    for plan in plans:
        for one in plan.lines:
            path = read_path(one.line.dataverse)
            if plan.dataverse is table and path is not None and path.head == lookup and len(path.parts) == 2:
                return path.parts[1]
    return ""


def _elements(table: Table, plans: Sequence[MapPlan], found: Catalogue) -> Iterator[Question]:
    """Ask for the names of enumeration numbers in filters."""
    for plan in plans:
        if plan.finance is not table:
            continue
        try:
            tree = parsed(table, plan.record.finance_filter)
        except FilterError:
            continue
        for leaf in leaves(tree) if tree is not None else ():
            column = table.column(leaf.column)
            if isinstance(leaf, Comparison) and leaf.operand.kind == "number" and column.labels:
                number = leaf.operand.text
                known = YES_NO.get(number, "") if is_yes_no(column) else ""
                path = ("tables", table.ref, "elements", column.name, number)
                yield Question(path, "the name of this number", known or None, known, needed=not known)


def _likely_type(table: Table, column: Column, found: Catalogue) -> Value:
    """Propose a type where values speak for one."""
    values = {value for value in column.values if value.strip()}
    if found.kind(table, column) != "text" or not values:
        return None
    if values <= {"True", "False", "true", "false"}:
        return "boolean"
    return "choice" if column.labels else None
