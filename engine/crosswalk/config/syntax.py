"""What the YAML parser found wrong, told at the place where the author made the mistake.

Why more than the parser's own words: it names the place where it could not go on, while an open bracket or quote was
left some lines above, and a tab or an unquoted colon deserves its name.
"""

from __future__ import annotations

import yaml

from crosswalk.errors import Problem, Span

_PAIRS = {"[": "]", "{": "}", '"': '"', "'": "'"}
_LINE_END = " (end of line)"
_LONGEST_NAME = 1024
"""What the parser takes for a name at most; it says of a longer one that a colon is missing."""


def explain_syntax(file: str, lines: tuple[str, ...], error: yaml.YAMLError) -> Problem:
    """Turn a parser's error into a problem; `lines` are those of the file."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem("YAML_SYNTAX", "this is not YAML", Span(file, 1, 1))
    stopped = _span(file, error.problem_mark)
    opened = _span(file, error.context_mark) if error.context_mark else None
    if opened and _char(lines, opened) in _PAIRS:
        return _unclosed(lines, opened, stopped)
    return _in_words(lines, stopped, opened, str(error.problem))


def _unclosed(lines: tuple[str, ...], opened: Span, stopped: Span) -> Problem:
    opening = _char(lines, opened)
    closing = _PAIRS[opening]
    if opened.line != stopped.line or _char(lines, stopped) == _LINE_END:
        return Problem("YAML_SYNTAX", f"{opening} is opened here and not closed", opened, f"close it with {closing}")
    if opening in "[{":
        message = f"expected a comma or {closing} before {_char(lines, stopped)!r}"
        return Problem("YAML_SYNTAX", message, stopped, "put text that holds ': ' or ', ' in quotes")
    return Problem(
        "YAML_SYNTAX", "this escape does not exist", stopped, "in single quotes a backslash is a plain character"
    )


def _in_words(lines: tuple[str, ...], stopped: Span, opened: Span | None, problem: str) -> Problem:
    char = _char(lines, stopped)
    if char == "\t":
        return Problem("YAML_SYNTAX", "a tab cannot be used for indentation", stopped, "indent with spaces")
    if char in "@`%" and "cannot start" in problem:
        return Problem("YAML_SYNTAX", f"text cannot begin with {char!r}", stopped, "put it in quotes")
    if problem.startswith("mapping values are not allowed"):
        return _second_value(lines, stopped)
    if "could not find expected ':'" in problem:
        place = opened or stopped
        if len(lines[place.line - 1]) - place.column > _LONGEST_NAME:
            message = f"a name, or a text without a name, has more than {_LONGEST_NAME:,} characters"
            return Problem("IDENT_TOO_LONG", message, place)
        return Problem("YAML_SYNTAX", "a colon is missing after this name", opened or stopped)
    if "block end" in problem or "did not find expected key" in problem:
        return Problem("YAML_SYNTAX", "this line does not fit the indentation above it", stopped)
    return Problem("YAML_SYNTAX", f"this is not YAML: {problem}", stopped)


def _second_value(lines: tuple[str, ...], colon: Span) -> Problem:
    """A colon where a value stands already: a text with ': ' in it, or a line that is too far to the right."""
    before = lines[colon.line - 1][: colon.column - 1]
    name = before.strip()
    if ": " in before or not name:
        message = "this colon does not fit: the text before it is a value already"
        return Problem("YAML_SYNTAX", message, colon, "put text that holds ': ' in quotes")
    place = Span(colon.file, colon.line, before.index(name) + 1, len(name))
    message = "this line is indented deeper than the line above it, which has its value already"
    return Problem("YAML_SYNTAX", message, place, "move it to the left")


def _span(file: str, mark: yaml.Mark) -> Span:
    return Span(file, mark.line + 1, mark.column + 1)


def _char(lines: tuple[str, ...], span: Span) -> str:
    line = lines[span.line - 1] if span.line <= len(lines) else ""
    return line[span.column - 1] if span.column <= len(line) else _LINE_END
