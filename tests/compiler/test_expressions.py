"""What expressions of maps mean: typed SQL for what is allowed, a code at its place for what is not."""

from __future__ import annotations

import pytest

from crosswalk.compiler.expressions import aggregate, condition, expression
from crosswalk.errors import MapError
from tests.compiler.orders import START, Orders, only, text


def bare(sql: str) -> str:
    """Leave out brackets: how many of them stand there is the business of `fragment`."""
    return sql.replace("(", "").replace(")", "")


CONDITIONS = {
    "Status = 'Open'": '"Status" = 1',
    "Status <> 2": '"Status" <> 2',
    "Status in ('Open', 'Closed')": '"Status" IN (1, 2)',
    "Status not in (0, 'Open')": '"Status" NOT IN (0, 1)',
    "Status >= 1": '"Status" >= 1',
    "Role = 'Cost'": """"Role" = 'cost'""",
    "Paid": '"Paid"',
    "not Paid": 'NOT "Paid"',
    "Paid = false": '"Paid" = FALSE',
    "Paid is not true": '"Paid" IS NOT TRUE',
    "Title is not null": '"Title" IS NOT NULL',
    "Title like 'A%' and Title not like '%z'": """("Title" LIKE 'A%') AND ("Title" NOT LIKE '%z')""",
    "OrderDate >= '2026-01-31'": """"OrderDate" >= CAST('2026-01-31' AS DATE)""",
    "Amount between 0 and 100.50": '"Amount" BETWEEN 0 AND 100.50',
    "Amount > -5": '"Amount" > (-5)',
    "OrderId = '6F9619FF-8B86-D011-B42D-00CF4FC964FF'": (
        """"OrderId" = CAST('6f9619ff-8b86-d011-b42d-00cf4fc964ff' AS UUID)"""
    ),
    "a.b.c.d.Title = row.Title": '"a.b.c.d.Title" = "row.Title"',
    "Paid or Paid and not Paid": '"Paid" OR ("Paid" AND (NOT "Paid"))',
}


@pytest.mark.parametrize(("written", "sql"), CONDITIONS.items(), ids=CONDITIONS)
def test_a_condition_becomes_plain_sql(written: str, sql: str) -> None:
    assert bare(condition(text(written), Orders()).text) == bare(sql)


VALUES = {
    "case Role when 'Cost' then Amount else 0 end": (
        """CASE "Role" WHEN 'cost' THEN "Amount" ELSE 0 END""",
        "decimal(19,4)",
    ),
    "coalesce(Status, 'Open')": ('coalesce("Status", 1)', "choice"),
    "Amount * 2": ('"Amount" * 2', "decimal(20,4)"),
    "Share * Share": ('"Share" * "Share"', "decimal(18,12)"),
    "Share * Share * Share": ('(CAST(("Share" * "Share") AS DECIMAL(19, 12))) * "Share"', "decimal(27,18)"),
    "Pieces + 1": (
        '(CAST("Pieces" AS DECIMAL(20, 0))) + (CAST(1 AS DECIMAL(20, 0)))',
        "decimal(20,0)",
    ),
    "-Pieces": ('-(CAST("Pieces" AS DECIMAL(19, 0)))', "decimal(19,0)"),
    "round(Amount, 2)": ('CAST((round("Amount", 2)) AS DECIMAL(18, 2))', "decimal(18,2)"),
    "Title || '-' || Pieces": (""""Title" || '-' || CAST("Pieces" AS VARCHAR)""", "text(41)"),
    "lower(trim(Title))": ("lower((trim(\"Title\", ' ')))", "text(20)"),
    "substring(Note, 1, 3)": ('substring("Note", 1, 3)', "text(3)"),
    "greatest(OrderDate, '2026-01-01')": ("""greatest("OrderDate", (CAST('2026-01-01' AS DATE)))""", "date"),
    "nullif(Pieces, 0)": ('nullif("Pieces", 0)', "int"),
    "length(Title)": ('CAST((length("Title")) AS BIGINT)', "int"),
    "date('2026-01-31')": ("CAST('2026-01-31' AS DATE)", "date"),
}


@pytest.mark.parametrize(("written", "expected"), VALUES.items(), ids=VALUES)
def test_an_expression_becomes_typed_sql(written: str, expected: tuple[str, str]) -> None:
    value = expression(text(written), Orders())
    assert (bare(value.sql.text), str(value.type)) == (bare(expected[0]), expected[1])


def test_faults_of_all_paths_are_united_once() -> None:
    value = expression(text("customer.Title || customer.Title || agent.Title"), Orders())
    assert [fault.code for fault in value.faults] == ["LOOKUP_MISSING"]


