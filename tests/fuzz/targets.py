"""What is fuzzed: each target takes bytes and raises only where Crosswalk broke its promise.

The promise: input that cannot be used ends in `MapError` or another `CrosswalkError` with exit code 2, each problem has a
code that is listed, and its place lies within the file that it names. Any other exception is a defect. The same targets
serve hypothesis in `make test` and atheris in `make fuzz`.
"""

# ruff: noqa: PT017 - a target judges an exception and goes on; pytest is not there when atheris plays it

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from crosswalk.codes import CODES
from crosswalk.compiler import compile_project
from crosswalk.compiler.parsing import parse
from crosswalk.config.check import check
from crosswalk.config.load import kind_of, read_all, show
from crosswalk.config.reader import read
from crosswalk.config.schemas import KINDS
from crosswalk.dualwrite.filters import odata, ranges
from crosswalk.dualwrite.filters.tree import FilterError, UnsayableError
from crosswalk.dualwrite.importing import Wish, bring
from crosswalk.dualwrite.reading import read_records
from crosswalk.errors import CrosswalkError, MapError, Problem, Problems, Span
from crosswalk.model import Text
from crosswalk.problems import render

Files = Mapping[str, bytes]
FILE = "fuzzed.map.yaml"
_PARTS = b"\x00--- "


def sound(problems: Iterable[Problem], lines: Mapping[str, Sequence[str]]) -> None:
    """Check what is said of a file: known codes, places that exist, and text that can be shown."""
    found = list(problems)
    for problem in found:
        assert problem.code in CODES, f"{problem.code} is not listed"
        assert problem.message.strip(), f"{problem.code} says nothing"
        if problem.code != "PROJECT_MISSING":
            assert problem.span.file in lines, f"{problem.span} names no file that was read"
            _within(problem.span, lines[problem.span.file])
    render(found, lines).encode("utf-8")


def _within(span: Span, lines: Sequence[str]) -> None:
    assert 1 <= span.line <= max(1, len(lines)), f"{span} is behind the {len(lines)} lines of the file"
    width = len(lines[span.line - 1]) if lines else 0
    assert 1 <= span.column <= width + 1, f"{span} is behind the {width} characters of its line"
    assert span.length >= 1, f"{span} has the length {span.length}"


def yaml_text(content: bytes) -> None:
    """Read a file as YAML, and check it as a file of one of the kinds, which its length chooses."""
    problems = Problems()
    root = read(FILE, content, problems)
    assert root is not None or problems.found, "a file was given up without a word"
    if root is not None:
        check(root, KINDS[len(content) % len(KINDS)], problems)
    sound(problems.found, show({FILE: content}))


def project(files: Files) -> None:
    """Read and compile a whole project."""
    loaded, problems = read_all(files)
    lines = show(files)
    sound(problems.found, lines)
    if loaded is None or problems.found:
        assert problems.found, "a project was given up without a word"
        return
    try:
        for leg in compile_project(loaded):
            leg.plan("initial")
            leg.plan("incremental")
    except MapError as error:
        sound(error.problems, lines)


def project_text(content: bytes) -> None:
    """Read and compile a project that is one text: a file begins with a line of NUL, three hyphens and its name."""
    files: dict[str, bytes] = {}
    for part in content.split(_PARTS)[1:]:
        name, _, text = part.partition(b"\n")
        files[name.decode("utf-8", errors="replace")] = text
    project({name: text for name, text in files.items() if kind_of(name) is not None})


def joined(files: Files) -> bytes:
    """Write a project as one text, as `project_text` reads it."""
    return b"".join(_PARTS + name.encode() + b"\n" + content for name, content in files.items())


def expression(content: bytes) -> None:
    """Parse an expression, in a row and over rows."""
    text = content.decode("utf-8", errors="replace")
    lines = {FILE: text.split("\n")}
    for aggregates in (False, True):
        try:
            parse(Text(text, Span(FILE, 1, 1, max(1, len(lines[FILE][0])))), aggregates=aggregates)
        except MapError as error:
            assert error.problems
            assert all(problem.code in CODES for problem in error.problems)
            for problem in error.problems:
                _within(problem.span, lines[FILE])


def filters(content: bytes) -> None:
    """Parse a filter of either system; what can be read can be written in its own language and read again."""
    text = content.decode("utf-8", errors="replace")
    for language in (odata, ranges):
        try:
            tree = language.parse(text)
        except FilterError as error:
            assert 0 <= error.position <= max(len(text), 8_000)
            continue
        try:
            again = language.write(tree)
            same = language.parse(again) == tree
        except UnsayableError:
            continue
        except FilterError as error:
            same = any(word in str(error) for word in ("nested", "longer"))  # by the book it has more brackets
        assert same, f"{again!r} is not what {text!r} means"


def records(content: bytes) -> None:
    """Read a file of table-map records and bring them into a project."""
    try:
        bring(read_records("fuzzed.json", content), Wish(project="fuzzed"))
    except CrosswalkError as error:
        assert error.exit_code == 2, f"{error.code} ends with {error.exit_code}"
        assert error.code in CODES
        json.dumps(str(error))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "yaml": yaml_text,
    "project": project_text,
    "expression": expression,
    "filters": filters,
    "records": records,
}
