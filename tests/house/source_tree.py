"""The repository as data for the tests of the house: its files, its modules as syntax trees, its functions."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine" / "crosswalk"


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file of the engine. `path` is relative to ``engine/crosswalk``: ``compiler/shape.py``."""

    path: str
    lines: int
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `parameters` counts what a caller may pass by position, without ``self`` and ``cls``."""

    place: str
    lines: int
    parameters: int


@cache
def modules() -> tuple[Module, ...]:
    """Read every Python file of the engine."""
    files = sorted(ENGINE.rglob("*.py"))
    assert files, f"no Python file under {ENGINE}"
    return tuple(_module(file) for file in files)


def _module(file: Path) -> Module:
    text = file.read_text(encoding="utf-8")
    return Module(file.relative_to(ENGINE).as_posix(), len(text.splitlines()), ast.parse(text, str(file)))


def functions() -> list[Function]:
    """List every function and method of the engine, nested ones too."""
    found = [_function(module, node, owner) for module in modules() for node, owner in _definitions(module.tree)]
    assert found, "no function in the engine"
    return found


def _definitions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ast.AST]]:
    for owner in ast.walk(tree):
        for node in ast.iter_child_nodes(owner):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node, owner


def _function(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: ast.AST) -> Function:
    static = any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in node.decorator_list)
    bound = isinstance(owner, ast.ClassDef) and not static
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    parameters = len(node.args.posonlyargs) + len(node.args.args) - bound
    return Function(f"{module.path}:{node.lineno} {node.name}", lines, parameters)


def repository_files() -> list[Path]:
    """List the files of the repository: what git knows or does not ignore; without git, all but dot folders."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        files = [file for file in ROOT.rglob("*") if not _hidden(file.relative_to(ROOT))]
    found = sorted(file for file in files if file.is_file())
    assert ROOT / "pyproject.toml" in found, "the list of files misses pyproject.toml"
    return found


def _hidden(path: Path) -> bool:
    return any((part.startswith(".") and part != ".ci") or part == "__pycache__" for part in path.parts)


def text_of(file: Path) -> str:
    """Read a file as text; bytes that are none stay visible as replacement characters."""
    return file.read_text(encoding="utf-8", errors="replace")


def pyproject() -> dict[str, Any]:
    """Read the project file."""
    return tomllib.loads(text_of(ROOT / "pyproject.toml"))