REFUSED = {
    "": ("EXPR_SYNTAX", "", ""),
    "Amount = = 1": ("EXPR_SYNTAX", "=", ""),
    "Amount)": ("EXPR_SYNTAX", ")", ""),
    "(Amount": ("EXPR_SYNTAX", "Amount", ""),
    "Title = 'x": ("EXPR_SYNTAX", "Title = 'x", ""),
    "Amount Pieces": ("EXPR_SYNTAX", "Amount Pieces", "operator"),
    "Amount, Pieces": ("EXPR_SYNTAX", "Pieces", ""),
    "1; drop table x": ("EXPR_MULTI", ";", ""),
    "1 -- rest": ("EXPR_FORBIDDEN", "1 -- rest", ""),
    "1 /* rest */": ("EXPR_FORBIDDEN", "1 /* rest */", ""),
    "1 from secrets": ("EXPR_FORBIDDEN", "1 from secrets", ""),
    "1 union select 2": ("EXPR_FORBIDDEN", "1 union select 2", ""),
    "(select 1)": ("EXPR_FORBIDDEN", "1", "lookup"),
    "Amount in (select 1)": ("EXPR_FORBIDDEN", "Amount in (select 1", ""),
    "exists (select 1)": ("EXPR_FORBIDDEN", "1", "lookup"),
    "*": ("EXPR_FORBIDDEN", "*", ""),
    "Amount::int": ("EXPR_FORBIDDEN", "Amount", "as:"),
    "cast(Amount as int)": ("FUNC_FORBIDDEN", "cast", "as:"),
    "x -> x": ("EXPR_FORBIDDEN", "x -> x", ""),
    "?": ("EXPR_FORBIDDEN", "?", ""),
    "$1": ("EXPR_FORBIDDEN", "$1", ""),
    "current_date": ("EXPR_FORBIDDEN", "current_date", ""),
    "now()": ("FUNC_FORBIDDEN", "now", ""),
    "random()": ("FUNC_FORBIDDEN", "random", ""),
    "read_text('/etc/passwd')": ("FUNC_FORBIDDEN", "read_text", ""),
    "\"read_text\"('x')": ("FUNC_FORBIDDEN", '"read_text"', ""),
    "getvariable('x')": ("FUNC_FORBIDDEN", "getvariable", ""),
    "lowr(Title)": ("FUNC_FORBIDDEN", "lowr", "did you mean 'lower'?"),
    "concat(Title, Note)": ("FUNC_FORBIDDEN", "concat", "||"),
    "sum(Amount)": ("FUNC_FORBIDDEN", "sum", "total"),
    "sum(Amount) over ()": ("FUNC_FORBIDDEN", "sum", "total"),
    "ltrim(Title)": ("FUNC_FORBIDDEN", "ltrim", "trim"),
    "trim(Title, 'x')": ("EXPR_FORBIDDEN", "Title, 'x'", ""),
    "Title ilike 'a'": ("EXPR_FORBIDDEN", "Title ilike 'a'", ""),
    "Title like Note": ("EXPR_FORBIDDEN", "Title like Note", ""),
    "Amount % 2": ("EXPR_FORBIDDEN", "Amount % 2", ""),
    "Pieces / 2": ("EXPR_DIVISION", "Pieces / 2", "multiply"),
    "Pieces // 2": ("EXPR_DIVISION", "Pieces // 2", "multiply"),
    "Amount > 1e5": ("EXPR_FORBIDDEN", "1e5", "digits"),
    "Amout > 1": ("UNKNOWN_COLUMN", "Amout", "did you mean 'Amount'?"),
    "a.b.c.d.Titl = 'x'": ("UNKNOWN_COLUMN", "a.b.c.d.Titl", "did you mean 'Title'?"),
    "Status = 'Opn'": ("UNKNOWN_CHOICE", "'Opn'", "did you mean 'Open'?"),
    "Role = 'cost'": ("UNKNOWN_CHOICE", "'cost'", "'Cost'"),
    "Status = 7": ("UNKNOWN_CHOICE", "7", ""),
    "'a' = 1": ("TYPE_MISMATCH", "1", ""),
    "Title = 1": ("TYPE_MISMATCH", "1", "quotes"),
    "Amount = 'a'": ("TYPE_MISMATCH", "'a'", "without quotes"),
    "Amount = Title": ("TYPE_MISMATCH", "Title", ""),
    "Paid = 'true'": ("TYPE_MISMATCH", "'true'", "without quotes"),
    "OrderDate = '2026-02-30'": ("TYPE_MISMATCH", "'2026-02-30'", "2026-01-31"),
    "OrderDate = ModifiedOn": ("TYPE_MISMATCH", "ModifiedOn", "zone"),
    "Status < 'Open'": ("TYPE_MISMATCH", "Status < 'Open'", ""),
    "Title = null": ("TYPE_MISMATCH", "Title = null", "is null"),
    "Amount and Paid": ("TYPE_MISMATCH", "Amount", ""),
    "OrderDate + 1": ("TYPE_MISMATCH", "OrderDate + 1", ""),
    "Huge * Huge": ("EXPR_TOO_WIDE", "Huge * Huge", "round"),
    "Pieces = Fine": ("EXPR_TOO_WIDE", "Fine", "round"),
    "date(ModifiedOn)": ("TZ_REQUIRED", "date(ModifiedOn", "timezone"),
    "date_trunc(Title, OrderDate)": ("EXPR_FORBIDDEN", "Title", "case"),
    "date_trunc('hour', OrderDate)": ("EXPR_FORBIDDEN", "date_trunc('hour', OrderDate", "month"),
    "substring(Title, 0, 2)": ("EXPR_FORBIDDEN", "Title, 0, 2", ""),
    "abs(Title)": ("TYPE_MISMATCH", "abs(Title", ""),
    "null": ("TYPE_MISMATCH", "null", ""),
}


