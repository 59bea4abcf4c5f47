"""From records to the files of a project, with a report of every line and the questions that are left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crosswalk.dualwrite.answers import Answers, check_asked
from crosswalk.dualwrite.catalogue import Catalogue, Systems, gather
from crosswalk.dualwrite.mapfiles import Writing, map_block
from crosswalk.dualwrite.planning import MapPlan, plan_of
from crosswalk.dualwrite.questions import Question, questions_of
from crosswalk.dualwrite.questionsfile import questions_block
from crosswalk.dualwrite.records import Record, chosen
from crosswalk.dualwrite.stubs import entity_block
from crosswalk.dualwrite.valuemaps import SharedValues, slug
from crosswalk.dualwrite.yaml_text import Block, Entry, document

QUESTIONS_FILE = "questions.yml"
"""Not a `.yaml`: those are files of the project, and this one is read by the import alone."""

PROJECT_FILE = "crosswalk.yaml"
MARK = "# Written by crosswalk import dual-write, digest "


@dataclass(frozen=True, slots=True)
class Left:
    """Something of a map that is not in it: the line or filter, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class MapReport:
    """What became of one map: `waits` can be answered, `cannot` has no words in the language."""

    name: str
    title: str
    version: str
    lines: int
    expressed: int
    waits: tuple[Left, ...] = ()
    cannot: tuple[Left, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """`files` by path, relative to the folder of the project."""

    files: Mapping[str, str]
    maps: tuple[MapReport, ...]
    questions: tuple[Question, ...]

    @property
    def lossless(self) -> bool:
        return not any(one.cannot for one in self.maps)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an import is asked for beside its records."""

    answers: Answers = field(default_factory=Answers)
    systems: Systems = field(default_factory=Systems)
    version: str = ""
    project: str = "imported"


def bring(records: Iterable[Record], wish: Wish) -> Imported:
    """Make the files of a project from records."""
    taken = chosen(tuple(records), wish.version)
    found = gather(taken, wish.answers, wish.systems)
    plans = [plan_of(record, name, found) for record, name in zip(taken, _names(taken), strict=True)]
    questions = questions_of(plans, found)
    check_asked(wish.answers, {question.path for question in questions})
    files, troubles = _files(plans, found, wish)
    files[QUESTIONS_FILE] = _marked(document(questions_block(questions)))
    reports = tuple(_report(plan, troubles[plan.name]) for plan in plans)
    return Imported(files, reports, questions)


def _names(records: Sequence[Record]) -> list[str]:
    names: list[str] = []
    for record in records:
        name = slug(record.title)[:100]
        number = 2
        while name in names:
            name, number = f"{slug(record.title)[:100]}_{number}", number + 1
        names.append(name)
    return names


def _files(plans: Sequence[MapPlan], found: Catalogue, wish: Wish) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    shared = SharedValues()
    for plan in plans:
        map_block(Writing(plan, found, shared))
    shared.name()
    files: dict[str, Block] = {PROJECT_FILE: _project(wish)}
    troubles: dict[str, tuple[str, ...]] = {}
    for plan in plans:
        block, troubles[plan.name] = map_block(Writing(plan, found, shared))
        files[f"{plan.name}.map.yaml"] = block
    for table in found.tables.values():
        files[f"entities/{table.system}/{slug(table.name)}.entity.yaml"] = entity_block(table, plans, found)
    files.update(shared.files())
    return {name: _marked(document(block)) for name, block in files.items()}, troubles


def _project(wish: Wish) -> Block:
    systems: tuple[Entry, ...] = tuple(
        Entry(name, {"kind": "embedded"}) for name in (wish.systems.dataverse, wish.systems.finance)
    )
    return (Entry("project", wish.project), Entry("connections", (Entry("dev", systems),)))


def _report(plan: MapPlan, troubles: tuple[str, ...]) -> MapReport:
    waits = [Left(one.line.name, one.why) for one in plan.lines if one.fate == "waits"]
    if not plan.key:
        waits.append(Left("key", f"maps: {plan.name}: key"))
    cannot = [Left(one.line.name, one.why) for one in plan.lines if one.fate == "cannot"]
    for trouble in troubles:
        what, _, why = trouble.partition(": ")
        (waits if "tables: " in why or "nobody says" in why else cannot).append(Left(what, why))
    return MapReport(
        name=plan.name,
        title=plan.record.title,
        version=plan.record.version,
        lines=len(plan.lines),
        expressed=len(plan.sound),
        waits=tuple(waits),
        cannot=tuple(cannot),
        notes=(*plan.record.notes, *plan.told),
    )


def _marked(text: str) -> str:
    """Put the digest of a file at its top, by which a later import knows that nobody has edited it."""
    return f"{MARK}{digest(text)}\n{text}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def untouched(text: str) -> bool:
    """Say whether a file is as an import has written it."""
    head, _, rest = text.partition("\n")
    return head.startswith(MARK) and head.removeprefix(MARK).strip() == digest(rest)
