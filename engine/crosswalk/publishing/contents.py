"""Decides what the file for readers holds: which tables, described how, and which columns are hidden in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from crosswalk.connecting import outside_of
from crosswalk.landing.misfits import reading_leg
from crosswalk.ledger.tables import VERSION
from crosswalk.loading import Loaded
from crosswalk.model import Column, Entity, Publish, TableMap
from crosswalk.model import Path as ColumnPath

_FORM = "1"
"""Moves when the same results are written otherwise, so that every file is written anew."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is published, and where. `hidden` names the personal columns of the rows of a leg (``row orders``), those
    that may not stand beside a reject of it (``value orders``), and those of a table (``cells books.sales``);
    `personal` are those of any table, for legs that the project has no more.
    """

    file: Path
    project: str
    profile: str
    tables: tuple[Entity, ...]
    copies: bool
    masked: bool
    hidden: Mapping[str, tuple[str, ...]]
    personal: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Tell one choice of contents, and what is said of them, from another."""
        said = [
            f"{one.ref} {table_comment(one)} {[column_comment(c) for c in one.columns.values()]}" for one in self.tables
        ]
        whole = (
            _FORM,
            VERSION,
            self.project,
            self.profile,
            said,
            self.masked,
            sorted(self.hidden.items()),
            self.personal,
        )
        return sha256(repr(whole).encode()).hexdigest()[:16]


def contents_of(loaded: Loaded) -> Contents | None:
    """Say what a profile publishes; None where it publishes nothing."""
    publish = loaded.project.publish.get(loaded.profile, Publish())
    outside = set(outside_of(loaded))
    entities = tuple(loaded.project.entities.values())
    embedded = tuple(one for one in entities if one.ref.system not in outside)
    if publish.on is False or (publish.on is None and not embedded):
        return None
    patterns = [pattern.value for pattern in publish.tables]
    chosen = tuple(one for one in entities if any(fnmatchcase(str(one.ref), pattern) for pattern in patterns))
    tables = chosen if patterns else embedded or entities
    personal = sorted({column for one in entities for column in _personal(one)})
    return Contents(
        file=_file(loaded, publish),
        project=loaded.project.name,
        profile=loaded.profile,
        tables=tables,
        copies=any(one.ref.system in outside for one in tables),
        masked=publish.masked,
        hidden={owner: tuple(sorted(columns)) for owner, columns in _hidden(loaded) if columns or owner[:3] == "row"},
        personal=tuple(personal),
    )


def _file(loaded: Loaded, publish: Publish) -> Path:
    """Find the file: a link keeps standing, and what it leads to is replaced."""
    if publish.file:
        return (loaded.root / publish.file).resolve()
    database = loaded.database
    return database.with_name(f"{database.stem}.published.duckdb").resolve()


def _personal(entity: Entity) -> set[str]:
    return {column.name for column in entity.columns.values() if column.pii}


def _hidden(loaded: Loaded) -> Iterator[tuple[str, set[str]]]:
    personal = {str(one.ref): _personal(one) for one in loaded.project.entities.values()}
    filled = {one.name: _filled(one, personal) for one in loaded.project.maps.values()}
    for leg in loaded.legs:
        own = personal[str(leg.bound.leg.source.ref)]
        yield f"row {leg.name}", own
        yield f"value {leg.name}", own | filled[leg.map_name]
    for ref, own in personal.items():
        yield f"row {reading_leg(ref)}", own
        yield f"value {reading_leg(ref)}", own
        into = [one for one in loaded.project.maps.values() if any(str(arm.target) == ref for arm in one.arms)]
        yield f"cells {ref}", own.union(*(filled[one.name] for one in into))


def _filled(table_map: TableMap, personal: Mapping[str, set[str]]) -> set[str]:
    """Name the columns of the targets of a map that are personal there, or are filled from a personal column."""
    source = personal.get(str(table_map.source), set())
    own = {column for arm in table_map.arms for column in personal.get(str(arm.target), set())}
    lines = (*table_map.both, *table_map.fields)
    fed = (line for line in lines if isinstance(line.source, ColumnPath) and line.source.parts[0] in source)
    return own | {line.target.partition(".")[0] for line in fed}


def table_comment(entity: Entity) -> str:
    """Say what a table is for: its title, or its name, and how its rows are told apart."""
    return f"{entity.title or entity.ref.entity}; one row for each {', '.join(entity.key)}"


def column_comment(column: Column) -> str:
    """Say what a column is: its title or its name, what its codes mean, where it leads, whether it is personal."""
    parts = [column.title or column.name]
    if column.choices:
        parts.append(", ".join(f"{choice.code} {choice.label}" for choice in column.choices))
    if column.relation:
        parts.append(f"a row of {' or '.join(column.relation)}")
    if column.pii:
        parts.append("personal")
    return "; ".join(parts)
