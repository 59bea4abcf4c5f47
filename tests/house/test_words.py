"""The engine speaks of tables, columns and rows; no word of a business and no name that says nothing stands in it."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.source_tree import ENGINE, modules, text_of

BUSINESS = re.compile("invoice|msdyn|actual|projcds|proposal|voucher|dataverse|finops", re.IGNORECASE)
FORMAT_HOME = ENGINE / "dualwrite"
"""The one package that speaks the words of a record format which is full of them."""

SERVICES = {ENGINE / "connectors" / "odata": re.compile("dataverse|finops", re.IGNORECASE)}
"""The packages that may name the services whose dialects they describe, and nothing else of a business."""

EMPTY_MODULE_WORDS = {"util", "utils", "helper", "helpers", "common", "base", "misc"}
EMPTY_CLASS_NAME = re.compile("(Manager|Handler|Helper|Base|Impl|Info|Data)$")


def texts() -> list[Path]:
    """List what people wrote in the engine outside the home of the format: every file but compiled ones."""
    written = (file for file in ENGINE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return sorted(file for file in written if not file.is_relative_to(FORMAT_HOME))


def test_no_business_word_stands_in_the_engine() -> None:
    found = [
        f"{file.relative_to(ENGINE)}:{number}: {line.strip()}"
        for file in texts()
        for number, line in enumerate(text_of(file).splitlines(), start=1)
        if BUSINESS.search(without_services(file, line))
    ]
    assert found == []


def without_services(file: Path, line: str) -> str:
    """Take the names of services out of a line that may name them."""
    for home, names in SERVICES.items():
        line = names.sub("", line) if file.is_relative_to(home) else line
    return line


def test_no_business_word_names_a_file_of_the_engine() -> None:
    assert [str(file) for file in texts() if BUSINESS.search(file.relative_to(ENGINE).as_posix())] == []


@pytest.mark.parametrize("line", ["Invoice", "the_actual_value", "MSDYN_x", "Dataverse", "vouchers"])
def test_the_search_finds_business_words_in_any_form(line: str) -> None:
    assert BUSINESS.search(line)


def test_the_home_of_the_format_and_of_the_dialects_are_the_only_exceptions() -> None:
    assert FORMAT_HOME.is_dir()
    assert without_services(ENGINE / "connectors" / "odata" / "x.py", "Dataverse voucher") == " voucher"
    assert without_services(ENGINE / "connectors" / "files.py", "Dataverse") == "Dataverse"
    assert not [file for file in texts() if "dualwrite" in file.relative_to(ENGINE).as_posix()]


def test_no_module_has_an_empty_name() -> None:
    named = {module.path: set(re.split(r"[/_.]", module.path)) for module in modules()}
    assert [path for path, words in named.items() if words & EMPTY_MODULE_WORDS] == []


def test_no_class_has_an_empty_name() -> None:
    found = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and EMPTY_CLASS_NAME.search(node.name)
    ]
    assert found == []
