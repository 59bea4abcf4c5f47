"""Writes the JSON schemas of the four kinds of files, for editors."""

from __future__ import annotations

import json
from pathlib import Path

from crosswalk.whole_files import put


def write_schemas(folder: Path) -> list[Path]:
    """Write one file for each kind, such as ``table_map.json``; give their paths."""
    from crosswalk import api

    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for kind, schema in api.schemas().items():
        path = folder / f"{kind}.json"
        put(path, json.dumps(schema, indent=2, ensure_ascii=False) + "\n")
        written.append(path)
    return written
