"""CSV, Parquet and JSON in all their spellings come as one; what is broken is named and nothing of it lands."""

from __future__ import annotations

import gzip
from decimal import Decimal

import duckdb
import pytest

from crosswalk.errors import SystemFailure
from crosswalk.exchange import Compare, Wanted
from crosswalk.model import Entity
from tests.conformance.landed import Misspelled, land
from tests.engine.connectors.files.arriving import ORDERS, TIMED, Folder, cells, column

HEAD = "Id,Name,Amount"


def written(sql: str) -> duckdb.DuckDBPyRelation:
    relation = duckdb.sql(sql)
    assert relation is not None
    return relation


def amounts(folder: Folder, **settings: object) -> list[str]:
    return [
        str(row["Amount"]) for row in sorted(folder.read(ORDERS, None, **settings).rows, key=lambda row: str(row["Id"]))
    ]


def broken(folder: Folder, **settings: object) -> SystemFailure:
    with pytest.raises(SystemFailure) as caught:
        folder.read(ORDERS, None, **settings)
    return caught.value


def test_cells_are_text_and_nothing_is_guessed(folder: Folder) -> None:
    folder.csv("orders.csv", HEAD, "1,007,1.50", "2,1e5,2", "3,true,3")
    assert [name for _, name in cells(folder.read(), "Id", "Name")] == ["007", "1e5", "true"]


def test_columns_are_found_by_name_in_any_order_and_others_are_left_out(folder: Folder) -> None:
    folder.csv("orders.csv", " amount ,More,ID,Name", "1.5,x,7,a")
    assert cells(folder.read(), "Id", "Name", "Amount") == [(7, "a", Decimal("1.5000"))]


def test_without_a_head_columns_are_those_of_the_entity(folder: Folder) -> None:
    folder.csv("orders.csv", "7,a,1.5")
    assert cells(folder.read(header="false"), "Id", "Name") == [(7, "a")]


def test_quotes_line_feeds_and_delimiters_stand_in_cells(folder: Folder) -> None:
    folder.csv("orders.csv", HEAD, '1,"a ""b"", c\nd",1')
    assert cells(folder.read(), "Name") == [('a "b", c\nd',)]


def test_a_line_feed_in_a_cell_is_read_where_lines_end_with_two_marks(folder: Folder) -> None:
    folder.csv("orders.csv", HEAD, '1,"a\nb",1', "2,c,2", end="\r\n")
    assert cells(folder.read(), "Name") == [("a\nb",), ("c",)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "windows-1252", "utf-16-be", "cp850"])
def test_encodings_are_read(folder: Folder, encoding: str) -> None:
    name = "Grüße" if encoding in ("latin-1", "cp850") else "Grüße €"
    folder.csv("orders.csv", HEAD, f"1,{name},1", encoding=encoding)
    settings = {} if encoding == "utf-8-sig" else {"encoding": encoding}
    assert cells(folder.read(ORDERS, None, **settings), "Name") == [(name,)]


def test_big_endian_text_is_read_by_its_mark(folder: Folder) -> None:
    (folder.path / "orders.csv").write_bytes(b"\xfe\xff" + f"{HEAD}\n1,Grüße,1\n".encode("utf-16-be"))
    assert cells(folder.read(encoding="utf-16"), "Name") == [("Grüße",)]


def test_packed_files_are_unpacked(folder: Folder) -> None:
    (folder.path / "orders.csv.gz").write_bytes(gzip.compress(f"{HEAD}\n1,a,1\n".encode()))
    (folder.path / "orders-2.jsonl.gz").write_bytes(gzip.compress(b'{"Id": 2, "Name": "b"}\n'))
    assert cells(folder.read(), "Name") == [("a",), ("b",)]


