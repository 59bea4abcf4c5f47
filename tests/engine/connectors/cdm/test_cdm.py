"""A folder as Synapse Link writes it: types and dates by the model, the newest row, rows that are gone, new folders."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from crosswalk.contracts import Outside
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Wanted
from crosswalk.model import Connection, Entity
from tests.conformance.bench import open_connection
from tests.conformance.copies import Copy
from tests.conformance.landed import land
from tests.engine.connectors.files.arriving import HERE

ATTRIBUTES: tuple[tuple[str, str], ...] = (
    ("Id", "guid"), ("SinkCreatedOn", "dateTime"), ("SinkModifiedOn", "dateTime"), ("statecode", "int64"),
    ("name", "string"), ("amount", "decimal"), ("flag", "boolean"), ("due", "date"), ("modifiedon", "dateTime"),
    ("versionnumber", "int64"), ("IsDelete", "boolean"),
)  # fmt: skip
ONE, TWO = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


def model(attributes: Sequence[tuple[str, str]] = ATTRIBUTES, **more: object) -> Mapping[str, object]:
    shaped = {
        "traitReference": "is.dataFormat.numeric.shaped",
        "arguments": [{"name": "precision", "value": 19}, {"name": "scale", "value": 4}],
    }
    described: list[dict[str, object]] = [
        {"name": name, "dataType": kind, "maxLength": -1} for name, kind in attributes
    ]
    for attribute in described:
        if attribute["dataType"] == "decimal":
            attribute["cdm:traits"] = [shaped]
        if attribute["name"] == "name":
            attribute["maxLength"] = 100
    settings = {
        "columnHeaders": False,
        "delimiter": ",",
        "quoteStyle": "QuoteStyle.Csv",
        "csvStyle": "CsvStyle.QuoteAlways",
    }
    table = {
        "$type": "LocalEntity",
        "name": "account",
        "attributes": described,
        "partitions": [{"name": "1", "location": "https://lake/x/account/1.csv", "fileFormatSettings": settings}],
    }
    return {"name": "cdm", "version": "1.0", "culture": "en-US", "entities": [table], **more}


def row(key: str, version: int | None, name: str = "a", *, deleted: bool = False, **cells: str) -> str:
    """Write a row as Synapse Link does: everything in quotes, dates as in the United States."""
    plain = {
        "SinkCreatedOn": "7/29/2021 9:51:12 AM", "SinkModifiedOn": "11/27/2026 12:00:01 AM", "statecode": "0", "name": name,
        "amount": "12.5000", "flag": "True", "due": "1/31/2026", "modifiedon": "11/27/2026 1:02:03 PM",
        "versionnumber": "" if version is None else str(version), "IsDelete": "True" if deleted else "", **cells,
    }  # fmt: skip
    return ",".join('"' + text.replace('"', '""') + '"' for text in (key, *plain.values()))


class Lake:
    """A folder below the test's folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.path = root, root / "lake"
        self.path.mkdir()

    def model(self, folder: str = "", **more: object) -> None:
        self.path.joinpath(folder).mkdir(exist_ok=True)
        (self.path / folder / "model.json").write_text(json.dumps(model(**more)), encoding="utf-8")  # type: ignore[arg-type]

    def csv(self, name: str, *rows: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{one}\n" for one in rows), encoding="utf-8", newline="")

    def open(self, **settings: object) -> Outside:
        return open_connection(Connection("crm", "cdm", {"folder": "lake", "settle": "0", **settings}, HERE), self.root)

    def entity(self, **settings: object) -> Entity:
        system = self.open(**settings)
        found = system.describe(("account",))["account"]
        system.close()
        return found

    def into(self, copy: Copy, **settings: object) -> None:
        system = self.open(**settings)
        try:
            copy.read(system)
        finally:
            system.close()

    def names(self, **settings: object) -> dict[str, object]:
        copy = Copy(self.entity())
        self.into(copy, **settings)
        return {str(row["Id"]): row["name"] for row in copy.rows.values()}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_the_model_describes_the_table(lake: Lake) -> None:
    lake.model()
    entity = lake.entity()
    assert {c.name: str(c.type) for c in entity.columns.values()} == {
        "Id": "guid", "SinkCreatedOn": "datetime", "SinkModifiedOn": "datetime", "statecode": "int", "name": "text(100)",
        "amount": "decimal(19,4)", "flag": "boolean", "due": "date", "modifiedon": "datetime", "versionnumber": "int",
        "IsDelete": "boolean",
    }  # fmt: skip
    assert (entity.key, entity.modified, entity.row_version) == (("Id",), "modifiedon", "versionnumber")
    system = lake.open()
    assert system.tables() == ("account",)
    assert system.describe(("nothing",)) == {}
    system.close()


def test_cells_are_read_by_the_types_of_the_model(lake: Lake) -> None:
    lake.model()
    lake.csv("account/2026-11.csv", row(ONE, 1, 'say "so",\nplease', due="", flag="", statecode="1"))
    copy = Copy(lake.entity())
    lake.into(copy)
    (found,) = copy.rows.values()
    assert found["name"] == 'say "so",\nplease'
    assert (found["amount"], found["flag"], found["due"]) == (Decimal("12.5000"), None, None)
    assert found["modifiedon"] == datetime(2026, 11, 27, 13, 2, 3)
    assert found["SinkModifiedOn"] == datetime(2026, 11, 27, 0, 0, 1)


def test_iso_times_and_dates_of_either_kind_are_read(lake: Lake) -> None:
    lake.model()
    lake.csv("account/1.csv", row(ONE, 1, modifiedon="2026-11-27T13:02:03.0000000Z", due="1/31/2026 12:00:00 AM"))
    copy = Copy(lake.entity())
    lake.into(copy)
    (found,) = copy.rows.values()
    assert (found["modifiedon"], found["due"]) == (datetime(2026, 11, 27, 13, 2, 3), date(2026, 1, 31))


def test_the_newest_row_by_version_counts_over_all_files(lake: Lake) -> None:
    lake.model()
    lake.csv("account/2026-10.csv", row(ONE, 30, "newest"), row(ONE, 10, "old"))
    lake.csv("account/2026-11.csv", row(ONE, 20, "older"), row(TWO, 1, "two"))
    assert lake.names() == {ONE: "newest", TWO: "two"}


@pytest.mark.parametrize("version", [40, None])
def test_a_row_that_is_deleted_is_gone(lake: Lake, version: int | None) -> None:
    lake.model()
    copy = Copy(lake.entity())
    lake.csv("account/1.csv", row(ONE, 30, "one"), row(TWO, 1, "two"))
    lake.into(copy)
    lake.csv("account/1.csv", row(ONE, 30, "one"), row(TWO, 1, "two"), row(ONE, version, "", deleted=True))
    lake.into(copy)
    assert [row["name"] for row in copy.rows.values()] == ["two"]


def test_a_deletion_with_the_version_of_its_row_wins(lake: Lake) -> None:
    lake.model()
    lake.csv("account/1.csv", row(ONE, 30, "", deleted=True), row(ONE, 30, "one"))
    assert lake.names() == {}


def test_folders_named_after_times_are_taken_one_by_one(lake: Lake) -> None:
    lake.model("2026-11-27T10.00.00Z")
    lake.csv("2026-11-27T10.00.00Z/account/2026.csv", row(ONE, 1, "one"))
    copy = Copy(lake.entity())
    lake.into(copy)
    lake.model("2026-11-27T10.15.00Z")
    lake.csv("2026-11-27T10.15.00Z/account/2026.csv", row(ONE, 2, "changed"), row(TWO, 3, "two"))
    lake.into(copy)
    assert sorted(str(row["name"]) for row in copy.rows.values()) == ["changed", "two"]


def test_a_folder_that_is_still_written_waits(lake: Lake) -> None:
    for folder in ("2026-11-27T10.00.00Z", "2026-11-27T10.15.00Z"):
        lake.model(folder)
    lake.csv("2026-11-27T10.00.00Z/account/2026.csv", row(ONE, 1, "one"))
    lake.csv("2026-11-27T10.15.00Z/account/2026.csv", row(TWO, 2, "two"))
    lake.csv("2026-11-27T10.30.00Z/account/2026.csv", row(TWO, 3, "no model yet"))
    lake.csv("Changelog/changelog.info", "2026-11-27T10.15.00Z")
    assert lake.names() == {ONE: "one"}
    lake.csv("Changelog/changelog.info", "2026-11-27T10.30.00Z")
    assert lake.names() == {ONE: "one", TWO: "two"}


def test_snapshots_are_copies_and_left_alone(lake: Lake) -> None:
    lake.model()
    lake.csv("account/2026.csv", row(ONE, 2, "now"))
    lake.csv("account/Snapshot/2026_1/2026.csv", row(ONE, 3, "then"))
    assert lake.names() == {ONE: "now"}


def test_rows_from_before_a_column_was_added_have_null_in_it(lake: Lake) -> None:
    lake.model(attributes=(*ATTRIBUTES, ("added", "string")))
    lake.csv("account/2026.csv", row(ONE, 1), row(TWO, 2) + ',"x"')
    copy = Copy(lake.entity())
    lake.into(copy)
    assert {str(row["Id"]): row["added"] for row in copy.rows.values()} == {ONE: None, TWO: "x"}


def test_a_row_with_more_cells_than_columns_is_told(lake: Lake) -> None:
    lake.model()
    lake.csv("account/2026.csv", row(ONE, 1), row(TWO, 2) + ',"x"')
    with pytest.raises(SystemFailure, match=r"2026\.csv:2: 11 cells are expected, and 12 are there"):
        lake.names()


def test_files_that_are_updated_in_place_tell_what_is_gone_when_they_hold_all_rows(lake: Lake) -> None:
    lake.model()
    copy = Copy(lake.entity())
    lake.csv("account/1.csv", row(ONE, 1, "one"), row(TWO, 2, "two"))
    lake.into(copy, whole="true")
    lake.csv("account/1.csv", row(TWO, 2, "two"))
    lake.into(copy, whole="true")
    assert [row["name"] for row in copy.rows.values()] == ["two"]


def test_a_column_that_no_model_has_is_told(lake: Lake) -> None:
    lake.model()
    lake.csv("account/1.csv", row(ONE, 1))
    entity = lake.entity()
    wrong = replace(entity, columns={**entity.columns, "nowhere": replace(entity.columns["name"], name="nowhere")})
    system = lake.open()
    with pytest.raises(SystemFailure) as caught:
        land(system.read(Wanted(wrong)), wrong)
    system.close()
    assert caught.value.code == "COLUMN_MISSING"


def test_a_model_that_ends_too_early_is_told(lake: Lake) -> None:
    lake.model()
    entity, file = lake.entity(), lake.path / "model.json"
    file.write_text(file.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    system = lake.open()
    with pytest.raises(SystemFailure, match=r"model\.json"):
        land(system.read(Wanted(entity)), entity)
    system.close()


def test_rows_are_found_by_key(lake: Lake) -> None:
    lake.model()
    lake.csv("account/1.csv", row(ONE, 1, "old"), row(TWO, 2, "two"))
    lake.csv("account/2.csv", row(ONE, 3, "new"), row(TWO, 4, "", deleted=True))
    entity, system = lake.entity(), lake.open()
    found = land(system.find(entity, ("Id",), [(ONE,), (TWO,)]), entity)
    system.close()
    assert [row["name"] for row in found.rows] == ["new"]


def test_such_a_folder_is_read_only(lake: Lake) -> None:
    lake.model()
    system = lake.open()
    with pytest.raises(UsageError) as caught:
        system.write(None)  # type: ignore[arg-type]
    system.close()
    assert caught.value.code == "NOT_WRITABLE"
