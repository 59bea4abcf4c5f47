"""Deliveries become data management packages, and packages are read again with care."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

import pytest

from crosswalk import connectors
from crosswalk.connectors.dmf import unpacking
from crosswalk.connectors.dmf.packages import Packages
from crosswalk.contracts import Place
from crosswalk.errors import Span, SystemFailure, UsageError
from crosswalk.exchange import Change, Compare, MarkExpired, Plain, Wanted
from crosswalk.model import Choice, Column, Connection, DataType, Entity, EntityRef
from tests.conformance.delivery import LoggedDelivery
from tests.conformance.landed import Landed, land

HERE = Span("test", 1, 1)
STATES = (Choice(0, "Draft"), Choice(1, 'Posted, "final"'))
TYPES = {
    "Id": DataType("guid"),
    "Name": DataType("text", length=60),
    "Count": DataType("int"),
    "Amount": DataType("decimal", precision=19, scale=4),
    "Open": DataType("boolean"),
    "Day": DataType("date"),
    "At": DataType("datetime"),
    "State": DataType("choice", coded="int"),
}
ROW: Mapping[str, Plain] = {
    "Id": UUID(int=1),
    "Name": 'Ål "quoted", \n two; lines',
    "Count": -7,
    "Amount": Decimal("-123456789012345.6789"),
    "Open": True,
    "Day": date(1999, 12, 31),
    "At": datetime(2026, 11, 27, 8, 0, 0, 123456),
    "State": 1,
}
NAMESPACE = "{http://schemas.microsoft.com/dynamics/2015/01/DataManagement}"


def entity(types: Mapping[str, DataType] = TYPES, name: str = "orders") -> Entity:
    columns = {
        column: Column(column, kind, HERE, choices=STATES if kind.kind == "choice" else ())
        for column, kind in types.items()
    }
    return Entity(EntityRef("far", name), name, ("Id",), columns, HERE)


ORDERS = entity()


def packages(root: Path, **settings: object) -> Packages:
    spec = connectors.spec("dmf")
    assert spec is not None
    opened = spec.open(Connection("far", "dmf", {"folder": "out", **settings}, HERE), Place(root, 0, lambda text: text))
    assert isinstance(opened, Packages)
    return opened


def insert(number: int, row: Mapping[str, Plain] = ROW, **cells: Plain) -> Change:
    values = {**row, **cells}
    key = {"Id": values.pop("Id")}
    return Change(number, "insert", key, values)


def deliver(system: Packages, *changes: Change, run: str = "run-1") -> LoggedDelivery:
    delivery = LoggedDelivery(system, ORDERS, changes, id=run)
    system.write(delivery)
    return delivery


def content(package: Path, name: str) -> str:
    with zipfile.ZipFile(package) as opened:
        return opened.read(name).decode("utf-8-sig")


def whole(system: Packages) -> Landed:
    return land(system.read(Wanted(ORDERS)), ORDERS)


def sent(system: Packages, *ids: int) -> list[Mapping[str, Plain]]:
    """Give the rows with these ids that packages of ours hold."""
    return land(system.find(ORDERS, ("Id",), [(UUID(int=number),) for number in ids]), ORDERS).rows


def made(folder: Path, name: str = "a.zip", rows: str = 'Id,Name\r\n"x","y"\r\n', **files: bytes | str) -> Path:
    """Write a package by hand, as an export would."""
    manifest = (
        f'<DataManagementPackageManifest xmlns="{NAMESPACE.strip("{}")}"><PackageEntityList>'
        "<DataManagementPackageEntityData><EntityName>orders</EntityName><InputFilePath>orders.csv</InputFilePath>"
        "</DataManagementPackageEntityData></PackageEntityList></DataManagementPackageManifest>"
    )
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as opened:
        for file, text in {"Manifest.xml": manifest, "orders.csv": rows, **files}.items():
            opened.writestr(file, text)
    return folder / name


def test_a_delivery_becomes_a_package_with_manifest_header_and_rows(tmp_path: Path) -> None:
    system = packages(
        tmp_path, entities={"orders": "Order headers V2"}, places={"orders": "1.20.30"}, project="Orders in"
    )
    delivery = deliver(system, insert(1), insert(2, dict.fromkeys(ROW), Id=UUID(int=2)))
    assert delivery.states() == {1: "applied", 2: "applied"}
    package = tmp_path / "out/run-1-orders.zip"
    assert zipfile.ZipFile(package).namelist() == ["PackageHeader.xml", "Manifest.xml", "Order_headers_V2.csv"]
    assert content(package, "Order_headers_V2.csv") == (
        '"Id","Name","Count","Amount","Open","Day","At","State"\r\n'
        '"00000000-0000-0000-0000-000000000001","Ål ""quoted"", \n two; lines",-7,-123456789012345.6789,Yes,1999-12-31,'
        '2026-11-27T08:00:00.123456Z,"Posted, ""final"""\r\n'
        '"00000000-0000-0000-0000-000000000002",,,,,,,\r\n'
    )
    manifest = ElementTree.fromstring(content(package, "Manifest.xml"))
    one = manifest.find(f"{NAMESPACE}PackageEntityList/{NAMESPACE}DataManagementPackageEntityData")
    assert one is not None
    said = {
        tag: one.findtext(f"{NAMESPACE}{tag}")
        for tag in (
            "EntityName",
            "InputFilePath",
            "SourceFormat",
            "ExecutionUnit",
            "LevelInExecutionUnit",
            "SequenceInLevel",
        )
    }
    assert list(said.values()) == ["Order headers V2", "Order_headers_V2.csv", "CSV", "1", "20", "30"]
    pairs = [
        (each.findtext(f"{NAMESPACE}EntityField"), each.findtext(f"{NAMESPACE}XMLField"))
        for each in one.iter(f"{NAMESPACE}EntityMap")
    ]
    assert pairs == [(column, column) for column in ROW]
    assert manifest.findtext(f"{NAMESPACE}DefinitionGroupName") == "Orders in"
    header = ElementTree.fromstring(content(package, "PackageHeader.xml"))
    assert (header.tag, header.findtext(f"{NAMESPACE}PackageType")) == (
        f"{NAMESPACE}DataManagementPackageHeader",
        "DefinitionGroup",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_type_comes_back_as_it_was_written(tmp_path: Path, encoding: str) -> None:
    system = packages(tmp_path, encoding=encoding)
    empty = {**dict.fromkeys(ROW), "Id": UUID(int=2)}
    deliver(system, insert(1), insert(2, empty))
    assert sent(system, 1, 2, 3) == [ROW, empty]
    assert land(system.find(ORDERS, ("Id",), [(UUID(int=1),), (None,), (UUID(int=9),)]), ORDERS).rows == [ROW]
    found = system.find(ORDERS, ("Amount", "Open"), [(Decimal("-123456789012345.67890"), True)])
    assert land(found, ORDERS).rows == [ROW]
    assert whole(system).rows == [], "what was sent is no state of the system"


def test_the_same_delivery_makes_the_same_bytes(tmp_path: Path) -> None:
    first, second = packages(tmp_path / "a"), packages(tmp_path / "b")
    for system in (first, second):
        deliver(system, insert(1), insert(2, Id=UUID(int=2)))
    name = "out/run-1-orders.zip"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_package_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    system = packages(tmp_path)
    deliver(system, insert(1))
    package = tmp_path / "out/run-1-orders.zip"
    before = (package.read_bytes(), package.stat().st_mtime_ns)
    again = deliver(system, insert(1))
    assert again.finished()
    assert (package.read_bytes(), package.stat().st_mtime_ns) == before
    assert [path.name for path in package.parent.iterdir()] == [package.name]


def test_what_a_package_cannot_say_is_refused_and_the_rest_goes(tmp_path: Path) -> None:
    delivery = deliver(
        packages(tmp_path),
        Change(1, "delete", {"Id": UUID(int=1)}, {}),
        Change(2, "update", {"Id": UUID(int=2)}, {"Name": "x"}, version="4"),
        Change(3, "update", {"Id": UUID(int=3)}, {"Name": "x"}, before={"Name": "y"}),
        Change(4, "delete", {"Id": UUID(int=4)}, {}, group="g"),
        Change(5, "update", {"Id": UUID(int=5)}, {"Name": "x"}, group="g"),
        Change(6, "update", {"Id": UUID(int=6)}, {"Name": "x"}),
    )
    codes = {number: ack.code for number, ack in sorted(delivery.acks.items())}
    assert codes == {
        1: "DELETE_NOT_POSSIBLE",
        2: "PRECONDITION_NOT_POSSIBLE",
        3: "PRECONDITION_NOT_POSSIBLE",
        4: "DELETE_NOT_POSSIBLE",
        5: "GROUP",
        6: "",
    }
    assert [row["Id"] for row in sent(packages(tmp_path), *range(9))] == [UUID(int=6)]


def test_a_row_without_its_key_is_refused(tmp_path: Path) -> None:
    delivery = deliver(packages(tmp_path), Change(1, "insert", {"Name": "x"}, {"Count": 1}), insert(2))
    assert [delivery.acks[number].code for number in (1, 2)] == ["KEY_NULL", ""]
    assert len(sent(packages(tmp_path), *range(9))) == 1


def test_a_delivery_of_which_nothing_can_go_makes_no_package(tmp_path: Path) -> None:
    deliver(packages(tmp_path), Change(1, "delete", {"Id": UUID(int=1)}, {}))
    assert not (tmp_path / "out").exists()


def test_of_the_packages_that_were_sent_the_last_row_of_a_key_is_found(tmp_path: Path) -> None:
    system = packages(tmp_path)
    deliver(system, insert(1, Name="one"), insert(2, Id=UUID(int=2), Name="two"), run="run-1")
    deliver(system, insert(1, Name="newer"), run="run-0")
    assert [(row["Id"], row["Name"]) for row in sent(system, 1, 2)] == [(UUID(int=2), "two"), (UUID(int=1), "newer")]


def test_each_exported_package_is_taken_once_and_the_last_row_of_a_key_counts(tmp_path: Path) -> None:
    things = entity({"Id": DataType("int"), "Name": DataType("text")})
    system, out = packages(tmp_path), tmp_path / "out"
    made(out, "1.zip", 'Id,Name\r\n1,"one"\r\n2,"two"\r\n2,"two again"\r\n,"no key"\r\n')
    first = land(system.read(Wanted(things)), things)
    assert [tuple(row.values()) for row in first.rows] == [(1, "one"), (2, "two again"), (None, "no key")]
    made(out, "2.zip", 'Id,Name\r\n1,"newer"\r\n')
    later = land(system.read(Wanted(things, since=first.mark)), things)
    assert [tuple(row.values()) for row in later.rows] == [(1, "newer")]
    (out / "1.zip").unlink()
    assert land(system.read(Wanted(things, since=later.mark)), things).rows == []
    named = land(system.read(Wanted(things, filter=Compare("Name", "=", "newer"))), things)
    assert [tuple(row.values()) for row in named.rows] == [(1, "newer")]
    with pytest.raises(MarkExpired):
        next(system.read(Wanted(things, since="7")))


def test_a_writer_killed_in_the_middle_leaves_no_package_and_run_again_makes_it(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from crosswalk.connectors.dmf import packing;"
        "from tests.engine.connectors.dmf.test_packages import deliver, insert, packages\n"
        "packing.os.fsync = lambda opened: os.kill(os.getpid(), signal.SIGKILL)\n"
        "deliver(packages(Path(sys.argv[1])), insert(1))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[4], env=dict(os.environ), check=False
    )
    assert child.returncode == -signal.SIGKILL
    system = packages(tmp_path)
    assert (list((tmp_path / "out").glob("*.zip")), sent(system, 1)) == ([], [])
    deliver(system, insert(1))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["run-1-orders.zip"]
    assert sent(system, 1) == [ROW]


@pytest.mark.parametrize("run", ["../../evil", "a/b", "x" * 10, "run 1; rm", "..", "Zürich"])
def test_the_name_of_a_delivery_leads_nowhere(tmp_path: Path, run: str) -> None:
    deliver(packages(tmp_path), insert(1), run=run)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.parent for path in written] == [tmp_path / "out"]


