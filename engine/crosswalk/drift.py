"""Compares a table as its entity file has it with the table as its system has it now.

Why some types differ without harm: a system may say less of a column than its entity does. Text without a length holds
anything in its one spelling, a whole number may be a choice to people, a day may be kept as a point in time. What
passes is then checked cell by cell, so nothing is bent; the entity stays as it is written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from crosswalk.entities import Choice, Column, DataType, Entity
from crosswalk.errors import Problem, Severity, Span, nearest

_GUID_LENGTH = 36
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """One point in which a table differs from its entity, at its place in the entity file.

    An error stops a run. `column` is the column as the entity names it, empty where the table as a whole is meant.
    `writing` says that it does harm only where rows are written into the table.
    """

    code: str
    message: str
    span: Span
    hint: str = ""
    severity: Severity = "error"
    column: str = ""
    writing: bool = False

    @property
    def problem(self) -> Problem:
        return Problem(self.code, self.message, self.span, self.hint, self.severity)

    @property
    def sentence(self) -> str:
        """Say it in one line, with its place."""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.message} ({self.span.file}:{self.span.line}{hint})"


def drift(entity: Entity, live: Entity | None, tables: Iterable[str] = ()) -> tuple[Difference, ...]:
    """Say how a table differs from its entity; nothing when they agree. `live` is None where there is no such table;
    `tables` are the names that the system has, one of which may be meant. Names count as they are spelled: `respelled`
    comes first where a system does not tell case apart.

    Columns that only the system has are no difference: an entity lists what maps use.
    """
    if live is None:
        message = f"{entity.ref.system} has no table '{entity.ref.entity}'"
        return (Difference("DRIFT_TABLE_MISSING", message, entity.span, nearest(entity.ref.entity, tables)),)
    found = [one for column in entity.columns.values() for one in _column(entity, column, live)]
    return (*found, *_key(entity, live), *_unknown_required(entity, live))


def counterpart(name: str, live: Entity) -> Column | None:
    """Find a column of this very name: systems may tell case apart."""
    return live.columns.get(name)


def respelled(entity: Entity, live: Entity) -> Entity:
    """Give the table of a system that does not tell case apart with names and codes of choices as the entity spells
    them.
    """
    ours = {folded(name): column for name, column in entity.columns.items()}
    columns = [_respelled(column, ours.get(folded(column.name))) for column in live.columns.values()]
    names = {folded(column.name): column.name for column in columns}
    key = tuple(names.get(folded(part), part) for part in live.key)
    return replace(live, key=key, columns={column.name: column for column in columns})


def _respelled(live: Column, ours: Column | None) -> Column:
    if ours is None:
        return live
    codes = {str(choice.code).casefold(): choice.code for choice in ours.choices}
    choices = tuple(replace(c, code=codes.get(str(c.code).casefold(), c.code)) for c in live.choices)
    return replace(live, name=ours.name, choices=choices)


_T = TypeVar("_T")


def renamed(name: str, kind: _T, free: Mapping[str, _T]) -> str:
    """Guess what a column that is gone is called now, among columns that no entity names, by their types: a near name,
    of the same type first, or else the only one of its type.
    """
    same = [other for other, of in free.items() if of == kind]
    only = f"is it '{same[0]}' now? The type is the same" if len(same) == 1 else ""
    return nearest(name, same) or nearest(name, free) or only


def folded(name: str) -> str:
    """Give the form in which names are one name to a database."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def stays(written: DataType, live: DataType) -> bool:
    """Whether the type in an entity file says the same as that of the system, or the same and more."""
    match live.kind:
        case "text" if live.length is None:
            return True
        case "text":
            roomy = (live.length or 0) >= _GUID_LENGTH and written.kind == "guid"
            return written == live or roomy or _codes(written, "text")
        case "int":
            return written.kind == "int" or _codes(written, "int")
        case "datetime":
            return written.kind in ("date", "datetime")
        case "choice":
            return _codes(written, live.coded)
        case _:
            return written == live


def known_type(column: Column) -> DataType:
    """Give the type of a column as its system has it; choices that it does not tell are codes."""
    return column.type if column.type.kind != "choice" or column.choices else DataType(column.type.coded)


def _codes(written: DataType, coded: str) -> bool:
    return written.kind == "choice" and written.coded == coded


def _column(entity: Entity, column: Column, live: Entity) -> Iterator[Difference]:
    there = counterpart(column.name, live)
    if there is None:
        free = {name: one.type for name, one in live.columns.items() if name not in entity.columns}
        message = f"{entity.ref} has no column '{column.name}'"
        hint = renamed(column.name, column.type, free)
        yield Difference("DRIFT_COLUMN_MISSING", message, column.span, hint, column=column.name)
        return
    yield from _type(entity, column, there)
    yield from _choices(entity, column, there)
    if there.required and not column.required:
        message = f"{entity.ref}.{column.name} must have a value there, and the entity does not ask for one"
        hint = "add 'required: true', or rows without a value are refused one by one"
        yield Difference("DRIFT_REQUIRED", message, column.span, hint, "warning", column.name, writing=True)


