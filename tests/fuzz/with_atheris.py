"""Fuzzes one target with atheris, which looks for new paths through the code: `make fuzz` calls it for each.

A break is kept once for each place where it happens, in `build/fuzz/breaks`, and fuzzing goes on; so one run shows all
that it finds. It ends with 1 where something was found.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import traceback
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BREAKS = ROOT / "build/fuzz/breaks"
MEMORY_MB = 2_048
HANG_SECONDS = 30
LONGEST = 6_000


def fuzz(target: str, options: list[str]) -> None:
    """Fuzz one target; never returns. The options are those of libFuzzer."""
    atheris = import_module("atheris")  # only the environment of make fuzz has it
    with atheris.instrument_imports(include=["crosswalk", "yaml"]):
        from tests.fuzz.targets import TARGETS
    act = TARGETS[target]

    def once(content: bytes) -> None:
        try:
            act(content)
        except Exception as error:  # noqa: BLE001 - every exception is what is looked for
            keep(target, content, error)

    atheris.Setup([sys.argv[0], *options], once)
    atheris.Fuzz()


def keep(target: str, content: bytes, error: Exception) -> None:
    """Keep an input that broke a promise, with its traceback; one for each place in the code."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"
    file = BREAKS / f"{target}-{place}"
    if file.exists():
        return
    BREAKS.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.with_name(f"{file.name}.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    sys.stderr.write(f"BREAK {file.name}: {error}\n")


def plant(target: str) -> Path:
    """Write the first inputs of a target where libFuzzer finds them and adds what it learns."""
    from tests.fuzz.corpus import seeds

    folder = ROOT / "build/fuzz/corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for content in seeds(target):
        (folder / hashlib.sha256(content).hexdigest()[:20]).write_bytes(content)
    return folder


def campaign(targets: list[str], seconds: int) -> int:
    """Fuzz each target for its share of the time, one after the other, and print how often each was called."""
    each = max(1, seconds // len(targets))
    for target in targets:
        options = [
            str(plant(target)),
            f"-max_total_time={each}",
            f"-max_len={LONGEST * (4 if target == 'project' else 1)}",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-timeout={HANG_SECONDS}",
            f"-artifact_prefix={ROOT}/build/fuzz/stopped-{target}-",
            "-print_final_stats=1",
        ]
        command = [sys.executable, "-m", "tests.fuzz.with_atheris", target, *options]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
        (ROOT / f"build/fuzz/{target}.log").write_text(ended.stderr, encoding="utf-8")
        calls = re.search(r"number_of_executed_units: *(\d+)", ended.stderr)
        count = int(calls[1]) if calls else 0
        sys.stdout.write(f"{target:<12}{count:>12,} executions in {each:,} s  exit {ended.returncode}\n")
        sys.stdout.flush()
    broken = sorted(path.name for path in BREAKS.glob("*") if path.suffix != ".txt") if BREAKS.exists() else []
    stopped = sorted(path.name for path in (ROOT / "build/fuzz").glob("stopped-*"))
    sys.stdout.write("".join(f"broken: {name}\n" for name in [*broken, *stopped]) or "nothing broke\n")
    return int(bool(broken or stopped))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        fuzz(sys.argv[1], sys.argv[2:])
    from tests.fuzz.targets import TARGETS

    sys.exit(campaign(list(TARGETS), int(os.environ.get("FUZZ_SECONDS", "300"))))