def test_an_exported_package_is_read_with_its_labels_and_spellings(tmp_path: Path) -> None:
    rows = "Id,State,Open,At,Day,Extra\r\n{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11},Draft,no,2026-11-27 08:00:00,2026-11-27T00:00:00Z,x\r\n"
    made(tmp_path / "out", rows=rows.encode("utf-16"))  # type: ignore[arg-type]
    row = {
        **dict.fromkeys(ROW),
        "Id": UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        "State": 0,
        "Open": False,
        "Day": date(2026, 11, 27),
        "At": datetime(2026, 11, 27, 8),
    }
    assert whole(packages(tmp_path)).rows == [row]
    assert packages(tmp_path).tables() == ("orders",)


@pytest.mark.parametrize("name", ["../x.csv", "/x.csv", "a/../../x.csv", "..\\x.csv", "C:\\x.csv"])
def test_a_name_that_leads_out_of_a_package_is_refused(tmp_path: Path, name: str) -> None:
    made(tmp_path / "out", **{name: "x"})
    with pytest.raises(SystemFailure, match="it holds the name"):
        whole(packages(tmp_path))


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><m>&b;</m>'
    made(tmp_path / "out", **{"Manifest.xml": bomb})
    with pytest.raises(SystemFailure, match="document type"):
        whole(packages(tmp_path))


