"""The contract of a table as frozen values: its columns with their types, choices and relations, its key, its roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from crosswalk.errors import Span

Kind = Literal["guid", "text", "int", "decimal", "boolean", "date", "datetime", "choice"]


@dataclass(frozen=True, slots=True)
class DataType:
    """A type of the language. `length` belongs to text; `precision` and `scale` to decimal; `coded` to choice."""

    kind: Kind
    length: int | None = None
    precision: int = 0
    scale: int = 0
    coded: Literal["int", "text"] = "text"

    def __str__(self) -> str:
        match self.kind:
            case "text":
                return f"text({self.length})" if self.length else "text"
            case "decimal":
                return f"decimal({self.precision},{self.scale})"
            case _:
                return self.kind


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice column: the code that is stored and the label that people read."""

    code: str | int
    label: str


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: DataType
    span: Span
    required: bool = False
    choices: tuple[Choice, ...] = ()
    moves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    relation: tuple[str, ...] = ()
    title: str = ""
    pii: bool = False


@dataclass(frozen=True, slots=True)
class EntityRef:
    """A table of a system, written ``system.entity``."""

    system: str
    entity: str

    def __str__(self) -> str:
        return f"{self.system}.{self.entity}"


@dataclass(frozen=True, slots=True)
class Entity:
    """The contract of one table: what checks rest on before any row moves."""

    ref: EntityRef
    title: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    span: Span
    modified: str | None = None
    row_version: str | None = None
    deleted: str | None = None
    company: str | None = None
    valid: tuple[str, str] | None = None
