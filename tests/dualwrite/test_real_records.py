"""Real records, where a folder or a file of them is named: each is imported, validated, run, exported and compared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.dualwrite.reading import read_records
from tests.dualwrite.checking import check_runs
from tests.dualwrite.meaning import differences
from tests.dualwrite.prepared import imported

RECORDS = os.environ.get("CROSSWALK_DUALWRITE_RECORDS")
REFERENCE = os.environ.get("CROSSWALK_DUALWRITE_REFERENCE")


def files_of(named: str) -> list[Path]:
    path = Path(named)
    return sorted(path.glob("*.json")) if path.is_dir() else [path]


def check_all(named: str, folder: Path) -> None:
    """Bring everything along, run each map on generated rows, give it back, and compare what it means."""
    files = files_of(named)
    before = {record.title: record for file in files for record in read_records(file.name, file.read_bytes())}
    found = imported(files, folder)
    assert [(one.name, one.waits, one.cannot) for one in found.maps if one.waits or one.cannot] == []
    loaded = api.load(folder)
    assert len(loaded.project.maps) == len(before)
    failed: dict[str, object] = {}
    for one in found.maps:
        try:
            check_runs(loaded, one.name, folder)
        except Exception as error:  # noqa: BLE001
            failed[one.name] = error
    given = {one.name: one for one in api.export_records(loaded)}
    for one in found.maps:
        lost = given[one.name].lost
        (after,) = read_records(one.name, given[one.name].text.encode())
        apart = differences(before[one.title], after)
        if lost or apart:
            failed.setdefault(f"{one.name} given back", (lost, apart))
    told = [f"{name}: {type(why).__name__}: {str(why)[:1500]}" for name, why in failed.items()]
    assert told == [], f"{len(told)} of {len(found.maps)} maps"


@pytest.mark.skipif(RECORDS is None, reason="CROSSWALK_DUALWRITE_RECORDS names no folder of records")
def test_every_real_record_is_imported_run_given_back_and_means_the_same(tmp_path: Path) -> None:
    check_all(str(RECORDS), tmp_path)


@pytest.mark.skipif(REFERENCE is None, reason="CROSSWALK_DUALWRITE_REFERENCE names no file of published maps")
def test_every_published_map_is_imported_run_given_back_and_means_the_same(tmp_path: Path) -> None:
    check_all(str(REFERENCE), tmp_path)
