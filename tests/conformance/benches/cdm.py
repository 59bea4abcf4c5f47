"""The bench of a folder of the common data model, as Synapse Link writes it: a change arrives as a file with the row.

The bench keeps what it wrote beside, to say what the newest row of each key is.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.landing.reading import text_of
from crosswalk.model import Column, Connection, Entity
from tests.conformance.bench import FarSide, Fault, Wish
from tests.conformance.landed import Row, plain_row

HERE = Span("crosswalk.yaml", 1, 1)
CDM_TYPES = {"int": "int64", "text": "string", "datetime": "dateTime"}


class CdmFolder:
    """No header, everything in quotes, empty for null; the newest version counts."""

    def __init__(self, root: Path) -> None:
        self._root, self._count, self._version = root, 0, 0
        self._described: dict[str, Mapping[str, object]] = {}
        self._known: dict[str, dict[tuple[Plain, ...], Row]] = {}
        (root / "in").mkdir()

    @property
    def root(self) -> Path:
        return self._root

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        taken = [plain_row(row, entity) for row in rows]
        self._known[entity.ref.entity] |= {tuple(row[c] for c in entity.key): row for row in taken}
        self._file(entity, [[text_of(row[c]) for c in entity.columns] for row in taken])

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        self.put(entity, [{**self._row(entity, key), **cells}])

    def rows(self, entity: Entity) -> list[Row]:
        return list(self._known[entity.ref.entity].values())

    def _row(self, entity: Entity, key: Mapping[str, Plain]) -> Row:
        return self._known[entity.ref.entity][tuple(plain_row(key, entity)[c] for c in entity.key)]

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        if faults:
            raise KeyError(faults[0].name)
        settings = {"folder": "in", "settle": "0", "version": "SinkVersion"}
        return Connection("far", "cdm", settings, HERE)

    def make(self, entity: Entity) -> Entity:
        attributes = [_attribute(column) for column in entity.columns.values()]
        attributes += [{"name": "SinkVersion", "dataType": "int64"}, {"name": "IsDelete", "dataType": "boolean"}]
        form = {
            "columnHeaders": False,
            "delimiter": ",",
            "quoteStyle": "QuoteStyle.Csv",
            "csvStyle": "CsvStyle.QuoteAlways",
        }
        table = entity.ref.entity
        partitions = [{"name": "1", "location": f"https://lake/x/{table}/1.csv", "fileFormatSettings": form}]
        self._described[table] = {
            "$type": "LocalEntity",
            "name": table,
            "attributes": attributes,
            "partitions": partitions,
        }
        model = {"name": "cdm", "version": "1.0", "culture": "en-US", "entities": list(self._described.values())}
        (self._root / "in" / "model.json").write_text(json.dumps(model), encoding="utf-8")
        self._known[table] = {}
        self._file(entity, [])
        return entity

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        row = self._row(entity, key)
        del self._known[entity.ref.entity][tuple(row[c] for c in entity.key)]
        self._append(entity, [[text_of(row[c]) for c in entity.columns]], deleted="True")

    def _file(self, entity: Entity, rows: Sequence[Sequence[str | None]]) -> None:
        self._append(entity, rows, deleted="")

    def _append(self, entity: Entity, rows: Sequence[Sequence[str | None]], *, deleted: str) -> None:
        self._count += 1
        folder = self._root / "in" / entity.ref.entity
        folder.mkdir(exist_ok=True)
        written = []
        for row in rows:
            self._version += 1
            written.append([*("" if cell is None else cell for cell in row), str(self._version), deleted])
        (folder / f"{self._count:05}.csv").write_text(_csv(written), encoding="utf-8", newline="")


def _attribute(column: Column) -> dict[str, object]:
    kind = column.type
    if kind.kind == "choice":
        return {"name": column.name, "dataType": "int64" if kind.coded == "int" else "string", "maxLength": -1}
    found: dict[str, object] = {"name": column.name, "dataType": CDM_TYPES.get(kind.kind, kind.kind)}
    if kind.kind == "text":
        found["maxLength"] = kind.length or -1
    if kind.kind == "decimal":
        shape = [{"name": "precision", "value": kind.precision}, {"name": "scale", "value": kind.scale}]
        found["cdm:traits"] = [{"traitReference": "is.dataFormat.numeric.shaped", "arguments": shape}]
    return found


def _csv(rows: Iterable[Sequence[str]]) -> str:
    made = io.StringIO(newline="")
    csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return made.getvalue()


@contextmanager
def cdm_folder(root: Path, wish: Wish) -> Iterator[FarSide]:
    yield CdmFolder(root)
