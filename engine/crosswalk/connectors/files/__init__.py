"""A folder of arriving files, CSV, Parquet or JSON: each is taken once, by content. Written as Parquet."""

from __future__ import annotations

from pathlib import Path

from crosswalk.connectors.files.settings import SETTINGS, folder_of
from crosswalk.contracts import ConnectorSpec, Place, opened_by
from crosswalk.model import Connection


def _folders(connection: Connection, place: Place) -> tuple[Path, ...]:
    return (folder_of(connection, place),)


SPEC = ConnectorSpec(
    kind="files",
    summary="A folder of arriving CSV, Parquet or JSON files; Parquet files can be written.",
    settings=SETTINGS,
    open=opened_by("crosswalk.connectors.files.folder", "systems"),
    folders=_folders,
)