def test_decimal_commas_and_thousands_are_read_and_what_is_written_otherwise_is_no_number(folder: Folder) -> None:
    folder.csv("orders.csv", "Id;Name;Amount", "1;a;1.234,50", "2;b;-12", "3;c;1234,5")
    settings = {"delimiter": ";", "decimal": ",", "thousands": "."}
    assert amounts(folder, **settings) == ["1234.5000", "-12.0000", "1234.5000"]
    folder.csv("orders.csv", "Id;Name;Amount", "1;a;12.34")
    with pytest.raises(Misspelled, match=r"\?12\.34"):
        folder.read(ORDERS, None, **settings)


def test_times_have_patterns_and_a_zone(folder: Folder) -> None:
    folder.csv(
        "orders.csv", "Id,Name,At", "1,a,27.11.2026 09:30", "2,b,2026-07-01T09:30:00", "3,c,2026-11-27T08:30:00Z"
    )
    found = cells(folder.read(TIMED, datetime="%d.%m.%Y %H:%M", time_zone="Europe/Oslo"), "Id", "At")
    assert [str(at) for _, at in found] == ["2026-11-27 08:30:00", "2026-07-01 07:30:00", "2026-11-27 08:30:00"]


def test_a_time_that_clocks_leave_out_is_no_time(folder: Folder) -> None:
    folder.csv("orders.csv", "Id,Name,At", "1,a,2026-03-29 02:30:00")
    with pytest.raises(Misspelled, match=r"\?2026-03-29 02:30:00"):
        folder.read(TIMED, time_zone="Europe/Oslo")


def test_null_has_texts_of_its_own(folder: Folder) -> None:
    folder.csv("orders.csv", HEAD, "1,NULL,1", "2,,2", '3,"",3')
    assert [name for _, name in cells(folder.read(null=["NULL", "-"]), "Id", "Name")] == [None, "", ""]
    assert [name for _, name in cells(folder.read(), "Id", "Name")] == ["NULL", None, None]


def test_truth_has_words_of_its_own(folder: Folder) -> None:
    flags = Entity(ORDERS.ref, "f", ("Id",), {"Id": column("Id", "int"), "F": column("F", "boolean")}, ORDERS.span)
    folder.csv("orders.csv", "Id,F", "1,Ja", "2,nein")
    assert cells(folder.read(flags, booleans=["ja", "Nein"]), "Id", "F") == [(1, True), (2, False)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2,b", "3 cells are expected, and 2 are there"),
        ("2,b,3,4", "3 cells are expected, and 4 are there"),
        ('2,"b"x,3', "this is not CSV"),
    ],
)
def test_a_broken_line_is_named_and_nothing_of_any_file_lands(folder: Folder, line: str, said: str) -> None:
    folder.csv("orders-1.csv", HEAD, "1,good,1")
    folder.csv("orders-2.csv", HEAD, "1,a,1", line, "3,c,3")
    failure = broken(folder)
    assert failure.code == "FILE_BROKEN"
    assert "orders-2.csv:3: " in str(failure)
    assert said in str(failure)
    assert "good" not in str(failure)


def test_bytes_that_are_no_text_are_told(folder: Folder) -> None:
    (folder.path / "orders.csv").write_bytes(f"{HEAD}\n1,".encode() + b"\xff\xfe,1\n")
    assert "encoding" in str(broken(folder))


def test_a_quote_that_does_not_end_is_told(folder: Folder) -> None:
    folder.csv("orders.csv", HEAD, '1,"a,1', "2,b,2")
    assert broken(folder).code == "FILE_BROKEN"


def test_a_column_that_is_not_there_is_told(folder: Folder) -> None:
    folder.csv("orders.csv", "Id,Name", "1,a")
    failure = broken(folder)
    assert failure.code == "COLUMN_MISSING"
    assert "'Amount'" in str(failure)


def test_two_rows_of_one_key_that_nothing_tells_apart_stop_the_read(folder: Folder) -> None:
    folder.csv("orders-1.csv", HEAD, "1,a,1")
    folder.csv("orders-2.csv", HEAD, "2,b,1", "2,c,1")
    failure = broken(folder)
    assert "orders-2.csv" in str(failure)
    assert "key Id 2" in str(failure)


