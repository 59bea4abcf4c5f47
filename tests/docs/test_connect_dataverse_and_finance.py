"""The guide is true where that can be told here: its project file is read, its commands exist, its rights are said.

``make docs`` writes the rights anew; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from crosswalk import api
from tests.cli.calls import Shell
from tests.cli.conftest import shell as shell
from tests.docs.pages import ROOT, table

PAGE = ROOT / "docs" / "connect-dataverse-and-finance.md"
BEGIN, END = "<!-- rights: written by make docs -->", "<!-- end of rights -->"
SHOWN = {
    "dataverse": ("salesorderdetails", "uoms", "msdyn_actuals", "invoices", "cdm_companies"),
    "finops": ("LegalEntities", "ProjAdvancedJournal", "ProjCDSActualsImport", "CustomersV3"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The shipped maps with the project file of the guide; its sequences are those of the shipped one."""
    shutil.copytree(ROOT / "maps", tmp_path, ignore=shutil.ignore_patterns("*.test.yaml"), dirs_exist_ok=True)
    (written,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    shipped = (ROOT / "maps" / "crosswalk.yaml").read_text(encoding="utf-8")
    (tmp_path / "crosswalk.yaml").write_text(written + shipped[shipped.index("sequences:") :], encoding="utf-8")
    return tmp_path


def test_the_rights_of_the_guide_are_those_of_the_maps(project: Path) -> None:
    found = {
        one.system: {right.table: right for right in one.rights} for one in api.rights(api.load(project, "sandbox"))
    }
    rows: list[list[str | None]] = [
        [f"`{s}`", f"`{t}`", ", ".join(found[s][t].verbs)] for s, tables in SHOWN.items() for t in tables
    ]
    counts = {system: len(tables) for system, tables in found.items()}
    said = f"Some lines of the {counts['dataverse']} and {counts['finops']} that the maps that ship need:"
    wanted = "\n".join([BEGIN, said, "", *table(["system", "table", "rights"], rows), END])
    text = PAGE.read_text(encoding="utf-8")
    shown = text[text.index(BEGIN) : text.index(END) + len(END)]
    if os.environ.get("CROSSWALK_REGENERATE"):
        PAGE.write_text(text.replace(shown, wanted), encoding="utf-8")
    else:
        assert shown == wanted


def test_the_commands_of_the_guide_are_commands(project: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    lines = re.findall(r"^crosswalk (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == 8
    for line in lines:
        words = shlex.split(re.split(r"\s{2,}| > ", line)[0])
        assert shell(*words, "--help").out


def test_an_address_that_is_not_there_yet_is_asked_for_by_its_name(
    project: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.delenv("DATAVERSE_URL", raising=False)
    assert "DATAVERSE_URL" in shell("validate", "--against", "sandbox", exit=2).err


def test_links_of_the_guide_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).exists(), target
