"""The repository runs anywhere: it names no path of the machine it was written on and no package registry."""

import re
from pathlib import Path

import pytest

from tests.house.source_tree import ROOT, repository_files, text_of

HOME = re.compile(r"/(?:home|Users)/\w|(?<![\w.-])/root(?=/)|[A-Z]:\\+Users\\")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|index[-_]url|find[-_]links", re.IGNORECASE)
LOCK_FILE = re.compile(r"(^|[-_.])lock(\.\w+)?$|^Pipfile\.lock$")
ABSOLUTE = re.compile(r"(?<![\w.~>)}\]/-])(?:/[\w.+-]+){2,}")


def lines() -> list[tuple[str, str]]:
    """Give each line of the repository with its place."""
    return [
        (f"{file.relative_to(ROOT)}:{number}", line)
        for file in repository_files()
        for number, line in enumerate(text_of(file).splitlines(), start=1)
    ]


def local(path: Path, checkout: Path, home: Path) -> bool:
    """Say whether a path leads into the checkout, to what lies beside it on this machine, or into the user's home."""
    folders = {checkout, home, *beside(checkout)} - {Path("/")}
    return any(path.is_relative_to(folder) for folder in folders)


def beside(checkout: Path) -> set[Path]:
    """List what lies in the folder of the checkout, unless that is a folder that every machine has."""
    return set() if checkout.parent in {Path("/"), Path("/usr")} else set(checkout.parent.iterdir())


def test_no_path_of_a_machine_stands_in_the_repository() -> None:
    home = Path.home()
    found = [
        f"{place}: {line.strip()}"
        for place, line in lines()
        if HOME.search(line) or any(local(Path(path), ROOT, home) for path in ABSOLUTE.findall(line))
    ]
    assert found == []


def test_no_registry_stands_in_the_repository() -> None:
    assert [f"{place}: {line.strip()}" for place, line in lines() if REGISTRY.search(line)] == []


def test_no_lock_file_stands_in_the_repository() -> None:
    assert [file.name for file in repository_files() if LOCK_FILE.search(file.name)] == []


@pytest.mark.parametrize(
    ("name", "found"),
    [("checkout/maps/x.yaml", True), ("venv/bin/python", True), ("me/x.yaml", True), ("elsewhere/x.yaml", False)],
)
def test_the_search_knows_a_path_of_this_machine(name: str, found: bool, tmp_path: Path) -> None:
    for folder in ("src/checkout", "src/venv", "home/me"):
        (tmp_path / folder).mkdir(parents=True)
    top = tmp_path / ("home" if name.startswith("me/") else "src")
    written = ABSOLUTE.findall(f'open("{top / name}")')
    assert [local(Path(path), tmp_path / "src/checkout", tmp_path / "home/me") for path in written] == [found]
