"""The overlay example adds a column to the shipped map of actuals, end to end, in fewer than ten lines."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from crosswalk.config.characters import lines_of
from tests.examples.test_invoicing import _demo

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "overlay"


@pytest.fixture
def project(tmp_path: Path) -> api.Loaded:
    shutil.copytree(ROOT / "maps", tmp_path / "maps", ignore=shutil.ignore_patterns("*.duckdb*", "build"))
    shutil.copytree(EXAMPLE / "acme", tmp_path / "maps" / "acme")
    return api.load(tmp_path / "maps")


def test_the_overlay_has_fewer_than_ten_lines() -> None:
    assert len(lines_of((EXAMPLE / "acme" / "actuals.map.yaml").read_bytes())) < 10


def test_a_column_of_ones_own_reaches_staging(project: api.Loaded) -> None:
    demo = _demo()
    api.make_tables(project)
    demo.arrive(project, "day1")
    with duckdb.connect(str(project.database)) as connection:
        connection.execute(
            "UPDATE dataverse.msdyn_actuals SET acme_costcenter = CASE msdyn_actualimportid"
            " WHEN (SELECT min(msdyn_actualimportid) FROM dataverse.msdyn_actuals) THEN 'longer than ten' ELSE ' cc-1 ' END"
        )
    result = api.run(project, ("integration_actuals",))
    with duckdb.connect(str(project.database)) as connection:
        written = connection.execute(
            "SELECT AcmeCostCenter, count(*), count(ExternalOriginReference) FROM finops.ProjCDSActualsImport GROUP BY 1"
        ).fetchall()
    assert written == [("CC-1", result.legs[0].fates["inserted"], 0)]
    assert result.legs[0].fates["inserted"] > 50


def test_the_readme_shows_the_overlay_as_it_is() -> None:
    assert (EXAMPLE / "acme" / "actuals.map.yaml").read_text() in (EXAMPLE / "README.md").read_text()