@pytest.mark.parametrize(("written", "expected"), REFUSED.items(), ids=REFUSED)
def test_what_is_not_allowed_is_refused_where_it_stands(written: str, expected: tuple[str, str, str]) -> None:
    with pytest.raises(MapError) as caught:
        expression(text(written), Orders())
    problem = only(caught.value)
    start = problem.span.column - START.column
    shown = written[start : start + problem.span.length] if written else ""
    assert (problem.code, shown) == expected[:2]
    assert expected[2] in problem.hint


def test_all_unknown_columns_are_shown_at_once() -> None:
    with pytest.raises(MapError) as caught:
        condition(text("Amout > 1 and Titel = 'x' and nope.Nix"), Orders())
    assert [problem.span.column - START.column for problem in caught.value.problems] == [0, 14, 30]


@pytest.mark.parametrize(
    "written",
    [
        "(" * 3000 + "1" + ")" * 3000,
        "not " * 1900 + "Paid",
        "- " * 3900 + "1",
        "1" + " + 1" * 1900,
        "1 = " * 1900 + "1",
    ],
)
def test_deep_expressions_are_refused_without_a_traceback(written: str) -> None:
    with pytest.raises(MapError) as caught:
        expression(text(written), Orders())
    assert caught.value.problems[0].code in ("EXPR_TOO_DEEP", "EXPR_TOO_WIDE")


def test_a_long_chain_is_not_deep() -> None:
    written = " or ".join(f"Pieces = {number}" for number in range(400))
    assert condition(text(written), Orders()).text.count(" OR ") == 399


def test_an_expression_over_two_lines_is_shown_whole() -> None:
    with pytest.raises(MapError) as caught:
        condition(text("Paid and\nAmout > 1"), Orders())
    assert only(caught.value).span.column == START.column


def test_a_condition_is_true_or_false() -> None:
    with pytest.raises(MapError) as caught:
        condition(text("Amount"), Orders())
    assert only(caught.value).code == "TYPE_MISMATCH"


AGGREGATES = {
    "count(*)": ("count(*)", "int"),
    "count(*) = header.Pieces": ('(count(*)) = (min("header.Pieces"))', "boolean"),
    "sum(Amount) - sum(Share) = 0": (
        'CAST(sum("Amount") AS DECIMAL(32, 6)) - CAST(sum("Share") AS DECIMAL(32, 6)) = 0',
        "boolean",
    ),
    "sum(Pieces)": ('sum((CAST("Pieces" AS DECIMAL(19, 0))))', "decimal(29,0)"),
    "sum(case when Paid then Amount else 0 end)": (
        'sum((CASE WHEN "Paid" THEN "Amount" ELSE 0 END))',
        "decimal(29,4)",
    ),
    "min(Status) = 'Closed'": ('(min("Status")) = 2', "boolean"),
    "checksum(OrderId)": (
        "md5(coalesce(string_agg(CAST(\"OrderId\" AS VARCHAR), ',' ORDER BY CAST(\"OrderId\" AS VARCHAR)), ''))",
        "text(32)",
    ),
}


@pytest.mark.parametrize(("written", "expected"), AGGREGATES.items(), ids=AGGREGATES)
def test_an_aggregate_is_typed(written: str, expected: tuple[str, str]) -> None:
    value = aggregate(text(written), Orders())
    assert (bare(value.sql.text), str(value.type)) == (bare(expected[0]), expected[1])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("sum(sum(Amount))", "FUNC_FORBIDDEN"),
        ("sum(Amount) over ()", "EXPR_FORBIDDEN"),
        ("count(distinct Title)", "EXPR_FORBIDDEN"),
        ("sum(*)", "EXPR_FORBIDDEN"),
        ("sum(Huge)", "EXPR_TOO_WIDE"),
        ("avg(Amount)", "FUNC_FORBIDDEN"),
        ("min(Amount, Share)", "EXPR_FORBIDDEN"),
    ],
)
def test_aggregates_that_are_not_allowed(written: str, code: str) -> None:
    with pytest.raises(MapError) as caught:
        aggregate(text(written), Orders())
    assert only(caught.value).code == code
