"""One run gives the same rows wherever it stands: other time zones and languages of the machine change no cell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.badcases.data.cells import columns, judged

ROOT = Path(__file__).parents[3]
SCRIPT = """
import json, sys
from pathlib import Path
from tests.badcases.data.cells import columns, judged
found = judged(Path(sys.argv[1]), tuple(columns()))
print(json.dumps([sorted(found.taken.items()), sorted(found.refused.items())]))
"""


def elsewhere(folder: Path, **surroundings: str) -> object:
    """Judge all cells in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'engine'}", **surroundings}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns"])
def test_the_place_of_the_machine_changes_no_cell(tmp_path: Path, zone: str) -> None:
    (tmp_path / "here").mkdir()
    found = judged(tmp_path / "here", tuple(columns()))
    here = json.loads(json.dumps([sorted(found.taken.items()), sorted(found.refused.items())]))
    (tmp_path / "there").mkdir()
    assert elsewhere(tmp_path / "there", TZ=zone, LC_ALL="tr_TR.UTF-8", LANG="de_DE.UTF-8") == here
