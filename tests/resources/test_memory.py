"""Too little memory: exit 6, nothing changed, the next run converges; and the limits hold against every statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.backends.machine import MEMORY, THREADS
from crosswalk.errors import StatementError, UsageError
from tests.resources.cells import some
from tests.resources.scene import MOMENTS, Scene, held

MEGA = 1024 * 1024
ABORTED = 127
"""The C library ends a process itself when it finds no memory for a thread."""


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("memory", some(["1MB", "2MB", "3MB", "4MB", "5MB", "6MB"], ("2MB", "5MB")))
def test_a_run_with_too_little_memory_for_the_database(memory: str, moment: str, scene: Scene, tmp_path: Path) -> None:
    scene.lay(moment, tmp_path / "project")
    ended = scene.run(tmp_path / "project", environment={MEMORY: memory})
    assert "OUT_OF_MEMORY" in ended.said
    assert f"raise {MEMORY}, which is {memory}" in ended.said
    assert held(scene, moment, tmp_path / "project", ended) in ("nothing", "part")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("megabytes", some([40, 50, 60, 80, 100, 120, 160, 200, 240, 300, 400, 500], (50,)))
def test_a_run_whose_process_may_not_grow(megabytes: int, moment: str, scene: Scene, tmp_path: Path) -> None:
    scene.lay(moment, tmp_path / "project")
    ended = scene.run(tmp_path / "project", memory=megabytes * MEGA, environment={THREADS: "1"})
    if ended.code == ABORTED:
        ended = type(ended)(6, "", "aborted")
    elif ended.code:
        assert "OUT_OF_MEMORY" in ended.said
    held(scene, moment, tmp_path / "project", ended)


def test_the_limits_of_the_environment_hold_and_cannot_be_lifted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY, "100MB")
    monkeypatch.setenv(THREADS, "1")
    backend = DuckDBBackend(None)
    try:
        found = backend.rows("SELECT current_setting('memory_limit'), current_setting('threads')")
        assert found == [("95.3 MiB", 1)]
        for statement in (
            "SET memory_limit = '8GB'",
            "SET threads = 8",
            "SET temp_directory = '/'",
            "RESET memory_limit",
        ):
            with pytest.raises(StatementError, match="locked"):
                backend.run(statement)
    finally:
        backend.close()


@pytest.mark.parametrize(
    ("variable", "value"),
    [(MEMORY, "much"), (MEMORY, "4GB'; SELECT 1"), (MEMORY, "-1GB"), (THREADS, "0"), (THREADS, "all")],
)
def test_a_limit_that_says_no_size_is_refused(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError) as refused:
        DuckDBBackend(None)
    assert refused.value.code == "MACHINE_LIMIT"
    assert variable in str(refused.value)
