"""The pages of the language are true: sentences are those of the schemas, examples and mistakes are run.

``make docs`` writes what pages quote and what comes out of their examples; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path

import pytest

from crosswalk.compiler.allowed import AGGREGATES, FUNCTIONS
from crosswalk.compiler.functions import SENTENCES
from crosswalk.contracts import TransformSpec
from crosswalk.transforms import all_specs
from tests.docs.pages import FOLDER, Part, lines_of, pages, parts
from tests.docs.playing import Play, changed, files_of, said_of, small_project, use
from tests.docs.sentences import described, functions, page_of, sentence, top_level

WRITE = bool(os.environ.get("CROSSWALK_REGENERATE"))
PAGES = pages()
PLAYED = ("gives", "waits", "reports", "stops", "tests")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def stem(page: Path) -> str:
    return page.stem


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    use(tmp_path)


def compared(page: Path, lines: list[str], contents: list[tuple[Part, list[str]]]) -> None:
    """Hold what should stand in each part against what does; write it instead where that is asked for."""
    if WRITE:
        for part, content in reversed(contents):
            lines[part.first : part.last] = content
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return
    for part, content in contents:
        assert lines[part.first : part.last] == content, f"{page.name}:{part.first}"


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_a_page_quotes_the_sentences_of_the_schema(page: Path) -> None:
    lines, contents = lines_of(page), []
    for part in parts(lines):
        match part.kind:
            case "says":
                contents.append((part, [f"> {sentence(part.head)}"]))
            case "table":
                contents.append((part, described(part.head)))
            case "functions":
                contents.append((part, functions(part.head)))
    compared(page, lines, contents)


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_the_example_of_a_page_gives_what_the_page_says(page: Path) -> None:
    lines = lines_of(page)
    found = list(parts(lines))
    play = Play({**small_project(), **files_of(lines, found)})
    contents = []
    for part in found:
        if part.kind == "given":
            play.given(part.head, lines[part.first : part.last])
        if part.kind in PLAYED:
            contents.append((part, play.outcome(part, lines[part.first : part.last])))
    compared(page, lines, contents)


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_a_mistake_is_answered_as_the_page_says(page: Path) -> None:
    lines = lines_of(page)
    found = list(parts(lines))
    files = {**small_project(), **files_of(lines, found)}
    contents: list[tuple[Part, list[str]]] = []
    for mistake, said in pairwise(found):
        if mistake.kind == "mistake":
            assert said.kind == "said", f"{page.name}:{mistake.first}"
            slip = "\n".join(lines[mistake.first + 1 : mistake.last]) + "\n"
            contents.append((said, said_of({**files, mistake.head: changed(files.get(mistake.head, ""), slip)})))
    compared(page, lines, contents)
    assert ["no problem"] not in [content for _, content in contents]


@pytest.mark.parametrize("spec", all_specs(), ids=lambda spec: spec.name)
def test_the_page_of_a_transform_is_written_from_its_spec(spec: TransformSpec) -> None:
    page = FOLDER / "transforms" / f"{spec.name}.md"
    if WRITE:
        page.write_text(page_of(spec), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == page_of(spec)


def test_every_transform_has_one_page_and_the_index_names_it() -> None:
    written = {page.stem for page in (FOLDER / "transforms").glob("*.md")}
    assert written == {spec.name for spec in all_specs()}
    fields = (FOLDER / "fields.md").read_text(encoding="utf-8")
    assert [name for name in sorted(written) if f"(transforms/{name}.md)" not in fields] == []


def test_every_function_has_a_sentence() -> None:
    assert set(SENTENCES) == FUNCTIONS | AGGREGATES


def test_every_property_of_every_file_is_explained_on_a_page() -> None:
    told = {part.head for page in PAGES for part in parts(lines_of(page)) if part.kind == "says"}
    tables = {part.head for page in PAGES for part in parts(lines_of(page)) if part.kind == "table"}
    assert [place for place in top_level() if place not in told and place.partition("/")[0] not in tables] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem != "README"], ids=stem)
def test_a_page_has_a_sentence_an_example_and_a_mistake(page: Path) -> None:
    kinds = [part.kind for part in parts(lines_of(page))]
    assert "says" in kinds
    assert {"file", "given"} <= set(kinds)
    assert set(kinds) & set(PLAYED)
    assert "said" in kinds or "waits" in kinds


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_the_links_of_a_page_lead_somewhere_and_the_index_leads_to_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [link for link in LINK.findall(text) if "//" not in link and not (page.parent / link).exists()] == []
    assert page.stem == "README" or f"({page.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")
