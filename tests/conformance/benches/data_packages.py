"""The bench of data packages: zips with a manifest and CSV, written and read with the standard library."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.model import Column, Connection, Entity
from tests.conformance.bench import FarSide, Fault, Wish
from tests.conformance.landed import Row, plain

_MANIFEST = (
    '<?xml version="1.0" encoding="utf-8"?><DataManagementPackageManifest'
    ' xmlns="http://schemas.microsoft.com/dynamics/2015/01/DataManagement"><PackageEntityList>'
    "<DataManagementPackageEntityData><EntityMapList>{fields}</EntityMapList><EntityName>{name}</EntityName>"
    "<InputFilePath>rows.csv</InputFilePath></DataManagementPackageEntityData></PackageEntityList>"
    "</DataManagementPackageManifest>"
)


class PackageFolder:
    """A folder of packages: each call of `put` and `change` is one more export."""

    def __init__(self, root: Path) -> None:
        self._root, self._folder, self._count = root, root / "packages", 0

    @property
    def root(self) -> Path:
        return self._root

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        if faults:
            raise KeyError(faults[0].name)
        return Connection("far", "dmf", {"folder": "packages", "choices": "codes"}, Span("crosswalk.yaml", 1, 1))

    def make(self, entity: Entity) -> Entity:
        self._folder.mkdir(exist_ok=True)
        self.put(entity, [])
        return entity

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        text = io.StringIO(newline="")
        lines = csv.writer(text)
        lines.writerow(entity.columns)
        lines.writerows([_written(row[c.name], c) for c in entity.columns.values()] for row in rows)
        fields = "".join(f"<EntityMap><XMLField>{escape(name)}</XMLField></EntityMap>" for name in entity.columns)
        manifest = _MANIFEST.format(fields=fields, name=escape(entity.ref.entity))
        self._count += 1
        with zipfile.ZipFile(self._folder / f"export-{self._count:03}.zip", "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("Manifest.xml", manifest)
            package.writestr("rows.csv", text.getvalue().encode("utf-8-sig"))

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        found = [row for row in self.rows(entity) if all(row[column] == value for column, value in key.items())]
        self.put(entity, [{**row, **cells} for row in found])

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        raise NotImplementedError("a package tells of no row that was removed")

    def rows(self, entity: Entity) -> list[Row]:
        found: dict[tuple[Plain, ...], Row] = {}
        for path in sorted(self._folder.glob("*.zip"), key=lambda path: (path.stat().st_mtime_ns, path.name)):
            with zipfile.ZipFile(path) as package:
                data = next(name for name in package.namelist() if name.endswith(".csv"))
                text = io.StringIO(package.read(data).decode("utf-8-sig"), newline="")
            for row in csv.DictReader(text):
                cells = {c.name: _read(row.get(c.name) or "", c) for c in entity.columns.values()}
                found[tuple(cells[column] for column in entity.key)] = cells
        return list(found.values())


def _written(value: Plain, column: Column) -> str:
    match plain(value, column):
        case None:
            return ""
        case bool() as truth:
            return "Yes" if truth else "No"
        case datetime() as instant:
            return instant.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
        case found:
            return f"{found:f}" if column.type.kind == "decimal" else str(found)


def _read(text: str, column: Column) -> Plain:
    if not text:
        return None
    if column.type.kind == "boolean":
        return text == "Yes"
    whole = column.type.kind == "int" or (column.type.kind == "choice" and column.type.coded == "int")
    return plain(int(text) if whole else text, column)


@contextmanager
def data_packages(root: Path, wish: Wish) -> Iterator[FarSide]:
    yield PackageFolder(root)
