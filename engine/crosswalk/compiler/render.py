"""Renders a statement from its template; only `Sql` may be put into one.

Why `finalize`: the templates give the shape of a statement, and everything that varies comes as an `Sql` value, which
is quoted or parsed already. Plain text in a template is a TypeError, so that no name or value can slip in unquoted.
"""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from crosswalk.sql import Sql


def render(template: str, **values: object) -> str:
    """Fill a template of `compiler/templates`; blank lines that optional parts leave are dropped."""
    text = _template(template).render(**values)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def comment(text: str) -> Sql:
    """Make a comment to the end of the line; line breaks in it become spaces."""
    return Sql("-- " + " ".join(text.split()))


def _only_sql(value: object) -> str:
    if isinstance(value, Sql):
        return value.text
    raise TypeError(f"only Sql may be written into a statement, not {type(value).__name__}")


@lru_cache(maxsize=64)
def _template(template: str) -> Template:
    return _environment().get_template(f"{template}.sql.jinja")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("crosswalk.compiler", "templates"),
        undefined=StrictUndefined,
        finalize=_only_sql,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