def test_two_rows_that_are_equal_are_one(folder: Folder) -> None:
    folder.csv("orders.csv", HEAD, "1,a,1", "1,a,1")
    assert cells(folder.read(), "Id") == [(1,)]


def test_rows_without_a_key_are_given_for_the_engine_to_reject(folder: Folder) -> None:
    folder.csv("orders.csv", HEAD, ",a,1", ",b,1", "1,c,1", "1,c,1")
    assert len(folder.read().rows) == 3


def test_parquet_comes_with_its_types(folder: Folder) -> None:
    written("SELECT 1::TINYINT AS id, 'a' AS name, 12.5::DECIMAL(5, 1) AS AMOUNT").write_parquet(
        str(folder.path / "orders.parquet")
    )
    assert amounts(folder) == ["12.5000"]


@pytest.mark.parametrize(
    ("real", "told"),
    [("0.1", "0.1000"), ("1e3", "1000.0000"), ("123456789012.25", "123456789012.2500")],
)
def test_reals_that_fifteen_digits_tell_are_exact(folder: Folder, real: str, told: str) -> None:
    written(f"SELECT 1 AS Id, 'a' AS Name, {real}::DOUBLE AS Amount").write_parquet(str(folder.path / "orders.parquet"))
    assert amounts(folder) == [told]


@pytest.mark.parametrize("real", ["0.1::DOUBLE + 0.2::DOUBLE", "123456789012345.67", "'nan'", "'inf'"])
def test_reals_that_might_mean_several_decimals_are_no_values(folder: Folder, real: str) -> None:
    written(f"SELECT 1 AS Id, 'a' AS Name, ({real})::DOUBLE AS Amount").write_parquet(
        str(folder.path / "orders.parquet")
    )
    with pytest.raises(Misspelled, match=r"\?"):
        folder.read()


def test_a_parquet_file_that_ends_too_early_is_told(folder: Folder) -> None:
    file = folder.path / "orders.parquet"
    written("SELECT range AS Id, 'a' AS Name, 1 AS Amount FROM range(10000)").write_parquet(str(file))
    file.write_bytes(file.read_bytes()[:-100])
    failure = broken(folder)
    assert failure.code == "FILE_BROKEN"
    assert "orders.parquet" in str(failure)


def test_a_parquet_file_with_other_bytes_in_the_middle_is_told(folder: Folder) -> None:
    file = folder.path / "orders.parquet"
    written("SELECT range AS Id, 'name ' || range AS Name, 1 AS Amount FROM range(10000)").write_parquet(
        str(file), compression="zstd"
    )
    content = bytearray(file.read_bytes())
    content[500:700] = bytes(200)
    file.write_bytes(content)
    assert "orders.parquet" in str(broken(folder))


@pytest.mark.parametrize(
    "text",
    [
        '[{"Id": 1, "Name": "a", "Amount": 123456789012345.6789}, {"Id": 2, "Name": null, "Amount": -0.10}]',
        '{"Id": 1, "name": "a", "Amount": 123456789012345.6789}\n\n{"Id": 2, "Amount": -0.10, "More": {"x": [1]}}\n',
        '\ufeff[\n{"Id": 1,\n"Name": "a", "Amount": 123456789012345.6789}\n,\n{"Id": 2, "Amount": -0.10}\n]\n',
    ],
)
def test_json_comes_in_arrays_and_in_lines_with_every_digit(folder: Folder, text: str) -> None:
    folder.csv("orders.json", text)
    assert cells(folder.read(), "Id", "Name", "Amount") == [
        (1, "a", Decimal("123456789012345.6789")),
        (2, None, Decimal("-0.1000")),
    ]


