"""Lists the small mistakes that could be made in a file: the operators of cosmic-ray, and three of our own.

Ours are: a call that stands by itself is left out; one word of a statement in SQL is another one, in a constant of a
module and in a template. Annotations and docstrings are left alone, for they decide nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray import plugins
from cosmic_ray.mutating import mutate_code

_OPERATORS = re.compile(
    r"core/(AddNot|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd|NumberReplacer"
    r"|ReplaceBreakWithContinue|ReplaceContinueWithBreak|ZeroIterationForLoop|ExceptionReplacer"
    r"|ReplaceUnaryOperator_(Delete_Not|USub_UAdd)|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Div_Mul|FloorDiv_Mul|Mod_Mul)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is|In_NotIn|NotIn_In|Lt_LtE|Lt_GtE|LtE_Lt|LtE_Gt"
    r"|Gt_GtE|Gt_LtE|GtE_Gt|GtE_Lt))"
)
"""Those of its operators that change what a line means, each change once: ten ways to break one sum say no more than
one does.
"""

_WORDS = (
    (r"\bAND\b", "OR"),
    (r"\bOR\b", "AND"),
    (r"\bIS NOT NULL\b", "IS NULL"),
    (r"\bIS NULL\b", "IS NOT NULL"),
    (r"\bNOT EXISTS\b", "EXISTS"),
    (r"\bNOT IN\b", "IN"),
    (r" = (?!\{)", " <> "),
    (r" <> ", " = "),
    (r" >= ", " < "),
    (r" > ", " <= "),
    (r" < ", " >= "),
    (r"\bLEFT JOIN\b", "JOIN"),
    (r"\bUNION ALL\b", "EXCEPT"),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
    (r"\bcount\(\*\)", "0"),
    (r" \+ 1\b", " + 2"),
    (r"\bTRUE\b", "FALSE"),
    (r"\bFALSE\b", "TRUE"),
    (r"'(open|held|rejected|resolved|filtered|sent|applied|deleted|updated|inserted)'", "'other'"),
    (r"\bDISTINCT\b", "ALL"),
    (r"\bDESC\b", "ASC"),
)
_SQL = re.compile(r"\b(SELECT|INSERT|DELETE|UPDATE|WHERE|FROM|JOIN|SET|GROUP BY|ORDER BY|AND|OR)\b")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one mistake: where it stands, what it is, and the whole text with it."""

    file: Path
    line: int
    what: str
    text: str


def mutants_of(file: Path) -> list[Mutant]:
    """List the mutants of a module or a template, each text once."""
    text = file.read_text(encoding="utf-8")
    found = _of_template(file, text) if file.suffix == ".jinja" else _of_module(file, text)
    by_text = {mutant.text: mutant for mutant in found if mutant.text != text}
    return sorted(by_text.values(), key=lambda mutant: (mutant.line, mutant.what))


def _of_module(file: Path, text: str) -> Iterator[Mutant]:
    tree = ast.parse(text)
    idle = _idle_lines(tree)
    for mutant in (*_by_operators(file, text), *_without_calls(file, text, tree), *_of_statements(file, text, tree)):
        if mutant.line not in idle:
            yield mutant


def _by_operators(file: Path, text: str) -> Iterator[Mutant]:
    for name in plugins.operator_names():
        if not _OPERATORS.fullmatch(name):
            continue
        operator = plugins.get_operator(name)()
        occurrence = 0
        while (changed := mutate_code(text, operator, occurrence)) is not None:
            yield Mutant(file, _first_difference(text, changed), name.removeprefix("core/"), changed)
            occurrence += 1


def _without_calls(file: Path, text: str, tree: ast.Module) -> Iterator[Mutant]:
    lines = text.splitlines(keepends=True)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            last = node.end_lineno or node.lineno
            blank = [f"{' ' * node.col_offset}pass\n", *["\n"] * (last - node.lineno)]
            changed = "".join((*lines[: node.lineno - 1], *blank, *lines[last:]))
            yield Mutant(file, node.lineno, "call left out", changed)


def _of_statements(file: Path, text: str, tree: ast.Module) -> Iterator[Mutant]:
    """Change words in texts that hold SQL, line by line."""
    lines = text.splitlines(keepends=True)
    inside = {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    yield from _words(file, lines, inside)


def _of_template(file: Path, text: str) -> Iterator[Mutant]:
    lines = text.splitlines(keepends=True)
    speaking = {n for n, line in enumerate(lines, start=1) if not line.lstrip().startswith(("--", "{#"))}
    yield from _words(file, lines, speaking)


def _words(file: Path, lines: list[str], chosen: set[int]) -> Iterator[Mutant]:
    for number, line in enumerate(lines, start=1):
        if number not in chosen:
            continue
        for pattern, instead in _WORDS:
            for found in re.finditer(pattern, line):
                changed = line[: found.start()] + instead + line[found.end() :]
                what = f"{found[0].strip()} -> {instead.strip()}"
                yield Mutant(file, number, what, "".join((*lines[: number - 1], changed, *lines[number:])))


def _idle_lines(tree: ast.Module) -> set[int]:
    """Lines that decide nothing: docstrings, imports, annotated fields without a value, the marks of value types, and
    what is raised where nothing can come.
    """
    idle: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
                idle |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            case ast.Assert() | ast.Raise(exc=ast.Call(func=ast.Name(id="AssertionError"))):
                idle |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            case ast.ClassDef(decorator_list=[*marks]):
                idle |= {mark.lineno for mark in marks}
    return idle


def _first_difference(before: str, after: str) -> int:
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return next((number for number, (one, other) in enumerate(pairs, start=1) if one != other), 1)
