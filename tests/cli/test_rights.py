"""`rights` says what a login needs: read off the maps, in the words of each system."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calls import Shell
from tests.house.source_tree import ROOT

WIRE = """\
  wire:
    dataverse: {kind: odata, dialect: dataverse, url: "https://sales.example/api/data/v9.2"}
    finops: {kind: odata, dialect: finops, url: "https://books.example/data", tables: {PaymentTerms: Terms}}
  files:
    dataverse: {kind: postgres, host: db, database: sales, user: least}
    finops: {kind: drill, file: far.sqlite}
"""


@pytest.fixture
def maps(tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file in (ROOT / "maps").rglob("*.yaml"):
        if not file.name.endswith(".test.yaml"):
            copy = tmp_path / file.relative_to(ROOT / "maps")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    project = tmp_path / "crosswalk.yaml"
    project.write_text(project.read_text(encoding="utf-8").replace("sequences:\n", f"{WIRE}sequences:\n", 1))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tables(shell: Shell, system: str, profile: str) -> dict[str, dict[str, list[str]]]:
    (found,) = shell("rights", "--system", system, "--profile", profile, "--output", "json").json
    assert found["system"] == system
    return {table["table"]: table for table in found["tables"]}


def test_rights_are_told_in_the_words_of_each_service(maps: Path, shell: Shell) -> None:
    sales, books = tables(shell, "dataverse", "wire"), tables(shell, "finops", "wire")
    assert sales["salesorderdetails"]["rights"] == ["Read"]
    assert sales["msdyn_actuals"]["rights"] == ["Read", "Write"]
    assert sales["invoices"]["rights"] == ["Read", "Create", "Write", "Append"]
    assert sales["uoms"]["rights"] == ["Read", "Append To"]
    assert sales["cdm_companies"]["rights"] == ["Read", "Create", "Write", "Delete", "Append To"]
    assert books["ProjAdvancedJournal"]["rights"] == ["read", "create"]
    assert books["LegalEntities"]["rights"] == ["read"]
    assert books["Terms"]["maps"] == ["payment_terms"]


def test_statements_come_with_a_system_that_takes_them(maps: Path, shell: Shell) -> None:
    lines = shell("rights", "--profile", "files").out.splitlines()
    assert 'GRANT SELECT ON "public"."salesorderdetails" TO "least";' in lines
    assert 'GRANT DELETE ON "public"."cdm_companies" TO "least";' in lines
    assert not [line for line in lines if "GRANT INSERT" in line and "salesorderdetails" in line]
    assert [line for line in lines if line.split()[:2] == ["finops", "LegalEntities"]]


def test_embedded_systems_need_no_login(maps: Path, shell: Shell) -> None:
    assert shell("rights").out == "every system of profile 'dev' is embedded: no login is needed\n"
    assert shell("rights", "--system", "finops", exit=2).out == ""


def test_the_rights_can_be_kept_as_a_list(maps: Path, shell: Shell) -> None:
    lines = shell("rights", "--profile", "wire", "--output", "csv").out.splitlines()
    assert lines[0] == "system,table,rights,maps"
    assert not [line for line in lines if "GRANT" in line]
