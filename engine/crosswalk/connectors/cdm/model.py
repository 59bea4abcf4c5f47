"""Reads ``model.json``: the tables of a folder, their columns with types, and how their CSV files are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crosswalk.connectors.files.arrivals import unreadable
from crosswalk.entities import DataType
from crosswalk.errors import SystemFailure

_MOST_BYTES = 64 << 20
_US_TIMES = ("%-m/%-d/%Y %-I:%M:%S %p", "%-m/%-d/%Y %-H:%M:%S", "%-m/%-d/%Y")
_US_DATES = ("%-m/%-d/%Y", "%-m/%-d/%Y %-I:%M:%S %p")
_SHAPED = "is.dataFormat.numeric.shaped"
_WHOLE = {"int16", "int32", "int64", "integer", "biginteger", "smallinteger"}
_PLAIN: Mapping[str, DataType] = {
    "guid": DataType("guid"),
    "boolean": DataType("boolean"),
    "date": DataType("date"),
    "datetime": DataType("datetime"),
    "datetimeoffset": DataType("datetime"),
    # The common data model writes a real in at most 15 digits that count.
    "double": DataType("decimal", precision=28, scale=10),
    "float": DataType("decimal", precision=28, scale=10),
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in the order of the cells, and how its files are written."""

    name: str
    columns: Mapping[str, DataType]
    delimiter: str = ","
    header: bool = False
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Model:
    """What ``model.json`` of one folder says. `dates` and `times` are patterns by its culture."""

    tables: Mapping[str, Table]
    dates: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    folder: Path = field(default_factory=Path)

    def table(self, name: str) -> Table | None:
        return self.tables.get(name.casefold())


def read_model(folder: Path) -> Model:
    """Read the model of a folder; tables are found by name in small letters."""
    path = folder / "model.json"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _broken(path, "it is larger than 64 MB")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        tables = {table.name.casefold(): table for table in map(_table, content["entities"])}
        american = str(content.get("culture", "en-US")) == "en-US"
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(path, "it is no model of the common data model") from error
    return Model(tables, _US_DATES if american else (), _US_TIMES if american else (), folder)


def _broken(path: Path, reason: str) -> SystemFailure:
    remedy = "see whether it was written to its end; nothing of its folder was taken"
    return SystemFailure(f"{path} cannot be used: {reason}", code="FILE_BROKEN", remedy=remedy)


def _table(found: Mapping[str, object]) -> Table:
    attributes, partitions = found["attributes"], found.get("partitions") or []
    if not isinstance(attributes, list) or not isinstance(partitions, list):
        raise TypeError("lists are expected")
    columns = {str(attribute["name"]): _type(attribute) for attribute in attributes}
    formats: Mapping[str, object] = next((p["fileFormatSettings"] for p in partitions if "fileFormatSettings" in p), {})
    return Table(
        name=str(found["name"]),
        columns=columns,
        delimiter=str(formats.get("delimiter", ",")),
        header=formats.get("columnHeaders") is True,
        encoding=str(formats.get("encoding", "utf-8")).casefold(),
    )


def _type(attribute: Mapping[str, object]) -> DataType:
    written = str(attribute.get("dataType", "string")).casefold()
    if written in _WHOLE:
        return DataType("int")
    if written == "decimal":
        shape = dict(_shape(attribute))
        return DataType("decimal", precision=shape.get("precision", 38), scale=shape.get("scale", 10))
    if written in _PLAIN:
        return _PLAIN[written]
    length = attribute.get("maxLength")
    return DataType("text", length=length if isinstance(length, int) and length > 0 else None)


def _shape(attribute: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    """Give precision and scale of a decimal, where a trait of its attribute says them."""
    traits = attribute.get("cdm:traits") or attribute.get("traits") or []
    for trait in traits if isinstance(traits, Sequence) else ():
        if isinstance(trait, Mapping) and trait.get("traitReference") == _SHAPED:
            for argument in trait.get("arguments", []):
                yield str(argument["name"]), int(argument["value"])
