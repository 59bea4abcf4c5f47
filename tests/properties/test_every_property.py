"""The list of the properties that the contract promises, each with the test that shows it on generated projects."""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent

PROPERTIES = {
    "conservation": "made_runs",
    "second run changes nothing": "made_runs",
    "crash and rerun converge": "made_crashes",
    "write-back leaves every unmapped column bit-equal": "made_writes",
    "one-way leaves the source byte-equal": "made_writes",
    "initial run equals the sum of incremental runs over any edit script": "made_runs",
    "order, batch size, thread count and memory limit do not matter": "made_runs",
    "a fixed reject, retried, equals never rejected": "made_runs",
    "a reject holds its source row losslessly": "made_runs",
    "reversible value maps round-trip": "made_values",
    "no silent loss through any declared type": "made_values",
    "compile is pure": "made_compiling",
    "watermark never passes an unread row": "made_crashes",
    "deletes touch only owned rows": "made_writes",
    "plan says exactly what run does": "made_files",
    "dry run writes no byte": "made_files",
    "secrets appear nowhere": "made_files",
    "time zone and locale do not matter": "made_files",
    "money sums by currency agree": "made_values",
    "hostile names and values leave the shape of the SQL unchanged": "made_compiling",
    "an independent row-by-row interpreter of maps agrees with the compiled SQL": "made_agreement",
}
"""Each property in the words of the contract, and the file with its test, which is named by these words."""


def word(sentence: str) -> str:
    return "test_" + sentence.lower().replace(",", "").replace("-", "_").replace(" ", "_")


def functions_of(file: Path) -> dict[str, ast.FunctionDef]:
    found = ast.parse(file.read_text(encoding="utf-8")).body
    return {one.name: one for one in found if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")}


def test_every_property_of_the_contract_has_a_test_with_generated_data() -> None:
    for sentence, file in PROPERTIES.items():
        found = functions_of(HERE / f"test_{file}.py").get(word(sentence))
        assert found is not None, f"{sentence}: no {word(sentence)} in test_{file}.py"
        marks = [ast.unparse(one) for one in found.decorator_list]
        assert any(mark.startswith("examples(") for mark in marks), sentence
        assert any(mark.startswith("given(") for mark in marks), sentence
