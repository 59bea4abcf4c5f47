"""Imports point down, third-party packages stay in their homes, and nothing is loaded twice or in secret."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path

import pytest

from tests.house.source_tree import ROOT, Module, modules, pyproject

HOMES = {
    "yaml": ("config/*",),
    "jsonschema": ("config/*",),
    "jinja2": ("compiler/*",),
    "duckdb": ("backends/duckdb.py", "connectors/*", "ledger/*"),
    "sqlglot": ("compiler/*", "transforms/*", "sql.py"),
    "deltalake": ("connectors/delta/*",),
    "arro3": ("connectors/delta/*",),
    "typer": ("cli/*",),
    "rich": ("cli/*",),
    "adbc_driver_manager": ("connectors/postgres/*",),
    "adbc_driver_postgresql": ("connectors/postgres/*",),
    "httpx": ("connectors/odata/*",),
    "azure": ("connectors/odata/*",),
}
"""Where a third-party package may be imported. A package without a home is refused everywhere."""

DISTRIBUTIONS = {
    "yaml": "pyyaml",
    "adbc_driver_manager": "adbc-driver-manager",
    "adbc_driver_postgresql": "adbc-driver-postgresql",
    "arro3": "arro3-core",
    "azure": "azure-identity",
}
"""The distribution of an import name, where the two differ."""

LOADERS = {
    "cli/*": "a command loads api when it runs, so that --help stays fast",
    "sql.py": "the parser is loaded when the first fragment is checked, so that naming a table does not need it",
    "transforms/__init__.py": "transforms are found by file name",
    "connectors/__init__.py": "connectors are found by file name",
    "backends/__init__.py": "backends are found by file name",
    "contracts.py": "what a connector needs is loaded when a connection is opened",
    "secrets.py": "the keyring is not installed with Crosswalk",
}
"""The files that may import inside a function or by name, each with its reason."""


def home_of(path: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a module's path matches one of the patterns."""
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Give line and full name of every absolute import below a node."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=str(name), level=0):
                yield node.lineno, name


def third_party(module: Module) -> Iterator[tuple[int, str]]:
    """Give line and top-level name of what a module imports from neither the standard library nor Crosswalk."""
    for line, name in imported(module.tree):
        top = name.partition(".")[0]
        if top != "crosswalk" and top not in sys.stdlib_module_names:
            yield line, top


def hidden_imports(module: Module) -> Iterator[tuple[int, str]]:
    """Give the imports inside functions, and the calls that import by name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from imported(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"import_module", "__import__"}:
            yield node.lineno, ast.unparse(node)


def test_imports_follow_the_layers() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([program, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_third_party_packages_are_imported_in_their_homes_only() -> None:
    strays = [
        f"{module.path}:{line} {name}"
        for module in modules()
        for line, name in third_party(module)
        if not home_of(module.path, HOMES.get(name, ()))
    ]
    assert strays == []


def test_a_package_has_a_home_exactly_when_the_project_depends_on_it() -> None:
    project = pyproject()["project"]
    extras = [project["optional-dependencies"][extra] for extra in ("odata", "postgres", "lake")]
    declared = {re.split(r"[^\w-]", line)[0] for line in [*project["dependencies"], *chain(*extras)]}
    assert {DISTRIBUTIONS.get(name, name) for name in HOMES} == declared


def test_only_loaders_import_inside_functions_or_by_name() -> None:
    strays = [
        f"{module.path}:{line} {name}"
        for module in modules()
        for line, name in hidden_imports(module)
        if not home_of(module.path, tuple(LOADERS))
    ]
    assert strays == []


def test_the_source_root_cannot_be_imported() -> None:
    with pytest.raises(ModuleNotFoundError, match="engine"):
        importlib.import_module("engine.crosswalk")


@pytest.mark.parametrize("line", ["import engine.crosswalk.model\n", "from engine.crosswalk import model\n"])
def test_ruff_refuses_an_import_of_the_source_root(line: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select=TID251", "-"]
    ran = subprocess.run(command, cwd=ROOT, input=line, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "TID251" in ran.stdout
