"""What a connection to a folder of files may set, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from crosswalk.connectors.files.form import FORM_SETTINGS, Form, form_of
from crosswalk.contracts import Place
from crosswalk.errors import UsageError
from crosswalk.model import Connection

Order = Literal["name", "time"]
Output = Literal["no", "replace", "changes"]

SETTINGS: dict[str, object] = {
    "type": "object",
    "required": ["folder"],
    "additionalProperties": False,
    "properties": {
        "folder": {
            "type": "string",
            "minLength": 1,
            "description": "The folder: below the project's folder, or an absolute path.",
        },
        "tables": {
            "type": "object",
            "description": "By table: a pattern where its files are not called as it is, or how they are written.",
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "files": {"type": "string", "minLength": 1, "description": "A pattern such as in/*.csv."},
                            **FORM_SETTINGS,
                        },
                    },
                ]
            },
        },
        "settle": {
            "type": "string",
            "pattern": r"^[0-9]{1,6}(\.[0-9]{1,3})?$",
            "description": "Seconds for which a file must lie untouched before it is taken. Default: 5.",
        },
        "order": {
            "enum": ["name", "time"],
            "description": "Which of two files is later: by name, or by the time it was written. Default: name.",
        },
        "newest_by": {
            "type": "string",
            "description": "A column: of rows with one key in several files that with the greatest value is taken.",
        },
        "whole": {
            "enum": ["true", "false"],
            "description": "Whether each file holds all rows, so that what it leaves out is gone. Default: false.",
        },
        "output": {
            "enum": ["no", "replace", "changes"],
            "description": "Whether tables are written, as Parquet: one file that is replaced, or one with the"
            " changes of each delivery. Default: no.",
        },
        **FORM_SETTINGS,
    },
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What was set. `forms` and `patterns` are by the name of the table, in small letters."""

    folder: Path
    form: Form
    forms: Mapping[str, Form] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    settle: float = 5.0
    order: Order = "name"
    newest_by: str | None = None
    whole: bool = False
    output: Output = "no"

    def form_of(self, table: str) -> Form:
        return self.forms.get(table.casefold(), self.form)


def folder_of(connection: Connection, place: Place) -> Path:
    """Find the folder of a connection."""
    return inside(connection, place, "folder")


def inside(connection: Connection, place: Place, setting: str) -> Path:
    """Find a path: a relative one must lie below the project's folder, wherever links lead."""
    written = Path(place.reveal(str(connection.settings[setting])))
    if written.is_absolute():
        return written.resolve()
    found = (place.root / written).resolve()
    if not found.is_relative_to(place.root.resolve()):
        message = f"{connection.span}: the {setting} '{written}' lies outside the project"
        raise UsageError(message, code="CONNECTION_SETTINGS", remedy="write its absolute path, for everybody to see")
    return found


def settings_of(connection: Connection, place: Place) -> Settings:
    """Read the settings of a connection, which were checked against `SETTINGS`."""
    given = connection.settings
    form = form_of(given, Form())
    tables = given.get("tables")
    named = {str(table).casefold(): value for table, value in tables.items()} if isinstance(tables, Mapping) else {}
    detailed = {table: value for table, value in named.items() if isinstance(value, Mapping)}
    patterns = {table: str(value.get("files")) for table, value in detailed.items() if value.get("files")}
    patterns |= {table: value for table, value in named.items() if isinstance(value, str)}
    newest_by = given.get("newest_by")
    settings = Settings(
        folder=folder_of(connection, place),
        form=form,
        forms={table: form_of(value, form) for table, value in detailed.items()},
        patterns=patterns,
        settle=float(str(given.get("settle", "5"))),
        order="time" if given.get("order") == "time" else "name",
        newest_by=None if newest_by is None else str(newest_by),
        whole=given.get("whole") == "true",
    )
    match given.get("output"):
        case "replace" | "changes" as output:
            return _written(settings, output)
        case _:
            return settings


def _written(settings: Settings, output: Output) -> Settings:
    """A folder that is written is read as it is written: whole files of a fixed name, which never change."""
    return Settings(settings.folder, Form(), settle=0, whole=output == "replace", output=output)
