"""What a project says, after its files are read: entities, table maps and value maps as frozen values.

The model holds what the author wrote and where. Paths are still text here, because what `a.b.c` means depends on the
entities; the compiler binds them. An expression keeps its place, so that a mistake inside it can be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from crosswalk.entities import Choice as Choice
from crosswalk.entities import Column as Column
from crosswalk.entities import DataType as DataType
from crosswalk.entities import Entity as Entity
from crosswalk.entities import EntityRef as EntityRef
from crosswalk.entities import Kind as Kind
from crosswalk.errors import Span
from crosswalk.unit_tests import UnitTest

Flow = Literal["sync", "staging_import", "write_back"]
Missing = Literal["reject", "hold", "null"]
Scalar = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text that the author wrote, with its place: a path, a condition, an expression."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Path:
    """``a.b.c``: a column, a relation or lookup and its column, and so on. Also ``target.x``, ``document.x``."""

    text: str
    span: Span

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.text.split("."))


@dataclass(frozen=True, slots=True)
class Constant:
    value: Scalar
    span: Span
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class First:
    """The first of several values that is neither null nor empty text."""

    items: tuple[Source, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Concat:
    items: tuple[Source, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Expression:
    text: Text

    @property
    def span(self) -> Span:
        return self.text.span


@dataclass(frozen=True, slots=True)
class Sequence:
    """The next number of a sequence that the project declares; one per source key, kept in the ledger."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Sought:
    """One table in which a row is sought by `parts`; `company` narrows the search and asks for nothing by itself."""

    entity: EntityRef
    parts: tuple[FieldMapping, ...]
    company: FieldMapping | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """The key of the one row that is found by other columns of it: what lines with a path on the left come down to.

    `fate` and `code` say what becomes of a row for which nothing is found.
    """

    alternatives: tuple[Sought, ...]
    span: Span
    fate: Literal["held", "rejected"] = "rejected"
    code: str = "LOOKUP_MISSING"


Source = Path | Constant | First | Concat | Expression | Sequence | Reference


@dataclass(frozen=True, slots=True)
class TransformCall:
    """A transform as it was written in a field line: its name, its argument as plain values, its place."""

    name: str
    argument: object
    span: Span


@dataclass(frozen=True, slots=True)
class Split:
    """Shares of a value that add up: by the weight `by` of each unit of a row; `rest` takes what rounding leaves."""

    by: Path
    span: Span
    rest: Literal["largest", "first", "last"] = "largest"


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """One field line. `transforms` stand in the fixed order of the language, not in the order written."""

    target: str
    source: Source
    span: Span
    transforms: tuple[TransformCall, ...] = ()
    required: Literal["no", "reject", "hold"] = "no"
    otherwise_code: str | None = None
    write: Literal["always", "create"] = "always"
    owner: Literal["source", "target"] | None = None
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """One row of another table. `total` maps a name to an aggregate; `first_by` lists columns, `-`
    before one turns it.
    """

    name: str
    entity: EntityRef
    where: tuple[FieldMapping, ...]
    span: Span
    filter: Text | None = None
    as_of: Path | None = None
    first_by: tuple[Text, ...] = ()
    total: Mapping[str, Text] = field(default_factory=dict)
    missing: Missing = "reject"
    code: str = "LOOKUP_MISSING"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a fixed list: its values by name, and a condition of the row for which it counts."""

    values: Mapping[str, Constant]
    when: Text | None
    span: Span


@dataclass(frozen=True, slots=True)
class Each:
    """One name of a fan-out: the rows of a table that a row finds there, or a fixed list of `entries`."""

    name: str
    span: Span
    entity: EntityRef | None = None
    where: tuple[FieldMapping, ...] = ()
    filter: Text | None = None
    missing: Missing = "null"
    code: str = "NO_ENTRY"
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a merged row: the row of the group for which the condition holds."""

    name: str
    when: Text
    span: Span


@dataclass(frozen=True, slots=True)
class Merge:
    """Several rows make one. `by` names what they share; `complete` lists the parts without which they wait."""

    by: tuple[FieldMapping, ...]
    parts: tuple[Part, ...]
    complete: tuple[Text, ...]
    code: str
    span: Span


@dataclass(frozen=True, slots=True)
class Requirement:
    that: Text
    code: str
    span: Span


@dataclass(frozen=True, slots=True)
class AllOrNothing:
    by: tuple[Path, ...]
    expect: Text | None
    code: str
    span: Span


