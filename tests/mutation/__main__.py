"""Tries mutants of the ledger, the runner and the path of rejects, and prints what share was noticed, and what was not.

python -m tests.mutation                 # all; takes about an hour on one core
python -m tests.mutation --share 10      # every tenth
python -m tests.mutation --only lease    # files with this word in their name
python -m tests.mutation --report        # print the last verdicts again
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.mutation.accepted import ACCEPTED

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine" / "crosswalk"
VERDICTS = ROOT / "build" / "mutants.jsonl"
REJECT_PATH = ("rejects_*", "fates*", "refused*", "tally*", "examined_open*", "guard_conserved*", "lineage_keep*")
TESTS = ("tests/engine/test_*.py", "tests/ledger/test_*.py", "tests/cli/test_failures.py", "tests/cli/test_commands.py")


def files() -> list[Path]:
    """List what is changed: modules of the ledger and the runner, misfits, and templates of the path of rejects."""
    modules = [*(ENGINE / "ledger").glob("*.py"), *(ENGINE / "runner").glob("*.py"), ENGINE / "landing" / "misfits.py"]
    templates = [found for name in REJECT_PATH for found in (ENGINE / "compiler" / "templates").glob(name)]
    return sorted({*modules, *templates})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--share", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--report", action="store_true")
    asked = parser.parse_args()
    if not asked.report:
        _run(asked)
    return _tell()


def _run(asked: argparse.Namespace) -> None:
    VERDICTS.parent.mkdir(exist_ok=True)
    VERDICTS.unlink(missing_ok=True)
    chosen = [f"--mutate={file}" for file in files() if asked.only in file.name]
    options = [f"--mutants-report={VERDICTS}", f"--mutants-share={asked.share}", f"--mutants-at-once={asked.at_once}"]
    tests = sorted(str(found) for pattern in TESTS for found in ROOT.glob(pattern))
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "tests.mutation.plugin", *chosen, *options, *tests]
    subprocess.run(command, cwd=ROOT, check=True)


def _tell() -> int:
    """Print the shares by file and every mutant that was not noticed; gives 1 below nine in ten."""
    verdicts = [json.loads(line) for line in VERDICTS.read_text(encoding="utf-8").splitlines()]
    by_file = Counter((Path(one["file"]).name, one["outcome"]) for one in verdicts)
    print(f"{'file':<36}{'killed':>8}{'survived':>10}{'unreached':>11}")
    for name in sorted({name for name, _ in by_file}):
        print(f"{name:<36}{by_file[name, 'killed']:>8}{by_file[name, 'survived']:>10}{by_file[name, 'unreached']:>11}")
    left = [one for one in verdicts if one["outcome"] != "killed"]
    for one in left:
        text = Path(one["file"]).read_text(encoding="utf-8").splitlines()[one["line"] - 1].strip()
        why = ACCEPTED.get((Path(one["file"]).name, text, one["what"]), "")
        print(f"{one['outcome']}: {Path(one['file']).name}:{one['line']}: {one['what']}: {text[:90]}  {why}".rstrip())
    share = 1 - len(left) / len(verdicts)
    print(f"{len(verdicts)} mutants, {len(verdicts) - len(left)} killed: {share:.1%}")
    return 0 if share >= 0.9 else 1


if __name__ == "__main__":
    sys.exit(main())