def _type(entity: Entity, column: Column, live: Column) -> Iterator[Difference]:
    name = f"{entity.ref}.{column.name}"
    wanted, given = column.type, known_type(live)
    said = f"{name} is {_named(given)}, and the entity says {_named(wanted)}"
    if wanted == given or (wanted.kind == "choice" and stays(wanted, given)):
        return
    if wanted.kind == given.kind == "text" and given.length is not None:
        if wanted.length is None or wanted.length > given.length:
            hint = f"longer text is refused there: write text({given.length})"
            yield Difference("DRIFT_TEXT_SHORTER", said, column.span, hint, column=column.name, writing=True)
        else:
            hint = "longer text that is read is kept as a reject"
            yield Difference("DRIFT_COLUMN_TYPE", said, column.span, hint, "warning", column.name)
    elif wanted.kind == given.kind == "decimal":
        yield _digits(column, given, said)
    elif given.kind == "choice" and wanted.kind == given.coded:
        yield Difference("DRIFT_COLUMN_TYPE", said, column.span, "list its choices", "warning", column.name)
    elif not stays(wanted, given):
        hint = f"write {_named(given)}"
        yield Difference("DRIFT_COLUMN_TYPE", said, column.span, hint, column=column.name)
    elif wanted.kind != given.kind:
        hint = "a cell that does not fit is kept as a reject"
        yield Difference("DRIFT_COLUMN_TYPE", said, column.span, hint, "note", column.name)


def _digits(column: Column, given: DataType, said: str) -> Difference:
    """Judge two decimals: one that is narrower there cannot take every value, and some systems round without a word."""
    wanted = column.type
    narrower = given.scale < wanted.scale or given.precision - given.scale < wanted.precision - wanted.scale
    hint = f'write "{given}"'
    if narrower:
        return Difference("DRIFT_COLUMN_TYPE", said, column.span, hint, column=column.name, writing=True)
    return Difference("DRIFT_COLUMN_TYPE", said, column.span, hint, "warning", column.name)


def _named(kind: DataType) -> str:
    return f"choice of {'whole numbers' if kind.coded == 'int' else 'texts'}" if kind.kind == "choice" else str(kind)


def _choices(entity: Entity, column: Column, live: Column) -> Iterator[Difference]:
    """Compare choices where both sides have some of one kind: labels are the author's, codes are the system's."""
    if not (column.choices and live.choices and column.type == live.type):
        return
    ours, theirs = {one.code for one in column.choices}, {one.code for one in live.choices}
    lacking = [one for one in column.choices if one.code not in theirs]
    fresh = [one for one in live.choices if one.code not in ours]
    name = f"{entity.ref}.{column.name}"
    if lacking:
        message = f"{name} does not know the choice{'s' * (len(lacking) > 1)} {_listed(lacking)}"
        hint = _other_code(lacking[0], live.choices)
        yield Difference("DRIFT_CHOICE", message, column.span, hint, column=column.name, writing=True)
    if fresh:
        message = f"{name} also has the choice{'s' * (len(fresh) > 1)} {_listed(fresh)}"
        hint = "add them: a row with one of them is rejected"
        yield Difference("DRIFT_CHOICE", message, column.span, hint, "warning", column.name)


def _listed(choices: list[Choice]) -> str:
    shown = ", ".join(
        f"'{one.code}'" if str(one.code) == one.label else f"{one.code} ({one.label})" for one in choices[:_SHOWN]
    )
    return f"{shown} and {len(choices) - _SHOWN} more" if len(choices) > _SHOWN else shown


def _other_code(lacking: Choice, live: tuple[Choice, ...]) -> str:
    same = next((one for one in live if one.label.casefold() == lacking.label.casefold()), None)
    return f"'{lacking.label}' has the code {same.code} there" if same else ""


def _key(entity: Entity, live: Entity) -> Iterator[Difference]:
    if live.key and set(map(folded, live.key)) != set(map(folded, entity.key)):
        message = f"the key of {entity.ref} is {', '.join(live.key)} there, and the entity says {', '.join(entity.key)}"
        hint = "rows are found by the key that the entity names: it must be unique"
        yield Difference("DRIFT_KEY", message, entity.span, hint, "warning")


def _unknown_required(entity: Entity, live: Entity) -> Iterator[Difference]:
    """Find columns that must have a value and that the entity does not list: rows may be refused without them."""
    ours = {folded(name) for name in entity.columns}
    missed = [one.name for one in live.columns.values() if one.required and folded(one.name) not in ours]
    if missed:
        more = f" and {len(missed) - _SHOWN} more" if len(missed) > _SHOWN else ""
        listed = ", ".join(missed[:_SHOWN]) + more
        message = f"{entity.ref} must have a value in {listed}; the entity has no such column"
        hint = "a new row may be refused without, unless the system fills it"
        yield Difference("DRIFT_REQUIRED", message, entity.span, hint, "warning", writing=True)
