"""The command line offers what the README names, and asking it for help loads nothing heavy."""

import os
import re
import subprocess
import sys

from tests.house.source_tree import ROOT, text_of

COMMANDS = {
    "init",
    "entity",
    "validate",
    "compile",
    "plan",
    "run",
    "rejects",
    "retry",
    "reconcile",
    "runs",
    "why",
    "query",
    "import",
    "export",
    "doctor",
    "explain",
    "rights",
}
HEAVY = {"duckdb", "sqlglot", "jsonschema"}

HELP_AND_WHAT_IT_LOADED = f"""
import sys
from crosswalk.cli import main
sys.argv = ["crosswalk", "--help"]
try:
    main()
except SystemExit:
    pass
print("loaded:", *sorted({HEAVY} & set(sys.modules)))
"""


def python(*arguments: str) -> str:
    """Run Python in a process of its own and give what it prints."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT / "tests",
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def offered() -> set[str]:
    """Read the commands off the help text: the first word of each line."""
    return set(re.findall(r"^[\s│|]*([a-z][a-z-]*)\b", python("-m", "crosswalk", "--help"), re.MULTILINE))


def test_help_lists_every_command_of_the_readme() -> None:
    named = set(re.findall(r"^crosswalk ([a-z][a-z-]*)", text_of(ROOT / "README.md"), re.MULTILINE))
    assert named >= COMMANDS, "the README leaves out a command"
    assert named - offered() == set()


def test_help_loads_neither_the_database_nor_the_parser_nor_the_schema_checker() -> None:
    printed = python("-c", HELP_AND_WHAT_IT_LOADED)
    assert "Usage" in printed
    assert printed.splitlines()[-1].strip() == "loaded:"