def test_an_archive_that_grows_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "out", rows='Id,Name\r\n"x","' + "0" * 20_000_000 + '"\r\n')
    with pytest.raises(SystemFailure, match="grows beyond"):
        whole(packages(tmp_path))
    made(tmp_path / "out", rows="Id,Name\r\n" + "".join(f'"{n}","y"\r\n' for n in range(2000)))
    monkeypatch.setattr(unpacking, "MOST_DATA", 1000)
    with pytest.raises(SystemFailure, match="grows beyond"):
        whole(packages(tmp_path))


def test_what_is_no_package_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.zip").write_bytes(b"PK rubbish")
    with pytest.raises(SystemFailure, match=r"a\.zip cannot be read") as refused:
        whole(packages(tmp_path))
    assert refused.value.code == "SYSTEM_FAILED"
    made(tmp_path / "out", **{"Manifest.xml": "<a>"})
    with pytest.raises(SystemFailure, match=r"manifest of a\.zip cannot be read"):
        whole(packages(tmp_path))
    whole_file = made(
        tmp_path / "out", rows="Id,Name\r\n" + "".join(f'"{n}","{n * 7919}"\r\n' for n in range(5000))
    ).read_bytes()
    at = whole_file.index(b"orders.csv") + 5000
    (tmp_path / "out/a.zip").write_bytes(whole_file[:at] + b"\0" * 500 + whole_file[at + 500 :])
    with pytest.raises(SystemFailure, match=r"a\.zip cannot be read"):
        whole(packages(tmp_path))


def test_packages_stay_inside_the_project_unless_the_folder_is_absolute(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leads out of"):
        packages(tmp_path / "project", folder="../outside")
    far = packages(tmp_path / "project", folder=str(tmp_path / "outside"))
    deliver(far, insert(1))
    assert (tmp_path / "outside/run-1-orders.zip").is_file()
