"""Faults to be planted into a healthy project, each with the code under which it must be found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.doctor.patient import Project


@dataclass(frozen=True, slots=True)
class Fault:
    """`plant` makes it; `exit` is what the doctor ends with; `tells` must stand in the message; `mended` says that
    --repair takes it away.
    """

    code: str
    plant: Callable[[Project, pytest.MonkeyPatch], object]
    tells: str
    exit: int = 0
    mended: bool = False


def sql(*statements: str) -> Callable[[Project, pytest.MonkeyPatch], object]:
    return lambda project, _: project.sql(*statements)


def edit(name: str, old: str, new: str) -> Callable[[Project, pytest.MonkeyPatch], object]:
    return lambda project, _: project.edit(name, old, new)


def other_version(package: str, version: str) -> Callable[[Project, pytest.MonkeyPatch], object]:
    real = metadata.version

    def plant(_: Project, patch: pytest.MonkeyPatch) -> None:
        def found(name: str) -> str:
            if name != package:
                return real(name)
            if not version:
                raise metadata.PackageNotFoundError(name)
            return version

        patch.setattr(metadata, "version", found)

    return plant


def killed(project: Project, _: pytest.MonkeyPatch) -> None:
    """Let a run die with the lock in its hand."""
    run(project, "lease:after")


def killed_after_commit(project: Project, _: pytest.MonkeyPatch) -> None:
    project.sql("UPDATE crosswalk.watermarks SET content = 'other'")
    run(project, "commit:after")
    project.database.with_name("patient.duckdb.lock").write_bytes(b"")


def run(project: Project, failpoint: str) -> None:
    command = [sys.executable, "-m", "crosswalk", "--project", str(project.root), "run", "--full"]
    ended = subprocess.run(
        command, env={**os.environ, "CROSSWALK_FAILPOINT": failpoint}, capture_output=True, check=False
    )
    assert ended.returncode == -9, ended.stderr


def cut(project: Project, _: pytest.MonkeyPatch) -> None:
    os.truncate(project.database, project.database.stat().st_size // 2)


def bent(project: Project, _: pytest.MonkeyPatch) -> None:
    """Turn over the bytes of a block that holds the rows of a table."""
    project.sql("CREATE TABLE books.pad AS SELECT md5(range::VARCHAR) AS x FROM range(60000)", "CHECKPOINT")
    with project.database.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(size - 200_000)
        file.write(b"\xff" * 1000)


def spilled(project: Project, _: pytest.MonkeyPatch) -> None:
    folder = project.root / "patient.duckdb.tmp-0badcafe"
    folder.mkdir()
    (folder / "duckdb_temp_storage-0.tmp").write_bytes(b"spilled")


def old_copy(project: Project, patch: pytest.MonkeyPatch) -> None:
    folder = Path(tempfile.mkdtemp(prefix="crosswalk-plan-"))
    os.utime(folder, (time.time() - 90_000,) * 2)


def full(project: Project, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 20))


def clock(project: Project, _: pytest.MonkeyPatch) -> None:
    project.sql("UPDATE crosswalk.runs SET finished_at = finished_at + INTERVAL 1 DAY")


def world(name: str, mode: int) -> Callable[[Project, pytest.MonkeyPatch], object]:
    return lambda project, _: (project.root / name).chmod(mode)


def variable(value: str | None) -> Callable[[Project, pytest.MonkeyPatch], object]:
    """Let the connection take its file from a variable, which is set to a value or not."""

    def plant(project: Project, patch: pytest.MonkeyPatch) -> None:
        project.edit("crosswalk.yaml", "${file:secret.txt}", "${env:SHOP_FILE}")
        if value is not None:
            patch.setenv("SHOP_FILE", value)
            if value:
                (project.root / "shop.sqlite").rename(project.root / value)

    return plant


def no_server(project: Project, _: pytest.MonkeyPatch) -> None:
    project.edit(
        "crosswalk.yaml",
        '{kind: sqlite, file: "${file:secret.txt}"}',
        "{kind: postgres, host: 127.0.0.1, port: 9, database: shop, user: shop}",
    )


FAULTS: dict[str, Fault] = {
    "a package newer than its bounds": Fault("PACKAGE_OUTSIDE", other_version("sqlglot", "31.0.0"), "sqlglot 31.0.0"),
    "a package that is not there": Fault("PACKAGE_MISSING", other_version("jinja2", ""), "jinja2", 2),
    "an old Python": Fault(
        "PYTHON_OUTSIDE", lambda _, patch: patch.setattr("platform.python_version", lambda: "3.9.1"), "3.9.1", 2
    ),
    "a failpoint": Fault(
        "FAILPOINT_ARMED", lambda _, patch: patch.setenv("CROSSWALK_FAILPOINT", "commit:before"), "commit:before"
    ),
    "a limit that is none": Fault(
        "MACHINE_LIMIT", lambda _, patch: patch.setenv("CROSSWALK_MEMORY", "some"), "CROSSWALK_MEMORY", 2
    ),
    "a mistake in a map": Fault("PROJECT_FAULTY", edit("orders.map.yaml", "from: title", "from: titel"), "titel", 2),
    "no project": Fault("PROJECT_MISSING", lambda p, _: (p.root / "crosswalk.yaml").unlink(), "crosswalk.yaml", 2),
    "a secret that is not set": Fault("MISSING_SECRET", variable(None), "SHOP_FILE", 2),
    "a secret file that is gone": Fault(
        "MISSING_SECRET", lambda p, _: (p.root / "secret.txt").unlink(), "secret.txt", 2
    ),
    "an empty secret": Fault("MISSING_SECRET", lambda p, _: (p.root / "secret.txt").write_bytes(b""), "secret.txt", 2),
    "a short secret": Fault("SECRET_SHORT", variable("x.y"), "SHOP_FILE"),
    "a secret file for all": Fault("SECRET_READABLE", world("secret.txt", 0o644), "secret.txt"),
    "a database for all to write": Fault("WRITABLE_BY_ALL", world("patient.duckdb", 0o666), "patient.duckdb"),
    "a project file for all to write": Fault("WRITABLE_BY_ALL", world("crosswalk.yaml", 0o622), "crosswalk.yaml"),
    "a disk with little room": Fault("DISK_LOW", full, "MB left"),
    "a killed run": Fault("LOCK_STALE", killed, "killed", mended=True),
    "a log that was not taken in": Fault("LOG_LEFT", killed_after_commit, "patient.duckdb.wal", mended=True),
    "what a killed process spilled": Fault("SPILL_LEFT", spilled, "tmp-0badcafe", mended=True),
    "a file that was not finished": Fault(
        "HALF_FILE", lambda p, _: (p.root / ".orders.entity.yaml.new").write_bytes(b"x"), ".new", mended=True
    ),
    "a copy of a killed plan": Fault("COPY_LEFT", old_copy, "crosswalk-plan-"),
    "a file that is no database": Fault(
        "DATABASE_UNREADABLE", lambda p, _: p.database.write_bytes(b"no database" * 1000), "no DuckDB database", 6
    ),
    "a database that was cut off": Fault("DATABASE_UNREADABLE", cut, "patient.duckdb", 6),
    "a block that was bent": Fault("DATABASE_UNREADABLE", bent, "books.pad", 6),
    "a ledger of a later release": Fault(
        "DATABASE_NEWER", sql("UPDATE crosswalk.meta SET value = '99' WHERE name = 'version'"), "99", 6
    ),
    "a ledger without a column": Fault(
        "LEDGER_BROKEN", sql("ALTER TABLE crosswalk.steps DROP COLUMN seconds"), "steps.seconds", 6
    ),
    "a run that is not finished": Fault(
        "RUN_UNFINISHED",
        sql(
            "INSERT INTO crosswalk.deliveries (run_id, leg, started_at, mode, why_mode, digest) VALUES ('f', 'orders', now()::TIMESTAMP, 'initial', 'x', 'd')"
        ),
        "orders, begun at",
    ),
    "notes of no run": Fault(
        "NOTES_ORPHANED", sql("INSERT INTO crosswalk.receipts (run_id, step) VALUES ('gone', 1)"), "gone", mended=True
    ),
    "a row that is open twice": Fault(
        "REJECT_TWICE", sql("INSERT INTO crosswalk.rejects FROM crosswalk.rejects"), "orders 3", 6
    ),
    "a watermark of a leg that never ran": Fault(
        "WATERMARK_WITHOUT_RUN",
        sql("INSERT INTO crosswalk.watermarks BY NAME SELECT * REPLACE ('never' AS leg) FROM crosswalk.watermarks"),
        "never",
        6,
        mended=True,
    ),
    "two watermarks of one table": Fault(
        "WATERMARK_TWICE", sql("INSERT INTO crosswalk.watermarks FROM crosswalk.watermarks"), "orders shop.orders", 6
    ),
    "a row of the lineage twice": Fault(
        "LINEAGE_TWICE", sql("INSERT INTO crosswalk.lineage FROM crosswalk.lineage LIMIT 1"), "orders ", 6
    ),
    "a run that does not add up": Fault(
        "FATES_DISAGREE", sql("UPDATE crosswalk.runs SET inserted = 7"), "1 of them", 6
    ),
    "a run twice": Fault("RUN_TWICE", sql("INSERT INTO crosswalk.runs FROM crosswalk.runs"), "1 of them", 6),
    "a number given twice": Fault(
        "NUMBER_TWICE",
        sql("INSERT INTO crosswalk.numbers SELECT sequence, 'another', number FROM crosswalk.numbers LIMIT 1"),
        "sales",
        6,
    ),
    "a copy that is gone": Fault("COPY_MISSING", sql("DROP TABLE shop.orders"), "shop.orders", 6, mended=True),
    "a table of a killed read": Fault(
        "LANDING_LEFT", sql("CREATE TABLE crosswalk.crosswalk_arrived (a INTEGER)"), "crosswalk_arrived", mended=True
    ),
    "rows that did not fit, of a killed read": Fault(
        "LANDING_LEFT", sql("CREATE TABLE crosswalk.crosswalk_odd (a INTEGER)"), "crosswalk_odd", mended=True
    ),
    "open rows of a map that is gone": Fault(
        "REJECT_WITHOUT_MAP", sql("UPDATE crosswalk.rejects SET leg = 'earlier'"), "earlier"
    ),
    "a table that differs from its entity": Fault(
        "DRIFT", sql('ALTER TABLE books.sales ALTER "Title" TYPE INTEGER USING NULL'), "Title", 4
    ),
    "a clock that was ahead": Fault("CLOCK_BEHIND", clock, "newest run"),
    "a file of a system that is gone": Fault(
        "FILE_MISSING", lambda p, _: (p.root / "shop.sqlite").unlink(), "crosswalk.yaml:", 2
    ),
    "a server that is not there": Fault("SYSTEM_UNREACHABLE", no_server, "shop (crosswalk.yaml:", 5),
}