def test_json_in_a_cell_is_told_as_it_was(folder: Folder) -> None:
    folder.csv("orders.jsonl", '{"Id": 1, "Name": {"b": [1.10, "x", null, true]}, "Amount": 1}')
    assert cells(folder.read(), "Name") == [('{"b":[1.10,"x",null,true]}',)]


@pytest.mark.parametrize("more", ["", '{"Id": 9, "Amount": 123456789012345.6789}\n'])
def test_json_comes_out_the_same_whoever_reads_it(folder: Folder, more: str) -> None:
    lines = ('{"Id": 1, "Name": "1.10", "Amount": 1.10}', '{"Id": 2, "Name": "b", "Amount": 1.5e2}')
    folder.csv("orders.jsonl", *lines, more)
    found = cells(folder.read(), "Id", "Name", "Amount")
    assert found[:2] == [(1, "1.10", Decimal("1.1000")), (2, "b", Decimal("150.0000"))]


def test_a_number_in_json_that_is_taken_as_text_keeps_its_digits(folder: Folder) -> None:
    folder.csv("orders.jsonl", '{"Id": 1, "Name": 1.10, "Amount": 1}', '{"Id": 2, "Name": 7, "Amount": 1}')
    assert cells(folder.read(), "Name") == [("1.10",), ("7",)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"Id": 1}\n{"Id": 2,\n', 3),
        ('[{"Id": 1},\n{"Id": 2}', 2),
        ('[{"Id": 1},\n]', 2),
        ('[{"Id": 1}\n{"Id": 2}]', 2),
        ('[{"Id": 1}]\n[]', 2),
        ('{"Id": 1}\n7\n', 2),
        ("<html>", 1),
    ],
)
def test_broken_json_is_told_with_its_line(folder: Folder, text: str, line: int) -> None:
    (folder.path / "orders.json").write_text(text, encoding="utf-8")
    assert f"orders.json:{line}: " in str(broken(folder))


def test_a_row_that_nobody_can_read_passes_a_filter(folder: Folder) -> None:
    folder.csv("orders.csv", HEAD, "1,a,5", "2,b,x", "3,c,50")
    system = folder.open()
    pages = system.read(Wanted(ORDERS, None, Compare("Amount", ">", 10)))
    with pytest.raises(Misspelled, match="'x'"):
        land(pages, ORDERS)
    system.close()


def test_files_of_several_formats_lie_side_by_side(folder: Folder) -> None:
    folder.csv("orders-1.csv", HEAD, "1,csv,1", "2,csv,1")
    folder.csv("orders-2.json", '[{"Id": 2, "Name": "json"}]')
    written("SELECT 3 AS Id, 'parquet' AS Name, 1 AS Amount").write_parquet(str(folder.path / "orders-3.parquet"))
    assert cells(folder.read(newest_by="Id"), "Id", "Name") == [(1, "csv"), (2, "json"), (3, "parquet")]


def test_what_is_held_while_it_lands_is_gone_at_the_end(folder: Folder) -> None:
    folder.csv("orders.json", '[{"Id": 2, "Name": "json"}]')
    system = folder.open()
    for _ in range(2):
        land(system.read(Wanted(ORDERS)), ORDERS)
    system.close()


def test_a_table_is_described_by_its_last_file(folder: Folder) -> None:
    folder.csv("orders-1.csv", HEAD, "1,a,1")
    written("SELECT 1::BIGINT AS Id, 1::DECIMAL(9, 2) AS D, now() AS At").write_parquet(
        str(folder.path / "orders-2.parquet")
    )
    folder.csv("lines.jsonl", '{"A": 1, "B": 2}', '{"C": 3}')
    system = folder.open()
    found = system.describe(("orders", "lines", "nothing"))
    system.close()
    assert {c.name: str(c.type) for c in found["orders"].columns.values()} == {
        "Id": "int",
        "D": "decimal(9,2)",
        "At": "datetime",
    }
    assert list(found["lines"].columns) == ["A", "B", "C"]
    assert set(found) == {"orders", "lines"}
