"""Broken input of every kind ends in words and exit code 2: never another exception, never a hang, memory is bounded.

`CROSSWALK_FUZZ_EXAMPLES=5000` looks further, with other examples on every run. `make fuzz` lets atheris look for new
paths for as long as `FUZZ_SECONDS` says.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import broken_inputs
from tests.fuzz.corpus import ROOT, seeds
from tests.fuzz.targets import TARGETS, project

ASKED = os.environ.get("CROSSWALK_FUZZ_EXAMPLES")
EXAMPLES = int(ASKED or 60)
DEEPER = settings(max_examples=EXAMPLES, derandomize=not ASKED, deadline=None, suppress_health_check=list(HealthCheck))
MEMORY_BYTES = 3 * 1024**3
HANG_SECONDS = 600 + EXAMPLES


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_what_fuzzing_starts_from_keeps_the_promise(target: str) -> None:
    found = list(seeds(target))
    assert found
    for content in found[:40]:
        TARGETS[target](content)


@pytest.mark.parametrize("target", ["expression", "filters", "records", "yaml"])
@given(data=st.data())
@DEEPER
def test_a_broken_text_keeps_the_promise(target: str, data: st.DataObject) -> None:
    TARGETS[target](data.draw(broken_inputs.contents(target)))


@given(files=broken_inputs.projects())
@settings(DEEPER, max_examples=max(1, EXAMPLES // 2))
def test_a_broken_project_keeps_the_promise(files: Mapping[str, bytes]) -> None:
    project(files)


@pytest.mark.skipif(ASKED is None, reason="plays the others in a child; CROSSWALK_FUZZ_EXAMPLES asks for it")
def test_long_fuzzing_stays_within_memory_and_time() -> None:
    """Play the tests above in a child that may have 3 GB and is ended when it hangs."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))

    command = [sys.executable, "-m", "pytest", "-q", "-k", "broken", "tests/fuzz/test_fuzz.py"]
    ended = subprocess.run(
        command, cwd=ROOT, preexec_fn=bounded, timeout=HANG_SECONDS, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-4000:]