@dataclass(frozen=True, slots=True)
class Document:
    """Lines go under a header row of `target`. `by` names the parts of a group; `lines` limits one header."""

    target: EntityRef
    by: tuple[FieldMapping, ...]
    order: tuple[Path, ...]
    lines: int | None
    reuse: Text | None
    fields: tuple[FieldMapping, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Permission:
    """May a row be made, changed, removed: always, never, or where a condition over the row and ``target.`` holds.
    Of removal nothing may be said: `on_leave` then says it alone.
    """

    create: bool | Text = True
    update: bool | Text = True
    delete: bool | Text | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    foreign_rows: Literal["ignore", "report", "stop"] = "report"
    missing_rows: Literal["ignore", "report", "restore", "stop"] = "report"


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares of the rows examined (0 to 1), or counts when above 1. None: the default that `compiler/guards` gives."""

    rejects_warn: float | None = None
    rejects_stop: float | None = None
    volume: float | None = None
    empty_source: Literal["stop", "allow"] | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """One target of a map. A map with a single target has one arm without a condition."""

    target: EntityRef
    when: Text | None
    key: tuple[FieldMapping, ...]
    fields: tuple[FieldMapping, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Back:
    """The way back of a map: from its target to its source."""

    fields: tuple[FieldMapping, ...]
    span: Span
    filter: Text | None = None
    allow: Permission = Permission(create=False)
    conflict: Literal["reject", "source", "target"] = "reject"


@dataclass(frozen=True, slots=True)
class ValueMap:
    name: str
    values: Mapping[str, str]
    span: Span


@dataclass(frozen=True, slots=True)
class TableMap:
    """One table map as written. `key` and `fields` are common to all `arms`; `both` lines go either way.

    `overlays` names the files whose lines were laid over it.
    """

    name: str
    title: str
    version: str
    flow: Flow
    source: EntityRef
    arms: tuple[Arm, ...]
    span: Span
    key: tuple[FieldMapping, ...] = ()
    fields: tuple[FieldMapping, ...] = ()
    both: tuple[FieldMapping, ...] = ()
    back: Back | None = None
    filter: Text | None = None
    scope: Text | None = None
    company: Path | None = None
    on_leave: Literal["keep", "delete", "report"] = "report"
    allow: Permission = Permission()
    absent: Literal["reject", "hold", "skip"] = "reject"
    conflict: Literal["reject", "source", "target"] = "reject"
    master: Literal["source", "target"] = "source"
    guard: Guard = Guard()
    limits: Limits = Limits()
    lookups: tuple[Lookup, ...] = ()
    requires: tuple[Requirement, ...] = ()
    all_or_nothing: AllOrNothing | None = None
    document: Document | None = None
    each: tuple[Each, ...] = ()
    merge: Merge | None = None
    settle: tuple[FieldMapping, ...] = ()
    after: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberSequence:
    """`format` holds one run of zeros in braces, which the number replaces: ``SO-{000000}``."""

    name: str
    format: str
    span: Span


@dataclass(frozen=True, slots=True)
class Connection:
    """How a system is reached in one profile. `settings` are checked against the connector's schema."""

    system: str
    kind: str
    settings: Mapping[str, object]
    span: Span


@dataclass(frozen=True, slots=True)
class Publish:
    """Whether the results of a profile are published for readers, and how. `on` is None where the project does not say;
    `tables` are patterns of ``system.table``, none for the usual ones; `masked` hides personal columns of the data too.
    """

    on: bool | None = None
    file: str = ""
    tables: tuple[Text, ...] = ()
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """Everything the files of a project say. `maps` keep the order of their file names.

    `database` is the one file of all profiles; `databases` names one for each where the project tells them apart.
    """

    name: str
    database: str
    default_profile: str
    profiles: Mapping[str, Mapping[str, Connection]]
    entities: Mapping[EntityRef, Entity]
    maps: Mapping[str, TableMap]
    value_maps: Mapping[str, ValueMap]
    sequences: Mapping[str, NumberSequence]
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    overlap_seconds: int = 0
    history_seconds: int | None = None
    tests: Mapping[str, tuple[UnitTest, ...]] = field(default_factory=dict)
    databases: Mapping[str, str] = field(default_factory=dict)
    publish: Mapping[str, Publish] = field(default_factory=dict)
